/** What a write did to an object's fields, in one version. */
import { RecentCache } from '#base/recent-cache.ts';
import { fieldElement } from '../fields/element.ts';
import { type FieldSet, difference, emptySet, intersection, setOf, union } from '../fields/field-set.ts';
import { interned } from '../fields/interned.ts';
import type { Schema } from '../schema.ts';
import { type Comparison, compareTyped } from './compare.ts';
import { changeShape } from './shape.ts';

/** Takes from a set what a write does not reach (upstream's reset fields). */
export interface FieldFilter {
  (set: FieldSet): FieldSet;
  /** It takes away no less than what is in this set or below: that need not be looked at. */
  readonly except?: FieldSet;
}

/** Fields that the server writes: no author manages them (upstream's stripmeta). */
const systemFields = setOf(
  [fieldElement('apiVersion')],
  [fieldElement('kind')],
  ...[
    [],
    ['name'],
    ['namespace'],
    ['creationTimestamp'],
    ['selfLink'],
    ['uid'],
    ['clusterName'],
    ['generation'],
    ['managedFields'],
    ['resourceVersion'],
  ].map(names => ['metadata', ...names].map(fieldElement)),
);

export function withoutSystemFields(set: FieldSet): FieldSet {
  return difference(set, systemFields);
}

/** Managers' sets whose fate in one kind of change is remembered. */
const setsKept = 8;

/** One kind of change, and what becomes of managers' sets by it: the same each time. */
export class Change {
  /** Added or modified. */
  readonly touched: FieldSet;
  readonly removed: FieldSet;
  /** What its author manages from then on, if nothing before. */
  readonly claimed: FieldSet;
  readonly #left = new RecentCache<FieldSet, FieldSet>(setsKept);
  readonly #joined = new RecentCache<FieldSet, FieldSet>(setsKept);

  constructor(touched: FieldSet, removed: FieldSet) {
    this.touched = touched;
    this.removed = removed;
    this.claimed = interned(withoutSystemFields(touched));
  }

  /** What it takes from a manager who is not its author. */
  takenFrom(set: FieldSet): FieldSet {
    return intersection(set, this.touched);
  }

  /** What it leaves to a manager who is not its author. */
  leftOf(set: FieldSet): FieldSet {
    return remembered(this.#left, set, () => difference(difference(set, this.takenFrom(set)), this.removed));
  }

  /** What its author manages then, who managed `own` before. */
  joinedTo(own: FieldSet): FieldSet {
    return remembered(this.#joined, own, () => {
      // In this order, what the author had and keeps stays the very same set.
      const system = difference(this.touched, this.claimed);
      return union(difference(difference(own, this.removed), system), this.claimed);
    });
  }
}

function remembered(known: RecentCache<FieldSet, FieldSet>, set: FieldSet, make: () => FieldSet): FieldSet {
  let result = known.get(set);
  if (!result) {
    const made = make();
    result = made === set ? set : interned(made);
    known.set(set, result);
  }
  return result;
}

export const noChange = new Change(emptySet, emptySet);

/** Changes of one type that are remembered. */
const changesKept = 256;
/** A change with a longer text is hardly made twice. */
const shapeLengthMax = 16 * 1024;

/** Thousands of writes are of few shapes. Filters and types never change. */
class Changes {
  readonly #known = new WeakMap<FieldFilter, WeakMap<Schema, RecentCache<string, Change>>>();

  /** What made `right` of `left`; `noChange` where nothing did. Throws TypedError. */
  of(filter: FieldFilter, schema: Schema, left: unknown, right: unknown): Change {
    const shape = changeShape(schema, left, right, filter.except);
    if (shape === '') return noChange;
    const known = this.#of(filter, schema);
    let change = known.get(shape);
    if (!change) {
      change = changeBetween(filter, compareTyped(schema, left, right, filter.except));
      if (shape.length <= shapeLengthMax) known.set(shape, change);
    }
    return change;
  }

  #of(filter: FieldFilter, schema: Schema): RecentCache<string, Change> {
    const types = this.#known.get(filter) ?? new WeakMap<Schema, RecentCache<string, Change>>();
    this.#known.set(filter, types);
    const known = types.get(schema) ?? new RecentCache<string, Change>(changesKept);
    types.set(schema, known);
    return known;
  }
}

function changeBetween(filter: FieldFilter, comparison: Comparison): Change {
  const { added, modified, removed } = comparison;
  return new Change(filter(union(modified, added)), filter(removed));
}

export const changes = new Changes();
