import type { Clock } from '#base/clock.ts';
import type { Transport } from '#client/transport.ts';
import type { Points } from './points.ts';

/** What the faults of a link do beyond the link itself. */
export interface Surroundings {
  /** The server, without faults. */
  readonly server: Transport;
  readonly clock: Clock;
  readonly points: Points;
  /** Of the faults, those that may strike. */
  readonly allows: (kind: string) => boolean;
  /** Ends the controllers' life at once, to start another later. */
  crash(): void;
  /** Has the user take the next step, if there is one, before the promise resolves. */
  userFirst(): Promise<void>;
  /** Has somebody annotate the object, if it is there. */
  touch(path: string): Promise<void>;
  jumpClock(ms: number): void;
  note(text: string): void;
}
