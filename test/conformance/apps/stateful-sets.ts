import assert from 'node:assert/strict';
import type { V1StatefulSet } from '@kubernetes/client-node';
import { checkCollection, checkScale, checkStatusEndpoints } from '../lifecycle.ts';
import { row } from '../row.ts';
import { ifNotFound, type Trial } from '../trial.ts';
import { image, isReady, podsOf, podSpec, readyPods, selected, statefulSet } from '../workloads.ts';

const gate = 'example.com/healthy';
const gated = podSpec({ readinessGates: [{ conditionType: gate }] });

/** Opens or closes the gate that stands for a pod's health. */
function setHealthy(t: Trial, name: string, healthy: boolean) {
  const condition = { type: gate, status: healthy ? 'True' : 'False' };
  return t.api.pods.patchStatus(name, { status: { conditions: [condition] } }, 'strategic');
}

const names = async (t: Trial) => (await podsOf(t, 'app=ss')).map(pod => pod.metadata!.name!).sort();

const untilNames = (t: Trial, ...expected: string[]) =>
  t.until(`pods ${expected.join(' ')}`, async () => (await names(t)).join(' ') === expected.join(' '));

async function healthy(t: Trial, name: string): Promise<void> {
  await t.until(`pod ${name}`, () => t.api.pods.get(name).catch(ifNotFound));
  await setHealthy(t, name, true);
  await t.until(`pod ${name} to be ready`, async () => isReady(await t.api.pods.get(name)));
}

function change(t: Trial, value: string): Promise<V1StatefulSet> {
  const containers = [{ name: 'c', image, env: [{ name: 'CHANGE', value }] }];
  return t.api.statefulSets.patch('ss', { spec: { template: { spec: { containers } } } }, 'strategic');
}

const revisionOf = async (t: Trial, name: string) =>
  (await t.api.pods.get(name).catch(ifNotFound))?.metadata?.labels?.['controller-revision-hash'];

function untilUpdated(t: Trial): Promise<V1StatefulSet> {
  return t.until('the update to end', async () => {
    const set = await t.api.statefulSets.get('ss');
    const { status, spec, metadata } = set;
    return (
      status?.observedGeneration === metadata!.generation &&
      status?.updateRevision === status?.currentRevision &&
      status?.readyReplicas === spec!.replicas &&
      set
    );
  });
}

