import type { VirtualClock } from '#base/virtual-clock.ts';
import type { Log } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { createClient } from '#client/client.ts';
import type { Controller } from '#runtime/controller.ts';
import { createManager, type Manager } from '#runtime/manager.ts';
import { downMs } from './fault-kinds.ts';
import { Lifeline } from './lifeline.ts';
import { ExploredLink } from './link.ts';
import type { Surroundings } from './surroundings.ts';
import { ProcessClock } from './process-clock.ts';

export interface LivesOptions {
  readonly clock: VirtualClock;
  readonly controllers: readonly Controller[];
  readonly seed: number;
  readonly log: Log;
  readonly surroundings: Omit<Surroundings, 'crash' | 'jumpClock' | 'clock'>;
}

/** The process of the explored controllers: it dies, and lives again with nothing of what it knew. */
export class Lives implements AsyncDisposable {
  readonly #options: LivesOptions;
  readonly #clock: ProcessClock;
  readonly #dying: Promise<void>[] = [];
  #life: Lifeline | undefined;
  #manager: Manager | undefined;
  #rebirth: Disposable | undefined;

  constructor(options: LivesOptions) {
    this.#options = options;
    this.#clock = new ProcessClock(options.clock);
  }

  /** Resolves when the controllers run; not at all when they die before. */
  start(): Promise<void> {
    const { surroundings, controllers, seed, log, clock } = this.#options;
    const life = new Lifeline();
    const link = new ExploredLink(
      {
        ...surroundings,
        clock,
        crash: () => this.#crash(),
        jumpClock: ms => {
          this.#clock.skewMs += ms;
        },
      },
      life,
    );
    this.#life = life;
    this.#manager = createManager({
      client: createClient(link),
      clock: this.#clock,
      random: new SeededRandom(seed),
      log,
      controllers,
    });
    return this.#manager.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rebirth?.[Symbol.dispose]();
    this.#end();
    await Promise.all(this.#dying);
  }

  #crash(): void {
    this.#end();
    this.#options.surroundings.note('the controllers die');
    this.#rebirth = this.#options.clock.after(downMs, () => {
      this.#options.surroundings.note('the controllers start again');
      void this.start();
    });
  }

  #end(): void {
    this.#life?.end();
    if (this.#manager) this.#dying.push(this.#manager.stop());
    this.#manager = undefined;
  }
}
