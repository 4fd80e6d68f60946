import type { Exchange } from './exchange.ts';

/** A request until its answer is complete. */
export interface UnderwayRequest {
  readonly exchange: Exchange;
  /** Where it is among those that have no answer yet; -1 once it has. */
  at: number;
  /** That it has been through. */
  sweeps: number;
  /** Whose answer lasts until somebody ends it. */
  lasting: Set<UnderwayRequest> | undefined;
}

/** The requests of a listener that have no answer yet, and the answers that last until somebody ends them. */
export class Underway {
  /** In no order. Each table that a map outgrows would keep what was in it alive until a full collection. */
  readonly #requests: UnderwayRequest[] = [];
  readonly #watches = new Set<UnderwayRequest>();
  /** Other servers' answers that may go on for as long as they like: logs that are followed, proxies. */
  readonly #streams = new Set<UnderwayRequest>();
  #ended: PromiseWithResolvers<void> | undefined;

  begin(exchange: Exchange): UnderwayRequest {
    const request: UnderwayRequest = { exchange, at: this.#requests.length, sweeps: 0, lasting: undefined };
    this.#requests.push(request);
    return request;
  }

  /** Its answer has begun, and is waited for no more. */
  lasts(request: UnderwayRequest, type: 'watch' | 'stream'): void {
    request.lasting = type === 'watch' ? this.#watches : this.#streams;
    request.lasting.add(request);
    this.#answered(request);
    if (this.#ended && type === 'watch') request.exchange.end();
  }

  over(request: UnderwayRequest): void {
    request.lasting?.delete(request);
    this.#answered(request);
  }

  /** Called now and then: cuts off answers that a client takes too long to read, for what they hold others wait for. */
  sweep(sweepsMax: number): void {
    for (const request of [...this.#requests]) {
      if (request.sweeps++ >= sweepsMax && request.exchange.hasBegun) request.exchange.cutOff();
    }
  }

  /** Ends watches in order; once all requests are answered, cuts off what lasts and resolves. */
  async end(): Promise<void> {
    this.#ended ??= Promise.withResolvers();
    for (const { exchange } of this.#watches) exchange.end();
    if (this.#requests.length === 0) this.#ended.resolve();
    await this.#ended.promise;
    for (const { exchange } of this.#streams) exchange.cutOff();
  }

  #answered(request: UnderwayRequest): void {
    if (request.at < 0) return;
    const last = this.#requests.pop()!;
    if (last !== request) {
      this.#requests[request.at] = last;
      last.at = request.at;
    }
    request.at = -1;
    if (this.#requests.length === 0) this.#ended?.resolve();
  }
}
