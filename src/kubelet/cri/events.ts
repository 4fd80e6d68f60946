import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { RuntimeEvent } from '../runtime.ts';
import type { CriConnection } from './connection.ts';
import { fromEvent } from './responses.ts';

const unimplemented = 12;
const retryMs = 1000;

export interface EventWatch {
  readonly connection: CriConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly listener: (event: RuntimeEvent) => void;
}

/**
 * Follows the runtime's events until disposed and reconnects when the stream breaks. A runtime without events
 * (containerd before 1.7) is asked once.
 */
export function watchEvents(watch: EventWatch): Disposable {
  const { connection, clock, log, listener } = watch;
  let disposed = false;
  let cancel: (() => void) | undefined;
  let timer: Disposable | undefined;

  const ended = (error: unknown) => {
    cancel = undefined;
    if (disposed) return;
    if ((error as { code?: unknown } | undefined)?.code === unimplemented) {
      log.debug('the runtime has no events');
      return;
    }
    log.debug('the event stream ended', { error: String(error) });
    timer = clock.after(retryMs, open);
  };
  const open = () => {
    connection.events().then(stream => {
      let over = false;
      const once = (error?: unknown) => {
        if (over) return;
        over = true;
        ended(error);
      };
      stream.on('error', once);
      stream.on('end', () => once());
      stream.on('data', event => {
        if (!disposed) listener(fromEvent(event));
      });
      cancel = () => stream.cancel();
      if (disposed) cancel();
    }, ended);
  };
  open();
  return {
    [Symbol.dispose]: () => {
      disposed = true;
      timer?.[Symbol.dispose]();
      cancel?.();
    },
  };
}
