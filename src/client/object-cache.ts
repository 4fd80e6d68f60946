import { PieceSet } from '#base/piece-set.ts';
import { StringMap } from '#base/string-map.ts';
import type { KubeObject } from '#machinery/object.ts';

type IndexFunction<T> = (object: T) => readonly string[];

/** The place of a key's object: the same for as long as there is one. */
interface Place<T> {
  object: T;
}

interface Index<T> {
  readonly of: IndexFunction<T>;
  readonly places: Map<string, PieceSet<Place<T>>>;
}

const namespaceIndex = 'namespace';

/** Objects by key, with any number of indexes kept in step. Holds what it is handed; copies nothing. */
export class ObjectCache<T extends KubeObject> {
  readonly #places = new StringMap<Place<T>>();
  readonly #indexes = new Map<string, Index<T>>();

  constructor() {
    this.addIndex(namespaceIndex, object => (object.metadata.namespace ? [object.metadata.namespace] : []));
  }

  get size(): number {
    return this.#places.size;
  }

  get(key: string): T | undefined {
    return this.#places.get(key)?.object;
  }

  all(): readonly T[] {
    return Array.from(this.#places.values(), place => place.object);
  }

  byNamespace(namespace: string): readonly T[] {
    return this.byIndex(namespaceIndex, namespace);
  }

  byIndex(name: string, value: string): readonly T[] {
    return (
      this.#indexes
        .get(name)
        ?.places.get(value)
        ?.map(place => place.object) ?? []
    );
  }

  addIndex(name: string, of: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index: Index<T> = { of, places: new Map() };
    this.#indexes.set(name, index);
    for (const place of this.#places.values()) file(index, place);
  }

  /** Returns what stood there before. */
  set(key: string, object: T): T | undefined {
    const place = this.#places.get(key);
    if (!place) {
      this.#add(key, { object });
      return undefined;
    }
    const old = place.object;
    place.object = object;
    for (const index of this.#indexes.values()) refile(index, place, old);
    return old;
  }

  /** Returns what stood there. */
  delete(key: string): T | undefined {
    const place = this.#places.get(key);
    if (!place) return undefined;
    this.#places.delete(key);
    for (const index of this.#indexes.values()) unfile(index, place, index.of(place.object));
    return place.object;
  }

  #add(key: string, place: Place<T>): void {
    this.#places.set(key, place);
    for (const index of this.#indexes.values()) file(index, place);
  }
}

function refile<T>(index: Index<T>, place: Place<T>, old: T): void {
  const before = index.of(old);
  const after = index.of(place.object);
  if (before.length === after.length && before.every((value, i) => value === after[i])) return;
  unfile(index, place, before);
  file(index, place);
}

function file<T>(index: Index<T>, place: Place<T>): void {
  for (const value of index.of(place.object)) {
    let places = index.places.get(value);
    if (!places) {
      places = new PieceSet();
      index.places.set(value, places);
    }
    places.add(place);
  }
}

function unfile<T>(index: Index<T>, place: Place<T>, values: readonly string[]): void {
  for (const value of values) {
    const places = index.places.get(value);
    places?.delete(place);
    if (places?.size === 0) index.places.delete(value);
  }
}
