/** The scheduler in a whole cluster: a real API server, hollow nodes, virtual time. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { events, nodes, pods, priorityClasses, serviceAccounts } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { Client } from '#client/client.ts';
import type { Transport, TransportResponse } from '#client/transport.ts';
import { statusError } from '#machinery/status.ts';
import { startCluster } from '#main/embedded.ts';
import { podOf } from './scenario.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

async function cluster(
  t: TestContext,
  wrapTransport?: (transport: Transport, component: string) => Transport,
) {
  const clock = new VirtualClock(settle);
  const capacity = { cpu: '2', memory: '4Gi', pods: '110' };
  const running = await startCluster({
    clock,
    seed: 3,
    nodes: 2,
    hollow: { capacity },
    ...(wrapTransport ? { wrapTransport } : {}),
  });
  t.after(() => running.stop());
  const { client } = running;
  const until = async (what: string, condition: () => Promise<boolean>) => {
    assert.ok(await clock.advanceUntil(condition, 120_000), `not within two minutes: ${what}`);
  };
  const account = async () => (await client.list(serviceAccounts, 'default')).items.length > 0;
  await until('the default account', account);
  const untainted = async () =>
    (await client.list(nodes, '')).items.every(({ spec }) => !spec?.taints?.length);
  await until('nodes that take pods', untainted);
  const nodeOfPod = async (name: string) => (await client.get(pods, 'default', name)).spec?.nodeName;
  return { client, clock, until, nodeOfPod };
}

/** A pod for the API server, which gives out uids itself. */
function newPod(name: string, words: Record<string, string> = {}): Pod {
  const pod = podOf(name, words);
  pod.metadata = { name, namespace: 'default', labels: pod.metadata.labels };
  delete pod.spec!.priority;
  return pod;
}

async function eventsOf(client: Client, name: string): Promise<string[]> {
  const { items } = await client.list(events, 'default');
  return items
    .filter(event => event.involvedObject.name === name)
    .map(event => `${event.type} ${event.reason}: ${event.message}`);
}

test('pods are bound, and told of it', async t => {
  const { client, until, nodeOfPod } = await cluster(t);
  for (const name of ['a', 'b', 'c']) await client.create(pods, newPod(name, { cpu: '1', memory: '1Gi' }));
  await until('all running', async () =>
    (await client.list(pods, 'default')).items.every(pod => pod.status?.phase === 'Running'),
  );
  const used = await Promise.all(['a', 'b', 'c'].map(nodeOfPod));
  assert.deepEqual([...new Set(used)].sort(), ['hollow-0', 'hollow-1']);
  await until('the event', async () => (await eventsOf(client, 'a')).length > 0);
  assert.ok(
    (await eventsOf(client, 'a')).includes(`Normal Scheduled: Successfully assigned default/a to ${used[0]}`),
  );
});

test('events say what the scheduler was doing, by the newer API, and who was favoured', async t => {
  const { client, clock, until } = await cluster(t);
  await client.create(priorityClasses, { metadata: { name: 'high' }, value: 1000 });
  for (const name of ['a', 'b']) await client.create(pods, newPod(name, { cpu: '2' }));
  const phases = async () => (await client.list(pods, 'default')).items.map(({ status }) => status?.phase);
  await until('all running', async () => (await phases()).every(phase => phase === 'Running'));
  const preemptor = newPod('vip', { cpu: '2' });
  preemptor.spec!.priorityClassName = 'high';
  await client.create(pods, preemptor);
  await until(
    'the favour',
    async () => (await client.get(pods, 'default', 'vip')).status?.phase === 'Running',
  );
  await clock.advance(1000);
  const { items } = await client.list(events, 'default');
  const told = (reason: string) => items.find(event => event.reason === reason)!;
  const said = ['Scheduled', 'FailedScheduling', 'Preempted'].map(reason => {
    const { action, source, count, firstTimestamp, reportingComponent, related } = told(reason);
    return { action, source, count, firstTimestamp, reportingComponent, related: related?.name };
  });
  const common = {
    source: {},
    count: undefined,
    firstTimestamp: null,
    reportingComponent: 'default-scheduler',
    related: undefined,
  };
  assert.deepEqual(said, [
    { ...common, action: 'Binding' },
    { ...common, action: 'Scheduling' },
    { ...common, action: 'Preempting', related: 'vip' },
  ]);
  assert.match(told('Scheduled').reportingInstance ?? '', /^default-scheduler-./);
  assert.ok(told('Scheduled').eventTime);
});

