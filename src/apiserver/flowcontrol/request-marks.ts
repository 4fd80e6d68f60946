import type { Clock } from '#base/clock.ts';
import { type MetricFamily, SampledFamily } from '#base/metric-families.ts';
import { type TimedRatio, TimedRatioFamily } from '#base/timing-family.ts';

export type RequestKind = 'mutating' | 'readOnly';

const kinds: readonly RequestKind[] = ['mutating', 'readOnly'];
const readOnlyVerbs = new Set(['get', 'list', 'watch']);
const secondMs = 1000;

/** How many there are, and how many there were at once in the last full second. */
class Watermark {
  readonly #ratio: TimedRatio;
  #value = 0;
  #second = 0;
  #most = 0;
  #mostBefore = 0;

  constructor(ratio: TimedRatio) {
    this.#ratio = ratio;
  }

  add(change: number, nowMs: number): void {
    this.#goOn(nowMs);
    this.#value += change;
    if (this.#value > this.#most) this.#most = this.#value;
    this.#ratio.set(this.#value, nowMs);
  }

  setWhole(whole: number, nowMs: number): void {
    this.#ratio.setWhole(whole, nowMs);
  }

  read(nowMs: number): number {
    this.#goOn(nowMs);
    return this.#mostBefore;
  }

  #goOn(nowMs: number): void {
    const second = Math.floor(nowMs / secondMs);
    if (second === this.#second) return;
    this.#mostBefore = second === this.#second + 1 ? this.#most : this.#value;
    this.#most = this.#value;
    this.#second = second;
  }
}

/** The requests of one kind. */
export class RequestMark {
  readonly waiting: Watermark;
  readonly executing: Watermark;

  constructor(waiting: Watermark, executing: Watermark) {
    this.waiting = waiting;
    this.executing = executing;
  }

  waits(change: number, nowMs: number): void {
    this.waiting.add(change, nowMs);
  }

  executes(change: number, nowMs: number): void {
    this.executing.add(change, nowMs);
  }
}

/** How many requests wait and are being answered, of those that change something and of the others. */
export class RequestMarks {
  readonly #clock: Clock;
  readonly #ratios: TimedRatioFamily;
  readonly #marks: Readonly<Record<RequestKind, RequestMark>>;
  readonly families: readonly MetricFamily[];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ratios = new TimedRatioFamily(
      {
        name: 'apiserver_flowcontrol_read_vs_write_current_requests',
        help: 'Observations, at the end of every nanosecond, of the number of requests (as a fraction of the relevant limit) waiting or in regular stage of execution',
        stability: 'ALPHA',
        unmarked: true,
        buckets: [0, 0.001, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1],
      },
      () => clock.monotonicMs(),
    );
    this.#marks = { mutating: this.#mark('mutating'), readOnly: this.#mark('readOnly') };
    const watermark = (phase: 'waiting' | 'executing') => () =>
      kinds.map(kind => {
        const most = this.#marks[kind][phase].read(clock.monotonicMs());
        return [{ request_kind: kind }, most] as const;
      });
    this.families = [
      this.#ratios,
      new SampledFamily(
        {
          name: 'apiserver_current_inflight_requests',
          help: 'Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
          stability: 'STABLE',
        },
        watermark('executing'),
      ),
      new SampledFamily(
        {
          name: 'apiserver_current_inqueue_requests',
          help: 'Maximal number of queued requests in this apiserver per request kind in last second.',
          stability: 'ALPHA',
        },
        watermark('waiting'),
      ),
    ];
  }

  kindOf(verb: string): RequestKind {
    return readOnlyVerbs.has(verb) ? 'readOnly' : 'mutating';
  }

  of(kind: RequestKind): RequestMark {
    return this.#marks[kind];
  }

  /** So many requests may wait and be answered at once. */
  setWholes(waiting: number, executing: number): void {
    const nowMs = this.#clock.monotonicMs();
    for (const kind of kinds) {
      this.#marks[kind].waiting.setWhole(Math.max(1, waiting), nowMs);
      this.#marks[kind].executing.setWhole(Math.max(1, executing), nowMs);
    }
  }

  #mark(request_kind: RequestKind): RequestMark {
    const watermark = (phase: string) => new Watermark(this.#ratios.of({ phase, request_kind }));
    return new RequestMark(watermark('waiting'), watermark('executing'));
  }
}
