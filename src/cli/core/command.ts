import type { CliContext } from './context.ts';
import type { Flag } from './flags.ts';

/** A command, or a group of commands. One file each, registered by one line of `registry.ts`. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** What follows the name in the usage line. */
  readonly usage?: string;
  readonly summary: string;
  /** Paragraphs under the summary, and examples; '%' stands for the program's name in examples. */
  readonly details?: string;
  readonly examples?: readonly string[];
  readonly flags?: readonly Flag[];
  readonly subcommands?: readonly Command[];
  readonly hidden?: boolean;
  /** Words for which it is suggested, as others call what it does. */
  readonly suggestFor?: readonly string[];
  /** The exit code where its words cannot be read. Default 1. */
  readonly usageExitCode?: number;
  /** The exit code where it fails. Default 1. */
  readonly failureExitCode?: number;
  /** Runs the command; a number is the exit code, nothing is 0. */
  readonly run?: (context: CliContext) => Promise<number | void>;
}

/** Types a command. */
export function defineCommand(command: Command): Command {
  return command;
}

/** The command that `words` name, the words left over and the path to it. */
export function findCommand(
  root: Command,
  words: readonly string[],
): { command: Command; path: string[]; rest: string[] } {
  let command = root;
  const path: string[] = [];
  const rest = [...words];
  while (command.subcommands) {
    const at = firstArgument(rest, [...(root.flags ?? []), ...(command.flags ?? [])]);
    const name = at < 0 ? undefined : rest[at];
    const next = command.subcommands.find(
      candidate => candidate.name === name || candidate.aliases?.includes(name!),
    );
    if (!next) break;
    rest.splice(at, 1);
    path.push(next.name);
    command = next;
  }
  return { command, path, rest };
}

/** Global flags may stand before a command's name: `-n x get pods`. */
function firstArgument(words: readonly string[], flags: readonly Flag[]): number {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (!word.startsWith('-') || word === '-') return at;
    if (word === '--') return -1;
    if (takesNextWord(word, flags)) at++;
  }
  return -1;
}

function takesNextWord(word: string, flags: readonly Flag[]): boolean {
  if (word.includes('=')) return false;
  const flag = word.startsWith('--')
    ? flags.find(candidate => candidate.name === word.slice(2))
    : flags.find(candidate => candidate.short === word.slice(-1) && word.length === 2);
  return flag !== undefined && flag.type !== 'bool' && flag.bare === undefined;
}