test('what fits nowhere says why, and is placed once it fits', async t => {
  const { client, until, nodeOfPod } = await cluster(t);
  await client.create(pods, newPod('picky', { selector: 'disk:ssd' }));
  const condition = async () =>
    (await client.get(pods, 'default', 'picky')).status?.conditions?.find(c => c.type === 'PodScheduled');
  await until('the condition', async () => (await condition())?.status === 'False');
  const message =
    "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.";
  assert.equal((await condition())?.reason, 'Unschedulable');
  assert.equal((await condition())?.message, message);
  await until('the event', async () => (await eventsOf(client, 'picky')).length > 0);
  assert.deepEqual(await eventsOf(client, 'picky'), [`Warning FailedScheduling: ${message}`]);
  await client.patch(nodes, '', 'hollow-1', 'merge', { metadata: { labels: { disk: 'ssd' } } });
  await until('placed', async () => (await nodeOfPod('picky')) === 'hollow-1');
});

test('nodes say what their kubelets can do, and pods go where what they use can be had', async t => {
  const { client, until, nodeOfPod } = await cluster(t);
  const pod = newPod('again');
  const [container] = pod.spec!.containers;
  const exitCodes = { operator: 'In', values: [88] };
  container!.restartPolicy = 'Never';
  container!.restartPolicyRules = [{ action: 'RestartAllContainers', exitCodes }];
  await client.create(pods, pod);
  await until('placed', async () => (await nodeOfPod('again')) !== undefined);
  const { status } = await client.get(nodes, '', 'hollow-0');
  assert.deepEqual(status?.declaredFeatures, [
    'InPlacePodLevelResourcesVerticalScaling',
    'InPlacePodVerticalScalingInitContainers',
    'RestartAllContainersOnContainerExits',
  ]);
});

test('a pod that is being deleted gets no node, and is told so', async t => {
  const { client, clock, until, nodeOfPod } = await cluster(t);
  const pod = newPod('leaving', { gate: 'example.com/wait' });
  pod.metadata.finalizers = ['example.com/wait'];
  await client.create(pods, pod);
  await client.delete(pods, 'default', 'leaving');
  await client.patch(pods, 'default', 'leaving', 'merge', { spec: { schedulingGates: null } });
  await until('told', async () =>
    (await eventsOf(client, 'leaving')).includes(
      'Warning FailedScheduling: skip schedule deleting pod: default/leaving',
    ),
  );
  await clock.advance(20_000);
  assert.equal(await nodeOfPod('leaving'), undefined);
});

test('scheduling gates hold a pod until they are gone', async t => {
  const { client, clock, until, nodeOfPod } = await cluster(t);
  await client.create(pods, newPod('gated', { gate: 'example.com/wait' }));
  await clock.advance(20_000);
  assert.equal(await nodeOfPod('gated'), undefined);
  await client.patch(pods, 'default', 'gated', 'merge', { spec: { schedulingGates: null } });
  await until('placed', async () => (await nodeOfPod('gated')) !== undefined);
});

test('a pod of high priority takes the place of a low one', async t => {
  const { client, until, nodeOfPod } = await cluster(t);
  for (const name of ['low-0', 'low-1']) await client.create(pods, newPod(name, { cpu: '2' }));
  await until('both placed', async () => !!(await nodeOfPod('low-0')) && !!(await nodeOfPod('low-1')));
  const high = newPod('high', { cpu: '2' });
  high.spec!.priorityClassName = 'system-node-critical';
  await client.create(pods, high);
  await until('placed', async () => (await nodeOfPod('high')) !== undefined);
  const left = (await client.list(pods, 'default')).items.map(pod => pod.metadata.name).sort();
  assert.equal(left.length, 2);
  assert.ok(left.includes('high'));
});

