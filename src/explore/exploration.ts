import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { Controller } from '#runtime/controller.ts';
import type { World, WorldChange } from './world.ts';

/** Something that a user does. */
export interface Step {
  readonly name: string;
  /** Tried again for a minute where it throws: what it needs may be yet to come. */
  readonly act: (client: Client, clock: Clock) => Promise<unknown>;
  /** Virtual time until the next step. Default 5,000. */
  readonly pauseMs?: number;
}

/** What must be so. Both say what is wrong. */
export interface Invariant {
  readonly name: string;
  /** Asked after every change of the world: what no later state can put right. */
  readonly always?: (world: World, change: WorldChange) => string | undefined;
  /** Asked in the end, when all is at rest. */
  readonly finally?: (world: World) => string | undefined | readonly string[];
}

/** What else runs in the cluster; faults do not reach it. */
export interface Company {
  readonly controllers?: readonly Controller[];
  /** Hollow nodes that make pods run. Default 0. */
  readonly nodes?: number;
  readonly scheduler?: boolean;
}

/** A controller, what is done to its cluster, and what must come of it. */
export interface Exploration {
  /** What is explored: all in one process, which can die. What they remember must be made in their `setup`. */
  readonly controllers: readonly Controller[];
  readonly company?: Company;
  /** What is there before the controllers start. */
  readonly setUp?: (client: Client) => Promise<unknown>;
  readonly steps: readonly Step[];
  readonly invariants?: readonly Invariant[];
  /** Kinds of faults (`faultKinds`) that this controller need not live through. */
  readonly without?: readonly string[];
  /** Names of fields that do not count in that comparison, wherever they stand: `nodeName` where a scheduler decides. */
  readonly ignored?: readonly string[];
  /**
   * What of an object counts when the end of a run is compared with that of the run without faults; undefined: nothing.
   * Times, uids, versions, generated names and addresses never do. Default: everything.
   */
  readonly compared?: (object: KubeObject) => KubeObject | undefined;
}

/** What an exploration that is made anew for each run is made with. */
export interface Stage {
  /** As the steps get it; there is nothing to talk to before the run begins. */
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
}

/** The function is called before each run: for what keeps something. */
export type Explorable = Exploration | ((stage: Stage) => Exploration);

export interface Problem {
  /** What kind of thing went wrong: shrinking keeps it. */
  readonly kind: string;
  readonly text: string;
}
