import { type Command, findCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { globalFlags } from '../core/flag-groups.ts';
import { bareValue, type Flag, type ParsedArguments, parseArguments } from '../core/flags.ts';
import { type Completer, type Completions, directive, only } from './completions.ts';
import { ownValuesOf, valuesOf, wordsOf } from './table.ts';

/** The hidden commands by which a shell asks, and whether it wants to be told what each word is. */
export const completeCommands: ReadonlyMap<string, boolean> = new Map([
  ['__complete', true],
  ['__completeNoDesc', false],
]);

/** The word that is completed, and what stands before it. */
interface Asked {
  readonly command: Command;
  readonly path: readonly string[];
  readonly flags: readonly Flag[];
  readonly parsed: ParsedArguments;
  readonly word: string;
}

export interface Asking {
  readonly root: Command;
  /** All words behind the program's name; the last is completed. */
  readonly words: readonly string[];
  /** Makes what completers work with. */
  readonly contextOf: (parsed: ParsedArguments, own: readonly Flag[], path: readonly string[]) => CliContext;
}

export interface Answer extends Completions {
  /** What went wrong, for whoever looks at standard error. */
  readonly failure?: string;
}

const failed = (failure: string): Answer => ({ words: [], directive: 0, failure });

/** What the last word may become. */
export async function complete({ root, words, contextOf }: Asking): Promise<Answer> {
  const word = words.at(-1) ?? '';
  const { command, path, rest } = findCommand(root, words.slice(0, -1));
  const own = command === root ? [] : (command.flags ?? []);
  const flags = [...globalFlags.filter(({ name }) => !own.some(flag => flag.name === name)), ...own];
  const isBehindDashes = rest.includes('--');
  const valued = isBehindDashes ? undefined : flagOfValue(flags, rest, word);
  const before = valued?.isNext ? rest.slice(0, -1) : rest;
  let parsed: ParsedArguments;
  try {
    parsed = parseArguments(before, flags);
  } catch (error) {
    return failed(`Error while parsing flags from args [${before.join(' ')}]: ${(error as Error).message}`);
  }
  if (command === root && parsed.args.length > 0 && parsed.args[0] !== 'help')
    return failed(`unable to find a command for arguments: [${words.slice(0, -1).join(' ')}]`);
  if (!isBehindDashes && !valued && word.startsWith('-'))
    return only(flagWords({ command, path, flags, parsed, word }));
  using context = contextOf(parsed, own, path);
  if (valued) {
    const key = path.join(' ');
    const table = Object.hasOwn(ownValuesOf, key) ? ownValuesOf[key]! : {};
    return ask(table[valued.flag.name] ?? valuesOf[valued.flag.name], context, parsed.args, valued.text);
  }
  return wordsBehind(root, { command, path, flags, parsed, word }, context);
}

async function ask(
  completer: Completer | undefined,
  context: CliContext,
  args: readonly string[],
  word: string,
): Promise<Answer> {
  return completer ? completer(context, args, word) : { words: [], directive: 0 };
}

/** The flag whose value is being typed: in its own word behind '=', or as the next one. */
function flagOfValue(
  flags: readonly Flag[],
  rest: readonly string[],
  word: string,
): { flag: Flag; text: string; isNext: boolean } | undefined {
  const equals = word.indexOf('=');
  if (word.startsWith('-') && equals > 0) {
    const flag = flagNamed(flags, word.slice(0, equals));
    return flag && { flag, text: word.slice(equals + 1), isNext: false };
  }
  const last = rest.at(-1) ?? '';
  if (!last.startsWith('-') || last.includes('=')) return undefined;
  const flag = flagNamed(flags, last);
  return flag && bareValue(flag) === undefined ? { flag, text: word, isNext: true } : undefined;
}

function flagNamed(flags: readonly Flag[], word: string): Flag | undefined {
  if (word.startsWith('--')) return flags.find(({ name }) => name === word.slice(2));
  return word.length < 2 ? undefined : flags.find(({ short }) => short === word.at(-1));
}

/** Flags by their names, long ones first; none twice, but for those that may be given again. */
function flagWords({ flags, parsed, word }: Asked): string[] {
  const shown = flags.filter(
    ({ name, type, hidden, deprecated }) =>
      !hidden &&
      deprecated === undefined &&
      (!parsed.flags.changed(name) || type === 'list' || type === 'array'),
  );
  const inherited = shown.filter(flag => globalFlags.includes(flag) && flag.name !== 'help');
  const others = shown.filter(flag => !inherited.includes(flag));
  return [...byName(inherited), ...byName(others)].flatMap(({ name, short, help }) =>
    [`--${name}`, ...(short ? [`-${short}`] : [])]
      .filter(text => text.startsWith(word))
      .map(text => `${text}\t${help}`),
  );
}

const byName = <T extends { name: string }>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => (a.name < b.name ? -1 : 1));

async function wordsBehind(root: Command, asked: Asked, context: CliContext): Promise<Answer> {
  const { command, path, parsed, word } = asked;
  if (command === root && parsed.args[0] === 'help')
    return only(subcommandWords(findCommand(root, parsed.args.slice(1)).command, word));
  const key = path.join(' ');
  const completer = Object.hasOwn(wordsOf, key) ? wordsOf[key] : undefined;
  const isGroup = command.subcommands !== undefined;
  const shown = command === root ? { ...root, subcommands: [...root.subcommands!, help] } : command;
  const below = isGroup && parsed.args.length === 0 ? subcommandWords(shown, word) : [];
  const { words, directive: sum } = await ask(completer, context, parsed.args, word);
  return {
    words: [...below, ...words],
    directive: sum | (isGroup && !completer ? directive.noFiles : 0),
  };
}

const help: Command = { name: 'help', summary: 'Help about any command' };

function subcommandWords({ subcommands = [] }: Command, word: string): string[] {
  const shown = subcommands.filter(({ hidden, name }) => !hidden && name.startsWith(word));
  return byName(shown).map(({ name, summary }) => `${name}\t${summary}`);
}

/** The answer as a shell reads it, and as people do who look into why. */
export function answerText({ words, directive: sum, failure }: Answer, described: boolean) {
  const lines = words.map(word => {
    const [line = ''] = word.split('\n');
    return described ? line : line.split('\t')[0]!;
  });
  const names = (Object.entries(directiveNames) as [string, number][])
    .filter(([, bit]) => (sum & bit) !== 0)
    .map(([name]) => `ShellCompDirective${name}`);
  return {
    out: [...lines, `:${sum}`].map(line => `${line}\n`).join(''),
    error: `${failure === undefined ? '' : `[Debug] [Error] ${failure}\n`}Completion ended with directive: ${names.join(', ') || 'ShellCompDirectiveDefault'}\n`,
  };
}

const directiveNames = {
  Error: directive.error,
  NoSpace: directive.noSpace,
  NoFileComp: directive.noFiles,
  FilterFileExt: directive.filterExtensions,
  FilterDirs: directive.filterFolders,
} as const;
