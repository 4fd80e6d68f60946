import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { eventually, skipReason, succeeded, TestCluster } from './harness.ts';

/** What a kubelet does for a pod: probes, restarts, init containers, volumes, tokens, jobs and a graceful end. */

const skip = await skipReason();
let cluster: TestCluster;

before(async () => {
  if (!skip) cluster = await TestCluster.start('pods');
});

after(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

const pod = (name: string) => cluster.json<Pod>('get', 'pod', name);
const logs = (name: string, ...more: string[]) => cluster.ok('logs', name, ...more);
const remove = (...names: string[]) => cluster.ok('delete', ...names, '--wait=false');

async function finished(name: string, phase = 'Succeeded'): Promise<void> {
  await cluster.ok('wait', `--for=jsonpath={.status.phase}=${phase}`, `pod/${name}`, '--timeout=40s');
}

async function isReady(name: string, ready: boolean): Promise<void> {
  await eventually(async () => {
    const [status] = (await pod(name)).status?.containerStatuses ?? [];
    assert.equal(status?.ready ?? false, ready);
  });
}

test('readiness by exec, http and tcp follows what the container does', { skip }, async () => {
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: probed, labels: {app: probed}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: exec
    image: e2e:1
    args: [-c, "while :; do sleep 1; done"]
    readinessProbe: {exec: {command: [test, -e, /tmp/ready]}, periodSeconds: 1}
  - name: http
    image: e2e:1
    args: [-c, "mkdir /tmp/www; exec httpd -f -p 8080 -h /tmp/www"]
    readinessProbe: {httpGet: {path: /ready.txt, port: 8080}, periodSeconds: 1}
  - name: tcp
    image: e2e:1
    args: [-c, "while [ ! -e /tmp/listen ]; do sleep 0.2; done; exec httpd -f -p 9090 -h /tmp"]
    readinessProbe: {tcpSocket: {port: 9090}, periodSeconds: 1}
`);
  await cluster.ok('wait', '--for=jsonpath={.status.phase}=Running', 'pod/probed', '--timeout=30s');
  const readiness = async () =>
    Object.fromEntries((await pod('probed')).status!.containerStatuses!.map(one => [one.name, one.ready]));
  const set = (container: string, command: string) =>
    cluster.ok('exec', 'probed', '-c', container, '--', 'sh', '-c', command);
  await eventually(async () => {
    const events = await cluster.ok(
      'get',
      'events',
      '--field-selector=reason=Unhealthy',
      '-o',
      'jsonpath={.items[*].message}',
    );
    assert.match(events, /Readiness probe failed: HTTP probe failed with statuscode: 404/);
    assert.match(events, /Readiness probe failed: dial tcp [\d.]+:9090: connect: connection refused/);
  });
  assert.deepEqual(await readiness(), { exec: false, http: false, tcp: false });
  await Promise.all([
    set('exec', 'touch /tmp/ready'),
    set('http', 'touch /tmp/www/ready.txt'),
    set('tcp', 'touch /tmp/listen'),
  ]);
  await eventually(async () => assert.deepEqual(await readiness(), { exec: true, http: true, tcp: true }));
  await set('exec', 'rm /tmp/ready');
  await eventually(async () => assert.deepEqual(await readiness(), { exec: false, http: true, tcp: true }));
  const conditions = (await pod('probed')).status!.conditions!;
  assert.equal(conditions.find(one => one.type === 'Ready')?.status, 'False');
  await remove('pod/probed');
});

test('a failed liveness probe restarts the container, whose last log stays', { skip }, async () => {
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: live}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: c
    image: e2e:1
    args: [-c, "echo life of $(cat /proc/sys/kernel/random/uuid); touch /tmp/alive; sleep 2; rm /tmp/alive; while :; do sleep 1; done"]
    livenessProbe: {exec: {command: [cat, /tmp/alive]}, periodSeconds: 1, failureThreshold: 1, initialDelaySeconds: 1}
`);
  await cluster.ok('wait', '--for=jsonpath={.status.phase}=Running', 'pod/live', '--timeout=30s');
  const first = await eventually(async () => {
    const log = await logs('live');
    assert.match(log, /^life of /);
    return log;
  });
  await eventually(async () => {
    const [status] = (await pod('live')).status!.containerStatuses!;
    assert.equal(status!.restartCount, 1);
    assert.equal(status!.lastState?.terminated?.reason, 'Error');
    assert.equal(status!.lastState?.terminated?.exitCode, 137);
  });
  assert.equal(await logs('live', '--previous'), first);
  const events = await cluster.ok(
    'get',
    'events',
    '--field-selector=involvedObject.name=live',
    '-o',
    'jsonpath={.items[*].message}',
  );
  assert.match(events, /Liveness probe failed: cat: can't open '\/tmp\/alive'/);
  assert.match(events, /Container c failed liveness probe, will be restarted/);
  await remove('pod/live');
});

test('a container that keeps failing is backed off from', { skip }, async () => {
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: crashing}
spec:
  containers: [{name: c, image: "e2e:1", args: [-c, "echo out; echo reason > /dev/termination-log; exit 3"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: once}
spec:
  restartPolicy: Never
  containers: [{name: c, image: "e2e:1", args: [-c, "exit 4"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: imageless}
spec:
  containers: [{name: c, image: "e2e-missing:1", imagePullPolicy: Never}]
`);
  await finished('once', 'Failed');
  assert.equal((await pod('once')).status!.containerStatuses![0]!.state?.terminated?.exitCode, 4);
  await eventually(async () => {
    const [status] = (await pod('crashing')).status!.containerStatuses!;
    assert.equal(status!.state?.waiting?.reason, 'CrashLoopBackOff');
    assert.match(
      status!.state?.waiting?.message ?? '',
      /^back-off \d+s restarting failed container=c pod=crashing_default\(/,
    );
    assert.equal(status!.lastState?.terminated?.exitCode, 3);
    assert.equal(status!.lastState?.terminated?.message, 'reason\n');
  });
  assert.equal(await logs('crashing', '--previous'), 'out\n');
  const shown = await cluster.ok('get', 'pods', '--no-headers');
  assert.match(shown, /^crashing +0\/1 +(?:CrashLoopBackOff|Error) +[12] /m);
  assert.match(shown, /^imageless +0\/1 +ErrImageNeverPull +0 /m);
  assert.match(shown, /^once +0\/1 +Error +0 /m);
  await remove('pod/crashing', 'pod/once', 'pod/imageless');
});

test('init containers run one after the other, a sidecar beside them all', { skip }, async () => {
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: steps}
spec:
  restartPolicy: Never
  volumes: [{name: shared, emptyDir: {}}]
  initContainers:
  - {name: one, image: "e2e:1", args: [-c, "sleep 0.3; echo one >> /shared/order"], volumeMounts: [{name: shared, mountPath: /shared}]}
  - name: side
    image: e2e:1
    restartPolicy: Always
    args: [-c, "trap 'exit 0' TERM; echo side >> /shared/order; while :; do sleep 0.2; done"]
    startupProbe: {exec: {command: [grep, side, /shared/order]}, periodSeconds: 1}
    volumeMounts: [{name: shared, mountPath: /shared}]
  - {name: two, image: "e2e:1", args: [-c, "echo two >> /shared/order"], volumeMounts: [{name: shared, mountPath: /shared}]}
  containers:
  - {name: main, image: "e2e:1", args: [-c, "cat /shared/order"], volumeMounts: [{name: shared, mountPath: /shared}]}
---
apiVersion: v1
kind: Pod
metadata: {name: stuck}
spec:
  restartPolicy: Never
  initContainers: [{name: bad, image: "e2e:1", args: [-c, "exit 1"]}]
  containers: [{name: main, image: "e2e:1", args: [-c, "echo never"]}]
`);
  await finished('steps');
  assert.equal(await logs('steps', '-c', 'main'), 'one\nside\ntwo\n');
  await finished('stuck', 'Failed');
  assert.match(await cluster.ok('get', 'pod', 'stuck', '--no-headers'), /^stuck +0\/1 +Init:Error +0 /);
  await remove('pod/steps', 'pod/stuck');
});

test('config maps, secrets, the downward API, host paths and empty folders are mounted', {
  skip,
}, async () => {
  await mkdir(join(cluster.folder, 'host'));
  await writeFile(join(cluster.folder, 'host/file'), 'from the host\n');
  await cluster.apply(`
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue, size: "7"}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden}
stringData: {password: first}
---
apiVersion: v1
kind: Pod
metadata: {name: mounts, labels: {app: mounts, tier: test}}
spec:
  terminationGracePeriodSeconds: 0
  volumes:
  - {name: settings, configMap: {name: settings, items: [{key: colour, path: deep/colour, mode: 0440}]}}
  - {name: hidden, secret: {secretName: hidden, defaultMode: 0400}}
  - {name: about, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}, {path: cpu, resourceFieldRef: {containerName: c, resource: limits.cpu, divisor: 1m}}]}}
  - {name: host, hostPath: {path: ${join(cluster.folder, 'host')}, type: Directory}}
  - {name: memory, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  containers:
  - name: c
    image: e2e:1
    args: [-c, "while :; do sleep 1; done"]
    env:
    - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
    - {name: PASSWORD, valueFrom: {secretKeyRef: {name: hidden, key: password}}}
    - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
    - {name: TOLD, value: "$(COLOUR) at $(IP)"}
    envFrom: [{prefix: SET_, configMapRef: {name: settings}}]
    resources: {limits: {cpu: 250m, memory: 32Mi}}
    volumeMounts:
    - {name: settings, mountPath: /settings}
    - {name: hidden, mountPath: /hidden}
    - {name: about, mountPath: /about}
    - {name: host, mountPath: /host}
    - {name: memory, mountPath: /memory}
    - {name: hidden, mountPath: /single, subPath: password, readOnly: true}
`);
  await cluster.ok('wait', '--for=condition=Ready', 'pod/mounts', '--timeout=30s');
  const sh = (command: string) => cluster.ok('exec', 'mounts', '--', 'sh', '-c', command);
  const { podIP } = (await pod('mounts')).status!;
  assert.equal(await sh('cat /settings/deep/colour; stat -Lc %a /settings/deep/colour'), 'blue440\n');
  assert.equal(
    await sh('cat /hidden/password; stat -Lc %a /hidden/password; cat /single'),
    'first400\nfirst',
  );
  assert.equal(
    await sh('sort /about/labels; echo; cat /about/cpu'),
    'app="mounts"\ntier="test"\n250'.replace('"test"\n', '"test"\n\n'),
  );
  assert.equal(await sh('echo "$COLOUR $PASSWORD $SET_size $TOLD"'), `blue first 7 blue at ${podIP}\n`);
  assert.equal(
    await sh('cat /host/file; echo to the host > /host/back; grep -c "^tmpfs /memory tmpfs" /proc/mounts'),
    'from the host\n1\n',
  );
  assert.equal(await sh('stat -c %a /memory'), '1777\n');
  assert.equal(await readFile(join(cluster.folder, 'host/back'), 'utf8'), 'to the host\n');
  // A change reaches what is mounted, but neither the environment nor a subPath.
  await cluster.ok('patch', 'secret', 'hidden', '-p', '{"stringData":{"password":"second"}}');
  await cluster.ok('label', 'pod', 'mounts', 'tier=other', '--overwrite');
  await eventually(async () => {
    assert.equal(await sh('cat /hidden/password'), 'second');
    assert.match(await sh('cat /about/labels'), /tier="other"/);
  }, 90_000);
  assert.equal(await sh('cat /single; echo " $PASSWORD"'), 'first first\n');
  await remove('pod/mounts');
});

const callApi = `
const {request} = require('node:https'), {readFileSync} = require('node:fs');
const at = '/var/run/secrets/kubernetes.io/serviceaccount/';
const token = readFileSync(at + 'token', 'utf8'), ca = readFileSync(at + 'ca.crt');
const path = '/api/v1/namespaces/' + readFileSync(at + 'namespace', 'utf8') + '/' + process.argv[1];
request('https://kubernetes.default.svc' + path, {ca, headers: {authorization: 'Bearer ' + token}}, r => {
  let text = ''; r.on('data', d => text += d); r.on('end', () => console.log(r.statusCode, JSON.parse(text).message ?? JSON.parse(text).kind));
}).on('error', e => console.log('failed', e.message)).end();
`;

test('a pod calls the API server with its token, and RBAC decides', { skip }, async () => {
  const inside = (name: string, resource: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  restartPolicy: Never
  serviceAccountName: caller
  volumes:
  - {name: usr, hostPath: {path: /usr}}
  - {name: lib, hostPath: {path: /lib}}
  - {name: lib64, hostPath: {path: /lib64}}
  - {name: node, hostPath: {path: ${dirname(process.execPath)}}}
  containers:
  - name: c
    image: e2e:1
    command: [/node/node, -e, ${JSON.stringify(callApi)}, ${resource}]
    volumeMounts:
    - {name: usr, mountPath: /usr, readOnly: true}
    - {name: lib, mountPath: /lib, readOnly: true}
    - {name: lib64, mountPath: /lib64, readOnly: true}
    - {name: node, mountPath: /node, readOnly: true}
`;
  await cluster.ok('create', 'serviceaccount', 'caller');
  await cluster.ok('create', 'role', 'reader', '--verb=get,list', '--resource=configmaps');
  await cluster.ok('create', 'rolebinding', 'reader', '--role=reader', '--serviceaccount=default:caller');
  await cluster.apply(`${inside('allowed', 'configmaps')}---${inside('refused', 'secrets')}`);
  await Promise.all([finished('allowed'), finished('refused')]);
  assert.equal(await logs('allowed'), '200 ConfigMapList\n');
  assert.equal(
    await logs('refused'),
    '403 secrets is forbidden: User "system:serviceaccount:default:caller" cannot list resource "secrets" in API group "" in the namespace "default"\n',
  );
  await remove('pod/allowed', 'pod/refused');
});

test('jobs run to completion, in parallel, and give up at their limit', { skip }, async () => {
  await cluster.apply(`
apiVersion: batch/v1
kind: Job
metadata: {name: count}
spec:
  completions: 4
  parallelism: 2
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: "e2e:1", args: [-c, "echo index $JOB_COMPLETION_INDEX"]}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: hopeless}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: "e2e:1", args: [-c, "exit 1"]}]
`);
  await cluster.ok('wait', '--for=condition=Complete', 'job/count', '--timeout=60s');
  const said = await cluster.ok('logs', '-l', 'job-name=count', '--tail=-1');
  assert.deepEqual(
    said.trim().split('\n').sort(),
    [0, 1, 2, 3].map(i => `index ${i}`),
  );
  assert.match(await cluster.ok('get', 'job', 'count', '--no-headers'), /^count +Complete +4\/4 /);
  await cluster.ok('wait', '--for=condition=Failed', 'job/hopeless', '--timeout=60s');
  await cluster.ok('delete', 'job', 'count', 'hopeless');
  await eventually(async () =>
    assert.equal(await cluster.ok('get', 'pods', '-l', 'job-name', '-o', 'name'), ''),
  );
});

test('a pod that is deleted gets its time: preStop, then SIGTERM, then the end', { skip }, async () => {
  const host = join(cluster.folder, 'goodbye');
  await mkdir(host);
  const leaving = (name: string, script: string, grace: number) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  terminationGracePeriodSeconds: ${grace}
  volumes: [{name: host, hostPath: {path: ${host}}}]
  containers:
  - name: c
    image: e2e:1
    args: [-c, ${JSON.stringify(script)}]
    lifecycle: {preStop: {exec: {command: [sh, -c, "echo hook >> /host/${name}"]}}}
    volumeMounts: [{name: host, mountPath: /host}]
`;
  const polite =
    "trap 'echo term >> /host/polite; sleep 1; echo done >> /host/polite; exit 0' TERM; while :; do sleep 0.1; done";
  const deaf = "trap 'echo term >> /host/deaf' TERM; while :; do sleep 0.1; done";
  await cluster.apply(`${leaving('polite', polite, 20)}---${leaving('deaf', deaf, 2)}`);
  await cluster.ok('wait', '--for=condition=Ready', 'pod/polite', 'pod/deaf', '--timeout=30s');
  await cluster.ok('delete', 'pod', 'polite', 'deaf');
  assert.equal(await readFile(join(host, 'polite'), 'utf8'), 'hook\nterm\ndone\n');
  assert.equal(await readFile(join(host, 'deaf'), 'utf8'), 'hook\nterm\n');
});

