/** What node-pressure eviction goes by: the eviction signals of upstream's kubelet, and what each is about. */

/** A condition that a node has while it is short of something. */
export type Pressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure';

/** What is scarce, as events and messages name it. */
export type StarvedResource = 'memory' | 'ephemeral-storage' | 'inodes' | 'pids';

interface SignalFacts {
  readonly resource: StarvedResource;
  readonly pressure: Pressure;
}

/** `containerfs` has no signals of its own: there containers are on the disk of the images, or on the node's. */
export const signals = {
  'memory.available': { resource: 'memory', pressure: 'MemoryPressure' },
  'nodefs.available': { resource: 'ephemeral-storage', pressure: 'DiskPressure' },
  'nodefs.inodesFree': { resource: 'inodes', pressure: 'DiskPressure' },
  'imagefs.available': { resource: 'ephemeral-storage', pressure: 'DiskPressure' },
  'imagefs.inodesFree': { resource: 'inodes', pressure: 'DiskPressure' },
  'pid.available': { resource: 'pids', pressure: 'PIDPressure' },
} as const satisfies Record<string, SignalFacts>;

export type Signal = keyof typeof signals;

export function isSignal(name: string): name is Signal {
  return Object.hasOwn(signals, name);
}

/** How much there is, and how much of it is left: bytes, inodes or processes. */
export interface Observation {
  readonly available: number;
  readonly capacity: number;
}

/** What was found out; a signal that nobody could tell is not in it. */
export type Observations = ReadonlyMap<Signal, Observation>;
