import assert from 'node:assert/strict';
import type { V1OwnerReference } from '@kubernetes/client-node';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { deployment, pod, podsOf, readyPods, replicationController } from '../workloads.ts';

const none = (t: Trial, selector: string) =>
  t.until(`no pods of ${selector}`, async () => (await podsOf(t, selector)).length === 0);

async function deployed(t: Trial): Promise<string> {
  await t.api.deployments.create(deployment('app', 2));
  await readyPods(t, 'app=app', 2);
  const [set] = (await t.api.replicaSets.list()).items;
  return set!.metadata!.name!;
}

async function controlled(t: Trial, name = 'rc', replicas = 3): Promise<void> {
  await t.api.replicationControllers.create(replicationController(name, replicas));
  await t.until(
    `${replicas} pods of ${name}`,
    async () => (await podsOf(t, `app=${name}`)).length === replicas,
  );
}

export const garbageCollectorRows = [
  row('Garbage collector should delete pods created by rc when not orphaning', async t => {
    await controlled(t);
    await t.api.replicationControllers.delete('rc', { propagationPolicy: 'Background' });
    await t.gone(t.api.replicationControllers, 'rc');
    await none(t, 'app=rc');
  }),

  row('Garbage collector should orphan pods created by rc if delete options say so', async t => {
    await controlled(t);
    await t.api.replicationControllers.delete('rc', { propagationPolicy: 'Orphan' });
    await t.gone(t.api.replicationControllers, 'rc');
    await t.stays('three pods', async () => (await podsOf(t, 'app=rc')).length === 3, 3_000);
    for (const orphan of await podsOf(t, 'app=rc')) {
      assert.equal(orphan.metadata!.ownerReferences?.length ?? 0, 0);
      assert.equal(orphan.metadata!.deletionTimestamp, undefined);
    }
  }),

  row('Garbage collector should delete RS created by deployment when not orphaning', async t => {
    const set = await deployed(t);
    await t.api.deployments.delete('app', { propagationPolicy: 'Background' });
    await t.gone(t.api.deployments, 'app');
    await t.gone(t.api.replicaSets, set);
    await none(t, 'app=app');
  }),

  row(
    'Garbage collector should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan',
    async t => {
      const set = await deployed(t);
      await t.api.deployments.delete('app', { propagationPolicy: 'Orphan' });
      await t.gone(t.api.deployments, 'app');
      await t.stays('set and pods', async () => {
        const { metadata } = await t.api.replicaSets.get(set);
        return !metadata!.deletionTimestamp && (await podsOf(t, 'app=app')).length === 2;
      });
      assert.equal((await t.api.replicaSets.get(set)).metadata!.ownerReferences?.length ?? 0, 0);
    },
  ),

  row(
    'Garbage collector should keep the rc around until all its pods are deleted if the deleteOptions says so',
    async t => {
      await controlled(t);
      // A finalizer keeps one pod, so that the owner can be seen waiting for it.
      const [held] = await podsOf(t, 'app=rc');
      const finalizers = (list: string[]) =>
        t.api.pods.patch(held!.metadata!.name!, { metadata: { finalizers: list } });
      await finalizers(['example.com/hold']);
      await t.api.replicationControllers.delete('rc', { propagationPolicy: 'Foreground' });
      await t.until('the other pods to go', async () => (await podsOf(t, 'app=rc')).length === 1);
      await t.stays('the owner waits', async () => {
        const { metadata } = await t.api.replicationControllers.get('rc');
        return metadata!.finalizers?.includes('foregroundDeletion') === true;
      });
      await finalizers([]);
      await t.gone(t.api.replicationControllers, 'rc');
      await none(t, 'app=rc');
    },
  ),

  row(
    "Garbage collector should not delete dependents that have both valid owner and owner that's waiting for dependents to be deleted",
    async t => {
      await controlled(t, 'leaving', 4);
      await t.api.replicationControllers.create(replicationController('staying', 0));
      const stays = await t.api.replicationControllers.get('staying');
      const second: V1OwnerReference = {
        apiVersion: 'v1',
        kind: 'ReplicationController',
        name: 'staying',
        uid: stays.metadata!.uid!,
      };
      const pods = await podsOf(t, 'app=leaving');
      const shared = pods.slice(0, 2).map(candidate => candidate.metadata!.name!);
      for (const name of shared) {
        await t.api.pods.patch(name, { metadata: { ownerReferences: [second] } }, 'strategic');
      }
      await t.api.replicationControllers.delete('leaving', { propagationPolicy: 'Foreground' });
      await t.gone(t.api.replicationControllers, 'leaving');
      const left = await podsOf(t, 'app=leaving');
      assert.deepEqual(left.map(candidate => candidate.metadata!.name).sort(), [...shared].sort());
      for (const { metadata } of left) {
        assert.equal(metadata!.deletionTimestamp, undefined);
        assert.deepEqual(
          metadata!.ownerReferences!.map(owner => owner.name),
          ['staying'],
        );
      }
    },
  ),

  row('Garbage collector should not be blocked by dependency circle', async t => {
    const names = ['pod1', 'pod2', 'pod3'];
    const made = [];
    for (const name of names) made.push(await t.api.pods.create(pod(name)));
    for (const [index, name] of names.entries()) {
      const owner = made[(index + 2) % 3]!.metadata!;
      const ownerReferences = [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          name: owner.name,
          uid: owner.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ];
      await t.api.pods.patch(name, { metadata: { ownerReferences } });
    }
    await t.api.pods.delete('pod1', { propagationPolicy: 'Foreground' });
    await t.until('all pods to go', async () => (await t.api.pods.list()).items.length === 0);
  }),
];
