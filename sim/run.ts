import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { Chaos } from './chaos.ts';
import type { Inspection, Subject } from './checkers/checker.ts';
import { checkers } from './checkers/registry.ts';
import { processNames, SimulatedCluster } from './cluster.ts';
import { FaultModel, latencyMsMax } from './faults.ts';
import { Intent } from './intent.ts';
import { Scenario } from './scenario.ts';
import { settle } from './settle.ts';
import { Transcript } from './transcript.ts';
import { User } from './user.ts';
import { World } from '#explore/world.ts';

/** What came of one seed. */
export interface Report {
  readonly seed: number;
  /** Empty: the cluster did all that it should. */
  readonly problems: readonly string[];
  readonly transcript: string;
  readonly virtualSeconds: number;
}

// A step may wait for a controller's longest back-off (1,000 s), and when that fails again under faults for another.
const scenarioMsMax = 2_400_000;
// Above the longest back-off of a controller (1,000 s) and the five minutes that an expectation is waited for.
const convergenceMsMax = 1_800_000;
const restMs = 60_000;
// Every node beats once in ten seconds, and counts as silent when a cache has shown none of it for fifty.
const holdMs = 65_300;
const problemsMax = 20;
const nodes = { count: 3, capacity: { cpu: '4', memory: '16Gi', 'ephemeral-storage': '64Gi', pods: '40' } };

/** Runs one seed from an empty store to a cluster at rest. The same seed gives the same report, always. */
export async function runSeed(seed: number): Promise<Report> {
  const run = new Run(seed);
  try {
    await run.play();
  } finally {
    await run.end();
  }
  return run.report();
}

class Run {
  readonly #seed: number;
  readonly #clock = new VirtualClock(settle);
  readonly #transcript = new Transcript(this.#clock);
  readonly #problems: string[] = [];
  readonly #intent = new Intent();
  readonly #faults: FaultModel;
  readonly #cluster: SimulatedCluster;
  readonly #world: World;
  readonly #inspections: readonly { readonly name: string; readonly inspection: Inspection }[];
  readonly #scenario: Scenario;
  readonly #chaos: Chaos;

  constructor(seed: number) {
    this.#seed = seed;
    const root = new SeededRandom(seed);
    const fork = () => new SeededRandom(Math.floor(root.next() * 2 ** 32));
    const clock = this.#clock;
    const transcript = this.#transcript;
    this.#faults = new FaultModel(fork());
    this.#cluster = new SimulatedCluster({
      clock,
      random: fork(),
      faults: this.#faults,
      transcript,
      nodes,
      onError: (who, what) => this.#violated(who, what),
    });
    this.#world = new World(this.#cluster.store);
    this.#inspections = this.#inspect();
    const user = new User(this.#cluster.clientFor('user'), clock);
    this.#scenario = new Scenario({ user, clock, random: fork(), intent: this.#intent });
    this.#chaos = new Chaos({
      cluster: this.#cluster,
      world: this.#world,
      user,
      clock,
      random: fork(),
      transcript,
      nodeCount: nodes.count,
    });
  }

  async play(): Promise<void> {
    this.#transcript.add('seed', String(this.#seed));
    this.#transcript.add('stories', this.#scenario.text);
    this.#transcript.add('faults', this.#faults.text);
    this.#transcript.add('chaos', this.#chaos.text);
    for (const name of processNames) this.#cluster.start(name);
    await this.#clock.advance(3_000);
    this.#faults.active = true;
    const chaos = this.#chaos.run();
    const over = await this.#drive(this.#scenario.run());
    this.#faults.active = false;
    this.#chaos.heal();
    this.#transcript.add('faults', 'are over');
    if (!over) this.#violated('scenario', 'did not come to its end');
    await this.#rest();
    await this.#drive(chaos);
  }

  async end(): Promise<void> {
    for (const { inspection } of this.#inspections) inspection[Symbol.dispose]?.();
    await this.#drive(this.#cluster[Symbol.asyncDispose]());
    this.#world[Symbol.dispose]();
    // A request to the server that has gone is on its way no longer than this.
    await this.#clock.advance(latencyMsMax);
    if (this.#clock.pending > 0) this.#violated('leak', `${this.#clock.pending} timers are left`);
  }

  report(): Report {
    const virtualSeconds = Math.round(this.#clock.monotonicMs() / 1000);
    return { seed: this.#seed, problems: this.#problems, transcript: this.#transcript.text, virtualSeconds };
  }

  #inspect() {
    return checkers.map(({ name, inspect }) => {
      const subject: Subject = {
        world: this.#world,
        intent: this.#intent,
        cluster: this.#cluster,
        client: this.#cluster.clientFor(name),
        clock: this.#clock,
        violated: what => this.#violated(name, what),
      };
      return { name, inspection: inspect(subject) };
    });
  }

  /** Moves time until the promise is settled; false where it takes too long. */
  async #drive(pending: Promise<unknown>): Promise<boolean> {
    let done = false;
    let failure: unknown;
    pending.then(
      () => {
        done = true;
      },
      error => {
        failure = error;
        done = true;
      },
    );
    await this.#clock.advanceUntil(() => done, scenarioMsMax);
    if (failure) throw failure;
    return done;
  }

  /** Waits until nothing is pending, and then for a while to see that it stays so. */
  async #rest(): Promise<void> {
    if (await this.#converge()) {
      this.#transcript.add('cluster', 'has converged');
      for (const { inspection } of this.#inspections) inspection.converged?.();
      await this.#clock.advance(restMs);
      // A heartbeat may just be on its way to somebody's cache.
      await this.#untilNothingPends(this.#clock.monotonicMs() + 2 * restMs);
    }
    for (const problem of this.#pending()) this.#violated('not converged', problem);
  }

  /** Nothing is pending, nor a while later: a cache that has lost its watch shows only when something changes. */
  async #converge(): Promise<boolean> {
    const untilMs = this.#clock.monotonicMs() + convergenceMsMax;
    while (await this.#untilNothingPends(untilMs)) {
      await this.#clock.advance(holdMs);
      if (this.#pending().length === 0) return true;
    }
    return false;
  }

  async #untilNothingPends(untilMs: number): Promise<boolean> {
    while (this.#pending().length > 0) {
      if (this.#clock.monotonicMs() >= untilMs) return false;
      await this.#clock.advance(1_000);
    }
    return true;
  }

  #pending(): string[] {
    return this.#inspections.flatMap(({ name, inspection }) =>
      (inspection.pending?.() ?? []).map(what => `${name}: ${what}`),
    );
  }

  #violated(who: string, what: string): void {
    if (this.#problems.length >= problemsMax) return;
    this.#problems.push(`${who}: ${what}`);
    this.#transcript.add('PROBLEM', `${who}: ${what}`);
  }
}
