import type { Client } from '#client/client.ts';
import type { Clock } from '#base/clock.ts';
import type { SimulatedCluster } from '#sim/cluster.ts';
import type { Intent } from '#sim/intent.ts';
import type { World } from '#explore/world.ts';

/** What a checker may look at that needs no more than the store and what users have asked for: in the explorer too. */
export interface Outcome {
  readonly world: World;
  readonly intent: Intent;
  /** Says that something is wrong which no later state can put right. */
  readonly violated: (what: string) => void;
}

/** What a checker may look at. */
export interface Subject extends Outcome {
  readonly cluster: SimulatedCluster;
  /** A client of the checker's own. */
  readonly client: Client;
  readonly clock: Clock;
}

/** One look-out over one run. */
export interface Inspection extends Partial<Disposable> {
  /** What is not yet as it must become once all faults are over. */
  readonly pending?: () => readonly string[];
  /** Called when nothing was pending for the first time; nothing may happen from then on. */
  readonly converged?: () => void;
}

export interface Checker<T = Subject> {
  readonly name: string;
  readonly inspect: (subject: T) => Inspection;
}
