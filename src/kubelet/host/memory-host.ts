import type {
  CgroupLimits,
  DiskUsage,
  FileStat,
  HostFs,
  HostMounts,
  HostNetwork,
  HostPort,
  HttpProbeRequest,
  MachineFacts,
  MachineUsage,
} from './port.ts';

type Entry =
  | { type: 'file'; data: Uint8Array; mode: number }
  | { type: 'directory'; mode: number }
  | { type: 'symlink'; target: string };

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** A file system in memory: enough of one for what the kubelet writes. */
export class MemoryFs implements HostFs {
  readonly #groups = new Map<string, number>();
  readonly #entries = new Map<string, Entry>([['/', { type: 'directory', mode: 0o755 }]]);

  async readFile(path: string): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(this.#resolve(path));
    return entry?.type === 'file' ? entry.data : undefined;
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    return ((await this.readFile(path)) ?? new Uint8Array()).subarray(offset, offset + length);
  }

  async writeFile(path: string, data: Uint8Array | string, mode = 0o644): Promise<void> {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const at = this.#resolve(path);
    if (this.#entries.get(parentOf(at))?.type !== 'directory') {
      throw new Error(`ENOENT: no such file or directory, open '${path}'`);
    }
    this.#entries.set(at, { type: 'file', data: bytes, mode });
  }

