import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { Intent } from '#sim/intent.ts';
import type { User } from '#sim/user.ts';

/** What somebody who tells a story has at hand. */
export interface Telling {
  readonly user: User;
  /** Its own, named as the story; made before the first step. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly intent: Intent;
}

export type Step = () => Promise<void>;

/** Something that users do, in order, with pauses in between; other stories go on meanwhile. */
export interface Story {
  readonly name: string;
  /** The controllers that it is for, by the names of the controllers' registry. */
  readonly controllers: readonly string[];
  readonly exploring?: Exploring;
  /** None of the steps waits for what the one before led to. What must come of them is told to `intent`. */
  readonly steps: (telling: Telling) => readonly Step[];
}

/** How one of a story's controllers is explored by itself. */
export interface Exploring {
  /** Names of further controllers that run beside it. */
  readonly beside?: readonly string[];
  /** Hollow nodes, and a scheduler with them. */
  readonly nodes?: number;
  /** Virtual time between two steps. */
  readonly pauseMs?: number;
  /** There is more than one right end: only what `intent` expects is asked for. */
  readonly endsVary?: boolean;
  /** Names of fields that a right end may or may not have. */
  readonly ignored?: readonly string[];
}

/** What is to be said where `actual` is not `wanted`. */
export function unlike(what: string, actual: unknown, wanted: unknown): string[] {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(wanted)];
  return is === should ? [] : [`${what} is ${is}, not ${should}`];
}
