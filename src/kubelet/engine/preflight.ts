/**
 * What this machine must have for real containers, decided over facts that `probe.ts` gathers. Each finding is one
 * line that names what is missing and what to do about it.
 */

export interface HostFacts {
  readonly platform: string;
  readonly architecture: string;
  readonly root: boolean;
  /** Path of each binary that was looked for; undefined where it is not installed. */
  readonly binaries: Readonly<Record<Binary, string | undefined>>;
  /** The folder that has the CNI plugins; undefined where none has all that we use. */
  readonly cniBinDir: string | undefined;
  /** The cgroup hierarchy that controllers are mounted in, and which ones. */
  readonly cgroup: { readonly version: 1 | 2 | undefined; readonly controllers: readonly string[] };
  /** Effective capabilities, as the bits of linux/capability.h. */
  readonly capabilities: bigint;
  /** An overlay could be mounted where images will be kept. */
  readonly overlayfs: boolean;
  /** ip_forward is on or can be turned on. */
  readonly ipForward: boolean;
  /** Bridged traffic can pass through the packet filter. */
  readonly bridgeNetfilter: boolean;
  /** Why nftables refused to answer; '' where it did. */
  readonly nftablesError: string;
  /** The packet filter drops forwarded traffic unless told otherwise, as docker sets it up. */
  readonly forwardDrop: boolean;
  readonly diskFreeBytes: number;
  /** Length of the longest socket path that will be made. */
  readonly socketPathBytes: number;
}

export type Binary =
  | 'containerd'
  | 'containerd-shim-runc-v2'
  | 'ctr'
  | 'runc'
  | 'nft'
  | 'ip'
  | 'iptables'
  | 'conntrack';

/** How the engine is set up on this machine. */
export interface EngineSettings {
  /** Without CAP_SYS_RESOURCE nobody may lower oom_score_adj, and runc fails when it is told to. */
  readonly restrictOomScoreAdj: boolean;
  readonly snapshotter: 'overlayfs' | 'native';
  readonly cniBinDir: string;
  /** Without bridge netfilter, service traffic between pods of one bridge would bypass the packet filter. */
  readonly network: 'bridge' | 'ptp';
  /** Pods need leave to be forwarded to. */
  readonly firewall: boolean;
  readonly containerd: string;
  readonly runc: string;
}

export interface Preflight {
  /** Containers cannot start; empty where they can. */
  readonly problems: readonly string[];
  /** Something will be slower or missing. */
  readonly warnings: readonly string[];
  readonly settings: EngineSettings;
}

/** The Debian and Ubuntu package of each binary. */
const packages: Readonly<Record<Binary, string>> = {
  containerd: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  nft: 'nftables',
  ip: 'iproute2',
  iptables: 'iptables',
  conntrack: 'conntrack',
};

const required: readonly Binary[] = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'runc', 'nft', 'ip'];
const requiredControllers: readonly string[] = ['cpu', 'memory', 'pids'];
const controllersOfVersion1: readonly string[] = ['cpuset', 'devices', 'freezer'];

const capabilities = { netAdmin: 12n, sysAdmin: 21n, sysResource: 24n } as const;
const socketPathBytesMax = 107;
const diskFreeBytesMin = 256 * 1024 * 1024;
const diskFreeBytesLow = 2 * 1024 * 1024 * 1024;
const architectures: readonly string[] = ['amd64', 'arm64'];

function has(facts: HostFacts, capability: bigint): boolean {
  return ((facts.capabilities >> capability) & 1n) === 1n;
}

function install(names: readonly string[]): string {
  return `apt-get install -y ${[...new Set(names)].join(' ')}`;
}

function binaryProblems(facts: HostFacts): string[] {
  const missing = required.filter(binary => facts.binaries[binary] === undefined);
  const problems = missing.map(
    binary => `${binary} is not installed: run \`${install([packages[binary]])}\``,
  );
  if (facts.cniBinDir === undefined) {
    problems.push(
      `the CNI plugins are in none of ${cniBinDirs.join(', ')}: run \`${install(['containernetworking-plugins'])}\``,
    );
  }
  return problems;
}

