import type { StoreEvent, WatchSink } from '../store.ts';

export interface Opening {
  /** Asks for what it takes to open the events; undefined where nothing is to be asked for. */
  prepare(events: readonly StoreEvent[]): Promise<void> | undefined;
  open(events: readonly StoreEvent[]): readonly StoreEvent[];
}

/** A sink of events whose values are sealed, before one that is to see them open, in their order. */
export class OpenedWatch implements WatchSink {
  readonly #opening: Opening;
  readonly #sink: WatchSink;
  /** What could not be opened at once, and all that came after it. */
  #waiting: Promise<void> | undefined;
  #isOver = false;
  /** Where the events come from. */
  source: Disposable | undefined;

  constructor(opening: Opening, sink: WatchSink) {
    this.#opening = opening;
    this.#sink = sink;
  }

  events(revision: number, events: readonly StoreEvent[]): void {
    const asked = this.#opening.prepare(events);
    if (asked || this.#waiting) this.#queue(() => this.#tell(revision, events), asked);
    else this.#tell(revision, events);
  }

  ended(error: Error): void {
    if (this.#waiting) this.#queue(() => this.#end(error));
    else this.#end(error);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.source?.[Symbol.dispose]();
  }

  #queue(tell: () => void, asked?: Promise<void>): void {
    const before = this.#waiting;
    // Whoever is not waited for yet has no unhandled rejection.
    asked?.catch(() => undefined);
    const waiting = this.#afterwards(before, asked, tell).then(() => {
      if (this.#waiting === waiting) this.#waiting = undefined;
    });
    this.#waiting = waiting;
  }

  async #afterwards(
    before: Promise<void> | undefined,
    asked: Promise<void> | undefined,
    tell: () => void,
  ): Promise<void> {
    await before;
    try {
      await asked;
      tell();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #tell(revision: number, events: readonly StoreEvent[]): void {
    if (this.#isOver) return;
    let opened: readonly StoreEvent[];
    try {
      opened = this.#opening.open(events);
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#sink.events(revision, opened);
  }

  #fail(error: Error): void {
    this.source?.[Symbol.dispose]();
    this.#end(error);
  }

  #end(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.ended(error);
  }
}
