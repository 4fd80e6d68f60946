import assert from 'node:assert/strict';
import type { V1ContainerPort, V1PodSpec } from '@kubernetes/client-node';
import { row } from '../row.ts';
import { ifNotFound, type Trial } from '../trial.ts';
import { isReady, pod, podsOf, podSpec, readyPods, replicaSet, runningPod } from '../workloads.ts';

/** Waits until the scheduler says that nowhere is room for the pod. */
async function unschedulable(t: Trial, name: string): Promise<void> {
  await t.until(`pod ${name} to be unschedulable`, async () => {
    const found = await t.api.pods.get(name);
    assert.equal(found.spec!.nodeName, undefined);
    const condition = found.status?.conditions?.find(c => c.type === 'PodScheduled');
    return condition?.status === 'False' && condition.reason === 'Unschedulable';
  });
}

/** Gives the first open node a label of this row; answers the node's name. */
/** Marks a node that pods can have: the one of this index, or the last. */
async function labelledNode(t: Trial, index = 0): Promise<string> {
  const nodes = (await t.api.nodes.list()).items.filter(node => !node.spec?.taints?.length);
  const name = (nodes[index] ?? nodes.at(-1))!.metadata!.name!;
  const set = (value: string | null) =>
    t.api.nodes.patch(name, { metadata: { labels: { [label(t)]: value } } });
  await set('42');
  t.defer(() => set(null));
  return name;
}

const label = (t: Trial) => `conformance-${t.id}`;

const onlyThere = (t: Trial): Partial<V1PodSpec> => ({ nodeSelector: { [label(t)]: '42' } });

const scarce = 'example.com/fakecpu';

/** Gives the node some of a resource that it lacked; answers the resource's name. */
async function withScarce(t: Trial, node: string, amount: string): Promise<string> {
  const resource = `${scarce}-${t.id}`;
  const set = (value: string | null) =>
    t.api.nodes.patchStatus(node, {
      status: { capacity: { [resource]: value }, allocatable: { [resource]: value } },
    });
  await set(amount);
  t.defer(() => set(null));
  return resource;
}

const takes = (resource: string, amount: string) => ({
  resources: { requests: { [resource]: amount }, limits: { [resource]: amount } },
});

async function makePriorities(t: Trial, ...values: number[]): Promise<string[]> {
  const names = values.map(value => t.name(`p${value}`));
  for (const [index, value] of values.entries()) {
    await t.api.priorityClasses.create({ metadata: { name: names[index]! }, value });
    t.defer(() => t.api.priorityClasses.delete(names[index]!));
  }
  return names;
}

/** A full node of low priority pods, and a pod that preempts one of them. */
async function preempts(
  t: Trial,
  high: (low: string) => Promise<{ namespace: string; spec: Partial<V1PodSpec> }>,
) {
  const node = await labelledNode(t);
  const resource = await withScarce(t, node, '2');
  const [low] = await makePriorities(t, 1);
  for (const name of ['low-0', 'low-1']) {
    const spec = podSpec({ ...onlyThere(t), priorityClassName: low! }, takes(resource, '1'));
    await t.api.pods.create(pod(name, {}, spec));
    await runningPod(t, name);
  }
  const { namespace, spec } = await high(low!);
  const pods = t.api.pods.in(namespace);
  const name = t.name('high');
  await pods.create(pod(name, {}, podSpec({ ...onlyThere(t), ...spec }, takes(resource, '1'))));
  t.defer(() => pods.delete(name));
  await t.until('the higher pod to be scheduled', async () => (await pods.get(name)).spec!.nodeName === node);
  const left = await t.api.pods.names();
  assert.equal(left.filter(candidate => candidate.startsWith('low')).length, 1);
}

export const predicateRows = [
  row('SchedulerPredicates validates resource limits of pods that are allowed to run Serial', async t => {
    const node = await labelledNode(t);
    const resource = await withScarce(t, node, '1000');
    await t.api.pods.create(pod('fits', {}, podSpec(onlyThere(t), takes(resource, '700'))));
    await runningPod(t, 'fits');
    await t.api.pods.create(pod('big', {}, podSpec(onlyThere(t), takes(resource, '400'))));
    await unschedulable(t, 'big');
    await t.api.pods.create(pod('small', {}, podSpec(onlyThere(t), takes(resource, '300'))));
    await runningPod(t, 'small');
  }),

  row('SchedulerPredicates validates that NodeSelector is respected if not matching Serial', async t => {
    await t.api.pods.create(pod('p', {}, podSpec({ nodeSelector: { [label(t)]: 'nonempty' } })));
    await unschedulable(t, 'p');
  }),

  row('SchedulerPredicates validates that NodeSelector is respected if matching Serial', async t => {
    const node = await labelledNode(t, 1);
    await t.api.pods.create(pod('p', {}, podSpec(onlyThere(t))));
    assert.equal((await runningPod(t, 'p')).spec!.nodeName, node);
  }),

  row(
    'SchedulerPredicates validates that there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP Serial',
    async t => {
      await labelledNode(t);
      const port = (hostIP: string): V1ContainerPort => ({
        containerPort: 80,
        hostPort: 54_322,
        protocol: 'TCP',
        hostIP,
      });
      await t.api.pods.create(pod('any', {}, podSpec(onlyThere(t), { ports: [port('')] })));
      await runningPod(t, 'any');
      await t.api.pods.create(pod('one', {}, podSpec(onlyThere(t), { ports: [port('127.0.0.1')] })));
      await unschedulable(t, 'one');
    },
  ),

  row(
    'HostPort validates that there is no conflict between pods with same hostPort but different hostIP and protocol',
    async t => {
      await labelledNode(t);
      const [node] = (await t.api.nodes.list({ labelSelector: label(t) })).items;
      const address = node!.status!.addresses!.find(candidate => candidate.type === 'InternalIP')!.address;
      const ports: V1ContainerPort[] = [
        { containerPort: 80, hostPort: 54_323, protocol: 'TCP', hostIP: '127.0.0.1' },
        { containerPort: 80, hostPort: 54_323, protocol: 'TCP', hostIP: address },
        { containerPort: 80, hostPort: 54_323, protocol: 'UDP', hostIP: address },
      ];
      for (const [index, port] of ports.entries()) {
        await t.api.pods.create(pod(`p${index}`, {}, podSpec(onlyThere(t), { ports: [port] })));
        await runningPod(t, `p${index}`);
      }
    },
  ),
];

