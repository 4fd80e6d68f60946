import { own } from '#base/members.ts';
import type { Steps } from '#base/steps.ts';
import { deepEqual } from '#base/equal.ts';
import { fieldElement } from '../fields/element.ts';
import { emptySet, type FieldSet, FieldSetBuilder, isMember } from '../fields/field-set.ts';
import type { JsonObject } from '../patch/json-object.ts';
import type { ListSchema, Schema } from '../schema.ts';
import {
  type Atom,
  type MapLike,
  atomOf,
  childSchema,
  deduced,
  isAtomicList,
  isAtomicMap,
  listOf,
  listSchemaOf,
  mapOf,
} from './typed.ts';
import { itemsOf, wholeSet, wholeSetInSteps } from './whole-set.ts';

/** Which fields differ between two values of a type. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

export const noDifference: Comparison = { added: emptySet, modified: emptySet, removed: emptySet };

/** Hears of each place where two values of a type differ; `path` leads there, and is not to be kept. */
export interface DifferenceSink {
  /** `schema` undefined: an item that one list has more than once, which counts as a whole. */
  added(path: string[], schema: Schema | undefined, value: unknown): void;
  removed(path: string[], schema: Schema | undefined, value: unknown): void;
  modified(path: string[]): void;
  /** Items of a list that had none. Throws TypedError for one that cannot be told from others. */
  addedItems(path: string[], schema: ListSchema, items: readonly unknown[]): void;
}

/**
 * One walk over both values; equal parts cost their comparison and nothing else, members of `except` and what is below
 * them nothing at all. Throws TypedError.
 */
export function eachDifference(
  schema: Schema,
  left: unknown,
  right: unknown,
  except: FieldSet | undefined,
  sink: DifferenceSink,
): void {
  new Comparer(except, sink).node(schema, left, right);
}

/** What differs, as sets. See `eachDifference`. Throws TypedError. */
export function compareTyped(schema: Schema, left: unknown, right: unknown, except?: FieldSet): Comparison {
  const sets = new DifferenceSets();
  eachDifference(schema, left, right, except, sets);
  return sets.result();
}

/** The same in steps, of values that may be large. Throws TypedError. */
export function* compareInSteps(
  schema: Schema,
  left: unknown,
  right: unknown,
  except?: FieldSet,
): Steps<Comparison> {
  const later: LaterSet[] = [];
  const sets = new DifferenceSets(set => later.push(set));
  eachDifference(schema, left, right, except, sets);
  yield;
  for (const { builder, path, schema: type, value } of later) {
    builder.insert(path, yield* wholeSetInSteps(type, value, [...path]));
  }
  yield;
  return sets.result();
}

/** The set of a value that is on one side alone, which is yet to be made. */
interface LaterSet {
  readonly builder: FieldSetBuilder;
  readonly path: readonly string[];
  readonly schema: Schema;
  readonly value: unknown;
}

class DifferenceSets implements DifferenceSink {
  readonly #defer: ((set: LaterSet) => void) | undefined;
  #added: FieldSetBuilder | undefined;
  #modified: FieldSetBuilder | undefined;
  #removed: FieldSetBuilder | undefined;

  /** `defer`: takes what takes long for later. */
  constructor(defer?: (set: LaterSet) => void) {
    this.#defer = defer;
  }

  added(path: string[], schema: Schema | undefined, value: unknown): void {
    this.#added ??= new FieldSetBuilder();
    this.#insert(this.#added, path, schema, value);
  }

  removed(path: string[], schema: Schema | undefined, value: unknown): void {
    this.#removed ??= new FieldSetBuilder();
    this.#insert(this.#removed, path, schema, value);
  }

  #insert(builder: FieldSetBuilder, path: string[], schema: Schema | undefined, value: unknown): void {
    if (!schema) builder.insert(path, emptySet);
    else if (!this.#defer) builder.insert(path, wholeSet(schema, value, path));
    else if (typeof value !== 'object' || value === null) builder.insert(path, emptySet);
    else this.#defer({ builder, path: [...path], schema, value });
  }

  modified(path: string[]): void {
    this.#modified ??= new FieldSetBuilder();
    this.#modified.insert(path);
  }

  addedItems(path: string[], schema: ListSchema, items: readonly unknown[]): void {
    for (const [element, same] of itemsOf(schema, items, path)) {
      path.push(element);
      this.added(path, same.length > 1 ? undefined : schema.items, same[0]);
      path.pop();
    }
  }

