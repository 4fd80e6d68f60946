import type { PriorityLevelConfiguration } from '#api/generated/types/flowcontrol.v1.ts';
import type { Clock } from '#base/clock.ts';
import { QueueSet } from './queue-set.ts';
import { RetryAfter } from './retry-after.ts';

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

  constructor(configuration: PriorityLevelConfiguration, clock: Clock) {
    this.name = configuration.metadata.name!;
    this.#configuration = configuration;
    this.queues = new QueueSet(clock, () => this.#retryAfter.drop());
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
    this.queues.setLimit(seats);
  }

  configure(configuration: PriorityLevelConfiguration): void {
    this.#configuration = configuration;
    const { queuing } = this;
    this.queues.configure(
      queuing && { queues: queuing.queues ?? 64, queueLengthLimit: queuing.queueLengthLimit ?? 50 },
    );
  }

  /** `serverSeats` are shared by `shareSum` shares. */
  share(serverSeats: number, shareSum: number): void {
    const { limited, exempt } = this.#configuration.spec ?? {};
    const nominal = Math.ceil((serverSeats * this.shares) / Math.max(shareSum, 1));
    const lendable = Math.round((nominal * ((limited ?? exempt)?.lendablePercent ?? 0)) / 100);
    const percent = limited?.borrowingLimitPercent;
    const borrowable = percent == null ? serverSeats : Math.round((nominal * percent) / 100);
    this.#limits = { nominal, least: nominal - lendable, most: nominal + borrowable };
  }
}
