import { type KubeObject, objectKey } from '#machinery/object.ts';
import type { ObjectSource } from '../../framework/object-source.ts';

/**
 * A resource as it will be once the scheduler's decisions are written. What is assumed of an object holds until the
 * server shows any newer state of it, or the assumption is taken back.
 */
export class AssumedObjects<T extends KubeObject> {
  readonly #source: ObjectSource<T>;
  readonly #assumed = new Map<string, T>();

  constructor(source: ObjectSource<T>) {
    this.#source = source;
  }

  get(key: string): T | undefined {
    const known = this.#source.get(key);
    return known && this.#current(key, known);
  }

  list(): readonly T[] {
    const known = this.#source.list();
    return this.#assumed.size === 0 ? known : known.map(object => this.#current(objectKey(object), object));
  }

  /** `object` is a changed copy of what `get` answers. */
  assume(object: T): void {
    this.#assumed.set(objectKey(object), object);
  }

  forget(object: T): void {
    this.#assumed.delete(objectKey(object));
  }

  #current(key: string, known: T): T {
    const assumed = this.#assumed.get(key);
    if (!assumed) return known;
    if (assumed.metadata.resourceVersion === known.metadata.resourceVersion) return assumed;
    this.#assumed.delete(key);
    return known;
  }
}
