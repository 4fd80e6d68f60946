import assert from 'node:assert/strict';
import { checkCollection, checkScale, checkStatusEndpoints } from '../lifecycle.ts';
import { row } from '../row.ts';
import { ifNotFound } from '../trial.ts';
import { pod, podsOf, readyPods, replicaSet, replicationController } from '../workloads.ts';

export const replicaSetRows = [
  row('ReplicaSet Replace and Patch tests', async t => {
    await t.api.replicaSets.create(replicaSet('rs', 1));
    await readyPods(t, 'app=rs', 1);
    await t.api.replicaSets.update('rs', set => {
      set.spec!.replicas = 2;
    });
    await readyPods(t, 'app=rs', 2);
    await t.api.replicaSets.patch('rs', {
      metadata: { labels: { 'test-rs': 'patched' } },
      spec: { replicas: 3 },
    });
    await readyPods(t, 'app=rs', 3);
    assert.equal((await t.api.replicaSets.get('rs')).metadata!.labels?.['test-rs'], 'patched');
  }),

  row('ReplicaSet Replicaset should have a working scale subresource', async t => {
    await t.api.replicaSets.create(replicaSet('rs', 1));
    await readyPods(t, 'app=rs', 1);
    await checkScale(t.api.replicaSets, 'rs');
    await readyPods(t, 'app=rs', 4);
  }),

  row('ReplicaSet should adopt matching pods on creation and release no longer matching pods', async t => {
    await t.api.pods.create(pod('orphan', { app: 'rs' }));
    await t.api.replicaSets.create(replicaSet('rs', 1));
    const { metadata } = await t.api.replicaSets.get('rs');
    await t.until('the orphan to be adopted', async () => {
      const found = await t.api.pods.get('orphan').catch(ifNotFound);
      return found?.metadata?.ownerReferences?.[0]?.uid === metadata!.uid;
    });
    assert.equal((await podsOf(t, 'app=rs')).length, 1);
    await t.api.pods.patch('orphan', { metadata: { labels: { app: 'nobody' } } });
    await t.until('the pod to be released', async () => {
      const found = await t.api.pods.get('orphan');
      return (found.metadata!.ownerReferences ?? []).length === 0;
    });
    await readyPods(t, 'app=rs', 1);
  }),

  row('ReplicaSet should list and delete a collection of ReplicaSets', t =>
    checkCollection(t, t.api.replicaSets, (name, labels) => {
      const set = replicaSet(name, 0);
      return { ...set, metadata: { name, labels } };
    }),
  ),

  row('ReplicaSet should validate Replicaset Status endpoints', async t => {
    await t.api.replicaSets.create(replicaSet('rs', 1));
    await readyPods(t, 'app=rs', 1);
    await checkStatusEndpoints(t, t.api.replicaSets, 'rs');
  }),

  row('ReplicationController should adopt matching pods on creation', async t => {
    await t.api.pods.create(pod('orphan', { app: 'rc' }));
    await t.api.replicationControllers.create(replicationController('rc', 1));
    const { metadata } = await t.api.replicationControllers.get('rc');
    await t.until('the orphan to be adopted', async () => {
      const found = await t.api.pods.get('orphan');
      return found.metadata!.ownerReferences?.[0]?.uid === metadata!.uid;
    });
  }),

  row('ReplicationController should release no longer matching pods', async t => {
    await t.api.replicationControllers.create(replicationController('rc', 1));
    const [owned] = await readyPods(t, 'app=rc', 1);
    const name = owned!.metadata!.name!;
    await t.api.pods.patch(name, { metadata: { labels: { app: 'nobody' } } });
    await t.until('the pod to be released', async () => {
      const found = await t.api.pods.get(name);
      return (found.metadata!.ownerReferences ?? []).length === 0;
    });
    await readyPods(t, 'app=rc', 1);
  }),

  row('ReplicationController should get and update a ReplicationController scale', async t => {
    await t.api.replicationControllers.create(replicationController('rc', 1));
    const scale = await t.api.replicationControllers.getScale('rc');
    // The controller writes the status meanwhile: the replicas are asked for whatever the version.
    delete scale.metadata!.resourceVersion;
    assert.equal(scale.spec?.replicas, 1);
    scale.spec!.replicas = 2;
    await t.api.replicationControllers.replaceScale('rc', scale);
    await readyPods(t, 'app=rc', 2);
    assert.equal((await t.api.replicationControllers.getScale('rc')).status?.replicas, 2);
  }),

  row(
    'ReplicationController should surface a failure condition on a common issue like exceeded quota',
    async t => {
      await t.api.resourceQuotas.create({ metadata: { name: 'two' }, spec: { hard: { pods: '2' } } });
      await t.until(
        'the quota to be counted',
        async () => (await t.api.resourceQuotas.get('two')).status?.used?.pods === '0',
      );
      await t.api.replicationControllers.create(replicationController('rc', 3));
      const failing = async () => {
        const { status } = await t.api.replicationControllers.get('rc');
        return status?.conditions?.some(c => c.type === 'ReplicaFailure' && c.status === 'True') === true;
      };
      await t.until('a ReplicaFailure condition', failing);
      await t.api.replicationControllers.patch('rc', { spec: { replicas: 2 } });
      await t.until('the condition to go', async () => !(await failing()));
    },
  ),

  row('ReplicationController should test the lifecycle of a ReplicationController', async t => {
    const { replicationControllers: controllers } = t.api;
    const watcher = await t.watch(controllers, { labelSelector: 'app=rc' });
    await controllers.create(replicationController('rc', 1));
    await watcher.expect('ADDED');
    await watcher.until('MODIFIED', object => object.status?.readyReplicas === 1);
    await controllers.patch('rc', { metadata: { labels: { 'test-rc': 'patched' } } });
    await watcher.until('MODIFIED', object => object.metadata!.labels?.['test-rc'] === 'patched');
    await controllers.patchStatus('rc', { status: { readyReplicas: 0, availableReplicas: 0 } });
    await watcher.until('MODIFIED', object => (object.status?.readyReplicas ?? 0) === 0);
    assert.equal((await controllers.getStatus('rc')).metadata!.name, 'rc');
    await controllers.patchScale('rc', { spec: { replicas: 2 } });
    await watcher.until('MODIFIED', object => object.status?.readyReplicas === 2);
    const all = await controllers.listAll({ labelSelector: 'test-rc=patched' });
    assert.ok(all.items.some(item => item.metadata!.namespace === t.namespace));
    await controllers.deleteCollection({ labelSelector: 'app=rc' });
    await watcher.until('DELETED');
  }),
];
