import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deployments, podDisruptionBudgets } from '#api/generated/refs.ts';
import { template, testCluster } from '../testing.ts';

const namespace = 'default';

test('a share counts from the size of the Deployment, a number from the pods', async t => {
  const cluster = await testCluster(t);
  const selector = { matchLabels: { app: 'web' } };
  const spec = { replicas: 4, selector, template: template('web') };
  await cluster.client.create(deployments, { metadata: { namespace, name: 'web' }, spec });
  const budgets = { share: { maxUnavailable: '25%' }, number: { minAvailable: 4 } };
  for (const [name, limits] of Object.entries(budgets)) {
    await cluster.client.create(podDisruptionBudgets, {
      metadata: { namespace, name },
      spec: { selector, ...limits },
    });
  }
  const status = async (name: string) =>
    (await cluster.client.get(podDisruptionBudgets, namespace, name)).status;
  await cluster.until('all four count', async () => {
    const [share, number] = [await status('share'), await status('number')];
    return share?.currentHealthy === 4 && number?.currentHealthy === 4;
  });
  const [share, number] = [await status('share'), await status('number')];
  assert.deepEqual([share?.expectedPods, share?.desiredHealthy, share?.disruptionsAllowed], [4, 3, 1]);
  assert.deepEqual(
    [number?.expectedPods, number?.desiredHealthy, number?.disruptionsAllowed ?? 0],
    [4, 4, 0],
  );
  assert.deepEqual(
    [share, number].map(one => one?.conditions?.map(({ status: state, reason }) => [state, reason])),
    [[['True', 'SufficientPods']], [['False', 'InsufficientPods']]],
  );
});
