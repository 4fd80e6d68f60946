import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { eventually, fetchText, root, run, skipReason, succeeded, TestCluster } from './harness.ts';

/** The README's example from image to deletion, as a user of the real kubectl sees it. */

const skip = await skipReason();
let cluster: TestCluster;
let nodeUrl: string;
let manifest: string;

before(async () => {
  if (skip) return;
  cluster = await TestCluster.start('web');
  succeeded(await run('sh', [join(root, 'examples/web/prepare.sh'), ...cluster.flags], { env: cluster.env }));
  // Another cluster of this machine may run the same example: node ports are the machine's.
  const port = 30_100 + (process.pid % 2_000);
  const text = await readFile(join(root, 'examples/web/web.yaml'), 'utf8');
  manifest = join(cluster.folder, 'web.yaml');
  await writeFile(manifest, text.replace('nodePort: 30080', `nodePort: ${port}`));
  nodeUrl = `http://127.0.0.1:${port}/`;
});

after(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

async function webPods(): Promise<Pod[]> {
  const { items } = await cluster.json<{ items: Pod[] }>('get', 'pods', '-l', 'app=web');
  return items.filter(pod => !pod.metadata.deletionTimestamp);
}

async function somePod(): Promise<string> {
  return (await webPods())[0]!.metadata.name!;
}

test('the example rolls out, and every replica answers in turn by name', { skip }, async () => {
  await cluster.ok('apply', '-f', manifest);
  assert.match(
    await cluster.ok('rollout', 'status', 'deploy/web', '--timeout=60s'),
    /successfully rolled out/,
  );
  const names = (await webPods()).map(pod => pod.metadata.name!).sort();
  assert.equal(names.length, 3);
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: c, image: "e2e:1", args: [-c, "trap 'exit 0' TERM; while :; do sleep 1; done"]}]
`);
  await cluster.ok('wait', '--for=condition=Ready', 'pod/client', '--timeout=30s');
  for (const host of ['web', 'web.default', 'web.default.svc.cluster.local']) {
    const loop = `for i in 1 2 3; do wget -qO- http://${host}; done`;
    const lines = (await cluster.ok('exec', 'client', '--', 'sh', '-c', loop)).trim().split('\n').sort();
    assert.deepEqual(
      lines,
      names.map(name => `Hello from ${name}`),
      host,
    );
  }
});

test("the node port answers on the loopback address and on the node's own", { skip }, async () => {
  const { items } = await cluster.json<{ items: Node[] }>('get', 'nodes');
  const address = items[0]!.status!.addresses!.find(one => one.type === 'InternalIP')!.address;
  for (const url of [nodeUrl, nodeUrl.replace('127.0.0.1', address)]) {
    const answers = new Set<string>();
    for (let i = 0; i < 3; i++) answers.add(await fetchText(url));
    assert.equal(answers.size, 3, `${url} ${[...answers]}`);
  }
});

test('logs are read, cut and followed', { skip }, async () => {
  const pod = await somePod();
  assert.match(await cluster.ok('logs', pod, '--tail=1'), /^\S+ response:200\n$/);
  assert.match(await cluster.ok('logs', '-l', 'app=web', '--prefix', '--tail=1'), /^\[pod\/web-.*\/web\] /m);
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: talker}
spec:
  restartPolicy: Never
  containers: [{name: c, image: "e2e:1", args: [-c, "for i in 1 2 3 4; do echo line $i; echo error $i >&2; sleep 0.5; done"]}]
`);
  await cluster.ok('wait', '--for=jsonpath={.status.phase}=Running', 'pod/talker', '--timeout=30s');
  const followed = await cluster.ok('logs', '-f', 'talker');
  for (const i of [1, 2, 3, 4]) assert.match(followed, new RegExp(`^line ${i}$`, 'm'));
  assert.match(followed, /^error 4$/m);
  assert.match(
    await cluster.ok('logs', 'talker', '--timestamps', '--tail=1'),
    /^\d{4}-\d\d-\d\dT[\d:.]+Z (?:line|error) 4\n$/,
  );
});

test('exec passes input, output and the exit code on', { skip }, async () => {
  const pod = await somePod();
  const long = 'x'.repeat(20_000);
  assert.equal(await cluster.ok('exec', pod, '--', 'echo', long), `${long}\n`);
  const echoed = await cluster.kubectl(['exec', '-i', pod, '--', 'cat'], { input: 'through\nand through\n' });
  assert.equal(succeeded(echoed), 'through\nand through\n');
  const failed = await cluster.kubectl(['exec', pod, '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
  assert.deepEqual([failed.code, failed.stdout], [7, 'out\n']);
  assert.match(failed.stderr, /^err\n/);
  const none = await cluster.kubectl(['exec', pod, '--', 'no-such-program']);
  assert.notEqual(none.code, 0);
  assert.match(none.stderr, /executable file not found/);
});

test('exec with a terminal is a shell to type into', { skip }, async () => {
  const command = `${cluster.kubectlPath} exec -it ${await somePod()} -- sh`;
  const typed = await run('script', ['-qec', command, '/dev/null'], {
    env: cluster.env,
    input: 'tty\necho ty""ped\nexit 5\n',
  });
  assert.equal(typed.code, 5, typed.stdout);
  assert.match(typed.stdout, /\/dev\/pts\/\d/);
  assert.match(typed.stdout, /^typed\r?$/m);
});

test('port-forward carries connections to a pod and to a service', { skip }, async () => {
  for (const [target, port] of [
    [`pod/${await somePod()}`, 8080],
    ['service/web', 80],
  ] as const) {
    const child = spawn(cluster.kubectlPath, ['port-forward', target, `:${port}`], {
      env: { ...process.env, ...cluster.env },
    });
    const ended = new Promise(resolve => child.on('exit', resolve));
    try {
      let said = '';
      child.stdout.setEncoding('utf8').on('data', text => {
        said += text;
      });
      const local = await eventually(() => {
        const match = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said);
        assert.ok(match, said);
        return match[1];
      });
      for (let i = 0; i < 3; i++)
        assert.match(await fetchText(`http://127.0.0.1:${local}/`), /^Hello from web-/);
    } finally {
      child.kill();
      await ended;
    }
  }
});

