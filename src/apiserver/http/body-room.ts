import type { X509Certificate } from 'node:crypto';
import type { RequestHead } from './exchange.ts';

/** What all bodies may take together that are not answered yet, and those of one asker. */
const allBytesMax = 256 * 1024 * 1024;
const askerBytesMax = 64 * 1024 * 1024;

/** Whether a large body is read: `room` is given back once it is not needed any more. Otherwise why it is not read. */
export type BodyPass = { readonly room: Disposable } | 'stranger' | 'crowded';

/** Asked once for each request whose body is more than anybody may send. */
export type AdmitBody = (
  head: RequestHead,
  certificate: X509Certificate | undefined,
  bytes: number,
) => BodyPass | Promise<BodyPass>;

/** Bounds what large bodies take, as seats bound the requests that they belong to. */
export class BodyRoom {
  #bytes = 0;
  readonly #ofAskers = new Map<string, number>();

  take(asker: string, bytes: number): BodyPass {
    const own = this.#ofAskers.get(asker) ?? 0;
    if (this.#bytes + bytes > allBytesMax || own + bytes > askerBytesMax) return 'crowded';
    this.#add(asker, bytes);
    let isTaken = true;
    const giveBack = () => {
      if (isTaken) this.#add(asker, -bytes);
      isTaken = false;
    };
    return { room: { [Symbol.dispose]: giveBack } };
  }

  #add(asker: string, bytes: number): void {
    this.#bytes += bytes;
    const own = (this.#ofAskers.get(asker) ?? 0) + bytes;
    if (own > 0) this.#ofAskers.set(asker, own);
    else this.#ofAskers.delete(asker);
  }
}