test('a promised node goes to who is more important, and what is driven away is told why', async t => {
  const { client, until, nodeOfPod } = await cluster(t);
  await client.patch(nodes, '', 'hollow-1', 'merge', { spec: { unschedulable: true } });
  for (const [name, value] of [
    ['mid', 100],
    ['high', 1000],
  ] as const) {
    await client.create(priorityClasses, { metadata: { name }, value });
  }
  const low = newPod('low', { cpu: '2' });
  await client.create(pods, { ...low, spec: { ...low.spec!, terminationGracePeriodSeconds: 60 } });
  await until('placed', async () => (await nodeOfPod('low')) === 'hollow-0');
  const rival = (name: string) => {
    const pod = newPod(name, { cpu: '2' });
    return client.create(pods, { ...pod, spec: { ...pod.spec!, priorityClassName: name } });
  };
  const statusOf = async (name: string) => (await client.get(pods, 'default', name)).status;
  const seen = new Map<string, Pod>();
  const watch = client.watch(
    pods,
    'default',
    {},
    { event: ({ object }) => void seen.set(object.metadata!.name!, object as Pod), end() {} },
  );
  t.after(() => watch[Symbol.dispose]());
  await rival('mid');
  await until('the promise', async () => (await statusOf('mid'))?.nominatedNodeName === 'hollow-0');
  await rival('high');
  await until('the greater one placed', async () => (await nodeOfPod('high')) === 'hollow-0');
  await until('the promise withdrawn', async () => (await statusOf('mid'))?.nominatedNodeName === undefined);
  assert.equal(await nodeOfPod('mid'), undefined);
  const target = seen.get('low')!.status!.conditions!.find(({ type }) => type === 'DisruptionTarget');
  assert.equal(target?.reason, 'PreemptionByScheduler');
  assert.equal(target.message, 'default-scheduler: preempting to accommodate a higher priority pod');
  const mid = await client.get(pods, 'default', 'mid');
  await until('the event', async () =>
    (await eventsOf(client, 'low')).some(text => / Preempted: /.test(text)),
  );
  assert.ok(
    (await eventsOf(client, 'low')).includes(
      `Normal Preempted: Preempted by pod ${mid.metadata.uid} on node hollow-0`,
    ),
  );
});

/** Keeps back what the scheduler deletes until it is let go. */
function evictionsHeld(t: TestContext) {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  t.after(() => letGo());
  const heldUp = (transport: Transport, component: string): Transport => {
    if (component !== 'scheduler') return transport;
    return {
      ...transport,
      watch: (request, handler) => transport.watch(request, handler),
      stream: request => transport.stream(request),
      request: async request => {
        if (request.method === 'DELETE') await held;
        return transport.request(request);
      },
    };
  };
  return { heldUp, letGo };
}

test('two that make room on one node find it, each beside the other', async t => {
  const { heldUp, letGo } = evictionsHeld(t);
  const { client, clock, until, nodeOfPod } = await cluster(t, heldUp);
  await client.patch(nodes, '', 'hollow-1', 'merge', { spec: { unschedulable: true } });
  for (const [name, value] of [
    ['mid', 100],
    ['high', 1000],
  ] as const) {
    await client.create(priorityClasses, { metadata: { name }, value });
  }
  for (const name of ['low-0', 'low-1']) {
    const low = newPod(name, { cpu: '1' });
    await client.create(pods, { ...low, spec: { ...low.spec!, terminationGracePeriodSeconds: 0 } });
    await until('placed', async () => (await nodeOfPod(name)) === 'hollow-0');
  }
  for (const name of ['high', 'mid']) {
    const pod = newPod(name, { cpu: '1' });
    await client.create(pods, { ...pod, spec: { ...pod.spec!, priorityClassName: name } });
  }
  const promised = async (name: string) =>
    (await client.get(pods, 'default', name)).status?.nominatedNodeName === 'hollow-0';
  await until('both promises', async () => (await promised('high')) && (await promised('mid')));
  letGo();
  await clock.advance(30_000);
  assert.equal(await nodeOfPod('high'), 'hollow-0');
  assert.equal(await nodeOfPod('mid'), 'hollow-0');
});

