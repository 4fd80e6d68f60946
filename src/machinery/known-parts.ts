/**
 * Parts of bodies that come again and again: thousands of pods are created with one spec, and who writes a status sends
 * the spec along each time. What a part decodes to depends on its text and its type alone, so that of a text that came
 * twice is kept, and taken for the next that has it.
 */
import { cloneJson } from '#base/equal.ts';
import { RecentCache } from '#base/recent-cache.ts';
import { type JsonMeasure, type JsonPart, measureJson } from './json-scan.ts';
import { deepFreeze } from './object.ts';
import type { ObjectSchema } from './schema.ts';

/** What a part decodes to. */
interface KnownPart {
  /** Normalised, and frozen. */
  readonly value: object;
  /** Of all objects in it. */
  readonly members: number;
}

/** A part that came once. */
const seen = Symbol('seen');

const partsKept = 256;
/** Less is decoded as fast as it is looked up. */
const partLengthMin = 200;
/** Bounds what the parts that are kept hold on to. */
const textLengthMax = 32 * 1024;

/** A body in which the known parts' place is taken by null. */
export interface CutBody {
  readonly text: string;
  /** Of the parts that were cut out, by their names: each a copy of its own. */
  readonly values: ReadonlyMap<string, object>;
  readonly members: number;
}

const nothing = { values: new Map<string, object>(), members: 0 };

export const uncut = (text: string): CutBody => ({ text, ...nothing });

/** The parts of one type's bodies. */
class KnownParts {
  readonly #byText = new Map<string, RecentCache<string, KnownPart | typeof seen>>();

  constructor(schema: ObjectSchema) {
    for (const field of schema.fields.values()) {
      // What identifies an object is its own.
      if (field.schema.type !== 'object' || field.name === 'metadata') continue;
      this.#byText.set(field.name, new RecentCache(partsKept));
    }
  }

  cut(text: string, measure: JsonMeasure): CutBody {
    const values = new Map<string, object>();
    let [cut, end, members] = ['', 0, 0];
    for (const part of this.#worthwhile(text, measure)) {
      const known = this.#byText.get(part.name)!.get(text.slice(part.from, part.to));
      if (!known || known === seen) continue;
      values.set(part.name, cloneJson(known.value));
      cut += `${text.slice(end, part.from)}null`;
      end = part.to;
      members += known.members;
    }
    return end === 0 ? uncut(text) : { text: cut + text.slice(end), values, members };
  }

  /** Remembers the parts of a body without unknown or repeated members, and what they were decoded to. */
  learn(text: string, measure: JsonMeasure, object: Readonly<Record<string, unknown>>): void {
    for (const { name, from, to } of this.#worthwhile(text, measure)) {
      const known = this.#byText.get(name)!;
      const own = text.slice(from, to);
      const before = known.get(own);
      if (before === undefined) known.set(own, seen);
      if (before !== seen) continue;
      const value = deepFreeze(cloneJson(object[name] as object));
      known.set(own, { value, members: measureJson(own).members });
    }
  }

  #worthwhile(text: string, { parts }: JsonMeasure): readonly JsonPart[] {
    if (text.length > textLengthMax) return [];
    return parts.filter(({ name, from, to }) => to - from >= partLengthMin && this.#byText.has(name));
  }
}

/** Types never change, so what is known of one stays true. */
const byType = new WeakMap<ObjectSchema, KnownParts>();

/** The parts that are known of bodies of a native type. */
export function knownPartsOf(schema: ObjectSchema): KnownParts {
  let known = byType.get(schema);
  if (!known) {
    known = new KnownParts(schema);
    byType.set(schema, known);
  }
  return known;
}
