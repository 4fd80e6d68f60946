import { type Observations, type Pressure, signals } from './signals.ts';
import { type Threshold, thresholdsMet } from './thresholds.ts';

/** What is remembered from one look at the node to the next. Times are the clock's, in milliseconds. */
export interface PressureState {
  /** Since when a threshold is not kept to. */
  readonly metSinceMs: ReadonlyMap<Threshold, number>;
  /** Thresholds that were acted on at the last look. */
  readonly due: readonly Threshold[];
  /** When each pressure was last seen. */
  readonly seenMs: ReadonlyMap<Pressure, number>;
}

export const noPressure: PressureState = { metSinceMs: new Map(), due: [], seenMs: new Map() };

export interface PressurePolicy {
  readonly thresholds: readonly Threshold[];
  /** For so long after it was last seen, a pressure stays. */
  readonly transitionMs: number;
}

export interface Look {
  readonly state: PressureState;
  /** The conditions that the node has. */
  readonly pressures: readonly Pressure[];
  /** Thresholds that something is to be done about now: the first one first. */
  readonly due: readonly Threshold[];
}

const order: readonly Pressure[] = ['MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** What a look at the node means, after what was seen before. As upstream's eviction manager concludes. */
export function look(
  before: PressureState,
  { thresholds, transitionMs }: PressurePolicy,
  observations: Observations,
  nowMs: number,
): Look {
  const unresolved = thresholdsMet(before.due, observations, true);
  const met = [...new Set([...thresholdsMet(thresholds, observations, false), ...unresolved])];
  const metSinceMs = new Map(met.map(one => [one, before.metSinceMs.get(one) ?? nowMs]));
  const seenMs = new Map(before.seenMs);
  for (const { signal } of met) seenMs.set(signals[signal].pressure, nowMs);
  const due = met.filter(one => nowMs - metSinceMs.get(one)! >= one.graceMs);
  return {
    state: { metSinceMs, due, seenMs },
    pressures: order.filter(pressure => nowMs - (seenMs.get(pressure) ?? -Infinity) < transitionMs),
    due: memoryFirst(due),
  };
}

function memoryFirst(thresholds: readonly Threshold[]): readonly Threshold[] {
  const isMemory = ({ signal }: Threshold) => signals[signal].resource === 'memory';
  return [...thresholds.filter(isMemory), ...thresholds.filter(one => !isMemory(one))];
}
