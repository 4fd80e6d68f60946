import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  deployments,
  events,
  nodes,
  pods,
  resourceQuotas,
  roleBindings,
  roles,
} from '#api/generated/refs.ts';
import type { Event, Pod, ResourceQuota } from '#api/generated/types/core.v1.ts';
import { runCli } from '#cli/index.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { nodeConnect } from '#cli/node-connection.ts';
import { MemoryIo } from '#cli/testing.ts';
import { clusterCommands } from '#main/commands/registry.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { systemClock, systemRandom } from '#main/system.ts';

/** `coxswain why` as its users have it: over the wire, by a kubeconfig, on a cluster that is alive. */

let cluster: Cluster;
let kubeconfig: string;

before(async () => {
  cluster = await startCluster({ nodes: 2 });
  kubeconfig = await cluster.kubeconfig();
});

after(() => cluster?.stop());

async function coxswain(...words: string[]) {
  const io = new MemoryIo(systemClock, systemRandom()).file('config', kubeconfig);
  const options = { io, connect: nodeConnect, commands: clusterCommands };
  const code = await runCli(['--kubeconfig', 'config', ...words], options);
  return { code, out: io.output, errors: io.errors };
}

async function makePod(name: string, spec: Partial<Pod['spec']>, metadata: Pod['metadata'] = {}) {
  await cluster.client.create(pods, {
    metadata: { ...metadata, name, namespace: 'default' },
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
  });
}

/** Waits, by a watch, for an object that `holds` is true of. */
async function seen(
  ref: ResourceRef,
  namespace: string,
  holds: (object: KubeObject) => boolean,
  fieldSelector?: string,
): Promise<void> {
  using stack = new DisposableStack();
  await new Promise<void>(resolve => {
    const options = {
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      ...(fieldSelector ? { fieldSelector } : {}),
    };
    const watch = cluster.client.watch(ref, namespace, options, {
      event: ({ type, object }) => type !== 'BOOKMARK' && holds(object) && resolve(),
      end: () => {},
    });
    stack.use(watch);
  });
}

const podUntil = (name: string, holds: (pod: Pod) => boolean) =>
  seen(pods as ResourceRef, 'default', pod => holds(pod as Pod), `metadata.name=${name}`);

test('a pod that fits nowhere is judged by the plug-ins, and the code is 1', async () => {
  await makePod('big', {
    containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: '100' } } }],
  });
  await podUntil('big', pod => pod.status?.conditions?.some(({ type }) => type === 'PodScheduled') ?? false);
  const { code, out } = await coxswain('why', 'pod', 'big');
  assert.equal(code, 1);
  assert.equal(
    out,
    `Pod default/big: Pending: 0 of 2 nodes fit (NodeResourcesFit)
  2 nodes: Insufficient cpu (asks for 100, the most free is 32 on hollow-0)
  Nearest miss: hollow-0: it has 32 cpu in all
  Preemption: no help, for evicting pods would not make any node fit
What would change it:
  - ask for at most 32 cpu, or add a larger node: hollow-0 is too small even when empty
`,
  );
});

test('a pod that runs is healthy, in text and in JSON, by either form of its name', async () => {
  await makePod('fine', {});
  await podUntil(
    'fine',
    pod => pod.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') ?? false,
  );
  const text = await coxswain('why', 'pod', 'fine');
  assert.equal(text.code, 0);
  assert.match(text.out, /^Pod default\/fine: running and Ready\n/);
  const json = await coxswain('why', 'po/fine', '-o', 'json');
  assert.equal(json.code, 0);
  const { verdict, subject, findings } = JSON.parse(json.out) as Record<string, unknown>;
  assert.deepEqual(
    { verdict, subject },
    { verdict: 'healthy', subject: { kind: 'Pod', namespace: 'default', name: 'fine' } },
  );
  assert.equal((findings as { reason: string }[])[0]!.reason, 'Ready');
});

test('a deleted pod is held by its finalizer, and who put it there is told', async () => {
  await makePod('held', {}, { finalizers: ['example.com/hold'] });
  await podUntil('held', pod => pod.status?.phase === 'Running');
  await cluster.client.delete(pods, 'default', 'held', { gracePeriodSeconds: 1 });
  await podUntil(
    'held',
    pod => pod.status?.containerStatuses?.every(({ state }) => state?.terminated) ?? false,
  );
  const { code, out } = await coxswain('why', 'pod', 'held');
  assert.equal(code, 1);
  assert.match(out, /^Pod default\/held: terminating for \d+s: held by finalizer example.com\/hold\n/);
  await cluster.client.patch(pods, 'default', 'held', 'merge', { metadata: { finalizers: null } });
});

