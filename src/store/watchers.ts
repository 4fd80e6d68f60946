import type { Clock } from '#base/clock.ts';
import type { History } from './history.ts';
import { rangeTest } from './keyspace.ts';
import { orderKey } from './order-key.ts';
import { CompactedError, type StoreEvent, type WatchRequest, type WatchSink } from './store.ts';

/** Revisions that one watcher catches up with before others have their turn. */
const catchUpRevisions = 500;

class Watcher {
  readonly sink: WatchSink;
  readonly #matches: (id: string) => boolean;
  /** The first revision not yet delivered. */
  next: number;
  timer: Disposable | undefined;

  constructor(request: WatchRequest, next: number, sink: WatchSink) {
    this.#matches = rangeTest(request);
    this.next = next;
    this.sink = sink;
  }

  deliver(revision: number, events: readonly StoreEvent[]): void {
    if (revision < this.next) return;
    this.next = revision + 1;
    const wanted =
      events.length === 1
        ? this.#matches(orderKey(events[0]!.kv.key))
          ? events
          : []
        : events.filter(event => this.#matches(orderKey(event.kv.key)));
    if (wanted.length > 0) this.sink.events(revision, wanted);
  }
}

/** Who watches: those that have seen everything (in step), and those still on their way through history. */
export class Watchers {
  readonly #clock: Clock;
  readonly #history: History;
  readonly #compactedRevision: () => number;
  readonly #inStep = new Set<Watcher>();
  readonly #behind = new Set<Watcher>();

  constructor(clock: Clock, history: History, compactedRevision: () => number) {
    this.#clock = clock;
    this.#history = history;
    this.#compactedRevision = compactedRevision;
  }

  add(request: WatchRequest, sink: WatchSink): Disposable {
    const watcher = new Watcher(request, request.startRevision || this.#history.last + 1, sink);
    if (watcher.next > this.#history.last) {
      this.#inStep.add(watcher);
    } else {
      this.#behind.add(watcher);
      queueMicrotask(() => this.#catchUp(watcher));
    }
    return { [Symbol.dispose]: () => this.#drop(watcher) };
  }

  /** A revision that has just become durable, and is in the history. */
  publish(revision: number, events: readonly StoreEvent[]): void {
    for (const watcher of this.#inStep) watcher.deliver(revision, events);
  }

  /** Ends them all. */
  end(error: Error): void {
    for (const watcher of [...this.#behind, ...this.#inStep]) {
      this.#drop(watcher);
      watcher.sink.ended(error);
    }
  }

  #catchUp(watcher: Watcher): void {
    for (let turn = 0; turn < catchUpRevisions && this.#behind.has(watcher); turn++) {
      if (watcher.next < this.#compactedRevision()) {
        this.#drop(watcher);
        watcher.sink.ended(new CompactedError(this.#compactedRevision()));
      } else if (watcher.next > this.#history.last) {
        this.#behind.delete(watcher);
        this.#inStep.add(watcher);
      } else {
        // Before the first revision there is nothing to see.
        watcher.next = Math.max(watcher.next, this.#history.first);
        if (watcher.next <= this.#history.last) watcher.deliver(watcher.next, this.#history.at(watcher.next));
      }
    }
    if (this.#behind.has(watcher)) watcher.timer = this.#clock.after(0, () => this.#catchUp(watcher));
  }

  #drop(watcher: Watcher): void {
    watcher.timer?.[Symbol.dispose]();
    this.#behind.delete(watcher);
    this.#inStep.delete(watcher);
  }
}