test('where one victim cannot be evicted, the last is spared, and the pod tries again after its back-off', async t => {
  let refusing = true;
  let refused = 0;
  const refusal = (transport: Transport, component: string): Transport => {
    if (component !== 'scheduler') return transport;
    return {
      watch: (request, handler) => transport.watch(request, handler),
      stream: request => transport.stream(request),
      request: async request => {
        if (!refusing || request.method !== 'DELETE' || !request.path.endsWith('/mid')) {
          return transport.request(request);
        }
        refused++;
        throw statusError.internal('no');
      },
    };
  };
  const { client, clock, until, nodeOfPod } = await cluster(t, refusal);
  await client.patch(nodes, '', 'hollow-1', 'merge', { spec: { unschedulable: true } });
  const create = async (name: string, value: number, cpu: string) => {
    await client.create(priorityClasses, { metadata: { name }, value });
    const pod = newPod(name, { cpu });
    const spec = { ...pod.spec!, priorityClassName: name, terminationGracePeriodSeconds: 0 };
    await client.create(pods, { ...pod, spec });
  };
  for (const [name, value] of [
    ['low', 1],
    ['mid', 2],
  ] as const) {
    await create(name, value, '1');
    await until('placed', async () => (await nodeOfPod(name)) === 'hollow-0');
  }
  await create('high', 3, '2');
  await until('a refusal', async () => refused > 0);
  await clock.advance(30_000);
  assert.ok(refused > 1 && refused < 10, `${refused} tries in half a minute`);
  assert.deepEqual([await nodeOfPod('low'), await nodeOfPod('high')], ['hollow-0', undefined]);
  refusing = false;
  await until('room', async () => (await nodeOfPod('high')) === 'hollow-0');
});

test('while its victims are being evicted, a pod drives away no others', async t => {
  const { heldUp, letGo } = evictionsHeld(t);
  const { client, clock, until, nodeOfPod } = await cluster(t, heldUp);
  for (const [name, value] of [
    ['lower', 1],
    ['low', 2],
    ['high', 3],
  ] as const) {
    await client.create(priorityClasses, { metadata: { name }, value });
  }
  const cordon = (unschedulable: boolean) =>
    client.patch(nodes, '', 'hollow-1', 'merge', { spec: { unschedulable } });
  const create = (name: string) => {
    const pod = newPod(name, { cpu: '2' });
    return client.create(pods, { ...pod, spec: { ...pod.spec!, priorityClassName: name } });
  };
  await cordon(true);
  await create('low');
  await until('placed', async () => (await nodeOfPod('low')) === 'hollow-0');
  await cordon(false);
  await create('lower');
  await until('placed', async () => (await nodeOfPod('lower')) === 'hollow-1');
  await cordon(true);
  await create('high');
  const promised = async () => (await client.get(pods, 'default', 'high')).status?.nominatedNodeName;
  await until('the promise', async () => (await promised()) === 'hollow-0');
  await cordon(false);
  await clock.advance(30_000);
  assert.equal(await promised(), 'hollow-0');
  letGo();
  await until('placed', async () => (await nodeOfPod('high')) === 'hollow-0');
  assert.equal(await nodeOfPod('lower'), 'hollow-1');
});

test('what a kubelet reports of itself or of its pods wakes those that it helps', async t => {
  const { client, until, nodeOfPod } = await cluster(t);
  await client.create(nodes, { metadata: { name: 'bare', labels: { kind: 'bare' } } });
  const picky = newPod('picky', {
    'restarts-all': '',
    selector: 'kind:bare',
    tolerates: 'node.kubernetes.io/not-ready,node.kubernetes.io/unreachable',
  });
  const [container] = picky.spec!.containers;
  container!.restartPolicy = 'Never';
  container!.restartPolicyRules![0]!.exitCodes = { operator: 'In', values: [88] };
  await client.create(pods, picky);
  const reported = async (name: string, text: string) =>
    (await eventsOf(client, name)).some(event => event.includes(text));
  const allocatable = { cpu: '1', memory: '1Gi', pods: '10' };
  await client.patch(nodes, '', 'bare', 'merge', { status: { allocatable } }, { subresource: 'status' });
  await until('refused', () => reported('picky', 'node declared features check failed'));
  const declaredFeatures = ['RestartAllContainersOnContainerExits'];
  await client.patch(nodes, '', 'bare', 'merge', { status: { declaredFeatures } }, { subresource: 'status' });
  await until('placed', async () => (await nodeOfPod('picky')) === 'bare');

  for (const name of ['a', 'b']) await client.create(pods, newPod(name, { cpu: '2' }));
  await until('both placed', async () => !!(await nodeOfPod('a')) && !!(await nodeOfPod('b')));
  await client.create(pods, newPod('c', { cpu: '1' }));
  await until('refused', () => reported('c', 'Insufficient cpu'));
  const resources = { requests: { cpu: '1' } };
  const smaller = { spec: { containers: [{ name: 'main', resources }] } };
  await client.patch(pods, 'default', 'a', 'strategic', smaller, { subresource: 'resize' });
  await until('placed', async () => (await nodeOfPod('c')) === (await nodeOfPod('a')));
});