export const statefulSetRows = [
  row(
    'StatefulSet Basic StatefulSet functionality Scaling should happen in predictable order and halt if any stateful pod is unhealthy Slow',
    async t => {
      await t.api.statefulSets.create(statefulSet('ss', 3, selected('ss', gated)));
      await untilNames(t, 'ss-0');
      await t.stays('only ss-0 while it is unhealthy', async () => (await names(t)).length === 1);
      for (const name of ['ss-0', 'ss-1', 'ss-2']) await healthy(t, name);
      for (const name of ['ss-0', 'ss-1', 'ss-2']) {
        await setHealthy(t, name, false);
        await t.until(`${name} to be unready`, async () => !isReady(await t.api.pods.get(name)));
      }
      await t.api.statefulSets.patchScale('ss', { spec: { replicas: 0 } });
      await t.stays('all three while they are unhealthy', async () => (await names(t)).length === 3);
      const watcher = await t.watch(t.api.pods, {
        labelSelector: 'app=ss',
        resourceVersion: (await t.api.pods.list()).metadata.resourceVersion!,
      });
      for (const name of ['ss-2', 'ss-1', 'ss-0']) await setHealthy(t, name, true).catch(ifNotFound);
      await untilNames(t);
      const gone = [];
      while (gone.length < 3) gone.push((await watcher.until('DELETED')).metadata!.name);
      assert.deepEqual(gone, ['ss-2', 'ss-1', 'ss-0']);
    },
  ),

  row(
    'StatefulSet Basic StatefulSet functionality Burst scaling should run to completion even with unhealthy pods Slow',
    async t => {
      const parallel = { ...selected('ss', gated), podManagementPolicy: 'Parallel' };
      await t.api.statefulSets.create(statefulSet('ss', 1, parallel));
      await healthy(t, 'ss-0');
      await setHealthy(t, 'ss-0', false);
      await t.api.statefulSets.patchScale('ss', { spec: { replicas: 3 } });
      await untilNames(t, 'ss-0', 'ss-1', 'ss-2');
      await t.api.statefulSets.patchScale('ss', { spec: { replicas: 0 } });
      await untilNames(t);
    },
  ),

  row('StatefulSet Basic StatefulSet functionality Should recreate evicted statefulset', async t => {
    await t.api.statefulSets.create(statefulSet('ss', 1));
    const [first] = await readyPods(t, 'app=ss', 1);
    await t.api.pods.patchStatus('ss-0', { status: { phase: 'Failed' } });
    await t.until('ss-0 to be made again', async () => {
      const found = await t.api.pods.get('ss-0').catch(ifNotFound);
      return found !== undefined && found.metadata!.uid !== first!.metadata!.uid && isReady(found);
    });
  }),

  row('StatefulSet Basic StatefulSet functionality should have a working scale subresource', async t => {
    await t.api.statefulSets.create(statefulSet('ss', 1));
    await readyPods(t, 'app=ss', 1);
    await checkScale(t.api.statefulSets, 'ss');
    await readyPods(t, 'app=ss', 4);
  }),

  row(
    'StatefulSet Basic StatefulSet functionality should list, patch and delete a collection of StatefulSets',
    async t => {
      await t.api.statefulSets.create(statefulSet('ss', 1));
      const patched = await t.api.statefulSets.patch('ss', {
        metadata: { labels: { 'test-ss': 'patched' } },
        spec: { replicas: 2 },
      });
      assert.equal(patched.metadata!.labels?.['test-ss'], 'patched');
      await readyPods(t, 'app=ss', 2);
      await checkCollection(t, t.api.statefulSets, (name, labels) => ({
        ...statefulSet(name, 0),
        metadata: { name, labels },
      }));
    },
  ),

  row('StatefulSet Basic StatefulSet functionality should validate Statefulset Status endpoints', async t => {
    await t.api.statefulSets.create(statefulSet('ss', 1));
    await readyPods(t, 'app=ss', 1);
    await checkStatusEndpoints(t, t.api.statefulSets, 'ss');
  }),

  row(
    'StatefulSet Basic StatefulSet functionality should perform rolling updates and roll backs of template modifications',
    async t => {
      await t.api.statefulSets.create(statefulSet('ss', 3));
      const first = (await untilUpdated(t)).status!.currentRevision!;
      const watcher = await t.watch(t.api.pods, {
        labelSelector: 'app=ss',
        resourceVersion: (await t.api.pods.list()).metadata.resourceVersion!,
      });
      await change(t, '2');
      const second = (await untilUpdated(t)).status!.currentRevision!;
      assert.notEqual(second, first);
      const order = watcher.events
        .filter(event => event.type === 'DELETED')
        .map(e => e.object.metadata!.name);
      assert.deepEqual(order, ['ss-2', 'ss-1', 'ss-0']);
      for (const name of await names(t)) assert.equal(await revisionOf(t, name), second);
      await t.api.statefulSets.patch(
        'ss',
        { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } },
        'merge',
      );
      assert.equal((await untilUpdated(t)).status!.currentRevision, first);
      for (const name of await names(t)) assert.equal(await revisionOf(t, name), first);
    },
  ),

  row(
    'StatefulSet Basic StatefulSet functionality should perform canary updates and phased rolling updates of template modifications',
    async t => {
      const partition = (value: number) => ({ type: 'RollingUpdate', rollingUpdate: { partition: value } });
      await t.api.statefulSets.create(statefulSet('ss', 3, { updateStrategy: partition(3) }));
      const first = (await untilUpdated(t)).status!.currentRevision!;
      await change(t, '2');
      const second = await t.until('a new revision', async () => {
        const { status } = await t.api.statefulSets.get('ss');
        return status?.updateRevision !== first && status?.updateRevision;
      });
      await t.stays('no pod of the new revision', async () => (await revisionOf(t, 'ss-2')) === first);
      await t.api.statefulSets.patch('ss', { spec: { updateStrategy: partition(2) } });
      const settled = (...revisions: string[]) =>
        t.until(`revisions ${revisions.join(' ')}`, async () => {
          const found = await Promise.all([0, 1, 2].map(ordinal => revisionOf(t, `ss-${ordinal}`)));
          const pods = await podsOf(t, 'app=ss');
          return found.join(' ') === revisions.join(' ') && pods.length === 3 && pods.every(isReady);
        });
      await settled(first, first, second);
      await t.api.pods.delete('ss-2');
      await t.api.pods.delete('ss-0');
      await settled(first, first, second);
      await t.api.statefulSets.patch('ss', { spec: { updateStrategy: partition(1) } });
      await settled(first, second, second);
      await t.api.statefulSets.patch('ss', { spec: { updateStrategy: partition(0) } });
      await settled(second, second, second);
      assert.equal((await untilUpdated(t)).status!.currentRevision, second);
    },
  ),
];
