import { RecentCache } from './recent-cache.ts';

const shapesKept = 1024;
/** Objects with more are mostly dictionaries, and nobody else has their names. */
const membersMax = 32;

/**
 * Objects without slack, for those that are kept by the thousand. To one that grows member by member the engine gives room
 * for four, and for the rest a list apart with some to spare; one that JSON.parse makes has its members in itself, and so
 * has a copy of it by spreading.
 */
export class Shapes {
  readonly #templates = new RecentCache<string, object>(shapesKept);

  /** A copy of a JSON object that takes up no more than it must. */
  fit<T extends object>(object: T): T {
    const names = Object.keys(object) as (keyof T)[];
    if (names.length > membersMax) return object;
    const key = JSON.stringify(names);
    let template = this.#templates.get(key);
    if (!template) {
      template = JSON.parse(`{${names.map(name => `${JSON.stringify(name)}:0`).join()}}`) as object;
      this.#templates.set(key, template);
    }
    return filled(template as T, names, object);
  }
}

/** A copy of `template`, whose members are `names`, with what `object` has there. */
export function filled<T extends object>(template: T, names: readonly (keyof T)[], object: T): T {
  const copy = { ...template };
  for (const name of names) copy[name] = object[name];
  return copy;
}

/** Shorter ones are never in pieces. */
const piecesLengthMin = 13;
const firstCharacter = /^\0/;

/** The same string: one that was put together of others keeps them until somebody looks at its characters. */
export function inOnePiece(text: string): string {
  if (text.length >= piecesLengthMin) firstCharacter.test(text);
  return text;
}