type Fault = (send: () => Promise<TransportResponse>) => Promise<TransportResponse> | undefined;

/** The faults answer what becomes of a binding, and of a question about pod a; undefined: it goes through. */
const withBindings =
  (ofBinding: Fault, ofQuestion: Fault = () => undefined) =>
  (transport: Transport, component: string): Transport => {
    if (component !== 'scheduler') return transport;
    return {
      ...transport,
      watch: (request, handler) => transport.watch(request, handler),
      stream: request => transport.stream(request),
      request: request => {
        const send = () => transport.request(request);
        const fault = request.path.endsWith('/binding')
          ? ofBinding
          : request.method === 'GET' && request.path.endsWith('/pods/a')
            ? ofQuestion
            : undefined;
        return fault?.(send) ?? send();
      },
    };
  };

test('a binding whose answer is lost stands, and its room is taken at once', async t => {
  let lost = 0;
  let asked = 0;
  const answerLost = withBindings(
    async bind => {
      const answer = await bind();
      if (lost++ > 0) return answer;
      throw new Error('socket hang up');
    },
    () => (asked++ < 1 ? Promise.reject(new Error('socket hang up')) : undefined),
  );
  const { client, until, nodeOfPod } = await cluster(t, answerLost);
  for (const name of ['a', 'b', 'c']) await client.create(pods, newPod(name, { cpu: '2' }));
  await until('two are placed', async () => {
    const placed = await Promise.all(['a', 'b', 'c'].map(nodeOfPod));
    return placed.filter(Boolean).length === 2;
  });
  const placed = await Promise.all(['a', 'b', 'c'].map(nodeOfPod));
  assert.deepEqual(placed.filter(Boolean).sort(), ['hollow-0', 'hollow-1']);
  const told = (await Promise.all(['a', 'b', 'c'].map(name => eventsOf(client, name)))).flat();
  assert.ok(!told.some(text => text.includes('hang up')));
});

test('a binding that fails is tried again', async t => {
  let failures = 2;
  const flaky = withBindings(() =>
    failures-- > 0 ? Promise.reject(statusError.internal('lost')) : undefined,
  );
  const { client, until, nodeOfPod } = await cluster(t, flaky);
  await client.create(pods, newPod('a'));
  await until('placed', async () => (await nodeOfPod('a')) !== undefined);
  assert.ok(failures <= 0);
  const failed = (await eventsOf(client, 'a')).filter(text => text.startsWith('Warning FailedScheduling'));
  const message = 'running Bind plugin "DefaultBinder": Internal error occurred: lost';
  // The pod was another one the second time: the first had changed its condition.
  assert.deepEqual(failed, Array(2).fill(`Warning FailedScheduling: ${message}`));
});

test('a note that is too long for an event is cut, between two letters', async t => {
  let failures = 1;
  const flaky = withBindings(() =>
    failures-- > 0 ? Promise.reject(statusError.internal('ü'.repeat(1000))) : undefined,
  );
  const { client, until, nodeOfPod } = await cluster(t, flaky);
  await client.create(pods, newPod('a'));
  await until('placed', async () => (await nodeOfPod('a')) !== undefined);
  const { items } = await client.list(events, 'default');
  const { message = '' } = items.find(({ reason }) => reason === 'FailedScheduling')!;
  assert.match(message, /ü \.\.\.$/);
  assert.ok([1023, 1024].includes(Buffer.byteLength(message)));
});

test('pods for another scheduler are left alone', async t => {
  const { client, clock, nodeOfPod } = await cluster(t);
  const pod = newPod('foreign');
  pod.spec!.schedulerName = 'other';
  await client.create(pods, pod);
  await clock.advance(60_000);
  assert.equal(await nodeOfPod('foreign'), undefined);
});