  result(): Comparison {
    if (!this.#added && !this.#modified && !this.#removed) return noDifference;
    return {
      added: this.#added?.build() ?? emptySet,
      modified: this.#modified?.build() ?? emptySet,
      removed: this.#removed?.build() ?? emptySet,
    };
  }
}

class Comparer {
  readonly #path: string[] = [];
  readonly #sink: DifferenceSink;
  /** Of this place. */
  #except: FieldSet | undefined;

  constructor(except: FieldSet | undefined, sink: DifferenceSink) {
    this.#except = except;
    this.#sink = sink;
  }

  /** undefined is no value; null is one. */
  node(schema: Schema, left: unknown, right: unknown): void {
    if (left === right) return;
    if (left === undefined) this.#sink.added(this.#path, schema, right);
    else if (right === undefined) this.#sink.removed(this.#path, schema, left);
    else this.#both(schema, left, right);
  }

  #both(schema: Schema, left: unknown, right: unknown): void {
    const before = atomOf(schema, left);
    const after = atomOf(schema, right);
    if (before !== after) this.#as(before!, schema, left, right);
    this.#as(after!, schema, left, right);
  }

  #as(atom: Atom, schema: Schema, left: unknown, right: unknown): void {
    if (atom === 'list') this.#list(listSchemaOf(schema), left, right);
    else if (atom === 'map') this.#map(schema as MapLike, left, right);
    else this.#leaf(left, right);
  }

  #leaf(left: unknown, right: unknown): void {
    if (!deepEqual(left, right)) this.#sink.modified(this.#path);
  }

  #map(schema: MapLike, left: unknown, right: unknown): void {
    const before = mapOf(left);
    const after = mapOf(right);
    if (isAtomicMap(schema) || (isBare(before) && isBare(after))) {
      this.#leaf(left, right);
      return;
    }
    for (const name in after) {
      // Most members are as they were; only for others it matters whether they were there.
      if (before?.[name] === after[name] && after[name] !== undefined) continue;
      this.#entry(schema, name, before && own(before, name), after[name]);
    }
    for (const name in before) {
      if (!after || !Object.hasOwn(after, name)) this.#entry(schema, name, before[name], undefined);
    }
  }

  #entry(schema: MapLike, name: string, left: unknown, right: unknown): void {
    if (left === right) return;
    this.#below(childSchema(schema, name) ?? deduced, fieldElement(name), left, right);
  }

  #below(schema: Schema, element: string, left: unknown, right: unknown): void {
    const outer = this.#except;
    const except = outer?.[element];
    if (except && isMember(except)) return;
    this.#path.push(element);
    this.#except = except;
    this.node(schema, left, right);
    this.#except = outer;
    this.#path.pop();
  }

  #list(schema: ListSchema, left: unknown, right: unknown): void {
    const before = listOf(left) ?? [];
    const after = listOf(right) ?? [];
    if (isAtomicList(schema) || (before.length === 0 && after.length === 0)) {
      this.#leaf(left, right);
      return;
    }
    if (before.length === 0 && !this.#except) {
      this.#sink.addedItems(this.#path, schema, after);
      return;
    }
    // Most lists are as they were; only others need their items told apart.
    if (deepEqual(before, after)) return;
    this.#items(schema, itemsOf(schema, before, this.#path), itemsOf(schema, after, this.#path));
  }

  #items(schema: ListSchema, before: Map<string, unknown[]>, after: Map<string, unknown[]>): void {
    for (const element of new Set([...before.keys(), ...after.keys()])) {
      const left = before.get(element) ?? [];
      const right = after.get(element) ?? [];
      if (left.length <= 1 && right.length <= 1) this.#below(schema.items, element, left[0], right[0]);
      else this.#duplicates(schema, element, left, right);
    }
  }

  /** Items that one list has more than once count as a whole. */
  #duplicates(schema: ListSchema, element: string, left: unknown[], right: unknown[]): void {
    if (left.length < 2) this.#below(schema.items, element, left[0], undefined);
    if (right.length < 2) this.#below(schema.items, element, undefined, right[0]);
    this.#path.push(element);
    if (left.length < 2) this.#sink.added(this.#path, undefined, right);
    else if (right.length < 2) this.#sink.removed(this.#path, undefined, left);
    else if (!deepEqual(left, right)) this.#sink.modified(this.#path);
    this.#path.pop();
  }
}

function isBare(map: JsonObject | undefined): boolean {
  for (const _ in map) return false;
  return true;
}
