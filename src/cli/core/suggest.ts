import type { Command } from './command.ts';

/** So many letters may be wrong in a word that somebody meant as a command's name. */
const distanceMax = 2;

/** Whom of `commands` somebody may have meant who typed `word`, as cobra finds them. */
export function suggestionsFor(word: string, commands: readonly Command[]): string[] {
  const typed = word.toLowerCase();
  const isMeant = ({ name, hidden, suggestFor = [] }: Command) =>
    !hidden && (distance(typed, name) <= distanceMax || name.startsWith(typed) || suggestFor.includes(typed));
  return commands.filter(isMeant).map(({ name }) => name);
}

/** How many letters are to be added, taken away or changed to make one word of the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const changed = row[j]! + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(changed, row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
