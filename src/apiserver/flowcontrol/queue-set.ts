import type { Clock } from '#base/clock.ts';
import type { TimedRatio } from '#base/timing-family.ts';
import { FlowQueue, type Waiter } from './flow-queue.ts';
import type { Asking, QueueMeter, Rejection, Seat, Work } from './seat.ts';
import { SeatDemand } from './seat-demand.ts';

export interface Queuing {
  readonly queues: number;
  readonly queueLengthLimit: number;
}

export interface QueueSetCounts {
  readonly waiting: number;
  readonly executing: number;
  readonly dispatched: number;
  readonly rejected: number;
  readonly timedOut: number;
  readonly cancelled: number;
}

/** What of a level is measured over time. */
export interface LevelMeter {
  /** Seats in use and wanted. */
  readonly demand: TimedRatio;
  readonly seats: TimedRatio;
  /** Requests. */
  readonly waiting: TimedRatio;
  readonly executing: TimedRatio;
}

/** What fair queuing saw when it last let a request go: virtual times. */
export interface DispatchFacts {
  virtual: number;
  start: number;
  /** Over the queues, of the first request that waits in each. */
  least: number;
  most: number;
  /** The same, less the work that is going on. */
  discountedLeast: number;
  discountedMost: number;
}

/** What is assumed of a request until it is over. */
const assumedSeconds = 0.003;

/**
 * The seats of one priority level, and fair queuing for them (KEP-1040): requests of a flow wait in one of its queues,
 * and the queue whose next request would be over first, were all queues served at once, goes first.
 */
