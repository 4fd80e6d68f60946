import { RecentCache } from '#base/recent-cache.ts';
import { deepFreeze } from '../object.ts';
import type { FieldSet } from './field-set.ts';

const setsKept = 512;
/** A set with a longer text is hardly anybody else's too. */
const textLengthMax = 16 * 1024;

/**
 * One set for all who manage the same fields: thousands of pods of one controller share theirs. Sets are never changed,
 * so sharing shows nowhere.
 */
class InternedSets {
  readonly #byText = new RecentCache<string, FieldSet>(setsKept);
  readonly #interned = new RecentCache<FieldSet, true>(setsKept);

  of(set: FieldSet): FieldSet {
    if (this.#interned.get(set) || roomAfter(set, textLengthMax) < 0) return set;
    const text = JSON.stringify(set);
    if (text.length > textLengthMax) return set;
    let known = this.#byText.get(text);
    if (!known) {
      known = deepFreeze(set);
      this.#byText.set(text, known);
    }
    this.#interned.set(known, true);
    return known;
  }

  adopt(set: FieldSet): FieldSet {
    this.#interned.set(deepFreeze(set), true);
    return set;
  }
}

/** What of the room is left after a set's text, which may be somewhat longer; below 0 as soon as it is spent. */
function roomAfter(set: FieldSet, room: number): number {
  for (const element in set) {
    room -= element.length + punctuation;
    if (room < 0) return room;
    room = roomAfter(set[element]!, room);
  }
  return room;
}

/** `"":{}` */
const punctuation = 5;

const sets = new InternedSets();

/** The set that stands for all equal ones. */
export function interned(set: FieldSet): FieldSet {
  return sets.of(set);
}

/** The set itself, from now on standing for all equal ones: for what is hardly anybody else's too, and need not be looked for. */
export function adopted(set: FieldSet): FieldSet {
  return sets.adopt(set);
}
