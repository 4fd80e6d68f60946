import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  type ContainerConfig,
  type ContainerState,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
  type SandboxConfig,
} from './runtime.ts';

/** What the suite needs of an implementation. */
export interface RuntimeHarness {
  readonly runtime: Runtime;
  /** Processes are real: output, exit codes, files and logs can be looked at. */
  readonly real: boolean;
  /** An image that is there, by a short name; real ones have a busybox at /bin/busybox. */
  readonly image: string;
  /** An existing folder for logs. */
  readonly folder: string;
  readonly cgroupParent: string;
  /** Lets the runtime get on with things; called until what is waited for comes true. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const settleTimesMax = 1000;

/** The contract of the Runtime port, for every implementation. `skip` gives the reason where there is none here. */
export function runtimeConformance(
  name: string,
  open: () => Promise<RuntimeHarness>,
  skip: string | false = false,
): void {
  test(`${name} keeps the contract of the Runtime port`, { skip }, async t => {
    const harness = await open();
    try {
      for (const [title, check] of Object.entries(checks)) {
        await t.test(title, async () => {
          await check(harness);
          await clear(harness.runtime);
        });
      }
      for (const [title, check] of Object.entries(harness.real ? realChecks : {})) {
        await t.test(title, async () => {
          await check(harness);
          await clear(harness.runtime);
        });
      }
    } finally {
      await harness.close();
    }
  });
}

async function clear(runtime: Runtime): Promise<void> {
  for (const { id } of await runtime.listSandboxes()) {
    await runtime.stopSandbox(id);
    await runtime.removeSandbox(id);
  }
}

function sandboxConfig(harness: RuntimeHarness, name: string): SandboxConfig {
  return {
    metadata: { name, uid: `uid-${name}`, namespace: 'default', attempt: 0 },
    hostname: name,
    logDirectory: `${harness.folder}/${name}`,
    dns: { servers: ['10.96.0.10'], searches: ['default.svc.cluster.local'], options: ['ndots:5'] },
    portMappings: [],
    labels: { app: name },
    annotations: { note: 'kept' },
    cgroupParent: `${harness.cgroupParent}/${name}`,
    sysctls: {},
    namespaces: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
    securityContext: {},
  };
}

function containerConfig(
  harness: RuntimeHarness,
  name: string,
  more: Partial<ContainerConfig> = {},
): ContainerConfig {
  return {
    name,
    attempt: 0,
    image: harness.image,
    command: ['/bin/busybox', 'sleep', '3600'],
    args: [],
    workingDir: '',
    env: [],
    mounts: [],
    labels: { container: name, 'io.kubernetes.pod.uid': 'uid-pod' },
    annotations: {},
    logPath: `${name}.log`,
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: {},
    securityContext: {},
    ...more,
  };
}

const shell = (script: string): Partial<ContainerConfig> => ({
  command: ['/bin/busybox', 'sh', '-c', script],
});

async function runContainer(harness: RuntimeHarness, more: Partial<ContainerConfig> = {}) {
  const config = sandboxConfig(harness, 'pod');
  const sandbox = await harness.runtime.runSandbox(config);
  const id = await harness.runtime.createContainer(sandbox, containerConfig(harness, 'main', more), config);
  await harness.runtime.startContainer(id);
  return { sandbox, id, config };
}

async function untilState(harness: RuntimeHarness, id: string, state: ContainerState) {
  for (let i = 0; i < settleTimesMax; i++) {
    const status = await harness.runtime.containerStatus(id);
    if (status.state === state) return status;
    await harness.settle();
  }
  assert.fail(`the container did not become ${state}`);
}

function isNotFound(error: unknown): boolean {
  return error instanceof RuntimeError && error.code === 'NotFound';
}

type Check = (harness: RuntimeHarness) => Promise<void>;

const checks: Readonly<Record<string, Check>> = {
  'it tells its name and that it is ready': async ({ runtime }) => {
    const version = await runtime.version();
    assert.notEqual(version.runtimeName, '');
    assert.notEqual(version.runtimeVersion, '');
    const status = await runtime.status();
    assert.deepEqual(status, { runtimeReady: true, networkReady: true, message: '' });
    assert.notEqual(await runtime.imageFs(), undefined);
  },

  'a sandbox runs, stops and goes': async harness => {
    const { runtime } = harness;
    const config = sandboxConfig(harness, 'pod');
    const id = await runtime.runSandbox(config);
    const [listed] = await runtime.listSandboxes();
    assert.deepEqual(listed?.metadata, config.metadata);
    assert.deepEqual([listed?.id, listed?.state, listed?.labels], [id, 'READY', config.labels]);
    assert.deepEqual(listed?.annotations, config.annotations);
    const status = await runtime.sandboxStatus(id);
    assert.match(status.ips[0] ?? '', /^\d+\.\d+\.\d+\.\d+$/);
    assert.ok(status.createdAtMs > 0);
    await runtime.stopSandbox(id);
    assert.equal((await runtime.sandboxStatus(id)).state, 'NOTREADY');
    await runtime.stopSandbox(id);
    await runtime.removeSandbox(id);
    await runtime.removeSandbox(id);
    assert.deepEqual(await runtime.listSandboxes(), []);
    await assert.rejects(runtime.sandboxStatus(id), isNotFound);
  },

  'sandboxes have addresses of their own and are found by label': async harness => {
    const { runtime } = harness;
    const one = await runtime.runSandbox(sandboxConfig(harness, 'one'));
    const two = await runtime.runSandbox(sandboxConfig(harness, 'two'));
    const statuses = await Promise.all([one, two].map(id => runtime.sandboxStatus(id)));
    assert.notEqual(statuses[0]!.ips[0], statuses[1]!.ips[0]);
    const found = await runtime.listSandboxes({ labels: { app: 'two' } });
    assert.deepEqual(
      found.map(sandbox => sandbox.id),
      [two],
    );
  },

  'a container is created, runs, is stopped and goes': async harness => {
    const { runtime } = harness;
    const config = sandboxConfig(harness, 'pod');
    const sandbox = await runtime.runSandbox(config);
    const id = await runtime.createContainer(sandbox, containerConfig(harness, 'main'), config);
    const created = await runtime.containerStatus(id);
    assert.deepEqual(
      [created.state, created.name, created.attempt, created.sandboxId],
      ['CREATED', 'main', 0, sandbox],
    );
    await runtime.startContainer(id);
    const running = await runtime.containerStatus(id);
    assert.equal(running.state, 'RUNNING');
    assert.ok(running.startedAtMs >= created.createdAtMs);
    assert.equal(running.labels.container, 'main');
    assert.equal(running.logPath, `${harness.folder}/pod/main.log`);
    await runtime.stopContainer(id, 0);
    const exited = await runtime.containerStatus(id);
    assert.equal(exited.state, 'EXITED');
    assert.ok(exited.finishedAtMs >= running.startedAtMs);
    await runtime.stopContainer(id, 0);
    await runtime.removeContainer(id);
    await runtime.removeContainer(id);
    await assert.rejects(runtime.containerStatus(id), isNotFound);
    assert.deepEqual(await runtime.listContainers(), []);
  },

  'containers are found by sandbox, state, label and id': async harness => {
    const { runtime } = harness;
    const { sandbox, id, config } = await runContainer(harness);
    const other = await runtime.createContainer(sandbox, containerConfig(harness, 'other'), config);
    const ids = async (filter: Parameters<Runtime['listContainers']>[0]) =>
      (await runtime.listContainers(filter)).map(container => container.id).sort();
    assert.deepEqual(await ids({ sandboxId: sandbox }), [id, other].sort());
    assert.deepEqual(await ids({ state: 'RUNNING' }), [id]);
    assert.deepEqual(await ids({ state: 'CREATED' }), [other]);
    assert.deepEqual(await ids({ labels: { container: 'other' } }), [other]);
    assert.deepEqual(await ids({ id }), [id]);
    assert.deepEqual(await ids({ sandboxId: 'none' }), []);
  },

  'stopping a sandbox stops its containers': async harness => {
    const { sandbox, id } = await runContainer(harness);
    await harness.runtime.stopSandbox(sandbox);
    await untilState(harness, id, 'EXITED');
  },

  'what is not there is NotFound': async ({ runtime }) => {
    await assert.rejects(runtime.containerStatus('none'), isNotFound);
    await assert.rejects(runtime.startContainer('none'), isNotFound);
    await assert.rejects(runtime.execSync('none', ['true'], 1), isNotFound);
    await runtime.stopContainer('none', 0);
    await runtime.removeContainer('none');
    await runtime.stopSandbox('none');
    await runtime.removeSandbox('none');
  },

  'images are found by their short name': async ({ runtime, image }) => {
    const found = await runtime.imageStatus(image);
    assert.ok(found, `no image ${image}`);
    assert.notEqual(found.id, '');
    assert.ok((await runtime.listImages()).some(one => one.id === found.id));
    assert.equal(await runtime.imageStatus('localhost/no/such:image'), undefined);
  },

  'stats are listed for running containers': async harness => {
    const { id } = await runContainer(harness);
    const stats = await harness.runtime.listStats();
    assert.ok(stats.some(one => one.id === id && one.timestampMs > 0));
  },

  'an event watch can be ended': async ({ runtime }) => {
    runtime.watchEvents(() => {})[Symbol.dispose]();
  },

  'events, where there are any, come after the state that they tell of': async harness => {
    const { runtime } = harness;
    const events: RuntimeEvent[] = [];
    const states: Promise<ContainerState>[] = [];
    const watch = runtime.watchEvents(event => {
      events.push(event);
      if (event.type === 'STOPPED') {
        states.push(runtime.containerStatus(event.containerId).then(status => status.state));
      }
    });
    try {
      for (let i = 0; i < 20; i++) await harness.settle();
      const { id } = await runContainer(harness);
      await runtime.execSync(id, ['/bin/busybox', 'true'], 10);
      await runtime.stopContainer(id, 0);
      for (let i = 0; i < 50; i++) await harness.settle();
      const ours = events.filter(event => event.containerId === id);
      if (ours.length === 0 && !harness.real) return;
      const types = ours.map(event => event.type).filter(type => type === 'STARTED' || type === 'STOPPED');
      assert.deepEqual(types, ['STARTED', 'STOPPED']);
      assert.ok(ours.every(event => event.podUid === 'uid-pod'));
      assert.deepEqual(await Promise.all(states), ['EXITED']);
    } finally {
      watch[Symbol.dispose]();
    }
  },
};

const realChecks: Readonly<Record<string, Check>> = {
  'exit codes, reasons and logs': async harness => {
    const { id } = await runContainer(harness, shell('echo out; echo err >&2; exit 7'));
    const status = await untilState(harness, id, 'EXITED');
    assert.deepEqual([status.exitCode, status.reason], [7, 'Error']);
    const log = await readFile(status.logPath, 'utf8');
    assert.match(log, /^\S+ stdout F out$/m);
    assert.match(log, /^\S+ stderr F err$/m);
  },

  'exec runs to its end and gives output and exit code': async harness => {
    const { id } = await runContainer(harness, { env: [{ key: 'A', value: 'é' }], workingDir: '/tmp' });
    const script = 'echo $A; pwd; echo bad >&2; exit 3';
    const result = await harness.runtime.execSync(id, ['/bin/busybox', 'sh', '-c', script], 10);
    assert.equal(Buffer.from(result.stdout).toString(), 'é\n/tmp\n');
    assert.equal(Buffer.from(result.stderr).toString(), 'bad\n');
    assert.equal(result.exitCode, 3);
  },

  'an exec that takes too long is DeadlineExceeded': async harness => {
    const { id } = await runContainer(harness);
    await assert.rejects(
      harness.runtime.execSync(id, ['/bin/busybox', 'sleep', '30'], 1),
      error => error instanceof RuntimeError && error.code === 'DeadlineExceeded',
    );
  },

  'a stop is graceful first': async harness => {
    const script = 'trap "echo bye; exit 5" TERM; echo up; while :; do busybox sleep 0.05; done';
    const { id } = await runContainer(harness, {
      ...shell(script),
      env: [{ key: 'PATH', value: '/bin' }],
    });
    const { logPath } = await harness.runtime.containerStatus(id);
    for (let i = 0; !(await readFile(logPath, 'utf8')).includes(' up\n'); i++) {
      assert.ok(i < settleTimesMax, 'the container did not come up');
      await harness.settle();
    }
    await harness.runtime.stopContainer(id, 20);
    const status = await untilState(harness, id, 'EXITED');
    assert.equal(status.exitCode, 5);
    assert.match(await readFile(status.logPath, 'utf8'), / bye\n/);
  },

  'mounts, devices, user and read-only root': async harness => {
    const { id } = await runContainer(harness, {
      mounts: [{ containerPath: '/mnt', hostPath: harness.folder, readonly: true, propagation: 'PRIVATE' }],
      devices: [{ containerPath: '/dev/mine', hostPath: '/dev/zero', permissions: 'r' }],
      securityContext: { runAsUser: 1234, runAsGroup: 99, readonlyRootfs: true },
    });
    const exec = async (script: string) => {
      const result = await harness.runtime.execSync(id, ['/bin/busybox', 'sh', '-c', script], 10);
      return [result.exitCode, Buffer.from(result.stdout).toString().trim()];
    };
    assert.deepEqual(await exec('busybox id -u; busybox id -g'), [0, '1234\n99']);
    assert.notEqual((await exec('busybox touch /x'))[0], 0);
    assert.notEqual((await exec('busybox touch /mnt/x'))[0], 0);
    assert.deepEqual(await exec('busybox ls /mnt/pod'), [0, 'main.log']);
    assert.deepEqual(await exec('busybox head -c 3 /dev/mine | busybox wc -c'), [0, '3']);
  },

  'containers of a pod share its network; a name and resolver are set': async harness => {
    const { sandbox, config } = await runContainer(
      harness,
      shell('mkdir /tmp/www; echo hi >/tmp/www/index.html; busybox httpd -f -p 8080 -h /tmp/www'),
    );
    const other = await harness.runtime.createContainer(sandbox, containerConfig(harness, 'other'), config);
    await harness.runtime.startContainer(other);
    const wget = ['/bin/busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/'];
    for (let i = 0; ; i++) {
      const result = await harness.runtime.execSync(other, wget, 10);
      if (result.exitCode === 0) {
        assert.equal(Buffer.from(result.stdout).toString(), 'hi\n');
        break;
      }
      assert.ok(i < settleTimesMax, 'the server did not answer');
      await harness.settle();
    }
    const shown = await harness.runtime.execSync(
      other,
      ['/bin/busybox', 'sh', '-c', 'busybox hostname; busybox cat /etc/resolv.conf'],
      10,
    );
    assert.equal(
      Buffer.from(shown.stdout).toString(),
      'pod\nsearch default.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
    );
  },

  'streaming answers with a local URL': async harness => {
    const { id, sandbox } = await runContainer(harness);
    const streams = { stdin: false, stdout: true, stderr: true, tty: false };
    const urls = [
      await harness.runtime.exec(id, ['true'], streams),
      await harness.runtime.attach(id, streams),
      await harness.runtime.portForward(sandbox),
    ];
    for (const url of urls) assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\//);
  },

  'resources can be changed while it runs; logs reopened': async harness => {
    const { id } = await runContainer(harness, { resources: { memoryLimitBytes: 64 * 1024 * 1024 } });
    await harness.runtime.updateResources(id, { memoryLimitBytes: 96 * 1024 * 1024 });
    await harness.runtime.reopenLog(id);
  },

  'an image that nobody serves cannot be pulled': async ({ runtime }) => {
    await assert.rejects(runtime.pullImage('localhost:1/no/such:image'), RuntimeError);
  },
};