function cgroupProblems({ cgroup }: HostFacts): string[] {
  if (cgroup.version === undefined) {
    return ['no cgroup hierarchy is mounted under /sys/fs/cgroup: mount cgroup2 there'];
  }
  const needed =
    cgroup.version === 1 ? [...requiredControllers, ...controllersOfVersion1] : requiredControllers;
  const missing = needed.filter(controller => !cgroup.controllers.includes(controller));
  if (missing.length === 0) return [];
  const names = missing.join(', ');
  return cgroup.version === 1
    ? [`cgroup controllers are not mounted: ${names}; mount each under /sys/fs/cgroup`]
    : [`cgroup controllers are not available: ${names}; enable them in cgroup.subtree_control above`];
}

function kernelProblems(facts: HostFacts): string[] {
  const problems: string[] = [];
  if (!has(facts, capabilities.sysAdmin)) {
    problems.push(
      'CAP_SYS_ADMIN is missing, which mounts need: give the machine or container more privilege',
    );
  }
  if (!has(facts, capabilities.netAdmin)) {
    problems.push(
      'CAP_NET_ADMIN is missing, which pod networks need: give the machine or container more privilege',
    );
  }
  if (!facts.ipForward) {
    problems.push('IPv4 forwarding is off and cannot be turned on: set net.ipv4.ip_forward=1');
  }
  if (facts.binaries.nft !== undefined && facts.nftablesError !== '') {
    problems.push(`nftables does not work (${facts.nftablesError}): load the kernel module nf_tables`);
  }
  return problems;
}

function spaceProblems(facts: HostFacts): string[] {
  const problems: string[] = [];
  if (facts.diskFreeBytes < diskFreeBytesMin) {
    problems.push(
      `only ${Math.floor(facts.diskFreeBytes / 1024 / 1024)} MiB are free in the data directory: make room or choose another with --data-dir`,
    );
  }
  if (facts.socketPathBytes > socketPathBytesMax) {
    problems.push(
      `the path of containerd's socket would have ${facts.socketPathBytes} bytes of at most ${socketPathBytesMax}: choose a shorter --name or --data-dir`,
    );
  }
  return problems;
}

function warningsOf(facts: HostFacts): string[] {
  const warnings: string[] = [];
  if (!has(facts, capabilities.sysResource)) {
    warnings.push('CAP_SYS_RESOURCE is missing: the out-of-memory scores of containers are not lowered');
  }
  if (!facts.overlayfs) {
    warnings.push('overlayfs cannot be mounted in the data directory: images are copied, which is slower');
  }
  if (!facts.bridgeNetfilter) {
    warnings.push('br_netfilter is not there: pods get point-to-point links instead of a bridge');
  }
  if (facts.binaries.iptables === undefined) {
    warnings.push(`iptables is not installed: hostPort will not work; run \`${install(['iptables'])}\``);
  }
  if (facts.binaries.conntrack === undefined) {
    warnings.push(
      `conntrack is not installed: UDP clients may keep a dead endpoint; run \`${install(['conntrack'])}\``,
    );
  }
  if (facts.diskFreeBytes < diskFreeBytesLow && facts.diskFreeBytes >= diskFreeBytesMin) {
    warnings.push('less than 2 GiB are free in the data directory: images may not fit');
  }
  return warnings;
}

/** Folders that distributions and upstream's archives put CNI plugins in. */
export const cniBinDirs: readonly string[] = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];

/** Decides whether and how real containers can run. */
export function preflight(facts: HostFacts): Preflight {
  const settings: EngineSettings = {
    restrictOomScoreAdj: !has(facts, capabilities.sysResource),
    snapshotter: facts.overlayfs ? 'overlayfs' : 'native',
    cniBinDir: facts.cniBinDir ?? cniBinDirs[0]!,
    network: facts.bridgeNetfilter ? 'bridge' : 'ptp',
    firewall: facts.forwardDrop && facts.binaries.iptables !== undefined,
    containerd: facts.binaries.containerd ?? 'containerd',
    runc: facts.binaries.runc ?? 'runc',
  };
  if (facts.platform !== 'linux') {
    return { problems: [`real containers need Linux; this is ${facts.platform}`], warnings: [], settings };
  }
  if (!facts.root) {
    return { problems: ['real containers need root: run as root or with sudo'], warnings: [], settings };
  }
  const problems = [
    ...(architectures.includes(facts.architecture)
      ? []
      : [`real containers need x86-64 or arm64; this is ${facts.architecture}`]),
    ...binaryProblems(facts),
    ...cgroupProblems(facts),
    ...kernelProblems(facts),
    ...spaceProblems(facts),
  ];
  return { problems, warnings: warningsOf(facts), settings };
}
