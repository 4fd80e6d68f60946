import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { Breathe } from '#base/time-slice.ts';

export interface InformerOptions {
  /** Absent or '': all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface InformerSeams {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Asked between two pieces of a long list; absent: a list is taken in one go. */
  readonly breathe?: Breathe;
}
