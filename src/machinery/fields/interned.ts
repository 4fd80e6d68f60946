import { deepFreeze } from '../object.ts';
import type { FieldSet } from './field-set.ts';

/** Of each of the two generations that are kept. */
const setsMax = 512;
/** A set with a longer text is hardly anybody else's too. */
const textLengthMax = 16 * 1024;

/**
 * One set for all who manage the same fields: thousands of pods of one controller share theirs, and its JSON is made
 * once. Sets are never changed, so sharing shows nowhere.
 */
class InternedSets {
  #young = new Map<string, FieldSet>();
  #old = new Map<string, FieldSet>();
  readonly #texts = new WeakMap<FieldSet, string>();

  of(set: FieldSet): FieldSet {
    if (this.#texts.has(set)) return set;
    const text = JSON.stringify(set);
    if (text.length > textLengthMax) return set;
    const young = this.#young.get(text);
    if (young) return young;
    const known = this.#old.get(text) ?? deepFreeze(set);
    this.#texts.set(known, text);
    if (this.#young.size >= setsMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, known);
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
