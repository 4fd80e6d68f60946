import { readFile } from 'node:fs/promises';
import { countProcesses, limitCgroup, removeCgroup } from './cgroup.ts';
import { NodeFs } from './node-fs.ts';
import { diskUsage, machineFacts, machineUsage } from './node-machine.ts';
import { NodeMounts } from './node-mounts.ts';
import { NodeNetwork } from './node-network.ts';
import type { CgroupLimits, DiskUsage, HostPort, MachineFacts, MachineUsage } from './port.ts';

const systemdResolv = '/run/systemd/resolve/resolv.conf';

/** The machine that this process runs on. `dataDirectory` says whose disk counts as the node's. */
export class NodeHost implements HostPort, Disposable {
  readonly fs = new NodeFs();
  readonly mounts = new NodeMounts();
  readonly network = new NodeNetwork();
  readonly #dataDirectory: string;

  constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory;
  }

  [Symbol.dispose](): void {
    this.network[Symbol.dispose]();
  }

  machine(): Promise<MachineFacts> {
    return machineFacts(this.#dataDirectory);
  }

  usage(): Promise<MachineUsage> {
    return machineUsage(this.#dataDirectory);
  }

  disk(path: string): Promise<DiskUsage> {
    return diskUsage(path);
  }

  async resolvConf(): Promise<string> {
    const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
    // The loopback resolver of systemd answers on the host alone: pods get what stands behind it.
    if (!/^nameserver\s+127\.0\.0\.53/m.test(text)) return text;
    return readFile(systemdResolv, 'utf8').catch(() => text);
  }

  limitCgroup(path: string, limits: CgroupLimits): Promise<void> {
    return limitCgroup(path, limits);
  }

  processes(path: string): Promise<number> {
    return countProcesses(path);
  }

  removeCgroup(path: string): Promise<void> {
    return removeCgroup(path);
  }
}
