import assert from 'node:assert/strict';
import { type KubeConfig, type KubernetesObject, Watch } from '@kubernetes/client-node';

export interface WatchEvent<T> {
  readonly type: string;
  readonly object: T;
}

export interface WatchOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
}

/** A watch of the client library that keeps what it saw, in order. */
export class Watcher<T extends KubernetesObject> implements Disposable {
  readonly events: WatchEvent<T>[] = [];
  #taken = 0;
  #failure: unknown;
  #wake: (() => void) | undefined;
  #controller: AbortController | undefined;

  /** Resolves when the server has answered, so that what is written from now on is seen. */
  static async open<T extends KubernetesObject>(
    config: KubeConfig,
    path: string,
    options: WatchOptions,
  ): Promise<Watcher<T>> {
    const watcher = new Watcher<T>();
    watcher.#controller = await new Watch(config).watch(
      path,
      { ...options, timeoutSeconds: 120 },
      (type, object) => watcher.#saw({ type, object: object as T }),
      error => watcher.#ended(error),
    );
    return watcher;
  }

  #saw(event: WatchEvent<T>): void {
    this.events.push(event);
    this.#wake?.();
  }

  #ended(error: unknown): void {
    this.#failure = error ?? new Error('the server ended the watch');
    this.#wake?.();
  }

  /** The next event, whatever it is. */
  async next(timeoutMs = 10_000): Promise<WatchEvent<T>> {
    const deadline = Date.now() + timeoutMs;
    while (this.#taken >= this.events.length) {
      if (this.#failure !== undefined) throw this.#failure;
      const leftMs = deadline - Date.now();
      assert.ok(leftMs > 0, `no watch event within ${timeoutMs} ms; before: ${this.types.join(' ')}`);
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.events[this.#taken++]!;
  }

  /** The next event, which must be of this type. */
  async expect(type: string): Promise<T> {
    const event = await this.next();
    assert.equal(event.type, type, `watch event of ${event.object.metadata?.name}`);
    return event.object;
  }

  /** The first event from here on that fits; the others are passed over. */
  async until(type: string, fits: (object: T) => boolean = () => true, timeoutMs = 20_000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const event = await this.next(Math.max(1, deadline - Date.now()));
      if (event.type === type && fits(event.object)) return event.object;
    }
  }

  get types(): string[] {
    return this.events.map(event => event.type);
  }

  [Symbol.dispose](): void {
    this.#controller?.abort();
  }
}
