import { DisposableStore } from '#base/disposable.ts';
import type { TransportRequest, WatchHandler } from '#client/transport.ts';
import type { WatchEvent } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { WatchFault } from './faults.ts';
import type { LinkOptions, Server } from './link-options.ts';
import { requestText } from './transcript.ts';

/** One watch on its way through a link: events come in order, late, and until something breaks. */
export class WatchPipe implements Disposable {
  readonly #options: LinkOptions;
  readonly #request: TransportRequest;
  readonly #handler: WatchHandler;
  readonly #owned = new DisposableStore();
  readonly #queue: { readonly atMs: number; readonly deliver: () => void }[] = [];
  #timer: Disposable | undefined;
  #stalledUntilMs = 0;
  #copies = 1;

  constructor(
    options: LinkOptions,
    request: TransportRequest,
    handler: WatchHandler,
    fault: WatchFault | undefined,
  ) {
    this.#options = options;
    this.#request = request;
    this.#handler = handler;
    const { clock, life } = options;
    this.#owned.add(life.onEnd(() => this[Symbol.dispose]()));
    if (this.#owned.disposed) return;
    this.#owned.add(clock.after(1 + Math.floor(options.faults.latencyMs() / 4), () => this.#open()));
    if (fault) this.#owned.add(clock.after(fault.afterMs, () => this.#break(fault)));
  }

  [Symbol.dispose](): void {
    this.#owned[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
    this.#queue.length = 0;
  }

  #open(): void {
    const server = this.#options.server();
    if (!server) {
      this.#end(new Error('connect ECONNREFUSED'));
      return;
    }
    this.#owned.add(server.life.onEnd(() => this.#end(new Error('read ECONNRESET'))));
    this.#connect(server);
  }

  #connect(server: Server): void {
    const watch = server.transport.watch(this.#request, {
      event: event => {
        for (let n = 0; n < this.#copies; n++) this.#enqueue(() => this.#handler.event(event as WatchEvent));
      },
      end: error => this.#enqueue(() => this.#end(error)),
    });
    this.#owned.add(watch);
  }

  #enqueue(deliver: () => void): void {
    if (this.#owned.disposed) return;
    const { clock, faults } = this.#options;
    const nowMs = clock.monotonicMs();
    const last = this.#queue.at(-1)?.atMs ?? 0;
    this.#queue.push({ atMs: Math.max(last, this.#stalledUntilMs, nowMs + faults.latencyMs()), deliver });
    if (this.#queue.length === 1) this.#arm();
  }

  #arm(): void {
    const next = this.#queue[0];
    if (!next) return;
    const { clock } = this.#options;
    this.#timer = clock.after(Math.max(0, next.atMs - clock.monotonicMs()), () => this.#deliver());
  }

  #deliver(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (let next = this.#queue[0]; next && next.atMs <= nowMs; next = this.#queue[0]) {
      this.#queue.shift();
      next.deliver();
    }
    if (!this.#owned.disposed) this.#arm();
  }

  #break(fault: WatchFault): void {
    const { faults, transcript, name, clock } = this.#options;
    if (!faults.active) return;
    transcript.add(name, `${requestText(this.#request)} [${fault.name}]`);
    if (fault.name === 'stall') this.#stalledUntilMs = clock.monotonicMs() + fault.forMs;
    else if (fault.name === 'twice') this.#copies = 2;
    else if (fault.name === 'end') this.#end(undefined);
    else if (fault.name === 'reset') this.#end(new Error('read ECONNRESET'));
    else this.#end(statusError.expired('too old resource version: simulated'));
  }

  #end(error: Error | undefined): void {
    if (this.#owned.disposed) return;
    this[Symbol.dispose]();
    this.#handler.end(error);
  }
}
