import assert from 'node:assert/strict';
import type { V1PodTemplate, V1Status } from '@kubernetes/client-node';
import type { RawResponse } from '../raw.ts';
import { row } from '../row.ts';
import { refused, type Trial } from '../trial.ts';
import { podSpec } from '../workloads.ts';

const total = 40;

/** Names that sort as they are numbered. */
const nameAt = (index: number) => `template-${String(index).padStart(4, '0')}`;

async function makeTemplates(t: Trial): Promise<void> {
  const make = (index: number): V1PodTemplate => ({
    metadata: { name: nameAt(index) },
    template: { metadata: { labels: { app: 'x' } }, spec: podSpec() },
  });
  await Promise.all(Array.from({ length: total }, (_, index) => t.api.podTemplates.create(make(index))));
}

/** Reads pages until the end; answers the names, the sizes and the versions. */
async function readPages(t: Trial, limit: number, token?: string) {
  const names: string[] = [];
  const versions = new Set<string>();
  for (let next = token; next !== '' || names.length === 0; ) {
    const page = await t.api.podTemplates.list({ limit, ...(next ? { _continue: next } : {}) });
    assert.ok(page.items.length <= limit, `a page of ${page.items.length}`);
    names.push(...page.items.map(item => item.metadata!.name!));
    versions.add(page.metadata.resourceVersion!);
    next = page.metadata._continue ?? '';
    const left = page.metadata.remainingItemCount ?? 0;
    if (!token) assert.equal(names.length + left, total);
  }
  return { names, versions };
}

function pageAt(t: Trial, token: string): Promise<RawResponse> {
  return t.raw({ path: `${t.api.podTemplates.path}?limit=4&continue=${encodeURIComponent(token)}` });
}

export const listRows = [
  row('Servers with support for API chunking should return chunks of results for list calls', async t => {
    await makeTemplates(t);
    const expected = Array.from({ length: total }, (_, index) => nameAt(index));
    const { names, versions } = await readPages(t, 17);
    assert.deepEqual(names, expected);
    assert.equal(versions.size, 1);
    assert.deepEqual(await t.api.podTemplates.names(), expected);
    await refused(t.api.podTemplates.list({ limit: 5, _continue: 'nonsense' }), 400, /continue/);
  }),

  row(
    'Servers with support for API chunking should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent Slow',
    async t => {
      await makeTemplates(t);
      const first = await t.api.podTemplates.list({ limit: 4 });
      const _continue = first.metadata._continue!;
      const expired = await t.until(
        'the first version to be compacted away',
        async () => {
          await t.sleep(5_000);
          const again = await pageAt(t, _continue);
          return again.status === 410 && again.json<V1Status>();
        },
        660_000,
      );
      assert.equal(expired.reason, 'Expired');
      const token = expired.metadata!._continue ?? (expired.metadata as { continue?: string }).continue;
      assert.ok(token, 'no token to go on with');
      await t.api.podTemplates.delete(nameAt(total - 1));
      const next = await t.api.podTemplates.list({ limit: 4, _continue: token });
      assert.equal(next.items[0]!.metadata!.name, nameAt(4));
      assert.equal(next.items.length, 4);
      assert.notEqual(next.metadata.resourceVersion, first.metadata.resourceVersion);
      assert.equal(next.metadata.remainingItemCount, total - 1 - 8);
      const { names, versions } = await readPages(t, 4, next.metadata._continue);
      assert.deepEqual(
        names,
        Array.from({ length: total - 1 - 8 }, (_, index) => nameAt(index + 8)),
      );
      assert.deepEqual([...versions], [next.metadata.resourceVersion]);
    },
    { slow: true, timeoutMs: 720_000 },
  ),

  row(
    'Servers with support for Table transformation should return a 406 for a backend which does not implement metadata',
    async t => {
      const response = await t.raw({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        headers: {
          accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { nonResourceAttributes: { path: '/', verb: 'get' } },
        }),
      });
      assert.equal(response.status, 406, response.text);
    },
  ),
];
