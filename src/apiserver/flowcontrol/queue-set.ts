import type { Clock } from '#base/clock.ts';
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
  #queuing: Queuing | undefined;
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

  constructor(clock: Clock, onRejected: () => void) {
    this.#clock = clock;
    this.#onRejected = onRejected;
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

  /** Without queuing, what finds no seat is rejected. Queues that are too many go once they are empty. */
  configure(queuing: Queuing | undefined): void {
    this.#queuing = queuing;
    const wanted = queuing?.queues ?? 0;
    while (this.#queues.length < wanted) this.#queues.push(new FlowQueue());
    this.#dispatch(this.#sync());
  }

  setLimit(seats: number): void {
    const now = this.#sync();
    this.#limit = seats;
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
    if (!this.#queuing) {
      if (!this.#fits(width)) {
        return this.#reject(meter, 'concurrency-limit');
      }
      return this.#seat({ meter, work, width, startMs: now, queue: undefined });
    }
    const queue = this.#pick(hand);
    if (this.#waiting === 0 && this.#fits(width)) {
      this.#join(queue);
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
        reject(this.#reject(request.meter, why));
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
      waiter.meter.waiting++;
      this.#seatsWaiting += waiter.width;
      this.demand.set(this.#seatsInUse + this.#seatsWaiting, request.arrivalMs);
      this.#dispatch(request.arrivalMs);
    });
  }

  #reject(meter: QueueMeter, why: Rejection): Rejection {
    meter.rejected(why);
    this.#rejected[why]++;
    this.#onRejected();
    return why;
  }

  #unwait({ width, meter }: Waiter): void {
    this.#waiting--;
    meter.waiting--;
    this.#seatsWaiting -= width;
    this.demand.set(this.#seatsInUse + this.#seatsWaiting, this.#lastMs);
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
      if (!this.#fits(waiter.width)) return;
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
    for (let step = 1; step <= count; step++) {
      const index = (this.#robin + step) % count;
      const queue = this.#queues[index]!;
      const waiter = queue.peek();
      if (!waiter) continue;
      const finish = queue.nextVirtual + totalWork(waiter.work);
      if (finish >= bestFinish) continue;
      best = queue;
      bestFinish = finish;
      bestIndex = index;
    }
    this.#robin = bestIndex;
    return best!;
  }

  /** A request that is wider than the whole level goes when it is alone. */
  #fits(width: number): boolean {
    return this.#seatsInUse + width <= this.#limit || (width > this.#limit && this.#executing === 0);
  }

  #start(running: Running & { readonly queue: FlowQueue }, waitedMs = 0): Seat {
    running.queue.start(running.width, totalWork(running.work));
    return this.#seat(running, waitedMs);
  }

  #seat(running: Running, waitedMs = 0): Seat {
    this.#executing++;
    this.#dispatched++;
    this.#seatsInUse += running.width;
    this.demand.set(this.#seatsInUse + this.#seatsWaiting, this.#lastMs);
    const { meter } = running;
    meter.executing++;
    meter.seats += running.width;
    meter.dispatched(waitedMs);
    return new TakenSeat(() => this.#finish(running));
  }

  #finish(running: Running): void {
    const now = this.#sync();
    const { queue, work, startMs, meter } = running;
    this.#executing--;
    meter.executing--;
    if (queue) {
      queue.executing--;
      // What it really took, in place of what was assumed.
      queue.nextVirtual -= (assumedSeconds - (now - startMs) / 1000) * work.seats;
      queue.bound();
    }
    const release = () => this.#release(running);
    if (work.finalMs) this.#clock.after(work.finalMs, release);
    else release();
  }

  #release({ width, queue, meter }: Running): void {
    const now = this.#sync();
    this.#seatsInUse -= width;
    meter.seats -= width;
    this.demand.set(this.#seatsInUse + this.#seatsWaiting, now);
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
