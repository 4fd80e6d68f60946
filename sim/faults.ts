import { type Random, randomInt } from '#base/random.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import type { TransportRequest } from '#client/transport.ts';

/** What goes wrong with one request. `after`: the server has done it all the same. */
export interface RequestFault {
  readonly name: string;
  readonly when: 'before' | 'after';
  readonly error: () => Error;
}

/** What goes wrong with one watch, `afterMs` after its start. */
export type WatchFault =
  | { readonly name: 'reset' | 'end' | 'expired'; readonly afterMs: number }
  /** Events come late, in order all the same. */
  | { readonly name: 'stall'; readonly afterMs: number; readonly forMs: number }
  /** Every event comes twice from then on. */
  | { readonly name: 'twice'; readonly afterMs: number };

interface RequestFaultKind extends RequestFault {
  readonly applies?: (request: TransportRequest) => boolean;
}

const isUpdate = ({ method }: TransportRequest) => method === 'PUT' || method === 'PATCH';

const requestFaults: readonly RequestFaultKind[] = [
  {
    name: 'conflict',
    when: 'before',
    applies: isUpdate,
    error: () =>
      statusError.conflict({ group: '', resource: 'objects' }, 'simulated', 'the object has been modified'),
  },
  { name: 'refused', when: 'before', error: () => new Error('connect ECONNREFUSED') },
  { name: '500', when: 'before', error: () => statusError.internal('simulated') },
  { name: '503', when: 'before', error: () => statusError.unavailable('simulated') },
  { name: '429', when: 'before', error: () => statusError.tooManyRequests('simulated') },
  { name: '504', when: 'before', error: () => statusError.timeout('simulated') },
  { name: 'answer lost', when: 'after', error: () => new Error('read ECONNRESET') },
  { name: '504 after', when: 'after', error: () => statusError.timeout('simulated') },
  { name: '500 after', when: 'after', error: () => statusError.internal('simulated') },
];

/** No request or answer takes longer on its way. */
export const latencyMsMax = 5_000;

const watchFaults = ['reset', 'end', 'expired', 'stall', 'twice'] as const;

function some<T>(random: Random, items: readonly T[]): readonly T[] {
  return items.filter(() => random.next() < 0.6);
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[randomInt(random, items.length)]!;
}

/**
 * Decides what goes wrong. Each seed has a weather of its own, with some kinds of fault left out and others common, so
 * that many seeds reach corners that an average of everything would not (swarm testing).
 */
export class FaultModel {
  /** Off: everything works from here on. */
  active = false;
  readonly #random: Random;
  readonly #requestRate: number;
  readonly #watchRate: number;
  readonly #slowRate: number;
  readonly #requests: readonly RequestFaultKind[];
  readonly #watches: readonly WatchFault['name'][];

  constructor(random: Random) {
    this.#random = random;
    this.#requestRate = pick(random, [0, 0.01, 0.05, 0.15, 0.3]);
    this.#watchRate = pick(random, [0, 0.1, 0.3, 0.7]);
    this.#slowRate = pick(random, [0, 0.02, 0.1]);
    this.#requests = some(random, requestFaults);
    this.#watches = some(random, watchFaults);
  }

  get text(): string {
    const requests = this.#requests.map(kind => kind.name).join(', ');
    return `requests ${this.#requestRate} (${requests}); watches ${this.#watchRate} (${this.#watches.join(', ')}); slow ${this.#slowRate}`;
  }

  request(request: TransportRequest): RequestFault | undefined {
    if (!this.active || this.#random.next() >= this.#requestRate) return undefined;
    const kinds = this.#requests.filter(kind => kind.applies?.(request) ?? true);
    return kinds.length > 0 ? pick(this.#random, kinds) : undefined;
  }

  watch(): WatchFault | undefined {
    if (!this.active || this.#watches.length === 0 || this.#random.next() >= this.#watchRate)
      return undefined;
    const name = pick(this.#random, this.#watches);
    const afterMs = randomInt(this.#random, 20_000);
    return name === 'stall'
      ? { name, afterMs, forMs: 1 + randomInt(this.#random, 15_000) }
      : { name, afterMs };
  }

  /** How long an answer or an event is on its way. */
  latencyMs(): number {
    if (this.active && this.#random.next() < this.#slowRate) return 100 + randomInt(this.#random, 4_000);
    return 1 + randomInt(this.#random, 4);
  }
}

/** How a transcript names the failure of a request. */
export function errorText(error: unknown): string {
  if (error instanceof StatusError) return `${error.code} ${error.reason}`;
  return error instanceof Error ? error.message : String(error);
}
