import { VirtualClock } from '#base/virtual-clock.ts';

/** A turn of the event loop, in which every promise that can go on does. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** Time that moves only when told to, for `startCluster({ clock })`. Starts at `epochMs`, or at 2026-01-01. */
export function createVirtualClock(epochMs?: number): VirtualClock {
  return new VirtualClock(settle, epochMs);
}
