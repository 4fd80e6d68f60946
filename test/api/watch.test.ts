import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { loopbackUser } from '#apiserver/identity.ts';
import { createInProcessTransport } from '#apiserver/in-process.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { configMaps } from '#api/generated/refs.ts';
import { StatusError } from '#machinery/status.ts';
import { startCluster } from '#main/embedded.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const path = '/api/v1/namespaces/default/configmaps';

/** A server alone, on virtual time, and what watches of its ConfigMaps tell. */
async function watched(t: TestContext) {
  const clock = new VirtualClock(settle);
  const cluster = await startCluster({ clock, seed: 1, nodes: 0, components: false });
  t.after(() => cluster.stop());
  const { server } = cluster.controlPlane;
  const transport = createInProcessTransport(server, loopbackUser);
  const watch = async (query: Record<string, string>) => {
    const told: string[] = [];
    const errors: unknown[] = [];
    const handle = transport.watch(
      { method: 'GET', path, query },
      {
        event: ({ type, object }) =>
          told.push(type === 'BOOKMARK' ? type : `${type} ${object.metadata.name}`),
        end: error => {
          told.push('END');
          if (error) errors.push(error);
        },
      },
    );
    t.after(() => handle[Symbol.dispose]());
    await settle();
    return { told, errors };
  };
  const create = (name: string) =>
    cluster.client.create(configMaps, { metadata: { name, namespace: 'default' } });
  return { clock, watch, create, revision: () => server.services.cache.revision };
}

test('a watch tells how far it has come before it ends', async t => {
  const { clock, watch, revision } = await watched(t);
  const options = { timeoutSeconds: '10', resourceVersion: String(revision()) };
  const { told } = await watch({ ...options, allowWatchBookmarks: 'true' });
  const { told: other } = await watch(options);
  const { told: short } = await watch({ ...options, timeoutSeconds: '2', allowWatchBookmarks: 'true' });
  await clock.advance(7_999);
  assert.deepEqual([told, other, short], [[], [], ['END']]);
  await clock.advance(1);
  assert.deepEqual(told, ['BOOKMARK']);
  await clock.advance(2_000);
  assert.deepEqual([told, other], [['BOOKMARK', 'END'], ['END']]);
});

test('a watch from a revision to come waits for what is newer', async t => {
  const { watch, create, revision } = await watched(t);
  const { told } = await watch({ resourceVersion: String(revision() + 2) });
  for (const name of ['a', 'b', 'c']) await create(name);
  await settle();
  assert.deepEqual(told, ['ADDED c']);
});

test('a state that does not come is a failure of the watch that asked for it', async t => {
  const { clock, watch, revision } = await watched(t);
  const { told, errors } = await watch({
    resourceVersion: String(revision() + 100),
    resourceVersionMatch: 'NotOlderThan',
    sendInitialEvents: 'true',
    allowWatchBookmarks: 'true',
  });
  await clock.advance(10_000);
  assert.deepEqual(told, ['END']);
  const [error] = errors;
  assert.ok(error instanceof StatusError);
  assert.deepEqual([error.code, error.status.details?.causes?.[0]?.reason], [504, 'ResourceVersionTooLarge']);
});
