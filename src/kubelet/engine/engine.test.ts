import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { access, readdir, readFile, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { sleep } from '#base/clock.ts';
import type { Runtime, SandboxConfig } from '../runtime.ts';
import { findContainerd, startEngine } from './containerd.ts';
import { findProcesses, isAlive, run, signal } from './process.ts';
import { engineSkipReason, openTestEngine, wallClock } from '#test/engine.ts';

const skip = await engineSkipReason();

function sandbox(name: string, cgroupRoot: string, folder: string): SandboxConfig {
  return {
    metadata: { name, uid: name, namespace: 'default', attempt: 0 },
    hostname: name,
    logDirectory: `${folder}/logs`,
    dns: { servers: [], searches: [], options: [] },
    portMappings: [{ protocol: 'TCP', containerPort: 80, hostPort: 38080, hostIp: '' }],
    labels: {},
    annotations: {},
    cgroupParent: `${cgroupRoot}/${name}`,
    sysctls: {},
    namespaces: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
    securityContext: {},
  };
}

async function startContainer(runtime: Runtime, sandboxId: string, config: SandboxConfig, image: string) {
  const id = await runtime.createContainer(
    sandboxId,
    {
      name: 'main',
      attempt: 0,
      image,
      command: ['/bin/busybox', 'sleep', '3600'],
      args: [],
      workingDir: '',
      env: [],
      mounts: [],
      labels: {},
      annotations: {},
      logPath: 'main.log',
      stdin: false,
      stdinOnce: false,
      tty: false,
      resources: {},
      securityContext: {},
    },
    config,
  );
  await runtime.startContainer(id);
  return id;
}

/** containerd's name for the socket of a pod's shim, in a folder that all its instances share. */
function shimSocket(address: string, sandboxId: string): string {
  return `/run/containerd/s/${createHash('sha256').update(`${address}/k8s.io/${sandboxId}`).digest('hex')}`;
}

/** What the machine has of the things that the engine `name` makes. */
async function machineState(name: string, socket: string): Promise<Record<string, string[]>> {
  const lines = async (command: string, ...args: string[]) =>
    (await run(command, args)).stdout.split('\n').filter(line => line !== '');
  const isOurs = (line: string) => line.includes(`coxswain-${name}`) || line.includes(`cox-${name}-`);
  return {
    mounts: (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter(isOurs),
    links: (await lines('ip', '-br', 'link')).filter(line => line.startsWith(`cox-${name}`)),
    cgroups: await lines('find', '/sys/fs/cgroup', '-name', `coxswain-${name}`),
    processes: (await lines('ps', '-eo', 'args')).filter(line => /containerd/.test(line) && isOurs(line)),
    rules: (await lines('iptables-save')).filter(line => line.includes('CNI-') && isOurs(line)),
    sockets: await access(socket).then(
      () => [socket],
      () => [],
    ),
    cni: (await readdir('/var/lib/cni/results').catch(() => [])).filter(isOurs),
  };
}

/** Chains and sockets that all engines share and that stay where no engine runs; one at its end has 5 s to go. */
async function sharedLeft(): Promise<string[]> {
  const isEngine = (args: readonly string[]) => /containerd(?:-shim[^/]*)?$/.test(args[0] ?? '');
  const endMs = wallClock.monotonicMs() + 5_000;
  for (;;) {
    if ((await findProcesses(isEngine)).length > 0) return [];
    const chains = (await run('iptables-save', [])).stdout.split('\n').filter(line => line.includes('CNI-'));
    const left = [...chains, ...(await readdir('/run/containerd/s').catch(() => []))];
    if (left.length === 0 || wallClock.monotonicMs() > endMs) return left;
    await sleep(wallClock, 50);
  }
}

async function assertNothingLeft(name: string, socket: string, sharedBefore: readonly string[]) {
  for (const [what, left] of Object.entries(await machineState(name, socket))) {
    assert.deepEqual(left, [], what);
  }
  assert.deepEqual(
    (await sharedLeft()).filter(one => !sharedBefore.includes(one)),
    [],
  );
}

test('containers outlive a stop and a kill of containerd; a purge leaves nothing', { skip }, async () => {
  const sharedBefore = await sharedLeft();
  const opened = await openTestEngine('life', '10.201.8.0/24');
  const { options, folder, image } = opened;
  let engine = opened.engine;
  let socket = '';
  try {
    assert.equal(engine.adopted, false);
    const config = sandbox('pod', engine.layout.cgroupRoot, folder);
    const pod = await engine.runtime.runSandbox(config);
    socket = shimSocket(engine.layout.address, pod);
    const container = await startContainer(engine.runtime, pod, config, image);

    await engine.leave();
    engine = await startEngine(options);
    assert.equal(engine.adopted, true);

    await engine.leave();
    await rm(engine.layout.pidFile);
    engine = await startEngine(options);
    assert.equal(engine.adopted, true);

    await engine.stop();
    engine = await startEngine(options);
    assert.equal(engine.adopted, false);
    assert.equal((await engine.runtime.containerStatus(container)).state, 'RUNNING');

    const identity = (await findContainerd(engine.layout))!;
    await engine.leave();
    signal(identity.pid, 'SIGKILL');
    while (await isAlive(identity)) await sleep(wallClock, 10);
    engine = await startEngine(options);
    assert.equal(engine.adopted, false);
    const result = await engine.runtime.execSync(container, ['/bin/busybox', 'echo', 'alive'], 10);
    assert.equal(Buffer.from(result.stdout).toString(), 'alive\n');

    for (const [what, there] of Object.entries(await machineState('life', socket))) {
      assert.ok(there.length > 0, what);
    }
  } finally {
    await engine.leave();
    await opened.close();
  }
  await assertNothingLeft('life', socket, sharedBefore);
});

test('a containerd that ends is started again, over and over, and finds its containers', {
  skip,
}, async () => {
  const { engine, folder, image, close } = await openTestEngine('again', '10.201.12.0/24');
  const { runtime, layout } = engine;
  try {
    const config = { ...sandbox('pod', layout.cgroupRoot, folder), portMappings: [] };
    const container = await startContainer(runtime, await runtime.runSandbox(config), config, image);
    for (const name of ['SIGKILL', 'SIGTERM'] as const) {
      const identity = (await findContainerd(layout))!;
      signal(identity.pid, name);
      while (await isAlive(identity)) await sleep(wallClock, 10);
      const endMs = wallClock.monotonicMs() + 30_000;
      const state = async () => (await runtime.containerStatus(container)).state;
      while ((await state().catch(() => undefined)) !== 'RUNNING') {
        assert.ok(wallClock.monotonicMs() < endMs, 'it answers again');
        await sleep(wallClock, 50);
      }
    }
  } finally {
    await engine.stop();
    const left = await findContainerd(layout);
    await close();
    assert.equal(left, undefined, 'what was started again is stopped');
  }
});

test('a purge also clears up where containerd was killed', { skip }, async () => {
  const sharedBefore = await sharedLeft();
  const { engine, folder, image, close } = await openTestEngine('killed', '10.201.9.0/24');
  let socket = '';
  try {
    const config = { ...sandbox('pod', engine.layout.cgroupRoot, folder), portMappings: [] };
    const pod = await engine.runtime.runSandbox(config);
    socket = shimSocket(engine.layout.address, pod);
    await access(socket);
    await startContainer(engine.runtime, pod, config, image);
    const identity = (await findContainerd(engine.layout))!;
    signal(identity.pid, 'SIGKILL');
    while (await isAlive(identity)) await sleep(wallClock, 10);
  } finally {
    await engine.leave();
    await close();
  }
  await assertNothingLeft('killed', socket, sharedBefore);
});

test('a new configuration restarts containerd', { skip }, async () => {
  const { engine, options, close } = await openTestEngine('conf', '10.201.10.0/24');
  let changed = engine;
  try {
    await engine.leave();
    changed = await startEngine({ ...options, pauseImage: 'localhost/other/pause:1' });
    assert.equal(changed.adopted, false);
  } finally {
    await changed.leave();
    await close();
  }
});

test('a containerd that cannot start says why', { skip }, async () => {
  const { engine, options, close } = await openTestEngine('fail', '10.201.11.0/24');
  try {
    await engine.stop();
    const settings = { ...options.settings, snapshotter: 'no-such' as 'native' };
    await assert.rejects(startEngine({ ...options, settings }), /does not serve CRI: .*no-such/);
    await assert.rejects(
      startEngine({ ...options, settings: { ...options.settings, containerd: '/bin/false' } }),
      /ended/,
    );
  } finally {
    await close();
  }
});