export class QueueSet {
  readonly #clock: Clock;
  readonly #onRejected: () => void;
  readonly demand: SeatDemand;
  readonly #meter: LevelMeter;
  #queuing: Queuing | undefined;
  #isUnlimited = false;
  #limit = 0;
  #queues: FlowQueue[] = [];
  /** Seat-seconds that each busy queue has had since the start: the meter R of fair queuing. */
  #virtual = 0;
  #lastMs: number;
  #busyQueues = 0;
  #seatsInUse = 0;
  #seatsWaiting = 0;
  #executing = 0;
  #waiting = 0;
  #dispatched = 0;
  readonly #rejected = { 'queue-full': 0, 'concurrency-limit': 0, 'time-out': 0, cancelled: 0 };
  #robin = 0;
  readonly #facts: DispatchFacts = {
    virtual: 0,
    start: 0,
    least: 0,
    most: 0,
    discountedLeast: 0,
    discountedMost: 0,
  };
  #hasDispatched = false;

  constructor(clock: Clock, onRejected: () => void, meter: LevelMeter) {
    this.#clock = clock;
    this.#onRejected = onRejected;
    this.#meter = meter;
    this.#lastMs = clock.monotonicMs();
    this.demand = new SeatDemand(this.#lastMs);
  }

  get isIdle(): boolean {
    return this.#executing === 0 && this.#waiting === 0;
  }

  /** The requests that there are, and those that there were, by what became of them. */
  get counts(): QueueSetCounts {
    const {
      'queue-full': full,
      'concurrency-limit': limited,
      'time-out': timedOut,
      cancelled,
    } = this.#rejected;
    return {
      waiting: this.#waiting,
      executing: this.#executing,
      dispatched: this.#dispatched,
      rejected: full + limited,
      timedOut,
      cancelled,
    };
  }

  get queues(): readonly FlowQueue[] {
    return this.#queues;
  }

  /** The meter R when it was last looked at. */
  get virtual(): number {
    return this.#virtual;
  }

  /** Undefined where no request has left a queue yet. */
  get lastDispatch(): DispatchFacts | undefined {
    return this.#hasDispatched ? this.#facts : undefined;
  }

  /**
   * Without queuing, what finds no seat is rejected; without a limit, all find one. Queues that are too many go once they are
   * empty.
   */
  configure(queuing: Queuing | 'unlimited' | undefined): void {
    this.#isUnlimited = queuing === 'unlimited';
    this.#queuing = queuing === 'unlimited' ? undefined : queuing;
    const { queues: wanted = 0, queueLengthLimit = 0 } = this.#queuing ?? {};
    while (this.#queues.length < wanted) this.#queues.push(new FlowQueue());
    const now = this.#sync();
    this.#meter.waiting.setWhole(Math.max(1, wanted * queueLengthLimit), now);
    this.#dispatch(now);
  }

  /** `whole`: what use is told as a part of. */
  setLimit(seats: number, whole = seats): void {
    const now = this.#sync();
    this.#limit = seats;
    for (const ratio of [this.#meter.demand, this.#meter.seats, this.#meter.executing])
      ratio.setWhole(whole, now);
    this.#dispatch(now);
  }

  /** A seat at once, a seat to come, or why there is none. The promise rejects with the Rejection. */
  enter(
    meter: QueueMeter,
    hand: readonly number[],
    work: Work,
    waitMsMax: number,
    asking?: Asking,
  ): Seat | Promise<Seat> | Rejection {
    const now = this.#sync();
    const width = Math.max(work.seats, work.finalSeats ?? 0);
    meter.estimated(width);
    if (!this.#queuing) {
      if (!this.#fits(width)) {
        return this.#reject(meter, 'concurrency-limit');
      }
      const waitedMs = this.#isUnlimited ? undefined : 0;
      return this.#seat({ meter, work, width, startMs: now, queue: undefined }, waitedMs);
    }
    const queue = this.#pick(hand);
    if (this.#waiting === 0 && this.#fits(width)) {
      this.#join(queue);
      meter.enqueued(1);
      const { nextVirtual } = queue;
      this.#note(nextVirtual, nextVirtual);
      const discounted = nextVirtual - queue.seatsInUse * assumedSeconds;
      this.#noteDiscounted(discounted, discounted);
      return this.#start({ meter, work, width, startMs: now, queue });
    }
    if (queue.length >= this.#queuing.queueLengthLimit) {
      return this.#reject(meter, 'queue-full');
    }
    this.#join(queue);
    return this.#wait(
      queue,
      { meter, work, width, arrivalMs: now, arrivalVirtual: this.#virtual, asking },
      waitMsMax,
    );
  }

  #wait(queue: FlowQueue, request: Omit<Waiter, 'resolve'>, waitMsMax: number): Promise<Seat> {
    const signal = request.asking?.request.signal;
    return new Promise((resolve, reject) => {
      const leave = (why: Rejection) => {
        end();
        if (!queue.remove(waiter)) return;
        this.#sync();
        this.#unwait(waiter);
        this.#settle(queue);
        reject(this.#reject(request.meter, why, this.#lastMs - request.arrivalMs));
      };
      const onAbort = () => leave('cancelled');
      const timer = this.#clock.after(waitMsMax, () => leave('time-out'));
      const end = () => {
        timer[Symbol.dispose]();
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        ...request,
        resolve: seat => {
          end();
          resolve(seat);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      queue.push(waiter);
      this.#waiting++;
      waiter.meter.enqueued(queue.length);
      waiter.meter.waits(waiter.width, request.arrivalMs);
      this.#seatsWaiting += waiter.width;
      this.#measure();
      this.#dispatch(request.arrivalMs);
    });
  }

  #reject(meter: QueueMeter, why: Rejection, waitedMs = 0): Rejection {
    meter.rejected(why, waitedMs);
    this.#rejected[why]++;
    this.#onRejected();
    return why;
  }

  #unwait({ width, meter }: Waiter): void {
    this.#waiting--;
    meter.leaves(width, this.#lastMs);
    this.#seatsWaiting -= width;
    this.#measure();
  }

  /** Of the flow's own queues the one with the least work. */
  #pick(hand: readonly number[]): FlowQueue {
    let best = this.#queues[hand[0] ?? 0]!;
    for (const index of hand) {
      const queue = this.#queues[index]!;
      if (queue.work < best.work) best = queue;
    }
    return best;
  }

  #join(queue: FlowQueue): void {
    if (queue.isIdle) {
      queue.nextVirtual = this.#virtual;
      this.#busyQueues++;
      queue.busy = true;
    }
  }

  /** Lets as many go as there are seats for. */
  #dispatch(now: number): void {
    while (this.#waiting > 0) {
      const queue = this.#fairest();
      const waiter = queue.peek()!;
      if (!this.#fits(waiter.width)) {
        waiter.meter.noRoom();
        return;
      }
      queue.shift();
      this.#unwait(waiter);
      const { meter, work, width, arrivalMs } = waiter;
      waiter.resolve(this.#start({ meter, work, width, startMs: now, queue }, now - arrivalMs));
      queue.bound();
    }
  }

  /** The queue whose first request has the least virtual finish; round robin among equals. */
  #fairest(): FlowQueue {
    const count = this.#queues.length;
    let best: FlowQueue | undefined;
    let bestFinish = Number.POSITIVE_INFINITY;
    let bestIndex = 0;
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [discountedLeast, discountedMost] = [least, most];
    for (let step = 1; step <= count; step++) {
      const index = (this.#robin + step) % count;
      const queue = this.#queues[index]!;
      const waiter = queue.peek();
      if (!waiter) continue;
      least = Math.min(least, queue.nextVirtual);
      most = Math.max(most, queue.nextVirtual);
      const discounted = queue.nextVirtual - queue.seatsInUse * assumedSeconds;
      discountedLeast = Math.min(discountedLeast, discounted);
      discountedMost = Math.max(discountedMost, discounted);
      const finish = queue.nextVirtual + totalWork(waiter.work);
      if (finish >= bestFinish) continue;
      best = queue;
      bestFinish = finish;
      bestIndex = index;
    }
    this.#robin = bestIndex;
    this.#note(least, most);
    this.#noteDiscounted(discountedLeast, discountedMost);
    return best!;
  }

  #note(least: number, most: number): void {
    this.#facts.least = least;
    this.#facts.most = most;
  }

  #noteDiscounted(least: number, most: number): void {
    this.#facts.discountedLeast = least;
    this.#facts.discountedMost = most;
  }

  /** A request that is wider than the whole level goes when it is alone. */
  #fits(width: number): boolean {
    if (this.#isUnlimited || this.#seatsInUse + width <= this.#limit) return true;
    return width > this.#limit && this.#executing === 0;
  }

  #start(running: Running & { readonly queue: FlowQueue }, waitedMs = 0): Seat {
    this.#facts.virtual = this.#virtual;
    this.#facts.start = running.queue.nextVirtual;
    this.#hasDispatched = true;
    running.queue.start(running.width, totalWork(running.work));
    return this.#seat(running, waitedMs);
  }

  #seat(running: Running, waitedMs: number | undefined): Seat {
    this.#executing++;
    this.#dispatched++;
    this.#seatsInUse += running.width;
    this.#measure();
    running.meter.begins(running.width, waitedMs, this.#lastMs);
    return new TakenSeat(() => this.#finish(running));
  }

  #finish(running: Running): void {
    const now = this.#sync();
    const { queue, work, startMs, meter } = running;
    this.#executing--;
    meter.ends(startMs, now);
    if (queue) {
      queue.executing--;
      // What it really took, in place of what was assumed.
      queue.nextVirtual -= (assumedSeconds - (now - startMs) / 1000) * work.seats;
      queue.bound();
    }
    const release = () => this.#release(running);
    if (work.finalMs) {
      this.#measure();
      this.#clock.after(work.finalMs, release);
    } else release();
  }

  #release({ width, queue, meter }: Running): void {
    const now = this.#sync();
    this.#seatsInUse -= width;
    meter.frees(width);
    this.#measure();
    if (queue) {
      queue.finish(width);
      this.#settle(queue);
    }
    this.#dispatch(now);
  }

  /** An idle queue takes part no more; one beyond the configured number goes for good. */
  #settle(queue: FlowQueue): void {
    if (!queue.isIdle || !queue.busy) return;
    queue.busy = false;
    this.#busyQueues--;
    const wanted = this.#queuing?.queues ?? 0;
    while (this.#queues.length > wanted && this.#queues.at(-1)!.isIdle) this.#queues.pop();
  }

  /** Takes down what there is from now on. */
  #measure(): void {
    const nowMs = this.#lastMs;
    const demand = this.#seatsInUse + this.#seatsWaiting;
    this.demand.set(demand, nowMs);
    this.#meter.demand.set(demand, nowMs);
    this.#meter.seats.set(this.#seatsInUse, nowMs);
    this.#meter.waiting.set(this.#waiting, nowMs);
    this.#meter.executing.set(this.#executing, nowMs);
  }

  /** Lets the virtual time catch up with the real one; returns the latter. */
  #sync(): number {
    const now = this.#clock.monotonicMs();
    if (this.#busyQueues > 0) {
      const wanted = Math.min(this.#seatsInUse + this.#seatsWaiting, this.#limit);
      this.#virtual += ((now - this.#lastMs) / 1000) * (wanted / this.#busyQueues);
    }
    this.#lastMs = now;
    return now;
  }
}

/** A class, since a literal with a computed name is made in the slow way each time. */
class TakenSeat implements Seat {
  #leave: (() => void) | undefined;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  [Symbol.dispose](): void {
    const leave = this.#leave;
    this.#leave = undefined;
    leave?.();
  }
}

interface Running {
  readonly meter: QueueMeter;
  readonly work: Work;
  readonly width: number;
  readonly startMs: number;
  readonly queue: FlowQueue | undefined;
}

/** In seat-seconds. */
export function totalWork({ seats, finalSeats = 0, finalMs = 0 }: Work): number {
  return seats * assumedSeconds + (finalSeats * finalMs) / 1000;
}
