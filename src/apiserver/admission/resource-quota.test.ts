import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#base/log.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { StateCache } from '../resources/state-cache.ts';
import { storageKey } from '../resources/storage-key.ts';
import type { AdmissionRequest } from './request.ts';
import { resourceQuota } from './resource-quota.ts';

const clock = new VirtualClock(() => new Promise<void>(resolve => setImmediate(resolve)));
const bucket = 'core/configmaps';

test('a creation does not look at what was created before it, and the quota holds', async () => {
  await using store = new MemoryStore(clock);
  const state = new StateCache(store, silentLog);
  await state.start();
  const put = async (to: string, name: string, more = {}) => {
    const object = { kind: 'Any', apiVersion: 'v1', metadata: { name, namespace: 'ns' }, ...more };
    const [key, value] = [storageKey(to, `ns/${name}`), state.codec.encode(object)];
    await store.transact({ compare: [], success: [{ type: 'put', key, value }], failure: [] });
  };
  const drop = (name: string) => {
    const success = [{ type: 'delete', key: storageKey(bucket, `ns/${name}`) }] as const;
    return store.transact({ compare: [], success, failure: [] });
  };
  const limit = 50;
  await put('core/resourcequotas', 'q', { spec: { hard: { configmaps: String(limit) } } });
  const plugin = resourceQuota({ state, clock, writeUsed: async () => undefined });
  let looked = 0;
  const maps = state.bucket(bucket);
  const { list } = maps;
  maps.list = (...asked) => {
    looked++;
    return list.apply(maps, asked);
  };
  const create = async (name: string) => {
    const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'ns' } };
    const served = { bucket, what: { group: '', resource: 'configmaps' } };
    const request = { operation: 'CREATE', object, namespace: 'ns', name, served, dryRun: false };
    await plugin.validate!(request as unknown as AdmissionRequest);
    await put(bucket, name);
    await plugin.settled!(request as unknown as AdmissionRequest);
  };
  for (let i = 0; i < limit; i++) await create(`c-${i}`);
  await assert.rejects(create('more'), /exceeded quota: q, requested: configmaps=1, used: configmaps=50, /);
  await drop('c-0');
  await create('again');
  await assert.rejects(create('more'), /used: configmaps=50/);
  assert.equal(looked, 1);
});

test('containers say what they take, unless their pod says it for all', async () => {
  await using store = new MemoryStore(clock);
  const state = new StateCache(store, silentLog);
  await state.start();
  const quota = {
    kind: 'ResourceQuota',
    apiVersion: 'v1',
    metadata: { name: 'q', namespace: 'ns' },
    spec: { hard: { 'requests.memory': '1Gi' } },
  };
  const [key, value] = [storageKey('core/resourcequotas', 'ns/q'), state.codec.encode(quota)];
  await store.transact({ compare: [], success: [{ type: 'put', key, value }], failure: [] });
  const plugin = resourceQuota({ state, clock, writeUsed: async () => undefined });
  const create = async (spec: object) => {
    const object = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p', namespace: 'ns' }, spec };
    const served = { bucket: 'core/pods', what: { group: '', resource: 'pods' } };
    const request = { operation: 'CREATE', object, namespace: 'ns', name: 'p', subresource: '', served };
    await plugin.validate!(request as unknown as AdmissionRequest);
  };
  const containers = [{ name: 'z' }, { name: 'b' }];
  await assert.rejects(
    create({ containers, initContainers: [{ name: 'i' }] }),
    /failed quota: q: must specify requests\.memory for: b,i,z$/,
  );
  await create({ containers, resources: { requests: { cpu: '1' } } });
});