test('a headless service names each of its pods', { skip }, async () => {
  await cluster.apply(`
apiVersion: v1
kind: Service
metadata: {name: peers}
spec: {clusterIP: None, selector: {app: peer}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: peer, labels: {app: peer}}
spec:
  hostname: first
  subdomain: peers
  terminationGracePeriodSeconds: 0
  containers: [{name: c, image: "e2e:1", args: [-c, "while :; do sleep 1; done"]}]
`);
  await cluster.ok('wait', '--for=condition=Ready', 'pod/peer', '--timeout=30s');
  const { podIP } = (await pod('peer')).status!;
  for (const name of ['peers', 'first.peers.default.svc.cluster.local']) {
    await eventually(async () => {
      const found = await cluster.kubectl([
        'exec',
        'peer',
        '--',
        'nslookup',
        '-type=a',
        name.includes('.') ? name : `${name}.default.svc.cluster.local`,
      ]);
      assert.match(succeeded(found), new RegExp(`^Address: ${podIP}$`, 'm'));
    }, 10_000);
  }
  assert.equal(
    await cluster.ok('exec', 'peer', '--', 'hostname', '-f'),
    'first.peers.default.svc.cluster.local\n',
  );
  await isReady('peer', true);
  await remove('pod/peer', 'service/peers');
});
