import { assert } from '#base/assert.ts';
import { deepFreeze, type KubeObject, type ResourceRef } from '#machinery/object.ts';
import { prefixEnd, type Store, type StoreEvent } from '#store/store.ts';
import { parseExactJson } from '#machinery/json-parse.ts';

/** One write, as it came into the store. */
export interface WorldChange {
  readonly revision: number;
  readonly type: 'added' | 'updated' | 'deleted';
  /** 'core/pods', 'apps/deployments'. */
  readonly bucket: string;
  /** 'namespace/name' or 'name'. */
  readonly key: string;
  /** Of a deletion: the last state. */
  readonly object: KubeObject;
  readonly old: KubeObject | undefined;
}

const root = '/registry/';
const decoder = new TextDecoder();

function decode(bytes: Uint8Array): KubeObject {
  return deepFreeze(parseExactJson(decoder.decode(bytes)) as KubeObject);
}

function bucketOf({ group, resource }: ResourceRef): string {
  return `${group === '' ? 'core' : group}/${resource}`;
}

/** The truth: what is in the store, read past the API server, and every change of it. */
export class World implements Disposable {
  readonly #buckets = new Map<string, Map<string, KubeObject>>();
  readonly #listeners: ((change: WorldChange) => void)[] = [];
  readonly #revisions = new WeakMap<KubeObject, number>();
  readonly #watch: Disposable;
  #revision = 0;

  /** The store must still be empty. */
  constructor(store: Store) {
    this.#watch = store.watch(
      { key: root, rangeEnd: prefixEnd(root), startRevision: store.revision + 1 },
      {
        events: (revision, events) => this.#apply(revision, events),
        ended: () => {},
      },
    );
  }

  get revision(): number {
    return this.#revision;
  }

  onChange(listener: (change: WorldChange) => void): void {
    this.#listeners.push(listener);
  }

  get<T extends KubeObject>(ref: ResourceRef<T>, key: string): T | undefined {
    return this.#buckets.get(bucketOf(ref))?.get(key) as T | undefined;
  }

  list<T extends KubeObject>(ref: ResourceRef<T>, namespace?: string): T[] {
    const all = [...(this.#buckets.get(bucketOf(ref))?.values() ?? [])] as unknown as T[];
    return namespace ? all.filter(object => object.metadata.namespace === namespace) : all;
  }

  /** Of the write that made an object what it is. */
  revisionOf(object: KubeObject): number {
    return this.#revisions.get(object) ?? 0;
  }

  /** Everything, of every resource. */
  *all(): Iterable<{ readonly bucket: string; readonly key: string; readonly object: KubeObject }> {
    for (const [bucket, objects] of this.#buckets)
      for (const [key, object] of objects) yield { bucket, key, object };
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #apply(revision: number, events: readonly StoreEvent[]): void {
    assert(revision > this.#revision, `the store went from revision ${this.#revision} to ${revision}`);
    this.#revision = revision;
    for (const event of events) this.#applyOne(revision, event);
  }

  #applyOne(revision: number, event: StoreEvent): void {
    const second = event.kv.key.indexOf('/', event.kv.key.indexOf('/', root.length) + 1);
    const bucket = event.kv.key.slice(root.length, second);
    const key = event.kv.key.slice(second + 1);
    const objects = this.#buckets.get(bucket) ?? new Map<string, KubeObject>();
    this.#buckets.set(bucket, objects);
    const old = objects.get(key);
    const object = event.type === 'put' ? decode(event.kv.value) : old;
    if (!object) return;
    if (event.type === 'put') this.#revisions.set(object, revision);
    if (event.type === 'put') objects.set(key, object);
    else objects.delete(key);
    const type = event.type === 'delete' ? 'deleted' : old ? 'updated' : 'added';
    for (const listener of this.#listeners) listener({ revision, type, bucket, key, object, old });
  }
}
