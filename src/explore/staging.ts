import type { Clock } from '#base/clock.ts';
import { SeededRandom } from '#base/random.ts';
import { type Client, createClient } from '#client/client.ts';
import type { Transport, TransportRequest, TransportResponse, WatchHandler } from '#client/transport.ts';
import { createVirtualClock } from '#main/virtual-time.ts';
import type { Explorable, Exploration } from './exploration.ts';

/** A way to a server that is yet to start. */
export class LateTransport implements Transport {
  target: Transport | undefined;

  request(request: TransportRequest): Promise<TransportResponse> {
    return this.#there().request(request);
  }

  watch(request: TransportRequest, handler: WatchHandler): Disposable {
    return this.#there().watch(request, handler);
  }

  stream(request: TransportRequest): Promise<AsyncIterable<Uint8Array>> {
    return this.#there().stream(request);
  }

  #there(): Transport {
    if (!this.target) throw new Error('the run has not begun');
    return this.target;
  }
}

export function stagedOn(explorable: Explorable, seed: number, client: Client, clock: Clock): Exploration {
  if (typeof explorable !== 'function') return explorable;
  return explorable({ client, clock, random: new SeededRandom(seed) });
}

/** The names of the steps, in order. */
export function stepNames(explorable: Explorable, seed: number): string[] {
  const { steps } = stagedOn(explorable, seed, createClient(new LateTransport()), createVirtualClock());
  return steps.map(step => step.name);
}
