import assert from 'node:assert/strict';
import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import { checkCollection } from '../lifecycle.ts';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { readyPods, replicaSet } from '../workloads.ts';

const budget = (
  name: string,
  spec: V1PodDisruptionBudget['spec'] = { minAvailable: 1 },
): V1PodDisruptionBudget => ({
  metadata: { name },
  spec: { selector: { matchLabels: { app: 'rs' } }, ...spec },
});

function allowed(t: Trial, count: number) {
  return t.until(`${count} disruptions to be allowed`, async () => {
    const { status, metadata } = await t.api.podDisruptionBudgets.get('pdb');
    return status?.observedGeneration === metadata!.generation && status?.disruptionsAllowed === count;
  });
}

async function evict(t: Trial, name: string): Promise<number> {
  const response = await t.raw({
    method: 'POST',
    path: `${t.api.pods.path}/${name}/eviction`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } }),
  });
  return response.status;
}

export const disruptionRows = [
  row('DisruptionController should create a PodDisruptionBudget', async t => {
    const { podDisruptionBudgets: budgets } = t.api;
    await budgets.create(budget('pdb'));
    await budgets.update('pdb', object => {
      object.spec!.minAvailable = '20%';
    });
    assert.equal((await budgets.get('pdb')).spec!.minAvailable, '20%');
    await budgets.patch('pdb', { spec: { minAvailable: 3 } });
    assert.equal((await budgets.get('pdb')).spec!.minAvailable, 3);
    await budgets.delete('pdb');
    await t.gone(budgets, 'pdb');
  }),

  row('DisruptionController should observe PodDisruptionBudget status updated', async t => {
    await t.api.podDisruptionBudgets.create(budget('pdb'));
    await allowed(t, 0);
    await t.api.replicaSets.create(replicaSet('rs', 3));
    await readyPods(t, 'app=rs', 3);
    await allowed(t, 2);
    const { status } = await t.api.podDisruptionBudgets.get('pdb');
    assert.partialDeepStrictEqual({ ...status }, { currentHealthy: 3, desiredHealthy: 1, expectedPods: 3 });
  }),

  row('DisruptionController should block an eviction until the PDB is updated to allow it', async t => {
    await t.api.replicaSets.create(replicaSet('rs', 3));
    const [pod] = await readyPods(t, 'app=rs', 3);
    const name = pod!.metadata!.name!;
    await t.api.podDisruptionBudgets.create(budget('pdb', { minAvailable: 3 }));
    await allowed(t, 0);
    assert.equal(await evict(t, name), 429);
    await t.api.podDisruptionBudgets.update('pdb', object => {
      object.spec!.minAvailable = 2;
    });
    await allowed(t, 1);
    assert.equal(await evict(t, name), 201);
    await t.gone(t.api.pods, name);
    await readyPods(t, 'app=rs', 3);
    await t.api.podDisruptionBudgets.patch('pdb', { spec: { minAvailable: null, maxUnavailable: 0 } });
    await allowed(t, 0);
    const [other] = await readyPods(t, 'app=rs', 3);
    assert.equal(await evict(t, other!.metadata!.name!), 429);
    await t.api.podDisruptionBudgets.delete('pdb');
    assert.equal(await evict(t, other!.metadata!.name!), 201);
  }),

  row('DisruptionController should update/patch PodDisruptionBudget status', async t => {
    const { podDisruptionBudgets: budgets } = t.api;
    await budgets.create(budget('pdb'));
    await allowed(t, 0);
    const disruptedPods = { foo: new Date('2030-01-01T00:00:00Z') };
    const updated = await budgets.updateStatus('pdb', object => {
      object.status!.disruptedPods = disruptedPods;
    });
    assert.ok(updated.status!.disruptedPods?.foo);
    const patched = await budgets.patchStatus('pdb', {
      metadata: { annotations: { patched: 'yes' } },
      status: { disruptedPods: { bar: '2030-01-01T00:00:00Z' } },
    });
    assert.equal(patched.metadata!.annotations?.patched, 'yes');
    assert.ok(patched.status!.disruptedPods?.bar);
  }),

  row(
    'DisruptionController Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets',
    t =>
      checkCollection(t, t.api.podDisruptionBudgets, (name, labels) => ({
        ...budget(name),
        metadata: { name, labels },
      })),
  ),
];
