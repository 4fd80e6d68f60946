import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { configMaps, leases, nodes, pods as podsRef, runtimeClasses } from '#api/generated/refs.ts';
import { conditionOf, KubeletBed } from '#test/kubelet.ts';
import type { HttpProbeRequest } from './host/port.ts';
import type { ExecResult } from './runtime.ts';
import type { Pod } from './types.ts';

describe('the kubelet on a simulated runtime', { timeout: 60_000 }, () => {
  let bed: KubeletBed;
  let healthy: boolean;
  let execute: (command: readonly string[]) => Partial<ExecResult>;
  let away: boolean;
  let latencyMs: { pullImage: number };
  let probed: HttpProbeRequest[];
  let broken: (operation: string, subject: string) => Error | undefined;

  beforeEach(async () => {
    healthy = true;
    away = false;
    latencyMs = { pullImage: 0 };
    execute = () => ({});
    probed = [];
    broken = () => undefined;
    bed = await KubeletBed.start({
      runtime: {
        images: ['app:1'],
        latencyMs,
        fail: (operation, subject) => broken(operation, subject),
        exec: (_, command) => execute(command),
      },
      host: {
        httpGet: request => {
          probed.push(request);
          if (away) return { status: 302, body: 'gone' };
          return { status: healthy ? 200 : 503, body: '' };
        },
      },
    });
  });

  afterEach(async () => {
    await bed[Symbol.asyncDispose]();
    assert.equal(bed.clock.pending, 0, 'timers are left');
  });

  const main = (more: object) => ({ containers: [{ name: 'main', image: 'app:1', ...more }] });
  const waits = (name: string, reason: string) => async () =>
    (await bed.containerStatus(name))?.state?.waiting?.reason === reason;

  test('registers a ready node, and keeps its lease', async () => {
    const { client } = bed.cluster;
    const ready = async () =>
      (await client.get(nodes, '', 'node-1')).status?.conditions?.find(c => c.type === 'Ready')?.status;
    assert.equal(await ready(), 'True');
    const renewed = async () => (await client.get(leases, 'kube-node-lease', 'node-1')).spec?.renewTime;
    const first = await renewed();
    await bed.clock.advance(10_500);
    assert.notEqual(await renewed(), first);
    broken = operation => (operation === 'status' ? new Error('cni config uninitialized') : undefined);
    assert.ok(await bed.until(async () => (await ready()) === 'False'));
  });

  test('runs a pod, and knows it again after a restart', async () => {
    await bed.create('web', main({}));
    assert.ok(await bed.until(bed.isReady('web')));
    const { containerID } = (await bed.containerStatus('web'))!;
    await bed.restart();
    await bed.clock.advance(5_000);
    assert.equal((await bed.containerStatus('web'))!.containerID, containerID);
    assert.ok(await bed.isReady('web')());
  });

  test('pulls what is missing, and waits longer after each failure', async () => {
    broken = operation => (operation === 'pullImage' ? new Error('registry is down') : undefined);
    await bed.create('web', main({ image: 'other:1' }));
    assert.ok(await bed.until(waits('web', 'ImagePullBackOff')));
    assert.equal(
      (await bed.containerStatus('web'))!.state!.waiting!.message,
      'Back-off pulling image "other:1": ErrImagePull: registry is down',
    );
    broken = () => undefined;
    assert.ok(await bed.until(bed.isReady('web')));
    const events = await bed.told('web');
    assert.ok(events.includes('Warning Failed: Failed to pull image "other:1": registry is down'));
    assert.ok(events.includes('Warning Failed: Error: ErrImagePull'));
    assert.ok(events.some(text => text.startsWith('Normal Pulled: Successfully pulled image "other:1" in')));
  });

  test('never pulls where it must not', async () => {
    await bed.create('web', main({ image: 'other:1', imagePullPolicy: 'Never' }));
    assert.ok(await bed.until(waits('web', 'ErrImageNeverPull')));
  });

  test('says what is wrong with the name of an image', async () => {
    const message = async (image: string) => {
      const name = `p${(await bed.cluster.client.list(podsRef, 'default')).items.length}`;
      await bed.create(name, main({ image }));
      assert.ok(await bed.until(waits(name, 'InvalidImageName')));
      return (await bed.containerStatus(name))!.state!.waiting!.message!.split(`image name "${image}": `)[1];
    };
    assert.equal(await message('a::b'), 'invalid reference format');
    assert.equal(
      await message('App:1'),
      'invalid reference format: repository name (library/App) must be lowercase',
    );
  });

  test('waits for the ConfigMap that a volume and a variable need', async () => {
    await bed.create('web', {
      ...main({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'late', key: 'a' } } }] }),
    });
    assert.ok(await bed.until(waits('web', 'CreateContainerConfigError')));
    assert.equal((await bed.containerStatus('web'))!.state!.waiting!.message, 'configmap "late" not found');
    await bed.create('mount', {
      ...main({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      volumes: [{ name: 'v', configMap: { name: 'late' } }],
    });
    await bed.until(async () => (await bed.told('mount')).length > 0);
    assert.deepEqual(await bed.told('mount'), [
      'Warning FailedMount: MountVolume.SetUp failed for volume "v" : configmap "late" not found',
    ]);
    await bed.cluster.client.create(configMaps, {
      metadata: { name: 'late', namespace: 'default' },
      data: { a: 'x' },
    });
    assert.ok(await bed.until(bed.isReady('web')));
    assert.ok(await bed.until(bed.isReady('mount')));
  });

  test('tells why there is no sandbox, and tries again', async () => {
    broken = operation => (operation === 'runSandbox' ? new Error('no network') : undefined);
    await bed.create('web', main({}));
    await bed.clock.advance(5_000);
    assert.deepEqual(await bed.told('web'), [
      'Warning FailedCreatePodSandBox: Failed to create pod sandbox: no network',
    ]);
    broken = () => undefined;
    assert.ok(await bed.until(bed.isReady('web'), 10_000));
  });

  test('lets readiness follow its probe, and restarts what is not alive', async () => {
    const httpGet = { path: '/ok', port: 80, httpHeaders: [{ name: 'X-A', value: 'b' }] };
    await bed.create('web', main({ readinessProbe: { httpGet, periodSeconds: 1, failureThreshold: 2 } }));
    assert.ok(await bed.until(bed.isReady('web')));
    assert.equal(probed[0]!.url, `http://${(await bed.pod('web'))!.status!.podIP}:80/ok`);
    assert.deepEqual(
      probed[0]!.headers.map(h => h.name),
      ['X-A', 'User-Agent', 'Accept'],
    );
    healthy = false;
    assert.ok(await bed.until(async () => !(await bed.isReady('web')())));
    assert.ok(
      (await bed.told('web')).includes(
        'Warning Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503',
      ),
    );
    assert.equal((await bed.containerStatus('web'))!.restartCount, 0);
    healthy = true;
    await bed.create('alive', main({ livenessProbe: { httpGet, periodSeconds: 1, failureThreshold: 2 } }));
    assert.ok(await bed.until(bed.isReady('alive')));
    healthy = false;
    assert.ok(await bed.until(async () => (await bed.containerStatus('alive'))!.restartCount === 1));
    assert.ok(
      (await bed.told('alive')).includes(
        'Normal Killing: Container main failed liveness probe, will be restarted',
      ),
    );
  });

  test('holds readiness back until the startup probe has passed', async () => {
    healthy = false;
    const httpGet = { path: '/', port: 80 };
    await bed.create('slow', main({ startupProbe: { httpGet, periodSeconds: 1, failureThreshold: 100 } }));
    await bed.clock.advance(10_000);
    assert.equal((await bed.containerStatus('slow'))!.started, false);
    healthy = true;
    assert.ok(await bed.until(bed.isReady('slow'), 5_000));
  });

  test('ends a pod at its deadline', async () => {
    await bed.create('late', { ...main({}), activeDeadlineSeconds: 30 });
    assert.ok(await bed.until(bed.isReady('late')));
    assert.ok(await bed.until(async () => (await bed.pod('late'))?.status?.phase === 'Failed', 40_000));
    assert.equal((await bed.pod('late'))!.status!.reason, 'DeadlineExceeded');
    assert.ok(
      (await bed.told('late')).includes(
        'Normal DeadlineExceeded: Pod was active on the node longer than the specified deadline',
      ),
    );
  });

  test('refuses what does not fit', async () => {
    await bed.create('huge', main({ resources: { requests: { cpu: '100' } } }));
    assert.ok(await bed.until(async () => (await bed.pod('huge'))?.status?.phase === 'Failed'));
    const { reason, message, containerStatuses } = (await bed.pod('huge'))!.status!;
    assert.equal(reason, 'OutOfcpu');
    assert.equal(containerStatuses, undefined);
    assert.match(
      message!,
      /^Pod was rejected: Node didn't have enough resource: cpu, requested: 100000, used: 0, capacity: 4000$/,
    );
    await bed.create('other', { ...main({}), nodeSelector: { disk: 'ssd' } });
    assert.ok(await bed.until(async () => (await bed.pod('other'))?.status?.reason === 'NodeAffinity'));
    const { metadata } = (await bed.cluster.client.list(nodes, '')).items[0]!;
    await bed.cluster.client.patch(nodes, '', metadata.name!, 'merge', {
      metadata: { labels: { disk: 'nvme' } },
    });
    await bed.create('new', { ...main({}), nodeSelector: { disk: 'nvme' } });
    assert.ok(await bed.until(bed.isReady('new')));
  });

  test('keeps the resources that others put on its node, and holds pods to them', async () => {
    const { client } = bed.cluster;
    const gpu = 'example.com/gpu';
    const pod = (name: string) =>
      bed.create(name, main({ resources: { requests: { [gpu]: '1' }, limits: { [gpu]: '1' } } }));
    await client.patch(
      nodes,
      '',
      'node-1',
      'merge',
      { status: { capacity: { [gpu]: '1' } } },
      { subresource: 'status' },
    );
    const allocatable = async () => (await client.get(nodes, '', 'node-1')).status!.allocatable![gpu];
    assert.ok(await bed.until(async () => (await allocatable()) === '1', 400_000));
    await pod('first');
    assert.ok(await bed.until(bed.isReady('first')));
    await pod('second');
    assert.ok(await bed.until(async () => (await bed.pod('second'))?.status?.reason === `OutOf${gpu}`));
  });

  test('gives a pod its grace period, and less when asked again', async () => {
    const { client } = bed.cluster;
    const annotations = { 'hollow.coxswain.dev/all': 'ignore-term' };
    const stubborn = (name: string) => bed.create(name, main({}), { annotations });
    await stubborn('a');
    await stubborn('b');
    assert.ok(await bed.until(async () => (await bed.isReady('a')()) && (await bed.isReady('b')())));
    const from = bed.clock.now();
    await client.delete(podsRef, 'default', 'a', { gracePeriodSeconds: 20 });
    await client.delete(podsRef, 'default', 'b', { gracePeriodSeconds: 20 });
    await bed.clock.advance(3_000);
    await client.delete(podsRef, 'default', 'b', { gracePeriodSeconds: 2 });
    assert.ok(await bed.until(async () => !(await bed.pod('b'))));
    assert.ok(bed.clock.now() - from < 10_000);
    assert.ok(await bed.pod('a'));
    assert.ok(await bed.until(async () => !(await bed.pod('a'))));
    assert.ok(bed.clock.now() - from >= 20_000);
  });

  test('stops in the middle of hooks that take long', async () => {
    const rests = {
      lifecycle: { postStart: { sleep: { seconds: 900 } }, preStop: { sleep: { seconds: 900 } } },
    };
    const preStop = { lifecycle: { preStop: { sleep: { seconds: 900 } } } };
    const patient = { terminationGracePeriodSeconds: 1_000 };
    await bed.create('starting', { ...main(rests), ...patient });
    await bed.create('ending', { ...main(preStop), ...patient });
    assert.ok(await bed.until(bed.isReady('ending')));
    await bed.cluster.client.delete(podsRef, 'default', 'ending');
    await bed.clock.advance(5_000);
    // That no timer is left is asked after each test.
    await bed.kubelet[Symbol.asyncDispose]();
    assert.equal((await bed.runtime.listContainers({ state: 'RUNNING' })).length, 2);
  });

  test('takes no variable from a file that lies outside of its volume', async () => {
    const env = [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'late', key: 'a' } } },
      { name: 'B', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'env', key: 'B' } } },
    ];
    await bed.create('web', { ...main({ env }), volumes: [{ name: 'v', emptyDir: {} }] });
    assert.ok(await bed.until(waits('web', 'CreateContainerConfigError')));
    const { uid } = (await bed.pod('web'))!.metadata;
    const directory = bed.kubelet.layout.volumeDirectory(uid!, 'kubernetes.io/empty-dir', 'v');
    await bed.host.fs.makeDirectory('/etc');
    await bed.host.fs.writeFile('/etc/secret', "B='secret'\n");
    await bed.host.fs.symlink('/etc/secret', `${directory}/env`);
    const metadata = { name: 'late', namespace: 'default' };
    await bed.cluster.client.create(configMaps, { metadata, data: { a: 'x' } });
    const message = async () => (await bed.containerStatus('web'))!.state!.waiting?.message ?? '';
    assert.ok(await bed.until(async () => (await message()).includes('env')));
    assert.equal((await bed.containerStatus('web'))!.state!.running, undefined);
    await bed.host.fs.remove(`${directory}/env`);
    await bed.host.fs.writeFile(`${directory}/env`, "B='mine'\n");
    assert.ok(await bed.until(bed.isReady('web')));
  });

  test('waits for nobody once the API has a pod no more', async () => {
    const { client } = bed.cluster;
    const rests = { lifecycle: { preStop: { sleep: { seconds: 500 } } } };
    const annotations = { 'hollow.coxswain.dev/all': 'ignore-term' };
    for (const name of ['ending', 'living']) {
      await bed.create(name, { ...main(rests), terminationGracePeriodSeconds: 600 }, { annotations });
      assert.ok(await bed.until(bed.isReady(name)));
    }
    await client.delete(podsRef, 'default', 'ending');
    await bed.clock.advance(3_000);
    for (const name of ['ending', 'living']) {
      await client.delete(podsRef, 'default', name, { gracePeriodSeconds: 0 });
    }
    assert.ok(await bed.until(async () => (await bed.runtime.listSandboxes()).length === 0, 5_000));
  });

  test('clears away what the API has forgotten while it was down', async () => {
    await bed.create('gone', main({}));
    assert.ok(await bed.until(bed.isReady('gone')));
    await bed.kubelet[Symbol.asyncDispose]();
    await bed.cluster.client.delete(podsRef, 'default', 'gone', { gracePeriodSeconds: 0 });
    await bed.restart();
    assert.ok(await bed.until(async () => (await bed.runtime.listSandboxes()).length === 0));
    await bed.clock.advance(70_000);
    assert.deepEqual(await bed.host.fs.list('/kubelet/pods'), []);
    assert.deepEqual(await bed.host.fs.list('/kubelet/log/pods'), []);
    const groups = [...bed.host.cgroups.keys()].filter(path => path.includes('/pod'));
    assert.deepEqual(groups, []);
  });

  test('keeps conditions of others', async () => {
    const { client } = bed.cluster;
    await bed.create('gated', { ...main({}), readinessGates: [{ conditionType: 'example.com/ok' }] });
    assert.ok(await bed.until(async () => conditionOf(await bed.pod('gated'), 'ContainersReady') === 'True'));
    assert.equal(conditionOf(await bed.pod('gated'), 'Ready'), 'False');
    const pod = (await bed.pod('gated'))!;
    const conditions = [...pod.status!.conditions!, { type: 'example.com/ok', status: 'True' }];
    await client.updateStatus(podsRef, { ...pod, status: { ...pod.status!, conditions } } as Pod);
    assert.ok(await bed.until(bed.isReady('gated')));
    assert.equal(conditionOf(await bed.pod('gated'), 'example.com/ok'), 'True');
  });

  test('says why no sandbox can be made as the spec asks', async () => {
    const refused = async (name: string, spec: object) => {
      await bed.create(name, { ...main({}), ...spec });
      await bed.until(async () => (await bed.told(name)).length > 0);
      return (await bed.told(name))[0];
    };
    const long = 'a'.repeat(40);
    assert.equal(
      await refused('fqdn', { hostname: 'h', subdomain: long, setHostnameAsFQDN: true }),
      `Warning FailedCreatePodSandBox: Failed to create pod sandbox: failed to construct FQDN from pod hostname and cluster domain, FQDN h.${long}.default.svc.cluster.local is too long (64 characters is the max, 68 characters requested)`,
    );
    assert.equal(
      await refused('users', { hostUsers: false }),
      'Warning FailedCreatePodSandBox: Failed to create pod sandbox: RuntimeClass handler "" does not support user namespaces',
    );
    assert.equal((await bed.pod('fqdn'))!.status!.phase, 'Pending');
  });

  test('hands the handler of a RuntimeClass to the runtime', async () => {
    const { client } = bed.cluster;
    await client.create(runtimeClasses, { metadata: { name: 'strong' }, handler: 'kata' });
    broken = operation => (operation === 'runSandbox' ? new Error('no runtime for it') : undefined);
    await bed.create('web', { ...main({}), runtimeClassName: 'strong' });
    await bed.until(async () => (await bed.told('web')).length > 0);
    assert.deepEqual(await bed.told('web'), [
      'Warning FailedCreatePodSandBox: Failed to create pod sandbox: no runtime for it',
    ]);
    broken = () => undefined;
    assert.ok(await bed.until(bed.isReady('web')));
    assert.equal(bed.runtime.sandboxConfigs()[0]!.runtimeHandler, 'kata');
  });

  test('lets an ephemeral container see the processes of the one it names', async () => {
    await bed.create('web', main({}));
    assert.ok(await bed.until(bed.isReady('web')));
    const debug = { name: 'debug', image: 'app:1', targetContainerName: 'main' };
    await bed.cluster.client.patch(
      podsRef,
      'default',
      'web',
      'strategic',
      { spec: { ephemeralContainers: [debug] } },
      { subresource: 'ephemeralcontainers' },
    );
    const runs = async () =>
      (await bed.pod('web'))!.status!.ephemeralContainerStatuses?.[0]?.state?.running !== undefined;
    assert.ok(await bed.until(runs));
    const { namespaces } = bed.runtime.containerConfig('debug')!.securityContext;
    const { containerID } = (await bed.containerStatus('web'))!;
    assert.deepEqual([namespaces!.pid, `hollow://${namespaces!.targetId}`], ['TARGET', containerID]);
  });

  test('takes a redirect to another host for a success, and says so', async () => {
    const httpGet = { path: '/', port: 80 };
    away = true;
    await bed.create('web', main({ livenessProbe: { httpGet, periodSeconds: 1, failureThreshold: 1 } }));
    assert.ok(await bed.until(bed.isReady('web')));
    await bed.clock.advance(5_000);
    assert.equal((await bed.containerStatus('web'))!.restartCount, 0);
    assert.ok(
      (await bed.told('web')).includes(
        'Warning ProbeWarning: Liveness probe warning: Probe terminated redirects, Response body: gone',
      ),
    );
  });

  test('ends a pod that never started as a failure', async () => {
    await bed.create('web', main({ image: 'other:1', imagePullPolicy: 'Never' }), {
      finalizers: ['example.com/keep'],
    });
    assert.ok(await bed.until(waits('web', 'ErrImageNeverPull')));
    await bed.cluster.client.delete(podsRef, 'default', 'web');
    assert.ok(await bed.until(async () => (await bed.pod('web'))!.status!.phase === 'Failed'));
    const { reason, exitCode } = (await bed.containerStatus('web'))!.state!.terminated!;
    assert.deepEqual([reason, exitCode], ['ContainerStatusUnknown', 137]);
  });

  test('ends sidecars after the main containers, with their hooks begun at once', async () => {
    const { client } = bed.cluster;
    const rests = (seconds: number) => ({ lifecycle: { preStop: { sleep: { seconds } } } });
    const sidecar = { image: 'app:1', restartPolicy: 'Always' };
    await bed.create(
      'web',
      {
        ...main(rests(5)),
        initContainers: [
          { name: 'first', ...sidecar, ...rests(3) },
          { name: 'second', ...sidecar },
        ],
      },
      { finalizers: ['example.com/keep'] },
    );
    assert.ok(await bed.until(bed.isReady('web')));
    const fromMs = Math.floor(bed.clock.now() / 1_000) * 1_000;
    await client.delete(podsRef, 'default', 'web');
    assert.ok(await bed.until(async () => (await bed.pod('web'))!.status!.phase === 'Failed'));
    const { containerStatuses, initContainerStatuses } = (await bed.pod('web'))!.status!;
    const ends = [...containerStatuses!, ...initContainerStatuses!].map(
      ({ name, state }) => `${name} ${(Date.parse(state!.terminated!.finishedAt!) - fromMs) / 1_000}`,
    );
    assert.deepEqual(ends, ['main 5', 'first 5', 'second 5']);
  });

  test('tells what is ready no more while a pod ends, by its probe or by its own end', async () => {
    const rests = { lifecycle: { preStop: { sleep: { seconds: 20 } } } };
    const httpGet = { path: '/ready', port: 80 };
    const probed = { name: 'probed', image: 'app:1', ...rests };
    await bed.create('web', {
      containers: [
        { ...probed, readinessProbe: { httpGet, periodSeconds: 1, failureThreshold: 1 } },
        { name: 'quick', image: 'app:1' },
        { name: 'slow', image: 'app:1', ...rests },
      ],
    });
    assert.ok(await bed.until(bed.isReady('web')));
    const ready = async () =>
      (await bed.pod('web'))?.status?.containerStatuses?.filter(c => c.ready).map(({ name }) => name);
    await bed.cluster.client.delete(podsRef, 'default', 'web');
    assert.ok(await bed.until(async () => (await ready())?.join(' ') === 'probed slow', 5_000));
    healthy = false;
    assert.ok(await bed.until(async () => (await ready())?.join(' ') === 'slow', 5_000));
    assert.equal(conditionOf(await bed.pod('web'), 'Ready'), 'False');
    assert.equal((await bed.pod('web'))!.status!.phase, 'Running');
    assert.ok(await bed.until(async () => !(await bed.pod('web')), 40_000));
  });

  test('cuts a hook short when the grace period shrinks', async () => {
    await bed.create('web', main({ lifecycle: { preStop: { sleep: { seconds: 25 } } } }));
    assert.ok(await bed.until(bed.isReady('web')));
    await bed.cluster.client.delete(podsRef, 'default', 'web');
    await bed.clock.advance(3_000);
    assert.ok(await bed.pod('web'));
    await bed.cluster.client.delete(podsRef, 'default', 'web', { gracePeriodSeconds: 2 });
    assert.ok(await bed.until(async () => !(await bed.pod('web')), 6_000));
  });

  test('stops a container whose postStart hook fails, its preStop hook first', async () => {
    const ran: string[] = [];
    execute = command => {
      ran.push(command[0]!);
      return { exitCode: command[0] === 'start' ? 1 : 0 };
    };
    const exec = (word: string) => ({ exec: { command: [word] } });
    await bed.create('web', {
      ...main({ lifecycle: { postStart: exec('start'), preStop: exec('stop') } }),
      restartPolicy: 'Never',
    });
    assert.ok(await bed.until(async () => (await bed.pod('web'))!.status!.phase === 'Failed'));
    assert.deepEqual(ran, ['start', 'stop']);
    const events = await bed.told('web');
    assert.ok(events.includes('Warning FailedPostStartHook: PostStartHook failed'));
    assert.ok(events.includes('Normal Killing: FailedPostStartHook'));
  });

  test('expands what the spec tells in the command of a probe', async () => {
    const commands: string[] = [];
    execute = command => {
      commands.push(command.join(' '));
      return {};
    };
    const env = [
      { name: 'A', value: 'x' },
      { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ];
    const exec = { command: ['test', '$(A)', '[$(B)]', '$(C)', '$$(A)'] };
    await bed.create('web', main({ env, readinessProbe: { exec } }));
    assert.ok(await bed.until(bed.isReady('web')));
    assert.equal(commands[0], 'test x [] $(C) $(A)');
  });

  test('waits for no hook and no image of a pod that is to end', async () => {
    const sleep = { lifecycle: { postStart: { sleep: { seconds: 1_000 } } } };
    await bed.create('hook', { ...main(sleep), terminationGracePeriodSeconds: 2_000 });
    await bed.until(async () => (await bed.told('hook')).some(text => text.includes('Started')));
    latencyMs.pullImage = 60_000;
    await bed.create('pull', main({ image: 'other:1' }));
    await bed.until(async () => (await bed.told('pull')).some(text => text.includes('Pulling')));
    for (const name of ['hook', 'pull']) {
      await bed.cluster.client.delete(podsRef, 'default', name, { gracePeriodSeconds: 3 });
    }
    assert.ok(await bed.until(async () => !(await bed.pod('hook')) && !(await bed.pod('pull')), 10_000));
    await bed.clock.advance(60_000);
  });

  test('makes a probe that could not be made again before it tells anybody', async () => {
    let failures = 2;
    execute = () => {
      if (failures-- > 0) throw new Error('no such process');
      return {};
    };
    await bed.create('web', main({ readinessProbe: { exec: { command: ['test'] } } }));
    assert.ok(await bed.until(bed.isReady('web'), 5_000));
    failures = 3;
    await bed.clock.advance(11_000);
    assert.deepEqual(
      (await bed.told('web')).filter(text => text.includes('probe')),
      ['Warning Unhealthy: Readiness probe errored and resulted in unknown state: no such process'],
    );
    assert.ok(await bed.isReady('web')());
  });

  test('shares the machine among pods and their qualities of service', async () => {
    type Amounts = Record<string, string>;
    const resources = (requests: Amounts, limits: Amounts = {}) => ({ resources: { requests, limits } });
    await bed.create('idle', main({}));
    await bed.create('burst', {
      ...main(resources({ cpu: '500m' }, { memory: '64Mi' })),
      initContainers: [{ name: 'init', image: 'app:1', ...resources({ cpu: '1' }, { memory: '128Mi' }) }],
    });
    await bed.create('firm', main(resources({}, { cpu: '250m', memory: '32Mi' })));
    await bed.create('whole', {
      ...main({}),
      resources: { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } },
    });
    for (const name of ['idle', 'firm', 'whole']) assert.ok(await bed.until(bed.isReady(name)), name);
    const { cgroups } = bed.host;
    const group = async (tier: string, name: string) =>
      cgroups.get(`/kubepods${tier}/pod${(await bed.pod(name))!.metadata.uid}`);
    assert.deepEqual(await group('/besteffort', 'idle'), { cpuShares: 2 });
    const burst = { cpuShares: 1_024, memoryBytes: 128 * 2 ** 20 };
    assert.deepEqual(await group('/burstable', 'burst'), burst);
    const firm = { cpuShares: 256, cpuQuotaMicroseconds: 25_000, memoryBytes: 32 * 2 ** 20 };
    assert.deepEqual(await group('', 'firm'), firm);
    const whole = { cpuShares: 1_024, cpuQuotaMicroseconds: 200_000, memoryBytes: 2 ** 30 };
    assert.deepEqual(await group('/burstable', 'whole'), whole);
    const tiers = () =>
      ['', '/besteffort', '/burstable'].map(tier => cgroups.get(`/kubepods${tier}`)?.cpuShares);
    assert.deepEqual(tiers(), [4_096, 2, 2_048]);
    await bed.cluster.client.delete(podsRef, 'default', 'whole');
    assert.ok(await bed.until(async () => tiers()[2] === 1_024));
    assert.equal(cgroups.size, 6);
  });

  test('evicts a pod that fills more of the disk than it may', async () => {
    const limits = (bytes: string) => ({ resources: { limits: { 'ephemeral-storage': bytes } } });
    const volumes = [{ name: 'scratch', emptyDir: { sizeLimit: '1Ki' } }];
    const volumeMounts = [{ name: 'scratch', mountPath: '/scratch' }];
    await bed.create('volume', { ...main({ volumeMounts }), volumes });
    await bed.create('log', main(limits('1M')));
    await bed.create('fine', { ...main({ ...limits('1M'), volumeMounts }), volumes });
    for (const name of ['volume', 'log', 'fine']) assert.ok(await bed.until(bed.isReady(name)));
    const { layout } = bed.kubelet;
    const { uid } = (await bed.pod('volume'))!.metadata;
    const directory = layout.volumeDirectory(uid!, 'kubernetes.io/empty-dir', 'scratch');
    await bed.host.fs.writeFile(`${directory}/file`, 'x'.repeat(1_025));
    await bed.host.fs.writeFile(
      layout.logFile((await bed.pod('log'))!, 'main', 0),
      new Uint8Array(1_000_000),
    );
    for (const [name, message] of [
      ['volume', 'Usage of EmptyDir volume "scratch" exceeds the limit "1Ki". '],
      ['log', 'Pod ephemeral local storage usage exceeds the total limit of containers 1M. '],
    ] as const) {
      assert.ok(await bed.until(async () => (await bed.pod(name))!.status!.phase === 'Failed', 20_000));
      const { reason, message: why } = (await bed.pod(name))!.status!;
      assert.deepEqual([reason, why], ['Evicted', message]);
      // It has itself to blame.
      assert.equal(conditionOf(await bed.pod(name), 'DisruptionTarget'), '');
      assert.ok((await bed.told(name)).includes(`Warning Evicted: ${message}`));
    }
    assert.ok(await bed.isReady('fine')());
  });
});
