import type { Breathe } from '#base/time-slice.ts';
import { type KubeObject, objectKey, type ResourceRef } from '#machinery/object.ts';
import type { Client } from './client.ts';
import type { InformerOptions, InformerSeams } from './informer-options.ts';
import { ObjectCache } from './object-cache.ts';
import { Reflector, type ReflectorTarget } from './reflector.ts';

/** What a handler hears. All of it is called synchronously, in the order of the server's revisions. Must not throw. */
export interface InformerHandlers<T> {
  added?(object: T): void;
  updated?(object: T, old: T): void;
  /** The last known state: the final one, unless the deletion fell into a gap of the watch. */
  deleted?(object: T): void;
}

export type IndexFunction<T> = (object: T) => readonly string[];

/** The read side of an informer: the newest state that this process has seen of a resource. Objects are frozen. */
export interface Lister<T> {
  /** By `objectKey`. */
  get(key: string): T | undefined;
  /** All, or those of one namespace; in no set order, but the same order in every equal run. */
  list(namespace?: string): readonly T[];
  /** Those that `addIndex(name, …)` filed under `value`. */
  byIndex(name: string, value: string): readonly T[];
  readonly size: number;
}

/** Objects of a list that are taken without asking whether the turn is spent. */
const objectsAtOnce = 16;

/** A resource, listed and watched into memory. */
export class Informer<T extends KubeObject = KubeObject> implements Lister<T>, Disposable {
  readonly ref: ResourceRef<T>;
  readonly #cache = new ObjectCache<T>();
  readonly #handlers = new Set<InformerHandlers<T>>();
  readonly #reflector: Reflector<T>;
  readonly #breathe: Breathe | undefined;
  readonly #waiting: (() => void)[] = [];
  #synced = false;
  #disposed = false;

  constructor(client: Client, ref: ResourceRef<T>, options: InformerOptions, seams: InformerSeams) {
    this.ref = ref;
    this.#breathe = seams.breathe;
    const target: ReflectorTarget<T> = {
      replace: objects => this.#replace(objects),
      upsert: object => void this.#upsert(object),
      remove: object => this.#remove(objectKey(object), object),
    };
    this.#reflector = new Reflector(client, ref, options, target, seams);
  }

  /** The first list is in, and every handler has heard of it. */
  get synced(): boolean {
    return this.#synced;
  }

  /** The resourceVersion up to which the cache is complete; '' before the first list. */
  get resourceVersion(): string {
    return this.#reflector.resourceVersion;
  }

  get size(): number {
    return this.#cache.size;
  }

  get(key: string): T | undefined {
    return this.#cache.get(key);
  }

  list(namespace?: string): readonly T[] {
    return namespace ? this.#cache.byNamespace(namespace) : this.#cache.all();
  }

  byIndex(name: string, value: string): readonly T[] {
    return this.#cache.byIndex(name, value);
  }

  /** Adds an index once; a second call with the same name is ignored (same name, same meaning). */
  addIndex(name: string, index: IndexFunction<T>): void {
    this.#cache.addIndex(name, index);
  }

  /** Hears of every object that is there already, as added, and of every change from then on. */
  on(handlers: InformerHandlers<T>): Disposable {
    this.#handlers.add(handlers);
    for (const object of this.#cache.all()) handlers.added?.(object);
    return { [Symbol.dispose]: () => this.#handlers.delete(handlers) };
  }

  start(): void {
    this.#reflector.start();
  }

  /** Resolves with the first list. Never rejects: an informer tries until it is disposed. */
  whenSynced(): Promise<void> {
    if (this.#synced) return Promise.resolve();
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#reflector[Symbol.dispose]();
    this.#handlers.clear();
  }

  #replace(objects: readonly T[]): undefined | Promise<void> {
    return this.#replaceFrom(objects, 0, new Set(this.#cache.all()));
  }

  /** In pieces, for handlers have work with each object. `gone`: those in whose place none of the objects before came. */
  #replaceFrom(objects: readonly T[], from: number, gone: Set<T>): undefined | Promise<void> {
    for (let at = from; at < objects.length; at++) {
      const old = this.#upsert(objects[at]!);
      if (old) gone.delete(old);
      const wait = at % objectsAtOnce === objectsAtOnce - 1 ? this.#breathe?.() : undefined;
      if (wait)
        return wait.then(() => (this.#disposed ? undefined : this.#replaceFrom(objects, at + 1, gone)));
    }
    for (const object of gone) this.#remove(objectKey(object));
    if (this.#synced) return undefined;
    this.#synced = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
    return undefined;
  }

  /** Answers what stood in its place. */
  #upsert(object: T): T | undefined {
    const old = this.#cache.set(objectKey(object), object);
    if (!old) {
      for (const handlers of this.#handlers) handlers.added?.(object);
    } else if (old.metadata.uid !== object.metadata.uid) {
      // The name was deleted and made anew in a gap: two events, as a watch without the gap had shown.
      for (const handlers of this.#handlers) handlers.deleted?.(old);
      for (const handlers of this.#handlers) handlers.added?.(object);
    } else if (old.metadata.resourceVersion !== object.metadata.resourceVersion) {
      for (const handlers of this.#handlers) handlers.updated?.(object, old);
    }
    return old;
  }

  #remove(key: string, final?: T): void {
    const old = this.#cache.delete(key);
    if (!old) return;
    for (const handlers of this.#handlers) handlers.deleted?.(final ?? old);
  }
}

/** Shares one informer among all who ask for the same resource, namespace and selectors; owns them all. */
export class InformerFactory implements Disposable {
  readonly #client: Client;
  readonly #seams: InformerSeams;
  readonly #informers = new Map<string, Informer>();
  #started = false;

  constructor(client: Client, seams: InformerSeams) {
    this.#client = client;
    this.#seams = seams;
  }

  /** The shared informer; it runs once the factory is started. */
  informer<T extends KubeObject>(ref: ResourceRef<T>, options: InformerOptions = {}): Informer<T> {
    const key = JSON.stringify([
      ref.group,
      ref.version,
      ref.resource,
      options.namespace ?? '',
      options.labelSelector ?? '',
      options.fieldSelector ?? '',
    ]);
    let informer = this.#informers.get(key) as Informer<T> | undefined;
    if (!informer) {
      informer = new Informer(this.#client, ref, options, this.#seams);
      this.#informers.set(key, informer as unknown as Informer);
      if (this.#started) informer.start();
    }
    return informer;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const informer of this.#informers.values()) informer.start();
  }

  /** Resolves when all informers asked for so far are synced. */
  async whenSynced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map(informer => informer.whenSynced()));
  }

  [Symbol.dispose](): void {
    for (const informer of this.#informers.values()) informer[Symbol.dispose]();
    this.#informers.clear();
  }
}
