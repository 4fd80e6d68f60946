import { DisposableStore } from '#base/disposable.ts';
import type { TransportRequest, WatchHandler } from '#client/transport.ts';
import type { WatchEvent } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { lateMs } from './fault-kinds.ts';
import type { Lifeline } from './lifeline.ts';
import type { Surroundings } from './surroundings.ts';

export interface WatchFaults {
  /** 'watch pods'. */
  readonly place: string;
  readonly kinds: readonly string[];
  /** Lists of the resource wait until then. */
  readonly holdLists: (untilMs: number) => void;
}

/** One watch of the controllers: its events come in order, and late, twice or never as the script says. */
export class ExploredWatch implements Disposable {
  readonly #surroundings: Surroundings;
  readonly #handler: WatchHandler;
  readonly #faults: WatchFaults;
  readonly #owned = new DisposableStore();
  /** When the last of the events that are on their way arrives. */
  #busyUntilMs = 0;

  constructor(
    surroundings: Surroundings,
    life: Lifeline,
    request: TransportRequest,
    handler: WatchHandler,
    faults: WatchFaults,
  ) {
    this.#surroundings = surroundings;
    this.#handler = handler;
    this.#faults = faults;
    this.#owned.add(life.onEnd(() => this[Symbol.dispose]()));
    if (this.#owned.disposed) return;
    const watch = surroundings.server.watch(request, {
      event: event => this.#take(event),
      end: error => this.#schedule(0, () => this.#end(error)),
    });
    this.#owned.add(watch);
  }

  [Symbol.dispose](): void {
    this.#owned[Symbol.dispose]();
  }

  #take(event: WatchEvent): void {
    if (this.#owned.disposed) return;
    if (event.type === 'BOOKMARK' || event.type === 'ERROR') {
      this.#schedule(0, () => this.#handler.event(event));
      return;
    }
    const { points, note, clock } = this.#surroundings;
    const fault = points.pass(this.#faults.place, this.#faults.kinds);
    if (fault) note(`${this.#faults.place}: ${event.type} ${event.object.metadata.name} meets: ${fault}`);
    if (fault === 'gap') {
      this.#faults.holdLists(clock.monotonicMs() + lateMs);
      this.#end(statusError.expired('the explorer has dropped the history'));
      return;
    }
    this.#schedule(fault === 'late' ? lateMs : 1, () => this.#handler.event(event));
    if (fault === 'twice') this.#schedule(1, () => this.#handler.event(event));
  }

  #schedule(delayMs: number, fn: () => void): void {
    const { clock } = this.#surroundings;
    const nowMs = clock.monotonicMs();
    this.#busyUntilMs = Math.max(this.#busyUntilMs, nowMs + delayMs);
    this.#owned.add(
      clock.after(this.#busyUntilMs - nowMs, () => {
        if (!this.#owned.disposed) fn();
      }),
    );
  }

  #end(error: Error | undefined): void {
    if (this.#owned.disposed) return;
    this[Symbol.dispose]();
    this.#handler.end(error);
  }
}