export const preemptionRows = [
  row('SchedulerPreemption validates basic preemption works Serial', t =>
    preempts(t, async () => {
      const [high] = await makePriorities(t, 1_000);
      return { namespace: t.namespace, spec: { priorityClassName: high! } };
    }),
  ),

  row('SchedulerPreemption validates lower priority pod preemption by critical pod Serial', t =>
    preempts(t, async () => ({
      namespace: 'kube-system',
      spec: { priorityClassName: 'system-cluster-critical' },
    })),
  ),

  row(
    'SchedulerPreemption validates pod disruption condition is added to the preempted pod Serial',
    async t => {
      const node = await labelledNode(t);
      const resource = await withScarce(t, node, '1');
      const [low, high] = await makePriorities(t, 1, 1_000);
      const spec = (priorityClassName: string) =>
        podSpec({ ...onlyThere(t), priorityClassName }, takes(resource, '1'));
      const victim = pod('victim', {}, spec(low!));
      victim.metadata!.finalizers = ['example.com/test-finalizer'];
      await t.api.pods.create(victim);
      t.defer(() => t.api.pods.patch('victim', { metadata: { finalizers: null } }));
      await runningPod(t, 'victim');
      await t.api.pods.create(pod('preemptor', {}, spec(high!)));
      const marked = await t.until('the victim to go', async () => {
        const found = await t.api.pods.get('victim');
        return found.metadata!.deletionTimestamp && found;
      });
      const condition = marked.status!.conditions!.find(c => c.type === 'DisruptionTarget');
      assert.equal(condition?.status, 'True');
      assert.equal(condition?.reason, 'PreemptionByScheduler');
      await t.api.pods.patch('victim', { metadata: { finalizers: null } });
      await t.until('it to be gone', async () => !(await t.api.pods.get('victim').catch(ifNotFound)));
    },
  ),

  row(
    'SchedulerPreemption PreemptionExecutionPath runs ReplicaSets to verify preemption running path Serial',
    async t => {
      const node = await labelledNode(t);
      const resource = await withScarce(t, node, '1000');
      const priorities = await makePriorities(t, 1, 2, 3, 4);
      const sets: [replicas: number, amount: string][] = [
        [5, '50'],
        [4, '50'],
        [4, '95'],
        [1, '400'],
      ];
      const make = (index: number) => {
        const [replicas, amount] = sets[index]!;
        const spec = podSpec(
          { ...onlyThere(t), priorityClassName: priorities[index]! },
          takes(resource, amount),
        );
        return t.api.replicaSets.create(replicaSet(`rs-${index}`, replicas, spec));
      };
      const ready = async (index: number) => (await podsOf(t, `app=rs-${index}`)).filter(isReady).length;
      for (const index of [0, 1, 2]) {
        await make(index);
        await readyPods(t, `app=rs-${index}`, sets[index]![0]);
      }
      await make(3);
      await readyPods(t, 'app=rs-3', 1);
      // 170 were free: the lowest priority gives 250 for the rest, and nothing else does.
      await t.until('the lowest to have made room', async () => (await ready(0)) === 0);
      assert.deepEqual([await ready(1), await ready(2), await ready(3)], [4, 4, 1]);
    },
  ),

  row(
    'SchedulerPreemption PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods Serial',
    async t => {
      const [name] = await makePriorities(t, 7);
      const { priorityClasses } = t.api;
      assert.ok((await priorityClasses.names()).includes(name!));
      const patched = await priorityClasses.patch(name!, { description: 'updated' });
      assert.equal(patched.description, 'updated');
      await priorityClasses.update(name!, object => {
        object.description = 'again';
      });
      assert.equal((await priorityClasses.get(name!)).description, 'again');
      const fails = async (call: Promise<unknown>) =>
        assert.equal(
          await call.then(
            () => 200,
            (error: { code?: number }) => error.code,
          ),
          422,
        );
      await fails(priorityClasses.patch(name!, { value: 8 }));
      await fails(
        priorityClasses.update(name!, object => {
          object.value = 9;
        }),
      );
      assert.equal((await priorityClasses.get(name!)).value, 7);
    },
  ),
];
