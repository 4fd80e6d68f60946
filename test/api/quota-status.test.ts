import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { configMaps, resourceQuotas } from '#api/generated/refs.ts';
import type { ResourceQuota } from '#api/generated/types/core.v1.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';

/** Without controllers: what quotas say is what the API server says. */
describe('the status of a quota', () => {
  const namespace = 'default';
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster({ components: false, nodes: 0 });
  });

  after(async () => {
    await cluster.stop();
  });

  const create = (name: string, options = {}) =>
    cluster.client.create(configMaps, { metadata: { name, namespace } }, options);
  const read = (name: string) => cluster.client.get(resourceQuotas, namespace, name);
  /** Limits to `hard`; where a controller has been, the status says what was used by then. */
  async function limit(
    name: string,
    hard: Record<string, string>,
    used?: Record<string, string>,
  ): Promise<ResourceQuota> {
    const quota = await cluster.client.create(resourceQuotas, {
      metadata: { name, namespace },
      spec: { hard },
    });
    if (!used) return quota;
    return cluster.client.updateStatus(resourceQuotas, { ...quota, status: { hard, used } });
  }

  test('tells what a write uses as soon as that is answered', async () => {
    await limit('q', { configmaps: '30', secrets: '5', pods: '2' }, { configmaps: '0', secrets: '3' });
    await create('a');
    const { status, metadata } = await read('q');
    assert.deepEqual(status?.used, { configmaps: '1', secrets: '0', pods: '0' });
    assert.equal(
      metadata.managedFields?.some(
        ({ manager, subresource }) => manager === 'kube-apiserver' && subresource === 'status',
      ),
      true,
    );
  });

  test('is right for each of many that write at once, and says nothing twice', async () => {
    const seen = async (name: string) => {
      await create(name);
      return Number((await read('q')).status?.used?.configmaps);
    };
    const names = Array.from({ length: 20 }, (_, i) => `many-${i}`);
    const counts = await Promise.all(names.map(seen));
    assert.equal(Math.max(...counts), 21);
    const before = await read('q');
    await create('dry', { dryRun: true });
    await cluster.client.update(configMaps, { metadata: { name: 'a', namespace }, data: { k: 'v' } });
    assert.equal((await read('q')).metadata.resourceVersion, before.metadata.resourceVersion);
  });

  test('is left to the controller until that has looked', async () => {
    const { metadata } = await limit('new', { configmaps: '40' });
    await create('b');
    assert.deepEqual((await read('new')).status, {});
    assert.equal((await read('new')).metadata.resourceVersion, metadata.resourceVersion);
  });
});
