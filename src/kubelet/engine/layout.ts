/** Where the engine of one cluster keeps its files and what it calls things on the host. Two clusters share none. */
export interface EngineLayout {
  /** Images and snapshots; outlives a reboot. */
  readonly root: string;
  /** Running tasks; must not outlive a reboot. */
  readonly state: string;
  readonly config: string;
  readonly address: string;
  readonly pidFile: string;
  readonly logFile: string;
  readonly cniConfDir: string;
  readonly ipamDir: string;
  /** Name of the CNI network. */
  readonly network: string;
  readonly bridge: string;
  /** The cgroup that every pod's cgroup is under, e.g. '/coxswain-default'. */
  readonly cgroupRoot: string;
}

export interface EngineNames {
  /** Name of the cluster. */
  readonly name: string;
  /** Persistent folder of the cluster. */
  readonly dataDir: string;
  /** Folder of the cluster on a file system that a reboot empties. */
  readonly runDir: string;
}

/** FNV-1a: short, the same everywhere, and not for secrets. */
function hash32(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** How every cluster's bridge is named. */
export const bridgePrefix = 'cox-';

const interfaceNameMax = 15;

/** The bridge of a cluster: interface names have at most 15 characters. */
export function bridgeName(name: string): string {
  const plain = `${bridgePrefix}${name}`;
  return plain.length <= interfaceNameMax ? plain : `${bridgePrefix}${hash32(name)}`;
}

export function engineLayout({ name, dataDir, runDir }: EngineNames): EngineLayout {
  return {
    root: `${dataDir}/containerd`,
    state: `${runDir}/containerd`,
    config: `${dataDir}/containerd.toml`,
    address: `${runDir}/containerd.sock`,
    pidFile: `${runDir}/containerd.pid`,
    logFile: `${dataDir}/containerd.log`,
    cniConfDir: `${dataDir}/cni/conf`,
    ipamDir: `${dataDir}/cni/ipam`,
    network: `coxswain-${name}`,
    bridge: bridgeName(name),
    cgroupRoot: `/coxswain-${name}`,
  };
}
