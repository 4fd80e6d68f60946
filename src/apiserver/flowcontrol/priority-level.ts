import type { PriorityLevelConfiguration } from '#api/generated/types/flowcontrol.v1.ts';
import type { Clock } from '#base/clock.ts';
import { type LevelMeter, QueueSet } from './queue-set.ts';
import { RetryAfter } from './retry-after.ts';
import type { DemandPeriod } from './seat-demand.ts';

/** A share of what may be in use at once before anything is lent or borrowed. */
export interface Limits {
  readonly nominal: number;
  readonly least: number;
  readonly most: number;
}

/** One priority level as it is served now. It outlives changes of its configuration. */
export class PriorityLevel {
  readonly name: string;
  readonly queues: QueueSet;
  readonly #retryAfter: RetryAfter;
  #configuration: PriorityLevelConfiguration;
  #limits: Limits = { nominal: 0, least: 0, most: 0 };
  #current = 0;
  #serverSeats = 0;
  /** What it should have, by its demand. */
  target = 0;
  /** What its demand was when seats were last lent. */
  period: DemandPeriod = { peak: 0, average: 0, deviation: 0, smoothed: 0 };

  constructor(configuration: PriorityLevelConfiguration, clock: Clock, meter: LevelMeter) {
    this.name = configuration.metadata.name!;
    this.#configuration = configuration;
    this.queues = new QueueSet(clock, () => this.#retryAfter.drop(), meter);
    this.#retryAfter = new RetryAfter(clock);
  }

  /** For those who are turned away. */
  get retryAfterSeconds(): number {
    return this.#retryAfter.seconds;
  }

  get isExempt(): boolean {
    return this.#configuration.spec?.type === 'Exempt';
  }

  get uid(): string {
    return this.#configuration.metadata.uid ?? '';
  }

  get shares(): number {
    const { limited, exempt } = this.#configuration.spec ?? {};
    return (limited ?? exempt)?.nominalConcurrencyShares ?? 0;
  }

  /** Undefined: what finds no seat is rejected. */
  get queuing() {
    return this.#configuration.spec?.limited?.limitResponse?.queuing;
  }

  get limits(): Limits {
    return this.#limits;
  }

  get current(): number {
    return this.#current;
  }

  set current(seats: number) {
    this.#current = seats;
    // As upstream: where there are no seats, use of them is told as a part of a tenth of the server's.
    this.queues.setLimit(seats, seats > 0 ? seats : Math.max(1, Math.round(this.#serverSeats / 10)));
  }

  configure(configuration: PriorityLevelConfiguration): void {
    this.#configuration = configuration;
    const { queuing } = this;
    if (this.isExempt) this.queues.configure('unlimited');
    else
      this.queues.configure(
        queuing && { queues: queuing.queues ?? 64, queueLengthLimit: queuing.queueLengthLimit ?? 50 },
      );
  }

  /** `serverSeats` are shared by `shareSum` shares. */
  share(serverSeats: number, shareSum: number): void {
    this.#serverSeats = serverSeats;
    const { limited, exempt } = this.#configuration.spec ?? {};
    const nominal = Math.ceil((serverSeats * this.shares) / Math.max(shareSum, 1));
    const lendable = Math.round((nominal * ((limited ?? exempt)?.lendablePercent ?? 0)) / 100);
    const percent = limited?.borrowingLimitPercent;
    const borrowable = percent == null ? serverSeats : Math.round((nominal * percent) / 100);
    this.#limits = { nominal, least: nominal - lendable, most: nominal + borrowable };
  }
}
