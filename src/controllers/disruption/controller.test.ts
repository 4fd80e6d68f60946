import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  customResourceDefinitions,
  deployments,
  jobs,
  podDisruptionBudgets,
  pods,
} from '#api/generated/refs.ts';
import { toRfc3339 } from '#base/clock.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { type TestCluster, template, testCluster } from '#test/controllers.ts';

const namespace = 'default';

test('a share counts from the size of the Deployment, a number from the pods', async t => {
  const cluster = await testCluster(t);
  const selector = { matchLabels: { app: 'web' } };
  const spec = { replicas: 4, selector, template: template('web') };
  await cluster.client.create(deployments, { metadata: { namespace, name: 'web' }, spec });
  const budgets = { share: { maxUnavailable: '25%' }, number: { minAvailable: 4 }, none: {} };
  for (const [name, limits] of Object.entries(budgets)) {
    await cluster.client.create(podDisruptionBudgets, {
      metadata: { namespace, name },
      spec: { selector, ...limits },
    });
  }
  const status = async (name: string) =>
    (await cluster.client.get(podDisruptionBudgets, namespace, name)).status;
  await cluster.until('all four count', async () => {
    const all = await Promise.all(Object.keys(budgets).map(status));
    return all.every(one => one?.currentHealthy === 4);
  });
  const [share, number] = [await status('share'), await status('number')];
  assert.deepEqual([share?.expectedPods, share?.desiredHealthy, share?.disruptionsAllowed], [4, 3, 1]);
  assert.deepEqual(
    [number?.expectedPods, number?.desiredHealthy, number?.disruptionsAllowed ?? 0],
    [4, 4, 0],
  );
  const none = await status('none');
  assert.deepEqual([none?.expectedPods ?? 0, none?.disruptionsAllowed ?? 0], [0, 0]);
  assert.deepEqual(
    [share, number].map(one => one?.conditions?.map(({ status: state, reason }) => [state, reason])),
    [[['True', 'SufficientPods']], [['False', 'InsufficientPods']]],
  );
});

const selector = { matchLabels: { app: 'web' } };

/** Pods without a controller. */
async function addPods({ client }: TestCluster, count: number): Promise<void> {
  const { spec } = template('web');
  for (let i = 0; i < count; i++) {
    await client.create(pods, { metadata: { namespace, name: `web-${i}`, labels: { app: 'web' } }, spec });
  }
}

test('pods that nobody controls are told of, and what has no scale fails safe', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await addPods(cluster, 1);
  const spec = { selector, maxUnavailable: 1 };
  await client.create(podDisruptionBudgets, { metadata: { namespace, name: 'budget' }, spec });
  await cluster.until('it is told', async () =>
    (await cluster.eventsOf('budget')).some(text =>
      text.startsWith(
        'UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged.',
      ),
    ),
  );
  const job = template('web', 'app:1', { restartPolicy: 'Never', nodeName: 'nowhere' });
  await client.create(jobs, { metadata: { namespace, name: 'work' }, spec: { template: job } });
  const status = async () => (await client.get(podDisruptionBudgets, namespace, 'budget')).status;
  await cluster.until('it fails', async () => (await status())?.conditions?.[0]?.reason === 'SyncFailed');
  const { conditions, disruptionsAllowed = 0 } = (await status())!;
  assert.deepEqual(
    [conditions![0]!.status, conditions![0]!.message, disruptionsAllowed],
    ['False', 'jobs.batch does not implement the scale subresource', 0],
  );
});

test('an eviction that does not come is given up, and the pod says no longer that it is to go', async t => {
  const cluster = await testCluster(t);
  const { client, clock } = cluster;
  await addPods(cluster, 3);
  const spec = { selector, minAvailable: 1 };
  await client.create(podDisruptionBudgets, { metadata: { namespace, name: 'budget' }, spec });
  const get = () => client.get(podDisruptionBudgets, namespace, 'budget');
  await cluster.until('two may go', async () => (await get()).status?.disruptionsAllowed === 2);
  const budget = await get();
  const now = (offsetMs: number) => toRfc3339(clock.now() + offsetMs);
  const disruptedPods = { 'web-0': now(0), 'web-1': now(60_000), gone: now(0) };
  await client.updateStatus(podDisruptionBudgets, {
    ...budget,
    status: { ...budget.status!, disruptedPods },
  });
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    lastTransitionTime: now(0),
  };
  const target = { status: { conditions: [condition] } };
  await client.patch(pods, namespace, 'web-0', 'strategic', target, { subresource: 'status' });
  await clock.advance(119_000);
  assert.deepEqual(Object.keys((await get()).status?.disruptedPods ?? {}), ['web-0', 'web-1']);
  await clock.advance(5000);
  assert.deepEqual(Object.keys((await get()).status?.disruptedPods ?? {}), ['web-1']);
  assert.deepEqual(await cluster.eventsOf('web-0'), [
    "NotDeleted: Pod was expected by PDB default/budget to be deleted but it wasn't",
  ]);
  const { metadata, status } = await client.get(pods, namespace, 'web-0');
  const shown = status!.conditions!.find(({ type }) => type === 'DisruptionTarget')!;
  assert.deepEqual([shown.status, shown.observedGeneration], ['False', metadata.generation]);
  assert.ok(shown.lastTransitionTime! > condition.lastTransitionTime);
});

test('a pod of two budgets is told of', async t => {
  const cluster = await testCluster(t);
  for (const name of ['one', 'two']) {
    const spec = { selector, minAvailable: 1 };
    await cluster.client.create(podDisruptionBudgets, { metadata: { namespace, name }, spec });
  }
  await addPods(cluster, 1);
  await cluster.until('it is told', async () =>
    (await cluster.eventsOf('web-0')).includes(
      'MultiplePodDisruptionBudgets: Pod "default"/"web-0" matches multiple PodDisruptionBudgets.  Chose "one" arbitrarily.',
    ),
  );
});

test('a kind of another group is asked for its scale, whatever its name', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await client.create(customResourceDefinitions, {
    metadata: { name: 'statefulsets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'statefulsets', singular: 'statefulset', kind: 'StatefulSet' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
          },
        },
      ],
    },
  });
  const sets: ResourceRef<KubeObject & { spec: { replicas: number } }> = {
    ...{ group: 'example.com', version: 'v1', resource: 'statefulsets', kind: 'StatefulSet' },
    namespaced: true,
  };
  const isServed = () =>
    client.list(sets, namespace).then(
      () => true,
      () => false,
    );
  await cluster.until('it is served', isServed);
  const { metadata } = await client.create(sets, {
    metadata: { namespace, name: 'web' },
    spec: { replicas: 5 },
  });
  const owner = {
    ...{ apiVersion: 'example.com/v1', kind: 'StatefulSet', name: 'web' },
    ...{ uid: metadata.uid!, controller: true },
  };
  const labels = { app: 'web' };
  await client.create(pods, {
    metadata: { namespace, name: 'web-0', labels, ownerReferences: [owner] },
    spec: template('web').spec,
  });
  const spec = { selector, maxUnavailable: 1 };
  await client.create(podDisruptionBudgets, { metadata: { namespace, name: 'budget' }, spec });
  await cluster.until('its size counts', async () => {
    const { status } = await client.get(podDisruptionBudgets, namespace, 'budget');
    return status?.expectedPods === 5 && status.desiredHealthy === 4;
  });
});
