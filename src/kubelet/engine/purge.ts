import { readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, sleep } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { CriRuntime } from '../cri/runtime.ts';
import type { Runtime } from '../runtime.ts';
import { findContainerd, stopContainerd } from './containerd.ts';
import { type EngineLayout, type EngineNames, engineLayout } from './layout.ts';
import { namesIn } from './probe.ts';
import { accepts, findProcesses, run, signal } from './process.ts';

/**
 * Adapter: takes away everything that the engine of one cluster left on this machine. Pods are taken down by CRI where
 * containerd still runs; the sweep afterwards depends on nothing but names, so it also cleans up after a crash.
 */

export interface PurgeOptions extends EngineNames {
  readonly clock: Clock;
  readonly log: Log;
}

const pollMs = 20;
const emptyWaitMs = 5_000;

/** Stops and removes every pod of a runtime, at once. */
export async function removePods(runtime: Runtime): Promise<void> {
  const sandboxes = await runtime.listSandboxes();
  await Promise.all(
    sandboxes.map(async ({ id }) => {
      await runtime.stopSandbox(id);
      await runtime.removeSandbox(id);
    }),
  );
}

async function removePodsOf(layout: EngineLayout, { clock, log }: PurgeOptions): Promise<void> {
  if (!(await accepts(layout.address))) return;
  const runtime = new CriRuntime({ address: layout.address, clock, log });
  try {
    await removePods(runtime);
  } catch (error) {
    log.warn('pods could not be removed in order; sweeping', { error: String(error) });
  } finally {
    await runtime[Symbol.asyncDispose]();
  }
}

/** Kills what is left of the shims, and waits for their end: until then their sockets count as in use. */
async function killShims(layout: EngineLayout, clock: Clock): Promise<void> {
  const isOurs = (args: readonly string[]) =>
    args[0]?.includes('containerd-shim') === true && args.includes(layout.address);
  const endMs = clock.monotonicMs() + emptyWaitMs;
  for (;;) {
    const pids = await findProcesses(isOurs);
    if (pids.length === 0 || clock.monotonicMs() > endMs) return;
    for (const pid of pids) signal(pid, 'SIGKILL');
    await sleep(clock, pollMs);
  }
}

/** The folders of the cluster's cgroup, in each hierarchy. */
async function cgroupFolders(layout: EngineLayout): Promise<string[]> {
  const top = '/sys/fs/cgroup';
  const hierarchies = [top, ...(await namesIn(top)).map(name => join(top, name))];
  return hierarchies.map(hierarchy => join(hierarchy, layout.cgroupRoot));
}

async function childCgroups(folder: string): Promise<string[]> {
  const { stdout } = await run('find', [folder, '-depth', '-type', 'd']);
  return stdout.split('\n').filter(path => path !== '');
}

async function killCgroup(folder: string): Promise<void> {
  const pids = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  // 0 is a process of a PID namespace that we do not see; as an argument of kill it would mean ourselves.
  for (const pid of pids.split('\n').map(Number)) if (pid > 0) signal(pid, 'SIGKILL');
}

async function isGone(remove: Promise<void>): Promise<boolean> {
  return remove.then(
    () => true,
    error => (error as NodeJS.ErrnoException).code === 'ENOENT',
  );
}

/** A cgroup can be removed only once its processes are reaped. */
async function removeCgroups(layout: EngineLayout, clock: Clock): Promise<void> {
  const folders = (await Promise.all((await cgroupFolders(layout)).map(childCgroups))).flat();
  for (const folder of folders) await killCgroup(folder);
  const endMs = clock.monotonicMs() + emptyWaitMs;
  for (const folder of folders) {
    while (!(await isGone(rmdir(folder))) && clock.monotonicMs() < endMs) await sleep(clock, pollMs);
  }
}

/** Mount points below a folder, innermost first. */
async function mountsBelow(folders: readonly string[]): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map(line =>
    (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal as string, 8)),
    ),
  );
  return points.filter(point => folders.some(folder => point.startsWith(`${folder}/`))).reverse();
}

async function unmountAll(layout: EngineLayout): Promise<void> {
  for (const point of await mountsBelow([layout.root, layout.state])) await run('umount', ['--lazy', point]);
}

/** Links that pods of a point-to-point network left go with their namespaces; a bridge stays until it is removed. */
async function removeBridge(layout: EngineLayout): Promise<void> {
  await run('ip', ['link', 'delete', layout.bridge]);
}

/** libcni caches the result of each attachment here, whatever the runtime: NETWORK-SANDBOX-INTERFACE. */
async function removeCniResults(layout: EngineLayout): Promise<void> {
  const folder = '/var/lib/cni/results';
  const names = await namesIn(folder);
  for (const sandbox of sandboxesOf(layout.network, names)) {
    for (const name of [`${layout.network}-${sandbox}-eth0`, `cni-loopback-${sandbox}-lo`]) {
      await rm(join(folder, name), { force: true });
    }
  }
  await rmdir(folder).catch(() => {});
}

