import { deepEqual } from '#base/equal.ts';
import { Heap } from '#base/heap.ts';
import { StringMap } from '#base/string-map.ts';
import { type KubeObject, objectKey, splitKey } from '#machinery/object.ts';
import { Quantity } from '#machinery/quantity.ts';
import type { ResourceQuota } from './generated/types/core.v1.ts';
import { type Amounts, addAmounts } from './pod-totals.ts';
import { inScope } from './quota-scopes.ts';
import { countedBuckets, overAtMs, usageOf } from './quota-usage.ts';

/** An object on its way out, and when it uses less even if it is still there. */
interface Ending {
  readonly atMs: number;
  readonly bucket: string;
  readonly key: string;
  readonly object: KubeObject;
}

/** What the objects of a namespace use of what a quota limits, kept as they come and go. Objects are frozen. */
export class QuotaTally {
  readonly quota: ResourceQuota;
  readonly buckets: ReadonlySet<string>;
  readonly #names: readonly string[];
  readonly #used: Map<string, Quantity>;
  readonly #objects = new StringMap<KubeObject>();
  readonly #endings = new Heap<Ending>((a, b) => a.atMs < b.atMs);
  /** Those whose time is over. */
  readonly #over = new WeakSet<KubeObject>();

  constructor(quota: ResourceQuota) {
    this.quota = quota;
    this.#names = Object.keys(quota.spec?.hard ?? {});
    this.buckets = countedBuckets(this.#names);
    this.#used = new Map(this.#names.map(name => [name, Quantity.zero]));
  }

  /** An object came or changed; undefined: it went. */
  set(bucket: string, key: string, object: KubeObject | undefined): void {
    if (!this.buckets.has(bucket)) return;
    const id = `${bucket}/${key}`;
    const old = this.#objects.get(id);
    if (old) this.#take(this.#usage(bucket, old));
    if (!object) {
      this.#objects.delete(id);
      return;
    }
    this.#objects.set(id, object);
    addAmounts(this.#used, this.#usage(bucket, object));
    const atMs = overAtMs(bucket, object);
    if (atMs !== undefined) this.#endings.push({ atMs, bucket, key: id, object });
  }

  used(nowMs: number): Amounts {
    for (let next = this.#endings.peek(); next && next.atMs < nowMs; next = this.#endings.peek()) {
      this.#endings.pop();
      if (this.#objects.get(next.key) === next.object) this.#end(next);
    }
    return this.#used;
  }

  #end({ bucket, object }: Ending): void {
    this.#take(this.#usage(bucket, object));
    this.#over.add(object);
    addAmounts(this.#used, this.#usage(bucket, object));
  }

  #usage(bucket: string, object: KubeObject): Amounts {
    if (!inScope(this.quota, bucket, object)) return new Map();
    const nowMs = this.#over.has(object) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    return usageOf(bucket, object, this.#names, nowMs);
  }

  #take(amounts: Amounts): void {
    for (const [name, amount] of amounts) this.#used.set(name, this.#used.get(name)!.sub(amount));
  }
}

/** Tallies of the quotas that somebody has asked for. */
export class QuotaTallies {
  /** By namespace, then by the quota's key. */
  readonly #tallies = new StringMap<Map<string, QuotaTally>>();

  /** `objects`: what there is now of a bucket in the quota's namespace, where that has not been counted yet. */
  of(quota: ResourceQuota, objects: (bucket: string) => Iterable<KubeObject>): QuotaTally {
    const key = objectKey(quota);
    const { namespace } = splitKey(key);
    const known = this.#tallies.get(namespace)?.get(key);
    if (known && deepEqual(known.quota.spec, quota.spec)) return known;
    const tally = new QuotaTally(quota);
    for (const bucket of tally.buckets) {
      for (const object of objects(bucket)) tally.set(bucket, objectKey(object), object);
    }
    if (!this.#tallies.has(namespace)) this.#tallies.set(namespace, new Map());
    this.#tallies.get(namespace)!.set(key, tally);
    return tally;
  }

  /** See QuotaTally; `key` is 'namespace/name'. */
  set(bucket: string, key: string, object: KubeObject | undefined): void {
    const tallies = this.#tallies.get(splitKey(key).namespace);
    if (tallies) for (const tally of tallies.values()) tally.set(bucket, key, object);
  }

  /** Of a quota that went. */
  forget(quotaKey: string): void {
    const { namespace } = splitKey(quotaKey);
    const tallies = this.#tallies.get(namespace);
    if (tallies?.delete(quotaKey) && tallies.size === 0) this.#tallies.delete(namespace);
  }
}
