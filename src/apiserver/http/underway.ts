import type { Exchange } from './exchange.ts';

/** The requests of a listener that have no answer yet, and the answers that last until somebody ends them. */
export class Underway {
  /** Each with the sweeps that it has been through. */
  readonly #requests = new Map<Exchange, number>();
  readonly #watches = new Set<Exchange>();
  /** Other servers' answers that may go on for as long as they like: logs that are followed, proxies. */
  readonly #streams = new Set<Exchange>();
  #ended: PromiseWithResolvers<void> | undefined;

  begin(exchange: Exchange): void {
    this.#requests.set(exchange, 0);
  }

  /** Its answer has begun, and is waited for no more. */
  lasts(exchange: Exchange, type: 'watch' | 'stream'): void {
    const lasting = type === 'watch' ? this.#watches : this.#streams;
    lasting.add(exchange);
    this.#done(exchange);
    if (this.#ended && type === 'watch') exchange.end();
  }

  over(exchange: Exchange): void {
    this.#watches.delete(exchange);
    this.#streams.delete(exchange);
    this.#done(exchange);
  }

  /** Called now and then: cuts off answers that a client takes too long to read, for what they hold others wait for. */
  sweep(sweepsMax: number): void {
    for (const [exchange, sweeps] of this.#requests) {
      if (sweeps >= sweepsMax && exchange.hasBegun) exchange.cutOff();
      else this.#requests.set(exchange, sweeps + 1);
    }
  }

  /** Ends watches in order; once all requests are answered, cuts off what lasts and resolves. */
  async end(): Promise<void> {
    this.#ended ??= Promise.withResolvers();
    for (const watch of this.#watches) watch.end();
    if (this.#requests.size === 0) this.#ended.resolve();
    await this.#ended.promise;
    for (const stream of this.#streams) stream.cutOff();
  }

  #done(exchange: Exchange): void {
    this.#requests.delete(exchange);
    if (this.#requests.size === 0) this.#ended?.resolve();
  }
}
