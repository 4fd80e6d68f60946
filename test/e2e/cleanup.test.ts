import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { eventually, fetchText, root, run, skipReason, succeeded, TestCluster } from './harness.ts';
import { type HostTraces, hostTraces, namelessTraces, subnetOf } from './host-traces.ts';

/** Two clusters side by side; one goes, without a trace, and the other does not notice. */

const skip = await skipReason();
const clusters: TestCluster[] = [];
const nodePorts = [32_000 + (process.pid % 300), 32_400 + (process.pid % 300)];

before(async () => {
  if (skip) return;
  for (const kind of ['left', 'right']) clusters.push(await TestCluster.start(kind));
});

after(async () => {
  for (const cluster of clusters) await cluster[Symbol.asyncDispose]();
});

const hostPortAbove = 1_000;

const workload = (text: string, nodePort: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  replicas: 1
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      terminationGracePeriodSeconds: 1
      volumes: [{name: scratch, emptyDir: {medium: Memory}}]
      containers:
      - name: c
        image: e2e:1
        args: [-c, "echo ${text} > /scratch/index.html; exec httpd -f -p 8080 -h /scratch"]
        ports: [{containerPort: 8080, hostPort: ${nodePort + hostPortAbove}}]
        readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
        volumeMounts: [{name: scratch, mountPath: /scratch}]
---
apiVersion: v1
kind: Service
metadata: {name: app}
spec: {type: NodePort, selector: {app: app}, ports: [{port: 80, targetPort: 8080, nodePort: ${nodePort}}]}
`;

/** Pods, the service's name and the node port of one of the two. */
async function works(index: number): Promise<void> {
  const cluster = clusters[index]!;
  const inside = await cluster.ok('exec', 'deploy/app', '--', 'wget', '-qO-', 'http://app.default');
  assert.equal(inside, `this is ${index}\n`);
  for (let i = 0; i < 4; i++) {
    assert.equal(await fetchText(`http://127.0.0.1:${nodePorts[index]}/`), `this is ${index}\n`);
  }
}

async function deploy(index: number): Promise<void> {
  const cluster = clusters[index]!;
  await cluster.apply(workload(`this is ${index}`, nodePorts[index]!));
  await cluster.ok('rollout', 'status', 'deploy/app', '--timeout=60s');
}

function total(traces: HostTraces): number {
  return Object.values(traces).flat().length;
}

test('two clusters work side by side', { skip }, async () => {
  await Promise.all([deploy(0), deploy(1)]);
  assert.notEqual(await subnetOf(clusters[0]!), await subnetOf(clusters[1]!));
  await Promise.all([works(0), works(1)]);
  for (const index of [0, 1]) {
    assert.equal(
      await fetchText(`http://127.0.0.1:${nodePorts[index]! + hostPortAbove}/`),
      `this is ${index}\n`,
    );
  }
});

test("the name of a cluster that runs is no other data folder's", { skip }, async () => {
  const [left] = clusters as [TestCluster];
  const elsewhere = ['--name', left.name, '--data-dir', join(left.folder, 'elsewhere')];
  for (const command of [
    ['up', '--detach', '--port', '0'],
    ['down', '--purge'],
  ]) {
    const args = [join(root, 'src/main/bin.ts'), ...command, ...elsewhere];
    const { code, stderr } = await run(process.execPath, args, { env: left.env });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: a cluster \S+ runs on this machine from another --data-dir: give that, or/m,
    );
  }
  await works(0);
});

test('down --purge leaves nothing of the one, and the other works on', { skip }, async () => {
  const [left, right] = clusters as [TestCluster, TestCluster];
  const nameless = await namelessTraces(left);
  const subnet = await subnetOf(left);
  const during = await hostTraces(left, nameless, subnet);
  for (const [kind, found] of Object.entries(during)) assert.ok(found.length > 0, `${kind} are not seen`);
  const untouched = await hostTraces(right, await namelessTraces(right), await subnetOf(right));
  succeeded(await left.coxswain(['down', '--purge']));
  const after = await hostTraces(left, nameless, subnet);
  assert.equal(total(after), 0, JSON.stringify(after, undefined, 2));
  assert.equal(existsSync(left.dataDir), false);
  assert.deepEqual((await left.ok('config', 'get-contexts', '-o', 'name')).trim(), '');
  await works(1);
  const still = await hostTraces(right, await namelessTraces(right), await subnetOf(right));
  for (const kind of ['mounts', 'namespaces', 'interfaces', 'cgroups', 'files'] as const) {
    assert.deepEqual(still[kind], untouched[kind], kind);
  }
});

test('purging after kill -9 leaves nothing either', { skip }, async () => {
  const cluster = clusters[1]!;
  const nameless = await namelessTraces(cluster);
  const subnet = await subnetOf(cluster);
  process.kill((await cluster.server()).pid, 'SIGKILL');
  assert.ok(total(await hostTraces(cluster, nameless, subnet)) > 0);
  succeeded(await cluster.coxswain(['down', '--purge']));
  const after = await hostTraces(cluster, nameless, subnet);
  assert.equal(total(after), 0, JSON.stringify(after, undefined, 2));
});

test('Ctrl-C, which a terminal sends to launcher and server at once, stops in order; the next start goes on', {
  skip,
}, async () => {
  const cluster = await TestCluster.create('stop');
  clusters.push(cluster);
  const config = await cluster.configFile();
  const args = [join(root, 'bin/coxswain.js'), 'up', '--port', '0', '--config', config, ...cluster.flags];
  const child = spawn('node', args, { env: { ...process.env, ...cluster.env }, detached: true });
  const ended = new Promise<number | null>(resolve => child.on('exit', code => resolve(code)));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    said += text;
  });
  await eventually(() => assert.match(said, /^Ready after /m));
  await cluster.buildImage('e2e:1');
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: stays}
spec:
  containers: [{name: c, image: "e2e:1", args: [-c, "trap 'exit 0' TERM; while :; do sleep 0.2; done"]}]
`);
  await cluster.ok('wait', '--for=condition=Ready', 'pod/stays', '--timeout=30s');
  const nameless = await namelessTraces(cluster);
  process.kill(-child.pid!, 'SIGINT');
  assert.equal(await ended, 0);
  assert.match(said, /Stopping …\n(?:.*\n)*Stopped\.\n$/);
  const stopped = await hostTraces(cluster, nameless, await subnetOf(cluster));
  assert.deepEqual(
    { processes: stopped.processes, namespaces: stopped.namespaces },
    { processes: [], namespaces: [] },
  );
  assert.match((await cluster.coxswain(['status'])).stdout, / is stopped\. Start it: /);
  await cluster.up();
  // The pod's status is what the API server knows; until the kubelet has looked, that is from before the stop.
  await eventually(async () => {
    const [status] = (await cluster.json<Pod>('get', 'pod', 'stays')).status!.containerStatuses!;
    assert.deepEqual([status!.restartCount, status!.ready], [1, true]);
  });
  assert.match(await readFile(join(cluster.dataDir, 'up.log'), 'utf8'), /^Ready after /m);
});

test('an interrupt while it starts stops it too', { skip }, async () => {
  const cluster = await TestCluster.create('early');
  clusters.push(cluster);
  const config = await cluster.configFile();
  const args = [join(root, 'src/main/bin.ts'), 'up', '--port', '0', '--config', config, ...cluster.flags];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...cluster.env } });
  const ended = new Promise<number | null>(resolve => child.on('exit', code => resolve(code)));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    said += text;
  });
  await eventually(() => assert.match(said, /API ready after/));
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
  assert.match(said, /Stopped\.\n$/);
});
