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

/** The same string: one that was put together of others keeps them until somebody looks at a character of it. */
export function inOnePiece(text: string): string {
  // What is handed back depends on the character, or a compiler would leave out looking at it.
  return text.charCodeAt(0) === 0 ? text.slice(0) : text;
}
