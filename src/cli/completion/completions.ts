import type { CliContext } from '../core/context.ts';

/** What a shell is to do with what it is offered, as cobra numbers it; the numbers add up. */
export const directive = {
  error: 1,
  noSpace: 2,
  noFiles: 4,
  filterExtensions: 8,
  filterFolders: 16,
} as const;

/** What a word may be completed to, in the order to show it. */
export interface Completions {
  readonly words: readonly string[];
  readonly directive: number;
}

/** Completes a word; `args` are the words before it that are no flags. */
export type Completer = (
  context: CliContext,
  args: readonly string[],
  word: string,
) => Promise<Completions> | Completions;

export const nothing: Completions = { words: [], directive: directive.noFiles };

export function only(words: readonly string[], more = 0): Completions {
  return { words, directive: directive.noFiles + more };
}
