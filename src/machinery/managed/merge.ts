import { own, setMember } from '#base/members.ts';
import { fieldElement } from '../fields/element.ts';
import type { JsonObject } from '../patch/json-object.ts';
import type { ListSchema, Schema } from '../schema.ts';
import {
  type Atom,
  type MapLike,
  TypedError,
  atomOf,
  childSchema,
  deduced,
  elementsOf,
  isAtomicList,
  isAtomicMap,
  listOf,
  listSchemaOf,
  mapOf,
  problemAt,
} from './typed.ts';

/**
 * `live` with what `config` states put over it. Parts that the config does not mention are shared with `live`,
 * which is never changed. Throws TypedError.
 */
export function mergeTyped(schema: Schema, live: unknown, config: unknown): unknown {
  return new Merger().node(schema, live, config);
}

class Merger {
  readonly #path: string[] = [];

  node(schema: Schema, live: unknown, config: unknown): unknown {
    if (config === undefined) return live;
    if (live === undefined) return config;
    return this.#as(atomOf(schema, config)!, schema, live, config);
  }

  #as(atom: Atom, schema: Schema, live: unknown, config: unknown): unknown {
    if (atom === 'list') return this.#list(listSchemaOf(schema), live, config);
    return atom === 'map' ? this.#map(schema as MapLike, live, config) : config;
  }

  #map(schema: MapLike, live: unknown, config: unknown): unknown {
    const before = mapOf(live) ?? {};
    const after = mapOf(config) ?? {};
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    if (isAtomicMap(schema) || names.size === 0) return config;
    const merged: JsonObject = {};
    for (const name of names) {
      const child = childSchema(schema, name) ?? deduced;
      const part = this.#below(child, fieldElement(name), own(before, name), own(after, name));
      if (part !== undefined) setMember(merged, name, part);
    }
    return merged;
  }

  #below(schema: Schema, element: string, live: unknown, config: unknown): unknown {
    this.#path.push(element);
    const merged = this.node(schema, live, config);
    this.#path.pop();
    return merged;
  }

  #list(schema: ListSchema, live: unknown, config: unknown): unknown {
    const before = listOf(live) ?? [];
    const after = listOf(config) ?? [];
    if (isAtomicList(schema) || (before.length === 0 && after.length === 0)) return config;
    const left = this.#index(schema, before);
    const right = this.#index(schema, after);
    if (right.items.size < after.length) throw this.#duplicate(right.elements);
    const merge = (element: string, mine: unknown) =>
      this.#below(schema.items, element, mine, right.items.get(element));
    return mergeOrder(left.elements, right.elements).map(({ element, at }) =>
      merge(element, at === undefined ? left.items.get(element) : before[at]),
    );
  }

  #duplicate(elements: readonly string[]): TypedError {
    const seen = new Set<string>();
    const twice = elements.find(element => {
      if (seen.has(element)) return true;
      seen.add(element);
      return false;
    })!;
    const text = problemAt([twice], '').path;
    return TypedError.of([problemAt(this.#path, `duplicate entries for key ${text}`)]);
  }

  /** The items by element; null for one that the list has more than once. */
  #index(schema: ListSchema, list: readonly unknown[]): Index {
    const elements = elementsOf(schema, list, this.#path);
    const items = new Map<string, unknown>();
    for (const [i, element] of elements.entries()) items.set(element, items.has(element) ? null : list[i]);
    return { elements, items };
  }
}

interface Index {
  readonly elements: readonly string[];
  readonly items: ReadonlyMap<string, unknown>;
}

/** `at` is the place of an item that only the live list has. */
interface Place {
  readonly element: string;
  readonly at?: number;
}

/**
 * The order of a merged list (structured-merge-diff): what the config lists stands in its order, and what only the
 * live list has stays behind the neighbour that it followed.
 */
function mergeOrder(left: readonly string[], right: readonly string[]): Place[] {
  const inLeft = new Set(left);
  const inRight = new Set(right);
  const shared = right.filter(element => inLeft.has(element));
  const merged = new Set<string>();
  const out: Place[] = [];
  let nextShared = 0;
  let l = 0;
  let r = 0;
  const takeRight = (element: string) => {
    merged.add(element);
    out.push({ element });
    if (shared[nextShared] === element) nextShared++;
    r++;
  };
  while (l < left.length || r < right.length) {
    const mine = left[l];
    if (mine !== undefined && mine === right[r]) {
      takeRight(mine);
      l++;
    } else if (
      mine !== undefined &&
      r < right.length &&
      inRight.has(mine) &&
      isLater(mine, shared[nextShared])
    ) {
      l++;
    } else if (mine !== undefined && !inRight.has(mine)) {
      out.push({ element: mine, at: l++ });
    } else {
      if (mine !== undefined && merged.has(mine)) l++;
      if (r < right.length) takeRight(right[r]!);
    }
  }
  return out;
}

/** Another shared item comes first. */
const isLater = (element: string, next: string | undefined): boolean =>
  next !== undefined && next !== element;
