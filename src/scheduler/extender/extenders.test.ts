/** Extenders of a second scheduler in a whole cluster. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { nodes, pods, priorityClasses, serviceAccounts } from '#api/generated/refs.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { Client } from '#client/client.ts';
import { startCluster } from '#main/embedded.ts';
import type { ExtenderConfiguration } from '../config/types.ts';
import { defaultProfile } from '../profile.ts';
import { createScheduler } from '../scheduler.ts';
import { Extender } from './extender.ts';

const namespace = 'default';
const schedulerName = 'extended';
const settle = () => new Promise<void>(resolve => setImmediate(resolve));

interface Arguments {
  readonly Pod: Pod;
  readonly Nodes: { readonly items: readonly Node[] } | null;
  readonly NodeNames: readonly string[] | null;
}
type Verbs = Readonly<Record<string, (body: Arguments) => unknown>>;

async function cluster(
  t: TestContext,
  extenders: readonly (readonly [Partial<ExtenderConfiguration>, Verbs])[],
) {
  const clock = new VirtualClock(settle);
  const log = silentLog;
  const running = await startCluster({ clock, seed: 3, nodes: 3 });
  const { client, controlPlane } = running;
  const scheduler = createScheduler({
    client,
    informers: controlPlane.informers,
    clock,
    random: new SeededRandom(1),
    log,
    hostname: 'here',
    profiles: [{ ...defaultProfile, schedulerName }],
    extenders: extenders.map(([config, verbs]) => {
      const post = async (verb: string, body: unknown) => verbs[verb]!(body as Arguments);
      return new Extender({ urlPrefix: 'http://extender', ...config }, post);
    }),
  });
  t.after(async () => {
    await scheduler[Symbol.asyncDispose]();
    await running.stop();
  });
  const until = async (what: string, condition: () => Promise<boolean>) => {
    assert.ok(await clock.advanceUntil(condition, 120_000), `not in time: ${what}`);
  };
  await scheduler.start();
  await until('the account', async () => (await client.list(serviceAccounts, namespace)).items.length > 0);
  await until('ready nodes', async () =>
    (await client.list(nodes, '')).items.every(({ spec }) => !spec?.taints?.length),
  );
  return { client, clock, until };
}

function newPod(client: Client, name: string, requests: Record<string, string> = {}, priorityClassName = '') {
  const resources = { requests, limits: requests };
  return client.create(pods, {
    metadata: { namespace, name },
    spec: {
      schedulerName,
      ...(priorityClassName ? { priorityClassName } : {}),
      containers: [{ name: 'main', image: 'main', resources }],
    },
  });
}

const read = (client: Client, name: string) => client.get(pods, namespace, name);
const nodeOf = async (client: Client, name: string) => (await read(client, name)).spec?.nodeName;
const messageOf = async (client: Client, name: string) =>
  (await read(client, name)).status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '';

test('nodes are filtered and scored; who knows the nodes is told their names alone', async t => {
  const seen: Arguments[] = [];
  const { client, until } = await cluster(t, [
    [
      { filterVerb: 'filter' },
      {
        filter(body) {
          seen.push(body);
          const items = body.Nodes!.items.filter(({ metadata }) => metadata.name !== 'hollow-0');
          return { Nodes: { items }, FailedNodes: { 'hollow-0': 'not this one' }, Error: '' };
        },
      },
    ],
    [
      { prioritizeVerb: 'prioritize', weight: 5, nodeCacheCapable: true },
      {
        prioritize: ({ NodeNames }) =>
          NodeNames!.map(Host => ({ Host, Score: Host === 'hollow-2' ? 10 : 0 })),
      },
    ],
  ]);
  for (const name of ['a', 'b', 'c']) await newPod(client, name);
  for (const name of ['a', 'b', 'c']) {
    await until(name, async () => (await nodeOf(client, name)) === 'hollow-2');
  }
  assert.equal(seen[0]!.Pod.metadata.name, 'a');
  assert.equal(seen[0]!.NodeNames, null);
  assert.equal(seen[0]!.Nodes!.items.length, 3);
});

test('what all refuse waits with their reasons, and is asked about again when anything changes', async t => {
  let open = false;
  const { client, until } = await cluster(t, [
    [
      { filterVerb: 'filter', nodeCacheCapable: true, bindVerb: '' },
      {
        filter: ({ NodeNames }) =>
          open
            ? { NodeNames }
            : { nodeNames: [], failedNodes: Object.fromEntries(NodeNames!.map(name => [name, 'closed'])) },
      },
    ],
  ]);
  await newPod(client, 'a');
  await until('told', async () =>
    (await messageOf(client, 'a')).startsWith('0/3 nodes are available: 3 closed.'),
  );
  open = true;
  await newPod(client, 'other');
  await until('placed', async () => (await nodeOf(client, 'a')) !== undefined);
});

test('one that fails holds up its pods, unless it may be ignored or does not manage what they ask for', async t => {
  let fails = true;
  const failing: Verbs = {
    filter({ NodeNames }) {
      if (fails) throw new Error('no answer');
      return { NodeNames };
    },
  };
  const { client, until } = await cluster(t, [
    [{ filterVerb: 'filter', nodeCacheCapable: true, ignorable: true }, failing],
    [
      { filterVerb: 'filter', nodeCacheCapable: true, managedResources: [{ name: 'example.com/gpu' }] },
      failing,
    ],
  ]);
  await newPod(client, 'plain');
  await until('placed', async () => (await nodeOf(client, 'plain')) !== undefined);
  await newPod(client, 'gpu', { 'example.com/gpu': '0' });
  await until('told', async () => (await messageOf(client, 'gpu')) === 'no answer');
  fails = false;
  await until('placed', async () => (await nodeOf(client, 'gpu')) !== undefined);
});

test('one that preempts chooses among the nodes that could be freed', async t => {
  const { client, until } = await cluster(t, [
    [
      { preemptVerb: 'preempt' },
      {
        preempt(body) {
          const { NodeNameToVictims } = body as unknown as {
            NodeNameToVictims: Record<string, { Pods: Pod[] }>;
          };
          const Pods = NodeNameToVictims['hollow-1']!.Pods.map(({ metadata }) => ({ UID: metadata.uid }));
          return { NodeNameToMetaVictims: { 'hollow-1': { Pods, NumPDBViolations: 0 } } };
        },
      },
    ],
  ]);
  const { status } = await client.get(nodes, '', 'hollow-0');
  const cpu = status!.allocatable!.cpu!;
  for (const name of ['low0', 'low1', 'low2']) await newPod(client, name, { cpu });
  for (const name of ['low0', 'low1', 'low2']) {
    await until(name, async () => (await nodeOf(client, name)) !== undefined);
  }
  await client.create(priorityClasses, { metadata: { name: 'high' }, value: 1000 });
  await newPod(client, 'high', { cpu }, 'high');
  await until('placed', async () => (await nodeOf(client, 'high')) === 'hollow-1');
  assert.equal((await client.list(pods, namespace)).items.length, 3);
});

test('one that leaves no node to be freed, or fails, is told of', async t => {
  let fails = false;
  const { client, until } = await cluster(t, [
    [
      { preemptVerb: 'preempt' },
      {
        preempt() {
          if (fails) throw new Error('no answer');
          return { NodeNameToMetaVictims: {} };
        },
      },
    ],
  ]);
  const { status } = await client.get(nodes, '', 'hollow-0');
  const cpu = status!.allocatable!.cpu!;
  for (const name of ['low0', 'low1', 'low2']) await newPod(client, name, { cpu });
  for (const name of ['low0', 'low1', 'low2']) {
    await until(name, async () => (await nodeOf(client, name)) !== undefined);
  }
  await client.create(priorityClasses, { metadata: { name: 'high' }, value: 1000 });
  const told = (name: string, why: string) =>
    until('told', async () =>
      (await messageOf(client, name)).endsWith(
        ` Insufficient cpu. no new claims to deallocate, preemption: ${why}`,
      ),
    );
  await newPod(client, 'high', { cpu }, 'high');
  await told('high', 'no candidate node for preemption');
  fails = true;
  await newPod(client, 'higher', { cpu }, 'high');
  await told('higher', 'no answer');
  assert.equal((await client.list(pods, namespace)).items.length, 5);
});

test('one that binds does it in the place of the scheduler', async t => {
  const bound: unknown[] = [];
  const { client, until } = await cluster(t, [
    [
      { bindVerb: 'bind' },
      {
        bind(body) {
          bound.push(body);
          return { Error: bound.length === 1 ? 'not now' : '' };
        },
      },
    ],
  ]);
  const { metadata } = await newPod(client, 'a');
  await until('told', async () =>
    (await messageOf(client, 'a')).includes('running Bind plugin "Extender": not now'),
  );
  await until('asked again', async () => bound.length === 2);
  const { Node, ...rest } = bound[1] as { Node: string };
  assert.match(Node, /^hollow-/);
  assert.deepEqual(rest, { PodName: 'a', PodNamespace: namespace, PodUID: metadata.uid });
  assert.equal(await nodeOf(client, 'a'), undefined);
});
