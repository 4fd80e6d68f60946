import { sleep } from '#base/clock.ts';
import type { KubeObject, ResourceRef, WatchEvent } from '#machinery/object.ts';
import { hasReason, qualified, type Status, StatusError } from '#machinery/status.ts';
import type { Client } from './client.ts';
import type { InformerOptions, InformerSeams } from './informer-options.ts';
import { Backoff } from './retry.ts';

/** Where a reflector writes what it sees. */
export interface ReflectorTarget<T> {
  /** The whole state, after a list. Nothing else is called until what it answers has resolved. */
  replace(objects: readonly T[]): undefined | Promise<void>;
  upsert(object: T): void;
  remove(object: T): void;
}

// client-go's reflector: waits between attempts, the life of one watch, and the life of one too short to be a success.
const backoffOptions = { baseMs: 800, capMs: 30_000, factor: 2, jitter: 1 };
const watchSecondsMin = 300;
const shortWatchMs = 1000;

/**
 * Lists, then watches from the list's resourceVersion, until disposed. A watch that ends in order goes on from its
 * last event; one whose history is gone (410) lists anew; failures wait longer each time.
 */
export class Reflector<T extends KubeObject> implements Disposable {
  readonly #client: Client;
  readonly #ref: ResourceRef<T>;
  readonly #options: InformerOptions;
  readonly #target: ReflectorTarget<T>;
  readonly #seams: InformerSeams;
  readonly #backoff: Backoff;
  readonly #abort = new AbortController();
  #resourceVersion = '';
  #historyGone = false;
  #started = false;

  constructor(
    client: Client,
    ref: ResourceRef<T>,
    options: InformerOptions,
    target: ReflectorTarget<T>,
    seams: InformerSeams,
  ) {
    this.#client = client;
    this.#ref = ref;
    this.#options = options;
    this.#target = target;
    this.#seams = seams;
    this.#backoff = new Backoff(seams.random, backoffOptions);
  }

  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#run();
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  get #stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#list();
        while (!this.#stopped) await this.#watchOnce();
      } catch (error) {
        if (this.#stopped) return;
        this.#note(error);
        await this.#pause(error);
      }
    }
  }

  /** Asks for a state no older than the last one seen; after a 410, for the newest there is. */
  async #list(): Promise<void> {
    const { labelSelector, fieldSelector, namespace } = this.#options;
    const resourceVersion = this.#historyGone ? '' : this.#resourceVersion || '0';
    const list = await this.#client.list(this.#ref, namespace ?? '', {
      labelSelector,
      fieldSelector,
      resourceVersion,
    });
    if (this.#stopped) return;
    this.#historyGone = false;
    const wait = this.#target.replace(list.items);
    if (wait) await wait;
    this.#resourceVersion = list.metadata.resourceVersion ?? '';
  }

  /** One watch to its end. Throws where a new list is due; a refused connection is tried again from here. */
  async #watchOnce(): Promise<void> {
    const startedMs = this.#seams.clock.monotonicMs();
    const before = this.#resourceVersion;
    try {
      await this.#watch();
    } catch (error) {
      if (this.#resourceVersion !== before) this.#backoff.reset();
      if (!canResume(error)) throw error;
      await this.#pause(error);
      return;
    }
    if (this.#stopped) return;
    const lastedMs = this.#seams.clock.monotonicMs() - startedMs;
    if (lastedMs < shortWatchMs && this.#resourceVersion === before) await this.#pause('very short watch');
    else this.#backoff.reset();
  }

  #watch(): Promise<void> {
    const { labelSelector, fieldSelector, namespace } = this.#options;
    const { signal } = this.#abort;
    return new Promise((resolve, reject) => {
      const stop = () => {
        watch[Symbol.dispose]();
        resolve();
      };
      const finish = (error?: unknown) => {
        signal.removeEventListener('abort', stop);
        if (error === undefined) resolve();
        else reject(error);
      };
      const watch = this.#client.watch<T>(
        this.#ref,
        namespace ?? '',
        {
          labelSelector,
          fieldSelector,
          resourceVersion: this.#resourceVersion,
          allowWatchBookmarks: true,
          ...(this.#client.transport.isInProcess
            ? {}
            : { timeoutSeconds: Math.ceil(watchSecondsMin * (1 + this.#seams.random.next())) }),
        },
        {
          event: event => {
            if (signal.aborted) return;
            const failure = this.#apply(event as WatchEvent<T>);
            if (!failure) return;
            watch[Symbol.dispose]();
            finish(failure);
          },
          end: finish,
        },
      );
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }

  #apply(event: WatchEvent<T>): StatusError | undefined {
    if (event.type === 'ERROR') return new StatusError(event.object as unknown as Status);
    const { resourceVersion } = event.object.metadata;
    if (event.type === 'DELETED') this.#target.remove(event.object);
    else if (event.type !== 'BOOKMARK') this.#target.upsert(event.object);
    if (resourceVersion) this.#resourceVersion = resourceVersion;
    return undefined;
  }

  /** A 410 says that history is gone; a version from the future, that the server was reset to an older state. */
  #note(error: unknown): void {
    const tooLarge = /Too large resource version/.test(error instanceof Error ? error.message : '');
    if (hasReason(error, 'Expired') || hasReason(error, 'Gone') || tooLarge) this.#historyGone = true;
  }

  async #pause(why: unknown): Promise<void> {
    const delayMs = this.#backoff.next();
    this.#seams.log.debug('informer waits before it goes on', {
      resource: qualified(this.#ref),
      delayMs,
      error: why instanceof Error ? why.message : String(why),
    });
    // Aborting is the one reason to reject, and the loop looks at it next.
    await sleep(this.#seams.clock, delayMs, this.#abort.signal).catch(() => {});
  }
}

/** No connection, or a server that asks for patience: the place in the history is still good. */
function canResume(error: unknown): boolean {
  if (!(error instanceof StatusError)) return true;
  return error.code === 429 || error.code >= 500;
}
