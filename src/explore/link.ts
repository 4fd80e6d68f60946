import { sleep } from '#base/clock.ts';
import type { Transport, TransportRequest, TransportResponse, WatchHandler } from '#client/transport.ts';
import { statusError } from '#machinery/status.ts';
import { type FaultKind, faultKinds, jumpMs, type Site } from './fault-kinds.ts';
import type { Lifeline } from './lifeline.ts';
import { placeOf, targetOf } from './request-place.ts';
import type { Surroundings } from './surroundings.ts';
import { ExploredWatch } from './watch.ts';

const reset = () => new Error('read ECONNRESET');
const simulated = 'simulated by the explorer';

/** The way from one life of the controllers to the API server, where things go wrong as the script says. */
export class ExploredLink implements Transport {
  readonly #surroundings: Surroundings;
  readonly #life: Lifeline;
  /** Until when lists of a resource wait, in monotonic milliseconds. */
  readonly #held = new Map<string, number>();

  constructor(surroundings: Surroundings, life: Lifeline) {
    this.#surroundings = surroundings;
    this.#life = life;
  }

  request(request: TransportRequest): Promise<TransportResponse> {
    if (this.#life.over) return Promise.reject(reset());
    return this.#life.race(this.#request(request), reset);
  }

  watch(request: TransportRequest, handler: WatchHandler): Disposable {
    const { resource = '' } = targetOf(request.path) ?? {};
    return new ExploredWatch(this.#surroundings, this.#life, request, handler, {
      place: `watch ${resource}`,
      kinds: this.#kinds('watch', request),
      holdLists: untilMs => this.#held.set(request.path, untilMs),
    });
  }

  stream(): Promise<AsyncIterable<Uint8Array>> {
    return Promise.reject(new Error('the explorer has no streams'));
  }

  #kinds(site: Site, request: TransportRequest): string[] {
    const fits = (kind: FaultKind) => kind.site === site && (kind.applies?.(request) ?? true);
    return faultKinds.filter(fits).flatMap(({ name }) => (this.#surroundings.allows(name) ? [name] : []));
  }

  async #request(request: TransportRequest): Promise<TransportResponse> {
    const { clock, points, server } = this.#surroundings;
    await sleep(clock, 1);
    const heldMs = (this.#held.get(request.path) ?? 0) - clock.monotonicMs();
    if (request.method === 'GET' && heldMs > 0) await sleep(clock, heldMs);
    const place = placeOf(request);
    const site = request.method === 'GET' ? 'read' : 'write';
    const fault = place && points.pass(place, this.#kinds(site, request));
    if (fault) this.#surroundings.note(`${place} ${targetOf(request.path)?.name ?? ''} meets: ${fault}`);
    if (fault) await this.#before(fault, request);
    if (this.#life.over) throw reset();
    const answer = await server.request(request);
    if (fault === 'crash after') this.#surroundings.crash();
    if (fault === 'unanswered' || this.#life.over) throw reset();
    await sleep(clock, 1);
    return answer;
  }

  async #before(fault: string, { path }: TransportRequest): Promise<void> {
    const { crash, userFirst, touch, jumpClock } = this.#surroundings;
    if (fault === 'conflict') {
      const { group = '', resource = '', name = '' } = targetOf(path) ?? {};
      throw statusError.conflict({ group, resource }, name, simulated);
    }
    if (fault === 'refused' || fault === 'unread') throw statusError.internal(simulated);
    if (fault === 'crash before') crash();
    if (fault === 'user first') await userFirst();
    if (fault === 'touched') await touch(path);
    if (fault === 'clock on') jumpClock(jumpMs);
    if (fault === 'clock back') jumpClock(-jumpMs);
  }
}
