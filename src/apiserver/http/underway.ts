import type { Exchange } from './exchange.ts';

/** The requests of a listener that have no answer yet, and the answers that last until somebody ends them. */
export class Underway {
  readonly #requests = new Set<Exchange>();
  readonly #watches = new Set<Exchange>();
  /** Other servers' answers that may go on for as long as they like: logs that are followed, proxies. */
  readonly #streams = new Set<Exchange>();
  #ended: PromiseWithResolvers<void> | undefined;

  begin(exchange: Exchange): void {
    this.#requests.add(exchange);
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
