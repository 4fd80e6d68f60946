import { RecentCache } from '#base/recent-cache.ts';
import { deepFreeze } from '../object.ts';
import type { FieldSet } from './field-set.ts';

const setsKept = 512;
/** A set with a longer text is hardly anybody else's too. */
const textLengthMax = 16 * 1024;

/**
 * One set for all who manage the same fields: thousands of pods of one controller share theirs, and its JSON is made
 * once. Sets are never changed, so sharing shows nowhere.
 */
class InternedSets {
  readonly #sets = new RecentCache<string, FieldSet>(setsKept);
  readonly #texts = new WeakMap<FieldSet, string>();

  of(set: FieldSet): FieldSet {
    if (this.#texts.has(set)) return set;
    const text = JSON.stringify(set);
    if (text.length > textLengthMax) return set;
    let known = this.#sets.get(text);
    if (!known) {
      known = deepFreeze(set);
      this.#texts.set(known, text);
      this.#sets.set(text, known);
    }
    return known;
  }

  textOf(set: FieldSet): string {
    return this.#texts.get(set) ?? JSON.stringify(set);
  }
}

const sets = new InternedSets();

/** The set that stands for all equal ones. */
export function interned(set: FieldSet): FieldSet {
  return sets.of(set);
}

/** JSON of a set. */
export function textOf(set: FieldSet): string {
  return sets.textOf(set);
}