  async makeDirectory(path: string, mode = 0o755): Promise<void> {
    const at = this.#resolve(path);
    if (at !== '/' && !this.#entries.has(parentOf(at))) await this.makeDirectory(parentOf(at));
    this.#entries.set(at, { type: 'directory', mode });
  }

  async remove(path: string): Promise<void> {
    for (const key of this.#entries.keys()) {
      if (key === path || key.startsWith(`${path}/`)) this.#entries.delete(key);
    }
  }

  removeContested(path: string): Promise<void> {
    return this.remove(path);
  }

  async rename(from: string, to: string): Promise<void> {
    const moved = [...this.#entries].filter(([key]) => key === from || key.startsWith(`${from}/`));
    if (moved.length === 0) throw new Error(`ENOENT: no such file or directory, rename '${from}' -> '${to}'`);
    for (const [key, entry] of moved) {
      this.#entries.delete(key);
      this.#entries.set(to + key.slice(from.length), entry);
    }
  }

  async symlink(target: string, path: string): Promise<void> {
    if (this.#entries.has(path)) throw new Error(`EEXIST: file already exists, symlink '${path}'`);
    this.#entries.set(path, { type: 'symlink', target });
  }

  async readLink(path: string): Promise<string | undefined> {
    const entry = this.#entries.get(path);
    return entry?.type === 'symlink' ? entry.target : undefined;
  }

  async list(path: string): Promise<readonly string[]> {
    const prefix = `${this.#resolve(path)}/`;
    return [...this.#entries.keys()]
      .filter(key => key.startsWith(prefix) && !key.slice(prefix.length).includes('/'))
      .map(key => key.slice(prefix.length))
      .sort();
  }

  async stat(path: string): Promise<FileStat | undefined> {
    const entry = this.#entries.get(this.#resolve(path));
    if (!entry || entry.type === 'symlink') return undefined;
    return {
      type: entry.type,
      size: entry.type === 'file' ? entry.data.length : 0,
      mode: entry.mode,
      inode: 0,
      gid: this.#groups.get(this.#resolve(path)) ?? 0,
    };
  }

  async usedBytes(path: string): Promise<number> {
    let bytes = 0;
    for (const [key, entry] of this.#entries) {
      if (entry.type === 'file' && key.startsWith(`${path}/`)) bytes += entry.data.length;
    }
    return bytes;
  }

  async usedInodes(path: string): Promise<number> {
    return [...this.#entries.keys()].filter(key => key === path || key.startsWith(`${path}/`)).length;
  }

  async realPath(path: string): Promise<string | undefined> {
    const resolved = this.#resolve(path);
    return this.#entries.has(resolved) ? resolved : undefined;
  }

  async changeMode(path: string, mode: number): Promise<void> {
    const entry = this.#entries.get(this.#resolve(path));
    if (entry && entry.type !== 'symlink') entry.mode = mode;
  }

  async changeOwner(path: string, _uid: number, gid: number): Promise<void> {
    this.#groups.set(this.#resolve(path), gid);
  }

  async giveToGroup(path: string, gid: number): Promise<void> {
    const at = this.#resolve(path);
    for (const [key, entry] of this.#entries) {
      if (entry.type === 'symlink' || !(key === at || key.startsWith(`${at}/`))) continue;
      this.#groups.set(key, gid);
      entry.mode |= entry.type === 'directory' ? 0o2770 : 0o660;
    }
  }

  #resolve(path: string, depth = 0): string {
    let at = '';
    for (const part of path.split('/').filter(part => part !== '' && part !== '.')) {
      at = part === '..' ? parentOf(at) : `${at === '/' ? '' : at}/${part}`;
      const entry = this.#entries.get(at);
      if (entry?.type === 'symlink' && depth < 40) {
        at = this.#resolve(
          entry.target.startsWith('/') ? entry.target : `${parentOf(at)}/${entry.target}`,
          depth + 1,
        );
      }
    }
    return at || '/';
  }
}

class MemoryMounts implements HostMounts {
  /** What is mounted, with its options. */
  readonly mounted = new Map<string, Parameters<HostMounts['mountTmpfs']>[1]>();

  async mountTmpfs(path: string, options: Parameters<HostMounts['mountTmpfs']>[1]): Promise<void> {
    this.mounted.set(path, options);
  }

  async unmountAll(path: string): Promise<void> {
    for (const mount of this.mounted.keys()) {
      if (mount === path || mount.startsWith(`${path}/`)) this.mounted.delete(mount);
    }
  }

  async isMount(path: string): Promise<boolean> {
    return this.mounted.has(path);
  }
}

export interface MemoryHostOptions {
  readonly machine?: Partial<MachineFacts>;
  /** Default: 200 with an empty body. Throw to fail. */
  readonly httpGet?: (request: HttpProbeRequest) => { status: number; body: string };
  readonly tcpConnect?: (host: string, port: number) => void;
  readonly grpcHealth?: (host: string, port: number, service: string) => string;
}

/** A machine in memory, for tests and simulated nodes. It outlives a kubelet, as a disk does. */
export class MemoryHost implements HostPort {
  readonly fs = new MemoryFs();
  readonly cgroups = new Map<string, CgroupLimits>();
  readonly mounts = new MemoryMounts();
  readonly network: HostNetwork;
  readonly #machine: Partial<MachineFacts>;
  /** What is used of it at the moment, where it is not as always. */
  usageNow: Partial<MachineUsage> = {};
  /** Of the disk with all paths that begin so, where it is not the machine's. */
  readonly disks = new Map<string, Partial<DiskUsage>>();
  /** By control group. */
  readonly processCounts = new Map<string, number>();

  constructor(options: MemoryHostOptions = {}) {
    this.#machine = options.machine ?? {};
    this.network = {
      httpGet: async request => options.httpGet?.(request) ?? { status: 200, body: '' },
      tcpConnect: async (host, port) => options.tcpConnect?.(host, port),
      grpcHealth: async (host, port, service) => options.grpcHealth?.(host, port, service) ?? 'SERVING',
    };
  }

  async machine(): Promise<MachineFacts> {
    return {
      hostname: 'memory',
      cpus: 4,
      memoryBytes: 8 * 2 ** 30,
      diskBytes: 100 * 2 ** 30,
      machineId: 'memory',
      systemUuid: 'memory',
      bootId: 'memory',
      kernelVersion: 'memory',
      osImage: 'Memory',
      operatingSystem: 'linux',
      architecture: 'amd64',
      addresses: ['192.0.2.1'],
      ...this.#machine,
    };
  }

  async usage(): Promise<MachineUsage> {
    return {
      bootedAtMs: 0,
      cpuNanoseconds: 0,
      memoryAvailableBytes: 4 * 2 ** 30,
      memoryUsedBytes: 6 * 2 ** 30,
      memoryRssBytes: 3 * 2 ** 30,
      pageFaults: 2,
      majorPageFaults: 1,
      swapBytes: 0,
      swapAvailableBytes: 0,
      diskAvailableBytes: 50 * 2 ** 30,
      inodes: 1_000,
      inodesFree: 900,
      tasks: 10,
      tasksMax: 32_768,
      interfaces: [{ name: 'eth0', rxBytes: 1, rxErrors: 0, txBytes: 2, txErrors: 0 }],
      ...this.usageNow,
    };
  }

  async disk(path: string): Promise<DiskUsage> {
    const [{ diskBytes }, { diskAvailableBytes, inodes, inodesFree }] = await Promise.all([
      this.machine(),
      this.usage(),
    ]);
    const own = [...this.disks].find(([prefix]) => path.startsWith(prefix))?.[1];
    const capacityBytes = diskBytes;
    return { device: 1, capacityBytes, availableBytes: diskAvailableBytes, inodes, inodesFree, ...own };
  }

  async processes(path: string): Promise<number> {
    return this.processCounts.get(path) ?? 0;
  }

  async resolvConf(): Promise<string> {
    return 'nameserver 192.0.2.53\n';
  }

  async limitCgroup(path: string, limits: CgroupLimits): Promise<void> {
    this.cgroups.set(path, limits);
  }

  async removeCgroup(path: string): Promise<void> {
    this.cgroups.delete(path);
  }
}
