import type { RequestMark } from './request-marks.ts';
import type { QueueMeter, Rejection } from './seat.ts';

export type FlowLabels = { readonly flow_schema: string; readonly priority_level: string };

interface FlowMeterOptions {
  readonly labels: FlowLabels;
  readonly mark: RequestMark;
  readonly dispatch: () => void;
  /** Seconds until it was let in or turned away. */
  readonly passed: (seconds: number) => void;
  /** Seconds, as `executed` is. */
  readonly waited: (seconds: number) => void;
  readonly executed: (seconds: number) => void;
  /** Requests. */
  readonly enqueued: (length: number) => void;
  readonly estimated: (seats: number) => void;
  readonly watched: (watchers: number) => void;
  readonly noRoom: () => void;
  /** `seconds`: how long it had waited, if at all. */
  readonly reject: (why: Rejection, seconds: number | undefined) => void;
}

/** Requests of one schema in one level: as many as there are now, and what became of the others. */
export class FlowMeter implements QueueMeter {
  readonly labels: FlowLabels;
  readonly #options: FlowMeterOptions;
  waiting = 0;
  waitingSeats = 0;
  executing = 0;
  seats = 0;
  /** Its level has queues. */
  hasQueued = false;

  constructor(options: FlowMeterOptions) {
    this.labels = options.labels;
    this.#options = options;
  }

  estimated(width: number): void {
    this.#options.estimated(width);
  }

  /** So many watch what a request is about to change. */
  watched(watchers: number): void {
    this.#options.watched(watchers);
  }

  enqueued(length: number): void {
    this.hasQueued = true;
    this.#options.enqueued(length);
  }

  waits(width: number, nowMs: number): void {
    this.waiting++;
    this.waitingSeats += width;
    this.#options.mark.waits(1, nowMs);
  }

  leaves(width: number, nowMs: number): void {
    this.waiting--;
    this.waitingSeats -= width;
    this.#options.mark.waits(-1, nowMs);
  }

  noRoom(): void {
    this.#options.noRoom();
  }

  begins(width: number, waitedMs: number | undefined, nowMs: number): void {
    const { dispatch, passed, waited, mark } = this.#options;
    this.executing++;
    this.seats += width;
    dispatch();
    if (waitedMs !== undefined) waited(waitedMs / 1000);
    passed((waitedMs ?? 0) / 1000);
    mark.executes(1, nowMs);
  }

  ends(startMs: number, nowMs: number): void {
    this.executing--;
    this.#options.executed((nowMs - startMs) / 1000);
    this.#options.mark.executes(-1, nowMs);
  }

  frees(width: number): void {
    this.seats -= width;
  }

  rejected(why: Rejection, waitedMs?: number): void {
    this.#options.reject(why, waitedMs === undefined ? undefined : waitedMs / 1000);
  }
}
