import type { KubeObject } from '#machinery/object.ts';

interface Write {
  readonly uid: string | undefined;
  readonly resourceVersion: string;
}

/**
 * What a controller has written of the objects it reconciles, by key. A decision on a state from before an own write may
 * do a thing twice: wait for the cache, whose update runs the key again. (KEP-5647; versions compare by KEP-5504)
 */
export class OwnWrites {
  readonly #byKey = new Map<string, Write>();

  /** `object` is what the server answered. */
  note(key: string, { metadata }: KubeObject): void {
    this.#byKey.set(key, { uid: metadata.uid, resourceVersion: metadata.resourceVersion ?? '' });
  }

  /** The cached object is older than what was written of it. */
  isBehind(key: string, { metadata }: KubeObject): boolean {
    const write = this.#byKey.get(key);
    if (!write || write.uid !== metadata.uid) return false;
    return isOlder(metadata.resourceVersion ?? '', write.resourceVersion);
  }

  /** The object is gone. */
  forget(key: string): void {
    this.#byKey.delete(key);
  }
}

/** Versions are decimal numbers of any size, without leading zeros. */
function isOlder(version: string, than: string): boolean {
  return version.length === than.length ? version < than : version.length < than.length;
}
