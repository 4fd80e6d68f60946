import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { namespaceController } from '#controllers/namespace/controller.ts';
import {
  CustomCluster,
  boat,
  boatSchema,
  boats,
  crdsPath,
  definitionOf,
  versionOf,
} from './custom-resources.ts';
import { HookedCluster } from './hooked-cluster.ts';
import type { WireAnswer } from './wire.ts';

/** Creations that a webhook holds up while what they are for ends: nothing is left behind that nobody takes down. */

let hooked: HookedCluster;
let custom: CustomCluster;

before(async () => {
  hooked = await HookedCluster.start({ controllers: [namespaceController] });
  custom = new CustomCluster(hooked.wired);
});

after(async () => {
  await hooked[Symbol.asyncDispose]();
});

const isGone = (path: string) => custom.until(async () => (await hooked.send('GET', path)).status === 404);

/** Answers a creation whose webhook lets it through only when `path` has been deleted and is gone. */
async function createdAfterEnd(
  rule: object,
  create: () => Promise<WireAnswer>,
  path: string,
): Promise<WireAnswer> {
  const asked = Promise.withResolvers<void>();
  const reviewer = async () => {
    asked.resolve();
    await isGone(path);
    return {};
  };
  const rules = [{ operations: ['CREATE'], apiVersions: ['v1'], ...rule }];
  await hooked.configure('validating', 'late', hooked.hook('late', reviewer, { rules }));
  const creation = create();
  await asked.promise;
  await custom.ok('DELETE', path);
  const answer = await creation;
  await hooked.clear();
  return answer;
}

test('nothing comes into a namespace that is gone', async () => {
  await custom.ok('POST', '/api/v1/namespaces', { metadata: { name: 'ended' } });
  const maps = '/api/v1/namespaces/ended/configmaps';
  const { status, json } = await createdAfterEnd(
    { apiGroups: [''], resources: ['configmaps'] },
    () => hooked.send('POST', maps, { metadata: { name: 'late' } }),
    '/api/v1/namespaces/ended',
  );
  assert.deepEqual([status, json.message], [404, 'namespaces "ended" not found']);
  const { json: left } = await hooked.send('GET', maps);
  assert.deepEqual(left.items, []);
});

test('no custom object outlives its definition', async () => {
  const definition = definitionOf('Boat', [versionOf('v1', boatSchema)]);
  await custom.define(definition);
  const { status } = await createdAfterEnd(
    { apiGroups: ['example.com'], resources: ['boats'] },
    () => hooked.send('POST', boats, boat('late')),
    `${crdsPath}/boats.example.com`,
  );
  assert.equal(status, 403);
  await custom.define(definition);
  const { json: left } = await hooked.send('GET', boats);
  assert.deepEqual(left.items, []);
});

test('a namespace that only changes meanwhile holds nothing up', async () => {
  const labels = { changed: 'yes' };
  const reviewer = async () => {
    await hooked.send(
      'PATCH',
      '/api/v1/namespaces/default',
      { metadata: { labels } },
      { 'content-type': 'application/merge-patch+json' },
    );
    return {};
  };
  await hooked.configure('validating', 'changing', hooked.hook('changing', reviewer));
  assert.equal((await hooked.create('calm')).status, 201);
  await hooked.clear();
});