test('a pod that is gone is explained by the events that are left', async () => {
  await cluster.client.create(events, {
    metadata: { name: 'gone.1', namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'gone', namespace: 'default' },
    reason: 'Preempted',
    type: 'Normal',
    message: 'Preempted by pod 1234 on node hollow-0',
    lastTimestamp: new Date(systemClock.now()).toISOString().replace(/\.\d+/, ''),
  });
  const { code, out } = await coxswain('why', 'pod', 'gone');
  assert.equal(code, 1);
  assert.match(out, /^Pod default\/gone: gone: preempted to make room for a pod of higher priority\n/);
});

test('what cannot be answered ends with 2, and says so on stderr alone', async () => {
  for (const [words, message] of [
    [['pod', 'nope'], /NotFound/],
    [['pod'], /no name was specified/],
    [['--bogus', 'pod', 'x'], /unknown flag/],
    [[], /One object is wanted/],
    [['pod', 'a', 'b'], /One object is wanted/],
    [['nonsense', 'x'], /doesn't have a resource type "nonsense"/],
    [['field', 'pod', 'fine', '.a['], /is no field path/],
    [['forbidden', 'alice'], /USER, VERB and TYPE are wanted/],
    [['eviction', 'node/hollow-0'], /only pods are evicted/],
  ] as const) {
    const { code, out, errors } = await coxswain('why', ...words);
    assert.deepEqual({ code, out }, { code: 2, out: '' }, words.join(' '));
    assert.match(errors, message);
  }
});

test('a deployment whose pods a quota refuses is explained by that', async () => {
  const { client } = cluster;
  await client.create(resourceQuotas, {
    metadata: { name: 'small', namespace: 'kube-public' },
    spec: { hard: { pods: '0' } },
  });
  const isCounted = (quota: KubeObject) => (quota as ResourceQuota).status?.hard !== undefined;
  await seen(resourceQuotas as ResourceRef, 'kube-public', isCounted);
  await client.create(deployments, {
    metadata: { name: 'many', namespace: 'kube-public' },
    spec: {
      selector: { matchLabels: { app: 'many' } },
      template: {
        metadata: { labels: { app: 'many' } },
        spec: { containers: [{ name: 'app', image: 'app:1' }] },
      },
    },
  });
  await seen(events as ResourceRef, 'kube-public', event => (event as Event).reason === 'FailedCreate');
  const { code, out } = await coxswain('why', 'deploy/many', '-n', 'kube-public');
  assert.equal(code, 1);
  assert.match(out, /^Deployment kube-public\/many: its pods are refused: .* exceeded quota: small/);
  assert.match(out, /raise the ResourceQuota/);
});

test('a field is traced to who changed it', async () => {
  await cluster.client.patch(
    nodes,
    '',
    'hollow-1',
    'merge',
    { metadata: { labels: { colour: 'red' } } },
    { fieldManager: 'painter' },
  );
  const { code, out } = await coxswain('why', 'field', 'node/hollow-1', 'metadata.labels.colour');
  assert.equal(code, 0);
  assert.match(out, /^Node hollow-1: .metadata.labels.colour is red, set by painter \(Update\) /);
});

test('access is explained for others than oneself, and checked with the server', async () => {
  const { client } = cluster;
  await client.create(roles, {
    metadata: { name: 'look', namespace: 'default' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  });
  await client.create(roleBindings, {
    metadata: { name: 'look', namespace: 'default' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'look' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'lookers' }],
  });
  const no = await coxswain('why', 'forbidden', 'alice', 'get', 'pods');
  assert.equal(no.code, 1);
  assert.match(no.out, /^User alice: may not get pods in default: no rule allows it\n/);
  assert.match(no.out, /RoleBinding default\/look allows it to Group lookers, not to this user/);
  const yes = await coxswain('why', 'forbidden', 'alice', 'get', 'po', '--as-group', 'lookers');
  assert.equal(yes.code, 0);
  assert.match(
    yes.out,
    /^User alice: may get pods in default\n {2}RoleBinding default\/look binds Group lookers/,
  );
  const node = await coxswain('why', 'forbidden', 'system:node:hollow-0', 'get', 'nodes', 'hollow-0');
  assert.equal(node.code, 0);
  assert.match(node.out, /not by RBAC, but by the Node authorizer/);
});
