import assert from 'node:assert/strict';
import type { V1Deployment, V1ReplicaSet } from '@kubernetes/client-node';
import { checkScale, checkStatusEndpoints } from '../lifecycle.ts';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';
import {
  deployment,
  image,
  isReady,
  podsOf,
  podSpec,
  readyPods,
  replicaSet,
  rolledOut,
} from '../workloads.ts';

/** Gives a Deployment's template another environment: a new revision. */
function change(t: Trial, name: string, value: string): Promise<V1Deployment> {
  const containers = [{ name: 'c', image, env: [{ name: 'CHANGE', value }] }];
  return t.api.deployments.patch(name, { spec: { template: { spec: { containers } } } }, 'strategic');
}

async function setsOf(t: Trial, name: string): Promise<V1ReplicaSet[]> {
  return (await t.api.replicaSets.list({ labelSelector: `app=${name}` })).items;
}

const unready = { readinessGates: [{ conditionType: 'example.com/never' }] };

export const deploymentRows = [
  row('Deployment RollingUpdateDeployment should delete old pods and create new ones', async t => {
    await t.api.replicaSets.create(replicaSet('app', 1));
    await readyPods(t, 'app=app', 1);
    await t.api.deployments.create(
      deployment('app', 1, {
        template: {
          metadata: { labels: { app: 'app' } },
          spec: podSpec({}, { env: [{ name: 'NEW', value: 'yes' }] }),
        },
      }),
    );
    await rolledOut(t, 'app');
    const sets = await setsOf(t, 'app');
    const old = sets.find(set => set.metadata!.name === 'app')!;
    assert.equal(old.spec!.replicas, 0);
    assert.equal(old.metadata!.ownerReferences?.[0]?.kind, 'Deployment');
    const [only, ...more] = await readyPods(t, 'app=app', 1);
    assert.equal(more.length, 0);
    assert.equal(only!.spec!.containers[0]!.env?.[0]?.name, 'NEW');
  }),

  row('Deployment RecreateDeployment should delete old pods and create new ones', async t => {
    await t.api.deployments.create(deployment('app', 2, { strategy: { type: 'Recreate' } }));
    await rolledOut(t, 'app');
    const old = new Set((await podsOf(t, 'app=app')).map(candidate => candidate.metadata!.uid));
    const watcher = await t.watch(t.api.pods, {
      labelSelector: 'app=app',
      resourceVersion: (await t.api.pods.list()).metadata.resourceVersion!,
    });
    await change(t, 'app', '2');
    await rolledOut(t, 'app');
    const gone = new Set<string>();
    for (const { type, object } of watcher.events) {
      const uid = object.metadata!.uid!;
      if (old.has(uid) && type === 'DELETED') gone.add(uid);
      if (!old.has(uid) && object.status?.phase === 'Running') assert.equal(gone.size, old.size);
    }
    assert.equal(gone.size, 2);
  }),

  row('Deployment deployment should delete old replica sets', async t => {
    await t.api.deployments.create(deployment('app', 1, { revisionHistoryLimit: 0 }));
    await rolledOut(t, 'app');
    const [first] = await setsOf(t, 'app');
    await change(t, 'app', '2');
    await t.gone(t.api.replicaSets, first!.metadata!.name!);
    assert.equal((await setsOf(t, 'app')).length, 1);
  }),

  row('Deployment deployment should support rollover', async t => {
    await t.api.deployments.create(deployment('app', 1));
    await rolledOut(t, 'app');
    const changed = change(t, 'app', '2');
    await changed;
    await change(t, 'app', '3');
    const { metadata } = await rolledOut(t, 'app');
    const live = (await setsOf(t, 'app')).filter(set => set.spec!.replicas! > 0);
    assert.equal(live.length, 1);
    assert.equal(live[0]!.spec!.template!.spec!.containers[0]!.env?.[0]?.value, '3');
    const revision = 'deployment.kubernetes.io/revision';
    assert.equal(live[0]!.metadata!.annotations?.[revision], metadata!.annotations?.[revision]);
  }),

  row('Deployment deployment should support proportional scaling', async t => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
    await t.api.deployments.create(deployment('app', 10, { strategy }));
    await rolledOut(t, 'app');
    // Pods that never get ready hold the rollout at 8 old and 5 new.
    await t.api.deployments.patch(
      'app',
      {
        spec: {
          template: { spec: { ...unready, containers: [{ name: 'c', env: [{ name: 'N', value: '2' }] }] } },
        },
      },
      'strategic',
    );
    const sizes = async () =>
      (await setsOf(t, 'app'))
        .map(set => set.spec!.replicas!)
        .sort((a, b) => b - a)
        .join(' ');
    await t.until('8 old and 5 new', async () => (await sizes()) === '8 5');
    await t.api.deployments.patch('app', { spec: { replicas: 30 } });
    await t.until('20 old and 13 new', async () => (await sizes()) === '20 13');
  }),

  row('Deployment Deployment should have a working scale subresource', async t => {
    await t.api.deployments.create(deployment('app', 1));
    await rolledOut(t, 'app');
    await checkScale(t.api.deployments, 'app');
    await readyPods(t, 'app=app', 4);
  }),

  row('Deployment should validate Deployment Status endpoints', async t => {
    await t.api.deployments.create(deployment('app', 1));
    await rolledOut(t, 'app');
    await checkStatusEndpoints(t, t.api.deployments, 'app');
  }),

  row('Deployment should run the lifecycle of a Deployment', async t => {
    const { deployments } = t.api;
    const watcher = await t.watch(deployments, { labelSelector: 'app=app' });
    await deployments.create(deployment('app', 1));
    await watcher.expect('ADDED');
    await watcher.until('MODIFIED', object => object.status?.readyReplicas === 1);
    await deployments.patch('app', {
      metadata: { labels: { 'test-deployment': 'patched' } },
      spec: { replicas: 2 },
    });
    const ready = await watcher.until('MODIFIED', object => object.status?.readyReplicas === 2);
    assert.equal(ready.metadata!.labels?.['test-deployment'], 'patched');
    const all = await deployments.listAll({ labelSelector: 'test-deployment=patched' });
    assert.ok(all.items.some(item => item.metadata!.namespace === t.namespace));
    await deployments.patchStatus('app', { status: { readyReplicas: 0, availableReplicas: 0 } });
    await watcher.until('MODIFIED', object => (object.status?.readyReplicas ?? 0) === 0);
    await watcher.until('MODIFIED', object => object.status?.readyReplicas === 2);
    assert.equal((await deployments.getStatus('app')).status?.readyReplicas, 2);
    assert.equal((await podsOf(t, 'app=app')).filter(isReady).length, 2);
    await deployments.deleteCollection({ labelSelector: 'app=app' });
    await watcher.until('DELETED');
  }),
];
