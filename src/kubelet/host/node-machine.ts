import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import type { MachineFacts, MachineUsage } from './port.ts';

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

export async function machineUsage(diskPath: string): Promise<MachineUsage> {
  const [disk, meminfo] = await Promise.all([statfs(diskPath), text('/proc/meminfo')]);
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  const busyMs = os
    .cpus()
    .reduce((total, { times }) => total + times.user + times.nice + times.sys + times.irq, 0);
  return {
    cpuNanoseconds: busyMs * 1_000_000,
    memoryAvailableBytes: available ? Number(available) * 1_024 : os.freemem(),
    diskAvailableBytes: disk.bavail * disk.bsize,
  };
}
