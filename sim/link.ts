import { sleep } from '#base/clock.ts';
import type { Transport, TransportRequest, TransportResponse, WatchHandler } from '#client/transport.ts';
import { errorText, type RequestFault } from './faults.ts';
import type { LinkOptions } from './link-options.ts';
import { isNoise, requestText } from './transcript.ts';
import { WatchPipe } from './watch-pipe.ts';

const reset = () => new Error('read ECONNRESET');

/** The network between one client and the API server: it takes time, fails as the fault model says, and ends with either. */
export class Link implements Transport {
  readonly #options: LinkOptions;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  request(request: TransportRequest): Promise<TransportResponse> {
    return this.#options.life.race(this.#request(request), reset);
  }

  watch(request: TransportRequest, handler: WatchHandler): Disposable {
    const { spared, faults } = this.#options;
    return new WatchPipe(this.#options, request, handler, spared ? undefined : faults.watch());
  }

  stream(): Promise<AsyncIterable<Uint8Array>> {
    return Promise.reject(new Error('hollow nodes have no streams'));
  }

  async #request(request: TransportRequest): Promise<TransportResponse> {
    const { clock, faults, spared, life } = this.#options;
    if (life.over) throw reset();
    const fault = spared ? undefined : faults.request(request);
    await sleep(clock, 1 + Math.floor(faults.latencyMs() / 4));
    const server = this.#options.server();
    if (life.over || !server) throw new Error('connect ECONNREFUSED');
    try {
      if (fault?.when === 'before') throw fault.error();
      const answer = await server.life.race(server.transport.request(request), reset);
      this.#note(request, answer.body, 'ok', fault);
      await server.life.race(sleep(clock, faults.latencyMs()), reset);
      if (fault) throw fault.error();
      return answer;
    } catch (error) {
      this.#note(request, undefined, errorText(error), fault);
      throw error;
    }
  }

  #note(request: TransportRequest, answer: unknown, outcome: string, fault: RequestFault | undefined): void {
    const { transcript, name } = this.#options;
    if (!fault && (request.method === 'GET' || isNoise(request))) return;
    const why = fault ? ` [${fault.name}]` : '';
    transcript.add(name, `${requestText(request, answer)} -> ${outcome}${why}`);
  }
}
