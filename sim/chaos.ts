import { pods } from '#api/generated/refs.ts';
import { type Clock, sleep } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import { type Random, randomInt } from '#base/random.ts';
import { type ProcessName, processNames, type SimulatedCluster } from './cluster.ts';
import type { Transcript } from './transcript.ts';
import type { User } from './user.ts';
import type { World } from '#explore/world.ts';

export interface ChaosOptions {
  readonly cluster: SimulatedCluster;
  readonly world: World;
  readonly user: User;
  readonly clock: Clock;
  readonly random: Random;
  readonly transcript: Transcript;
  readonly nodeCount: number;
}

// Longer than a request can be on its way: two lives of one process never write at the same time, as leases ensure.
const downMsMin = 6_000;
const skewMsMax = 600_000;

/** Kills processes and starts them again, sets their clocks wrong, silences nodes and deletes pods, until it is stopped. */
export class Chaos {
  readonly #options: ChaosOptions;
  readonly #periodMs: number;
  readonly #victims: readonly ProcessName[];
  readonly #clocksJump: boolean;
  readonly #paused = new Set<string>();
  readonly #timers = new DisposableStore();
  #active = true;

  constructor(options: ChaosOptions) {
    this.#options = options;
    const { random } = options;
    this.#periodMs = [3_000, 10_000, 30_000, 100_000][randomInt(random, 4)]!;
    this.#victims = processNames.filter(() => random.next() < 0.6);
    this.#clocksJump = random.next() < 0.5;
  }

  get text(): string {
    const targets = [...this.#victims, ...(this.#clocksJump ? ['a clock'] : []), 'a node', 'a pod'];
    return `every ${this.#periodMs / 500} s or sooner: ${targets.join(', ')}`;
  }

  async run(): Promise<void> {
    const { clock, random } = this.#options;
    while (this.#active) {
      await sleep(clock, randomInt(random, 2 * this.#periodMs));
      if (!this.#active) return;
      const acts = [
        ...this.#victims.map(victim => () => this.#kill(victim)),
        ...(this.#clocksJump ? [() => this.#jumpClock()] : []),
        () => this.#silenceNode(),
        () => this.#deletePod(),
      ];
      await acts[randomInt(random, acts.length)]!();
    }
  }

  /** Everything that was broken is whole again. */
  heal(): void {
    this.#active = false;
    this.#timers[Symbol.dispose]();
    const { cluster } = this.#options;
    for (const name of processNames) {
      cluster.setClock(name, 0);
      cluster.start(name);
    }
    for (const name of this.#paused) this.#resume(name);
  }

  #kill(name: ProcessName): void {
    const { cluster, clock, random } = this.#options;
    cluster.kill(name);
    const downMs = downMsMin + randomInt(random, random.next() < 0.2 ? 90_000 : 10_000);
    this.#timers.add(clock.after(downMs, () => cluster.start(name)));
  }

  #jumpClock(): void {
    const { cluster, random } = this.#options;
    const name = processNames[randomInt(random, processNames.length)]!;
    cluster.setClock(name, randomInt(random, 2 * skewMsMax) - skewMsMax);
  }

  #silenceNode(): void {
    const { cluster, clock, random, nodeCount, transcript } = this.#options;
    const name = `hollow-${randomInt(random, nodeCount)}`;
    cluster.component('nodes')?.fleet?.pauseNode(name);
    this.#paused.add(name);
    transcript.add(name, 'falls silent');
    this.#timers.add(clock.after(1_000 + randomInt(random, 90_000), () => this.#resume(name)));
  }

  #resume(name: string): void {
    if (!this.#paused.delete(name)) return;
    this.#options.transcript.add(name, 'speaks again');
    this.#options.cluster.component('nodes')?.fleet?.resumeNode(name);
  }

  async #deletePod(): Promise<void> {
    const { world, random, user } = this.#options;
    const all = world.list(pods);
    if (all.length === 0) return;
    const { namespace, name } = all[randomInt(random, all.length)]!.metadata;
    await user.delete(pods, namespace!, name!);
  }
}
