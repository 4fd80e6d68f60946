import type { DiskUsage, MachineFacts, MachineUsage } from '../host/port.ts';
import type { Observation, Observations, Signal } from './signals.ts';

export interface Surroundings {
  readonly machine: Pick<MachineFacts, 'memoryBytes'>;
  readonly usage: Pick<MachineUsage, 'memoryAvailableBytes' | 'tasks' | 'tasksMax'>;
  /** That pods' files and logs are on. */
  readonly nodeDisk: DiskUsage;
  /** That images are on. */
  readonly imageDisk: DiskUsage;
}

/** What the machine tells of each signal. */
export function observe({ machine, usage, nodeDisk, imageDisk }: Surroundings): Observations {
  const { memoryAvailableBytes, tasks, tasksMax } = usage;
  return new Map<Signal, Observation>([
    ['memory.available', { available: memoryAvailableBytes, capacity: machine.memoryBytes }],
    ...ofDisk('nodefs', nodeDisk),
    ...ofDisk('imagefs', imageDisk),
    ['pid.available', { available: tasksMax - tasks, capacity: tasksMax }],
  ]);
}

function ofDisk(name: 'nodefs' | 'imagefs', disk: DiskUsage): [Signal, Observation][] {
  const { capacityBytes, availableBytes, inodes, inodesFree } = disk;
  return [
    [`${name}.available`, { available: availableBytes, capacity: capacityBytes }],
    // Some file systems have as many as anybody wants, and count none.
    ...(inodes > 0
      ? ([[`${name}.inodesFree`, { available: inodesFree, capacity: inodes }]] as [Signal, Observation][])
      : []),
  ];
}