test('cp carries a file both ways, unchanged', { skip }, async () => {
  const pod = await somePod();
  const bytes = randomBytes(2_000_000);
  await writeFile(join(cluster.folder, 'blob'), bytes);
  await cluster.ok('cp', join(cluster.folder, 'blob'), `${pod}:/tmp/blob`);
  await cluster.ok('cp', `${pod}:/tmp/blob`, join(cluster.folder, 'back'));
  assert.ok(bytes.equals(await readFile(join(cluster.folder, 'back'))));
});

test('describe and explain tell what there is', { skip }, async () => {
  const described = await cluster.ok('describe', 'pod', await somePod());
  for (const pattern of [
    /^Controlled By: {2}ReplicaSet\/web-/m,
    /^ {4}Readiness: +http-get http:\/\/:http\/healthz delay=0s timeout=1s period=2s #success=1 #failure=3$/m,
    /^ {2}Ready +True/m,
    /^QoS Class: +Burstable$/m,
    /Scheduled .* default-scheduler +Successfully assigned default\/web-/,
    /Started .* kubelet +.*Container started/,
  ]) {
    assert.match(described, pattern);
  }
  assert.match(
    await cluster.ok('describe', 'service', 'web-node'),
    /^Endpoints: +[\d.]+:8080,[\d.]+:8080,[\d.]+:8080$/m,
  );
  assert.match(
    await cluster.ok('describe', 'deployment', 'web'),
    /^NewReplicaSet: +web-\w+ \(3\/3 replicas created\)$/m,
  );
  assert.match(await cluster.ok('explain', 'pod.spec'), /^ {2}containers\t<\[\]Container> -required-$/m);
});

/** Asks over new connections until told to stop; every answer counts, and every failure. */
function askAll(url: string): { stop(): Promise<{ answers: Map<string, number>; failures: string[] }> } {
  const answers = new Map<string, number>();
  const failures: string[] = [];
  let stopped = false;
  const ask = async () => {
    while (!stopped) {
      try {
        const text = await fetchText(url);
        answers.set(text, (answers.get(text) ?? 0) + 1);
      } catch (error) {
        failures.push(String(error));
      }
      await delay(5);
    }
  };
  const asking = [ask(), ask(), ask(), ask()];
  return {
    stop: async () => {
      stopped = true;
      await Promise.all(asking);
      return { answers, failures };
    },
  };
}

test('a rolling update and its undoing never serve an error', { skip }, async t => {
  const before = (await webPods()).map(pod => pod.metadata.name);
  const asking = askAll(nodeUrl);
  try {
    await cluster.ok('set', 'image', 'deploy/web', 'web=coxswain-web:2');
    await cluster.ok('rollout', 'status', 'deploy/web', '--timeout=60s');
    const after = await webPods();
    assert.deepEqual(
      after.map(pod => pod.spec?.containers[0]?.image),
      Array(3).fill('coxswain-web:2'),
    );
    assert.ok(after.every(pod => !before.includes(pod.metadata.name)));
    await delay(500);
    await cluster.ok('rollout', 'undo', 'deploy/web');
    await cluster.ok('rollout', 'status', 'deploy/web', '--timeout=60s');
    assert.ok((await webPods()).every(pod => pod.spec?.containers[0]?.image === 'coxswain-web:1'));
    assert.match(await cluster.ok('rollout', 'history', 'deploy/web'), /^2 .*\n3 /m);
    // The pods that were replaced last are still on their way out.
    await delay(5_000);
  } finally {
    const { answers, failures } = await asking.stop();
    t.diagnostic(`${[...answers.values()].reduce((sum, n) => sum + n, 0)} answers from ${answers.size} pods`);
    assert.deepEqual([...new Set(failures)], []);
    assert.ok(answers.size >= 6, [...answers.keys()].join(''));
    for (const answer of answers.keys()) assert.match(answer, /^Hello from web-[\w-]+\n$/);
  }
});

test('scale makes and removes replicas', { skip }, async () => {
  await cluster.ok('scale', 'deploy/web', '--replicas=5');
  await cluster.ok('rollout', 'status', 'deploy/web', '--timeout=60s');
  assert.equal((await webPods()).length, 5);
  await cluster.ok('scale', 'deploy/web', '--replicas=1');
  await eventually(async () => assert.equal((await webPods()).length, 1));
  await eventually(async () => {
    const slices = await cluster.ok(
      'get',
      'endpointslices',
      '-l',
      'kubernetes.io/service-name=web',
      '-o',
      'jsonpath={.items[*].endpoints[*].addresses}',
    );
    assert.equal(slices.trim().split(/\s+/).length, 1, slices);
  });
});

test('delete leaves nothing', { skip }, async () => {
  await cluster.ok('delete', '-f', manifest);
  await cluster.ok('delete', 'pod', 'client', 'talker');
  await eventually(async () => {
    const left = await cluster.ok(
      'get',
      'pods,replicasets,deployments,services,endpoints,endpointslices,configmaps',
      '-o',
      'name',
    );
    assert.deepEqual(left.trim().split('\n'), [
      'service/kubernetes',
      'endpoints/kubernetes',
      'endpointslice.discovery.k8s.io/kubernetes',
      'configmap/kube-root-ca.crt',
    ]);
  });
  await assert.rejects(fetchText(nodeUrl));
});
