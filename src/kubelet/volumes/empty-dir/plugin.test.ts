import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryHost } from '../../host/memory-host.ts';
import type { Pod } from '../../types.ts';
import type { VolumeSources } from '../plugin.ts';
import { emptyDirVolumes } from './plugin.ts';

/** The size of the volume in memory, for containers with these limits. */
async function sizeOf(sizeLimit: string | undefined, ...limits: (string | undefined)[]) {
  const host = new MemoryHost();
  const volume = { name: 'v', emptyDir: { medium: 'Memory', ...(sizeLimit ? { sizeLimit } : {}) } };
  const containers = limits.map((memory, i) => ({
    name: `c${i}`,
    ...(memory ? { resources: { limits: { memory } } } : {}),
  }));
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } };
  const downward = { podIps: [], hostIps: [], nodeAllocatable: { memory: '1Gi' } };
  const sources = {} as VolumeSources;
  await emptyDirVolumes.setUp({ pod, volume, directory: '/v', host, sources, downward, nowMs: 0 });
  return host.mounts.mounted.get('/v')!.sizeBytes! / 2 ** 20;
}

test('a volume in memory is as large as its limit, its containers and the node allow', async () => {
  assert.equal(await sizeOf(undefined, undefined), 1_024);
  assert.equal(await sizeOf('64Mi', undefined), 64);
  assert.equal(await sizeOf('2Gi', undefined), 1_024);
  assert.equal(await sizeOf('64Mi', '16Mi', '16Mi'), 32);
  assert.equal(await sizeOf('64Mi', '16Mi', undefined), 64);
});