/** The sandboxes of one network among the names of cached results; 'coxswain-a' is not 'coxswain-a-b'. */
export function sandboxesOf(network: string, results: readonly string[]): string[] {
  const own = results.filter(name => name.startsWith(`${network}-`) && name.endsWith('-eth0'));
  return own
    .map(name => name.slice(network.length + 1, -'-eth0'.length))
    .filter(id => /^[0-9a-f]{64}$/.test(id));
}

/** The portmap and firewall plugins share their top chains between networks: they go when nothing is left in them. */
const sharedChains: readonly (readonly [table: string, chain: string, parents: readonly string[]])[] = [
  ['nat', 'CNI-HOSTPORT-DNAT', ['PREROUTING', 'OUTPUT']],
  ['nat', 'CNI-HOSTPORT-MASQ', ['POSTROUTING']],
  ['nat', 'CNI-HOSTPORT-SETMARK', []],
  ['filter', 'CNI-FORWARD', ['FORWARD']],
  ['filter', 'CNI-ADMIN', []],
];

async function removeSharedChains(): Promise<void> {
  const { code, stdout } = await run('nft', ['list', 'tables', 'ip']);
  if (code !== 0 || !/table ip (?:nat|filter)\b/.test(stdout)) return;
  const saved = (await run('iptables-save', [])).stdout;
  if (/^:CNI-(?:DN|SN|HOSTPORT-DNAT)-/m.test(saved) || /-A CNI-HOSTPORT-DNAT /.test(saved)) return;
  if (/-A CNI-FORWARD (?!-m comment --comment "CNI firewall plugin admin overrides")/.test(saved)) return;
  for (const [table, chain, parents] of sharedChains) {
    if (!saved.includes(`:${chain} `)) continue;
    const rules = saved.split('\n').filter(line => parents.some(parent => line.startsWith(`-A ${parent} `)));
    for (const rule of rules.filter(line => line.endsWith(`-j ${chain}`))) {
      await run('sh', ['-c', `iptables -w -t ${table} ${rule.replace(/^-A/, '-D')}`]);
    }
    await run('iptables', ['-w', '-t', table, '-F', chain]);
    await run('iptables', ['-w', '-t', table, '-X', chain]);
  }
  if (!/^:CNI-/m.test(saved)) return;
  for (const table of ['nat', 'filter']) {
    for (const family of ['ip', 'ip6'] as const) await removeEmptyTable(family, table);
  }
}

/** iptables makes its tables on first use; one that holds nothing but its empty hooks does nothing. */
async function removeEmptyTable(family: 'ip' | 'ip6', table: string): Promise<void> {
  const { code, stdout } = await run('nft', ['list', 'table', family, table]);
  if (code !== 0) return;
  const rest = stdout
    .split('\n')
    .filter(line => !/^(?:table .*|\tchain .*|\t\ttype .* policy accept;|\t?\}|)$/.test(line));
  if (rest.length === 0) await run('nft', ['delete', 'table', family, table]);
}

/** A shim that was killed leaves its socket, in a folder that all instances of containerd share. */
async function removeDeadSockets(): Promise<void> {
  const folder = '/run/containerd/s';
  const names = await namesIn(folder);
  const listening = await readFile('/proc/net/unix', 'utf8');
  for (const name of names) {
    const path = join(folder, name);
    if (!listening.includes(path)) await rm(path, { force: true });
  }
}

/** Folders that containerd makes for all instances: gone when they are empty. */
async function removeSharedFolders(): Promise<void> {
  for (const folder of ['/run/containerd/s', '/run/containerd/fifo', '/run/containerd', '/var/lib/cni']) {
    await rmdir(folder).catch(() => {});
  }
}

/** Removes pods, processes, mounts, namespaces, interfaces, cgroups and files of one cluster's engine. */
export async function purgeEngine(options: PurgeOptions): Promise<void> {
  const layout = engineLayout(options);
  await removePodsOf(layout, options);
  const identity = await findContainerd(layout);
  if (identity) await stopContainerd(layout, identity, options.clock);
  await killShims(layout, options.clock);
  await removeCgroups(layout, options.clock);
  await unmountAll(layout);
  await removeBridge(layout);
  await removeCniResults(layout);
  await removeSharedChains();
  const files = [layout.config, layout.pidFile, layout.logFile, layout.address, `${layout.address}.ttrpc`];
  const folders = [layout.root, layout.state, join(layout.cniConfDir, '..')];
  for (const path of [...files, ...folders]) await rm(path, { recursive: true, force: true });
  await removeDeadSockets();
  await removeSharedFolders();
}
