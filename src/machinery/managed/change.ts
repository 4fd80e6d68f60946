/** What a write did to an object's fields, in one version. */
import { RecentCache } from '#base/recent-cache.ts';
import type { Steps } from '#base/steps.ts';
import { fieldElement } from '../fields/element.ts';
import {
  type FieldSet,
  difference,
  emptySet,
  intersection,
  renamed,
  setOf,
  union,
} from '../fields/field-set.ts';
import { adopted, interned } from '../fields/interned.ts';
import type { Schema } from '../schema.ts';
import { type Comparison, compareInSteps, compareTyped } from './compare.ts';
import { fittingSet } from './named-fields.ts';
import { ChangeShapes } from './shape.ts';

/** Takes from a set what a write does not reach (upstream's reset fields). What items of lists are called makes no difference. */
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
  readonly #keep: (set: FieldSet) => FieldSet;
  readonly #left = new RecentCache<FieldSet, FieldSet>(setsKept);
  readonly #joined = new RecentCache<FieldSet, FieldSet>(setsKept);

  /** `keep` is handed each set that managers have by it. */
  constructor(
    { touched, removed, claimed = withoutSystemFields(touched) }: ChangeSets,
    keep: (set: FieldSet) => FieldSet,
  ) {
    this.touched = touched;
    this.removed = removed;
    this.#keep = keep;
    this.claimed = keep(claimed);
  }

  /** What it takes from a manager who is not its author. */
  takenFrom(set: FieldSet): FieldSet {
    return intersection(set, this.touched);
  }

  /** What it leaves to a manager who is not its author. */
  leftOf(set: FieldSet): FieldSet {
    return this.#remembered(this.#left, set, () =>
      difference(difference(set, this.takenFrom(set)), this.removed),
    );
  }

  /** What its author manages then, who managed `own` before. */
  joinedTo(own: FieldSet): FieldSet {
    return this.#remembered(this.#joined, own, () => {
      // In this order, what the author had and keeps stays the very same set.
      const system = difference(this.touched, this.claimed);
      return union(difference(difference(own, this.removed), system), this.claimed);
    });
  }

  #remembered(known: RecentCache<FieldSet, FieldSet>, set: FieldSet, make: () => FieldSet): FieldSet {
    let result = known.get(set);
    if (!result) {
      const made = make();
      result = made === set ? set : this.#keep(made);
      known.set(set, result);
    }
    return result;
  }
}

interface ChangeSets {
  readonly touched: FieldSet;
  readonly removed: FieldSet;
  readonly claimed?: FieldSet;
}

export const noChange = new Change({ touched: emptySet, removed: emptySet }, interned);

/** Of one shape, with different elements. */
const instancesKept = 16;

/** Changes of one shape: the first that came, and what the others make of it. */
class ShapedChanges {
  readonly #schema: Schema;
  readonly #first: Change;
  readonly #elements: readonly string[];
  readonly #others = new RecentCache<string, Change>(instancesKept);

  constructor(schema: Schema, sets: ChangeSets, elements: readonly string[]) {
    this.#schema = schema;
    this.#elements = elements;
    this.#first = new Change(sets, set => fittingSet(interned(set), schema));
  }

  of(elements: readonly string[]): Change {
    if (elements.every((element, i) => element === this.#elements[i])) return this.#first;
    const key = elements.length === 1 ? elements[0]! : elements.join('\n');
    let change = this.#others.get(key);
    if (!change) {
      change = this.#renamed(elements);
      this.#others.set(key, change);
    }
    return change;
  }

  #renamed(elements: readonly string[]): Change {
    const names = new Map(this.#elements.map((element, i) => [element, elements[i]!]));
    const { touched, removed, claimed } = this.#first;
    const claims = renamed(claimed, names);
    const sets = {
      // Mostly the very same set.
      touched: touched === claimed ? claims : renamed(touched, names),
      removed: renamed(removed, names),
      claimed: claims,
    };
    return new Change(sets, set => fittingSet(adopted(set), this.#schema));
  }
}

/** Thousands of writes are of few shapes. Filters and types never change. */
class Changes {
  readonly #known = new WeakMap<FieldFilter, WeakMap<Schema, ChangeShapes<ShapedChanges>>>();

  /** What made `right` of `left`; `noChange` where nothing did. Throws TypedError. */
  of(filter: FieldFilter, schema: Schema, left: unknown, right: unknown): Change {
    const { isEmpty, node, elements } = this.#of(filter, schema).of(schema, left, right, filter.except);
    if (isEmpty) return noChange;
    if (node?.value) return node.value.of(elements);
    const sets = setsBetween(filter, compareTyped(schema, left, right, filter.except));
    const shaped = new ShapedChanges(schema, sets, elements);
    if (node) node.value = shaped;
    return shaped.of(elements);
  }

  /** The same in steps, of values that may be large. Throws TypedError. */
  *ofLarge(filter: FieldFilter, schema: Schema, left: unknown, right: unknown): Steps<Change> {
    const { isEmpty, node, elements } = this.#of(filter, schema).of(schema, left, right, filter.except);
    if (isEmpty) return noChange;
    // Most are too large to be known.
    if (node) return this.of(filter, schema, left, right);
    yield;
    const comparison = yield* compareInSteps(schema, left, right, filter.except);
    yield;
    return new ShapedChanges(schema, setsBetween(filter, comparison), elements).of(elements);
  }

  #of(filter: FieldFilter, schema: Schema): ChangeShapes<ShapedChanges> {
    let types = this.#known.get(filter);
    if (!types) {
      types = new WeakMap();
      this.#known.set(filter, types);
    }
    let known = types.get(schema);
    if (!known) {
      known = new ChangeShapes();
      types.set(schema, known);
    }
    return known;
  }
}

function setsBetween(filter: FieldFilter, { added, modified, removed }: Comparison): ChangeSets {
  return { touched: filter(union(modified, added)), removed: filter(removed) };
}

export const changes = new Changes();
