/** What the kubelet asks of the machine it runs on. Paths are absolute. One real adapter, one in memory. */

export interface FileStat {
  readonly type: 'file' | 'directory' | 'symlink' | 'socket' | 'charDevice' | 'blockDevice' | 'other';
  readonly size: number;
  readonly mode: number;
  readonly inode: number;
  readonly gid: number;
}

export interface HostFs {
  /** undefined: there is no such file. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** Bytes of a file from `offset`; fewer at its end, none beyond. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  writeFile(path: string, data: Uint8Array | string, mode?: number): Promise<void>;
  /** With its parents; `mode` is set on the last, whatever the umask. */
  makeDirectory(path: string, mode?: number): Promise<void>;
  /** With all below it; a missing path is fine. Does not cross into mounts that are still there: it fails. */
  remove(path: string): Promise<void>;
  /** As `remove`, where others may change it meanwhile: no link that they put in the way leads out of it. */
  removeContested(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  readLink(path: string): Promise<string | undefined>;
  /** Names in a directory, sorted; none where it is missing. */
  list(path: string): Promise<readonly string[]>;
  /** Follows symbolic links. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Bytes of disk that a directory takes with all below it; 0 where it is missing. */
  usedBytes(path: string): Promise<number>;
  /** Files and directories at and below a path; 0 where it is missing. */
  usedInodes(path: string): Promise<number>;
  realPath(path: string): Promise<string | undefined>;
  changeMode(path: string, mode: number): Promise<void>;
  changeOwner(path: string, uid: number, gid: number): Promise<void>;
  /** Gives a directory and all below it to a group that may write; what is made there later is the group's too. */
  giveToGroup(path: string, gid: number): Promise<void>;
}

export interface HostMounts {
  mountTmpfs(path: string, options: { readonly sizeBytes?: number; readonly mode?: number }): Promise<void>;
  /** Unmounts every mount at or below `path`; fine when there is none. */
  unmountAll(path: string): Promise<void>;
  isMount(path: string): Promise<boolean>;
}

export interface HttpProbeRequest {
  readonly url: string;
  /** May name the same header more than once. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly timeoutMs: number;
}

/** The network as the host sees it. Failures reject with a message fit to show. */
export interface HostNetwork {
  httpGet(request: HttpProbeRequest): Promise<{ readonly status: number; readonly body: string }>;
  tcpConnect(host: string, port: number, timeoutMs: number): Promise<void>;
  /** grpc.health.v1.Health/Check; resolves to the status' name. */
  grpcHealth(host: string, port: number, service: string, timeoutMs: number): Promise<string>;
}

/** Facts of the machine that do not change while it is up. */
export interface MachineFacts {
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  /** The kernel enforces AppArmor profiles. */
  readonly appArmor?: boolean;
  /** The machine's own addresses, the one to be reached at first. */
  readonly addresses: readonly string[];
}

export interface InterfaceUsage {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly txBytes: number;
  readonly txErrors: number;
}

export interface MachineUsage {
  readonly bootedAtMs: number;
  readonly cpuNanoseconds: number;
  readonly memoryAvailableBytes: number;
  /** All that is not free, caches too. */
  readonly memoryUsedBytes: number;
  readonly memoryRssBytes: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
  readonly swapBytes: number;
  readonly swapAvailableBytes: number;
  readonly diskAvailableBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
  /** Processes and threads that run, and how many may. */
  readonly tasks: number;
  readonly tasksMax: number;
  /** Without the loopback, the default route's first. */
  readonly interfaces: readonly InterfaceUsage[];
}

/** A file system; what it has no count of inodes of has 0 of them. */
export interface DiskUsage {
  /** Equal for paths on the same one. */
  readonly device: number;
  readonly capacityBytes: number;
  /** For others than root. */
  readonly availableBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

/** What the processes of a control group may take together; without a limit as much as the group above. */
export interface CgroupLimits {
  readonly cpuShares: number;
  /** In each tenth of a second. */
  readonly cpuQuotaMicroseconds?: number;
  readonly memoryBytes?: number;
}

export interface HostPort {
  readonly fs: HostFs;
  readonly mounts: HostMounts;
  readonly network: HostNetwork;
  machine(): Promise<MachineFacts>;
  usage(): Promise<MachineUsage>;
  /** The file system that a path is on. */
  disk(path: string): Promise<DiskUsage>;
  /** The host's resolver configuration, as a resolv.conf. */
  resolvConf(): Promise<string>;
  /** Makes the control group at a kubelet's path where it is missing, and limits it. */
  limitCgroup(path: string, limits: CgroupLimits): Promise<void>;
  /** Processes in the control groups at and below a kubelet's path; 0 where there are none. */
  processes(path: string): Promise<number>;
  /** Removes the control groups at and below a kubelet's path, in every hierarchy; fine when there are none. */
  removeCgroup(path: string): Promise<void>;
}
