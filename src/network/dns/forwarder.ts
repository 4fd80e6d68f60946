import type { Clock } from '#base/clock.ts';
import type { Resolver } from './resolvers.ts';
import type { DnsSockets } from './sockets-port.ts';
import { type Query, rcodes } from './wire.ts';
import { answersTo, isTruncated, rcodeOf, readTtls } from './wire-read.ts';
import { age, relabel } from './wire-write.ts';

export interface ForwarderOptions {
  readonly resolvers: readonly Resolver[];
  readonly sockets: DnsSockets;
  readonly clock: Clock;
}

interface CachedAnswer {
  readonly message: Uint8Array;
  readonly ttlOffsets: readonly number[];
  readonly atMs: number;
  readonly untilMs: number;
}

const timeoutMs = 2_000;
const ttlSecondsMax = 30;
const entriesMax = 10_000;

/** No resolver answered. */
export class NoResolverError extends Error {
  override readonly name = 'NoResolverError';
}

/** Asks the host's resolvers, in turn until one answers, and remembers answers for a short time. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #cache = new Map<string, CachedAnswer>();
  readonly #asking = new Map<string, Promise<Uint8Array>>();

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** The answer to a query, `message` being its bytes. Rejects with NoResolverError. */
  async resolve(query: Query, message: Uint8Array): Promise<Uint8Array> {
    const key = [
      query.name,
      query.type,
      query.class,
      query.edns?.dnssecOk,
      query.checkingDisabled,
      query.edns !== undefined,
    ].join(' ');
    const cached = this.#cached(key);
    const answer = cached ?? (await this.#askOnce(key, message));
    return relabel(answer, query.id, query.question);
  }

  #cached(key: string): Uint8Array | undefined {
    const entry = this.#cache.get(key);
    const nowMs = this.#options.clock.monotonicMs();
    if (!entry || entry.untilMs <= nowMs) return undefined;
    const message = entry.message.slice();
    age(message, entry.ttlOffsets, Math.floor((nowMs - entry.atMs) / 1000));
    return message;
  }

  #askOnce(key: string, message: Uint8Array): Promise<Uint8Array> {
    let asking = this.#asking.get(key);
    if (!asking) {
      asking = this.#ask(message).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
      asking.then(
        answer => this.#remember(key, answer),
        () => {},
      );
    }
    return asking;
  }

  async #ask(message: Uint8Array): Promise<Uint8Array> {
    const { sockets, resolvers } = this.#options;
    const own = relabel(message, sockets.randomId());
    const failures: string[] = [];
    for (const resolver of resolvers) {
      const request = {
        resolver,
        message: own,
        timeoutMs,
        accept: (answer: Uint8Array) => answersTo(answer, own),
      };
      try {
        const answer = await sockets.exchange({ ...request, transport: 'udp' });
        return isTruncated(answer) ? await sockets.exchange({ ...request, transport: 'tcp' }) : answer;
      } catch (error) {
        failures.push(`${resolver.address}: ${(error as Error).message}`);
      }
    }
    throw new NoResolverError(failures.join('; ') || 'the host has no resolver');
  }

  #remember(key: string, message: Uint8Array): void {
    const rcode = rcodeOf(message);
    if (isTruncated(message) || (rcode !== rcodes.noError && rcode !== rcodes.nameError)) return;
    try {
      const { offsets, least } = readTtls(message);
      const seconds = Math.min(least, ttlSecondsMax);
      if (seconds === 0 || offsets.length === 0) return;
      const atMs = this.#options.clock.monotonicMs();
      this.#cache.delete(key);
      this.#cache.set(key, { message, ttlOffsets: offsets, atMs, untilMs: atMs + seconds * 1000 });
    } catch {
      // An answer that cannot be read is passed on as it is, and not kept.
      return;
    }
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= entriesMax) break;
      this.#cache.delete(oldest);
    }
  }
}
