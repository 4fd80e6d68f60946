/**
 * The scheduler and the controllers as processes of their own: two of each against one API server, over TLS alone and as
 * the users that upstream's are. The leaders are killed in the middle of a rollout; nothing may be lost or done twice.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deployments, events, leases, pods, replicaSets } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';

const program = fileURLToPath(new URL('../src/main/bin.ts', import.meta.url));
const namespace = 'default';
const election = [
  '--leader-elect-lease-duration=4s',
  '--leader-elect-renew-deadline=3s',
  '--leader-elect-retry-period=500ms',
];

/** A component's process, with what it has said. */
class Component {
  readonly child: ChildProcess;
  log = '';
  exited = false;
  readonly ended: Promise<number | null>;

  constructor(t: TestContext, words: readonly string[], port: number) {
    this.port = port;
    this.child = spawn(process.execPath, [program, ...words, `--secure-port=${port}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // No cluster but the test's own may be reached, whatever goes wrong.
      env: { PATH: process.env.PATH, HOME: '/nonexistent', KUBECONFIG: '/nonexistent' },
    });
    this.child.stderr!.setEncoding('utf8').on('data', text => {
      this.log += text;
    });
    this.ended = new Promise(resolve => this.child.on('close', code => resolve(code)));
    void this.ended.then(() => {
      this.exited = true;
    });
    t.after(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
    });
  }

  /** Where it serves metrics. */
  readonly port: number;

  get leads(): boolean {
    return this.log.includes('became leader');
  }
}

/** Waits for the cluster, asking now and then; fails with what `state` says after a minute and a half. */
async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  state: () => string,
): Promise<void> {
  const endMs = performance.now() + 90_000;
  while (!(await holds())) {
    if (performance.now() > endMs) assert.fail(`not in time: ${what}\n${state()}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

/** A kubeconfig by which whoever uses it is `user`; the administrator where there is none. */
async function kubeconfigAs(t: TestContext, cluster: Cluster, user?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-components-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'config');
  const config = await cluster.kubeconfig();
  const impersonating = config.replace(/^(\s+)(client-key-data:.*)$/m, `$1$2\n$1as: ${user}`);
  await writeFile(file, user ? impersonating : config);
  return file;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What a component tells the cluster's administrator, at /metrics unless another path is asked for. */
async function metricsOf({ port }: Component, cluster: Cluster, path = '/metrics'): Promise<string> {
  const { clientCertificate: cert, clientKey: key } = accessOf(
    parseKubeConfig(await cluster.kubeconfig()),
    () => '',
  );
  const options = { host: '127.0.0.1', port, path, cert, key };
  return new Promise((resolve, reject) => {
    get({ ...options, rejectUnauthorized: false, agent: false }, async response => {
      let body = `${response.statusCode}\n`;
      for await (const chunk of response) body += chunk;
      resolve(body);
    }).on('error', reject);
  });
}

/** The pods that there ever were: by image, and the nodes that each was shown on. */
function followPods(t: TestContext, { client }: Cluster) {
  const byImage = new Map<string, Set<string>>();
  const nodesOf = new Map<string, Set<string>>();
  const add = (sets: Map<string, Set<string>>, key: string, value: string) =>
    sets.set(key, (sets.get(key) ?? new Set()).add(value));
  const watch = client.watch(
    pods,
    namespace,
    { resourceVersion: '0' },
    {
      event({ type, object }) {
        if (type === 'BOOKMARK' || type === 'ERROR') return;
        const { metadata, spec } = object as Pod;
        add(byImage, spec!.containers[0]!.image!, metadata.uid!);
        if (spec!.nodeName) add(nodesOf, metadata.uid!, spec!.nodeName);
      },
      end: () => {},
    },
  );
  t.after(() => watch[Symbol.dispose]());
  return { byImage, nodesOf };
}

test('two of each, the leaders killed in the middle of a rollout: nothing is lost', async t => {
  const cluster = await startCluster({ nodes: 3, components: false });
  t.after(() => cluster.stop());
  const { client } = cluster;
  const schedulerConfig = await kubeconfigAs(t, cluster, 'system:kube-scheduler');
  const adminConfig = await kubeconfigAs(t, cluster);
  const start = async (words: readonly string[]) => {
    const ports = [await freePort(), await freePort()];
    return ports.map(port => new Component(t, [...words, ...election], port));
  };
  const schedulers = await start(['scheduler', '--kubeconfig', schedulerConfig]);
  const managers = await start([
    'controller-manager',
    '--kubeconfig',
    adminConfig,
    '--controllers',
    '*,-cronjob',
  ]);
  const state = () => [...schedulers, ...managers].map(({ log }) => log.slice(-2_000)).join('\n');
  const leaderOf = (components: readonly Component[]) => components.find(({ leads }) => leads);
  await until('leaders', () => !!leaderOf(schedulers) && !!leaderOf(managers), state);

  const seen = followPods(t, cluster);
  const replicas = 20;
  const template = (image: string) => ({
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image, resources: { requests: { cpu: '10m' } } }] },
  });
  await client.create(deployments, {
    metadata: { namespace, name: 'web' },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template('web:1') },
  });
  const complete = async () => {
    const { metadata, status } = await client.get(deployments, namespace, 'web');
    return (
      status?.observedGeneration === metadata.generation &&
      status?.updatedReplicas === replicas &&
      status.replicas === replicas &&
      status.availableReplicas === replicas
    );
  };
  await until('the first rollout', complete, state);

  await client.patch(deployments, namespace, 'web', 'merge', { spec: { template: template('web:2') } });
  await until(
    'the second rollout under way',
    async () => ((await client.get(deployments, namespace, 'web')).status?.updatedReplicas ?? 0) > 0,
    state,
  );
  const killed = [leaderOf(schedulers)!, leaderOf(managers)!];
  for (const { child } of killed) child.kill('SIGKILL');
  assert.equal(await complete(), false);
  await until('the others lead', () => [...schedulers, ...managers].every(({ leads }) => leads), state);
  await until('the second rollout', complete, state);

  const left = (await client.list(pods, namespace)).items.filter(pod => !pod.metadata.deletionTimestamp);
  assert.equal(left.length, replicas);
  assert.ok(left.every(pod => pod.spec!.containers[0]!.image === 'web:2' && pod.spec!.nodeName));
  assert.equal((await client.list(replicaSets, namespace)).items.length, 2);
  // Neither the dead nor the new made a pod too many.
  for (const [image, uids] of seen.byImage) assert.equal(uids.size, replicas, image);
  for (const [uid, nodes] of seen.nodesOf)
    assert.equal(nodes.size, 1, `${uid} was on ${[...nodes].join(', ')}`);
  const scheduled = (await client.list(events, namespace)).items.filter(
    ({ reason }) => reason === 'Scheduled',
  );
  const bound = scheduled.map(({ involvedObject }) => involvedObject.uid);
  assert.equal(new Set(bound).size, bound.length, 'a pod was bound twice');

  const survivors = [...schedulers, ...managers].filter(component => !killed.includes(component));
  const told = await Promise.all(survivors.map(component => metricsOf(component, cluster)));
  assert.match(told[0]!, /^leader_election_master_status{name="kube-scheduler"} 1$/m);
  assert.match(told[0]!, /^scheduler_schedule_attempts_total{.*result="scheduled"} [1-9]/m);
  const resources = await metricsOf(survivors[0]!, cluster, '/metrics/resources');
  assert.equal(
    resources.match(/^kube_pod_resource_request{.*resource="cpu",.*unit="cores"} 0\.01$/gm)?.length,
    replicas,
  );
  assert.match(told[1]!, /^workqueue_adds_total{name="deployment"} [1-9]/m);
  for (const text of told)
    assert.match(text, /^rest_client_requests_total{code="200",host=".*",method="GET"} /m);
  for (const { child } of survivors) child.kill('SIGTERM');
  for (const component of survivors) {
    await until('an orderly end', () => component.exited, state);
    assert.equal(await component.ended, 0);
  }
  for (const name of ['kube-scheduler', 'kube-controller-manager']) {
    const { spec } = await client.get(leases, 'kube-system', name);
    assert.equal(spec?.holderIdentity ?? '', '', `${name} was handed back`);
  }
});
