import { readFile, stat, statfs } from 'node:fs/promises';
import os from 'node:os';
import type { DiskUsage, InterfaceUsage, MachineFacts, MachineUsage } from './port.ts';

async function text(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    // Facts that a machine does not tell (no DMI in a container, say) are left empty.
    return '';
  }
}

/** The interface that the default route goes through, by /proc/net/route. */
export function defaultInterface(routes: string): string | undefined {
  for (const line of routes.split('\n').slice(1)) {
    const [name, destination, , flags] = line.trim().split(/\s+/);
    if (destination === '00000000' && (Number.parseInt(flags ?? '0', 16) & 1) === 1) return name;
  }
  return undefined;
}

/** The machine's own IPv4 address: of the default route's interface, else any that is not the loopback's. */
export function machineAddress(
  interfaces: NodeJS.Dict<os.NetworkInterfaceInfo[]>,
  preferred: string | undefined,
): string {
  const usable = (name: string) =>
    interfaces[name]?.find(entry => entry.family === 'IPv4' && !entry.internal)?.address;
  const first = preferred ? usable(preferred) : undefined;
  return (
    first ??
    Object.keys(interfaces)
      .map(usable)
      .find(address => address !== undefined) ??
    '127.0.0.1'
  );
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

export async function machineFacts(diskPath: string): Promise<MachineFacts> {
  const [machineId, productUuid, bootId, osRelease, routes, appArmor, disk] = await Promise.all([
    text('/etc/machine-id'),
    text('/sys/class/dmi/id/product_uuid'),
    text('/proc/sys/kernel/random/boot_id'),
    text('/etc/os-release'),
    text('/proc/net/route'),
    text('/sys/module/apparmor/parameters/enabled'),
    statfs(diskPath),
  ]);
  return {
    hostname: os.hostname(),
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    diskBytes: disk.blocks * disk.bsize,
    machineId,
    systemUuid: productUuid || machineId,
    bootId,
    kernelVersion: os.release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? os.type(),
    operatingSystem: os.platform(),
    architecture: architectures[os.arch()] ?? os.arch(),
    appArmor: appArmor === 'Y',
    addresses: [machineAddress(os.networkInterfaces(), defaultInterface(routes))],
  };
}

/** What /proc tells of the machine, as texts. */
export interface MachineTexts {
  readonly stat: string;
  readonly meminfo: string;
  readonly vmstat: string;
  readonly loadavg: string;
  readonly pidMax: string;
  readonly threadsMax: string;
  readonly netDev: string;
  readonly routes: string;
}

/** What of a machine's usage is in proc(5); 0 where a kernel does not tell. */
export function readUsage(texts: MachineTexts) {
  const kib = (name: string) => 1_024 * firstNumber(texts.meminfo, `^${name}:\\s+(\\d+) kB$`);
  return {
    bootedAtMs: 1_000 * firstNumber(texts.stat, '^btime (\\d+)$'),
    memoryAvailableBytes: kib('MemAvailable'),
    memoryUsedBytes: kib('MemTotal') - kib('MemFree'),
    memoryRssBytes: kib('AnonPages'),
    pageFaults: firstNumber(texts.vmstat, '^pgfault (\\d+)$'),
    majorPageFaults: firstNumber(texts.vmstat, '^pgmajfault (\\d+)$'),
    swapBytes: kib('SwapTotal'),
    swapAvailableBytes: kib('SwapFree'),
    tasks: firstNumber(texts.loadavg, '/(\\d+) '),
    tasksMax: Math.min(Number(texts.pidMax), Number(texts.threadsMax)),
    interfaces: interfaceUsages(texts.netDev, defaultInterface(texts.routes)),
  };
}

function firstNumber(text: string, pattern: string): number {
  return Number(new RegExp(pattern, 'm').exec(text)?.[1] ?? 0);
}

function interfaceUsages(netDev: string, first: string | undefined): InterfaceUsage[] {
  return netDev
    .split('\n')
    .flatMap(line => {
      const [name, counters] = line.split(':');
      if (counters === undefined) return [];
      const [rxBytes, , rxErrors, , , , , , txBytes, , txErrors] = counters.trim().split(/\s+/).map(Number);
      return [{ name: name!.trim(), rxBytes, rxErrors, txBytes, txErrors } as InterfaceUsage];
    })
    .filter(({ name }) => name !== 'lo')
    .sort((a, b) => Number(b.name === first) - Number(a.name === first));
}

export async function machineUsage(diskPath: string): Promise<MachineUsage> {
  const [disk, stat, meminfo, vmstat, loadavg, pidMax, threadsMax, netDev, routes] = await Promise.all([
    statfs(diskPath),
    text('/proc/stat'),
    text('/proc/meminfo'),
    text('/proc/vmstat'),
    text('/proc/loadavg'),
    text('/proc/sys/kernel/pid_max'),
    text('/proc/sys/kernel/threads-max'),
    text('/proc/net/dev'),
    text('/proc/net/route'),
  ]);
  const busyMs = os
    .cpus()
    .reduce((total, { times }) => total + times.user + times.nice + times.sys + times.irq, 0);
  return {
    ...readUsage({ stat, meminfo, vmstat, loadavg, pidMax, threadsMax, netDev, routes }),
    cpuNanoseconds: busyMs * 1_000_000,
    diskAvailableBytes: disk.bavail * disk.bsize,
    inodes: disk.files,
    inodesFree: disk.ffree,
  };
}

export async function diskUsage(path: string): Promise<DiskUsage> {
  const [{ dev }, disk] = await Promise.all([stat(path), statfs(path)]);
  return {
    device: dev,
    capacityBytes: disk.blocks * disk.bsize,
    availableBytes: disk.bavail * disk.bsize,
    inodes: disk.files,
    inodesFree: disk.ffree,
  };
}
