import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type TestCluster } from './harness.ts';

/** Everything on this machine that can be told to be one cluster's, however it came there. */
export interface HostTraces {
  readonly processes: string[];
  readonly mounts: string[];
  readonly namespaces: string[];
  readonly interfaces: string[];
  readonly cgroups: string[];
  readonly firewall: string[];
  readonly files: string[];
}

/** What a cluster has that carries no name of it: known only while it runs. */
export interface NamelessTraces {
  /** Network namespaces as /proc names them: 'net:[INODE]'. */
  readonly namespaces: ReadonlySet<string>;
  readonly interfaces: ReadonlySet<string>;
}

const cgroupTop = '/sys/fs/cgroup';

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function lines(command: string, ...args: string[]): Promise<string[]> {
  return (await run(command, args)).stdout.split('\n').filter(line => line !== '');
}

interface HostProcess {
  readonly pid: string;
  readonly parent: string;
  /** In clock ticks since the machine started. */
  readonly started: string;
  readonly command: string;
  readonly cgroup: string;
}

/** The processes that run; what a process leaves until it is reaped is none. */
async function processes(): Promise<HostProcess[]> {
  const found: HostProcess[] = [];
  for (const pid of (await names('/proc')).filter(name => /^\d+$/.test(name))) {
    const [command, cgroup, status] = await Promise.all(
      ['cmdline', 'cgroup', 'stat'].map(file => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
    );
    // After the name in brackets, which may hold anything: state, parent, …, start time (proc(5)).
    const fields = status!.slice(status!.lastIndexOf(')') + 2).split(' ');
    if (status === '' || /[ZX]/.test(fields[0]!)) continue;
    const [parent, started] = [fields[1]!, fields[19]!];
    found.push({ pid, parent, started, command: command!.replaceAll('\0', ' ').trim(), cgroup: cgroup! });
  }
  return found;
}

function isOf(cluster: TestCluster, { command, cgroup, pid }: HostProcess): boolean {
  if (Number(pid) === process.pid) return false;
  return (
    command.includes(cluster.folder) ||
    cgroup.includes(`/coxswain-${cluster.name}`) ||
    command.includes(`/${cluster.name}/`)
  );
}

/**
 * The containers' first processes, each with its start time, which tells one process from the next of the same number.
 * What they fork to answer one request comes and goes.
 */
export async function containerProcesses(cluster: TestCluster): Promise<string[]> {
  const inside = (await processes()).filter(one => one.cgroup.includes(`/coxswain-${cluster.name}`));
  const pids = new Set(inside.map(({ pid }) => pid));
  const first = inside.filter(({ parent }) => !pids.has(parent));
  return first.map(({ pid, started, command }) => `${pid} ${started} ${command}`).sort();
}

export async function namelessTraces(cluster: TestCluster): Promise<NamelessTraces> {
  const inside = (await processes()).filter(one => one.cgroup.includes(`/coxswain-${cluster.name}`));
  const links = await Promise.all(inside.map(({ pid }) => readlink(`/proc/${pid}/ns/net`).catch(() => '')));
  const own = await readlink('/proc/self/ns/net');
  const shown = await lines('ip', '-o', 'link', 'show', 'master', bridgeOf(await interfacesOf(cluster)));
  return {
    namespaces: new Set(links.filter(link => link !== '' && link !== own)),
    interfaces: new Set(shown.map(line => line.split(':')[1]!.trim().split('@')[0]!)),
  };
}

function bridgeOf(interfaces: readonly string[]): string {
  if (interfaces.length !== 1) throw new Error(`one bridge expected, not ${interfaces.join(', ')}`);
  return interfaces[0]!;
}

/** The first two octets of the cluster's pod addresses. */
export async function subnetOf(cluster: TestCluster): Promise<string> {
  const record = await readFile(join(cluster.dataDir, 'cluster.json'), 'utf8');
  return (JSON.parse(record) as { podCidr: string }).podCidr.split('.').slice(0, 2).join('.');
}

async function interfacesOf(cluster: TestCluster): Promise<string[]> {
  const subnet = await subnetOf(cluster);
  const shown = await lines('ip', '-o', '-4', 'address');
  return shown.filter(line => line.includes(` ${subnet}.`)).map(line => line.split(/\s+/)[1]!);
}

/** Collects the traces of a cluster; those without a name by what `namelessTraces` found while it ran. */
export async function hostTraces(
  cluster: TestCluster,
  nameless: NamelessTraces,
  subnet: string,
): Promise<HostTraces> {
  const mine = (line: string) =>
    line.includes(`coxswain-${cluster.name}`) ||
    line.includes(cluster.folder) ||
    line.includes(`/coxswain/${cluster.name}/`);
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter(mine);
  const held = await Promise.all(
    (await processes()).map(({ pid }) => readlink(`/proc/${pid}/ns/net`).catch(() => '')),
  );
  const named = (await readFile('/proc/self/mountinfo', 'utf8')).match(/net:\[\d+\]/g) ?? [];
  const namespaces = [...new Set([...held, ...named])].filter(link => nameless.namespaces.has(link));
  const links = (await lines('ip', '-o', 'link')).map(line => line.split(':')[1]!.trim().split('@')[0]!);
  const addresses = (await lines('ip', '-o', '-4', 'address')).filter(line => line.includes(` ${subnet}.`));
  const hierarchies = [cgroupTop, ...(await names(cgroupTop)).map(name => join(cgroupTop, name))];
  const rules = [...(await lines('nft', 'list', 'ruleset')), ...(await lines('iptables-save'))];
  const places = [cluster.dataDir, `/run/coxswain/${cluster.name}`, `/var/lib/coxswain/${cluster.name}`];
  const results = (await names('/var/lib/cni/results')).filter(name => name.includes(cluster.name));
  return {
    processes: (await processes())
      .filter(one => isOf(cluster, one))
      .map(({ pid, command }) => `${pid} ${command}`),
    mounts,
    namespaces,
    interfaces: [...links.filter(name => nameless.interfaces.has(name)), ...addresses],
    cgroups: hierarchies.map(folder => join(folder, `coxswain-${cluster.name}`)).filter(existsSync),
    firewall: rules.filter(rule => mine(rule) || rule.includes(` ${subnet}.`)),
    files: [...places.filter(existsSync), ...results],
  };
}
