import { answerText, complete, completeCommands } from '../completion/complete.ts';
import { CliError, ExitError, explainFailure } from '../errors.ts';
import type { CliIo } from '../io.ts';
import { type Command, findCommand } from './command.ts';
import type { Connect } from './connection.ts';
import { CliContext } from './context.ts';
import { globalFlags } from './flag-groups.ts';
import { type Flag, type ParsedArguments, parseArguments } from './flags.ts';
import { helpText } from './help.ts';
import { runPlugin } from './plugins.ts';
import { type PreferredLine, preferredLine } from './preferred-words.ts';
import { suggestionsFor } from './suggest.ts';

export interface RunOptions {
  readonly io: CliIo;
  readonly connect: Connect;
  readonly commands: readonly Command[];
  /** What the user calls us in messages. */
  readonly program: string;
}

/** Runs one command line; the exit code is kubectl's. Never throws. */
export async function runCommandLine(given: readonly string[], options: RunOptions): Promise<number> {
  const { io, program } = options;
  const bare: Command = {
    name: program,
    summary: `${program} controls the cluster.`,
    subcommands: options.commands,
    flags: globalFlags,
  };
  let line: PreferredLine;
  try {
    line = await preferredLine(io, bare, given);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    io.stderr.write(`error occurred while applying preferences ${error.message}\n`);
    return 1;
  }
  const { root, words } = line;
  const described = completeCommands.get(words[0] ?? '');
  if (described !== undefined) return offer(line, described, options);
  const { command, path, rest } = findCommand(root, words);
  const commandPath = [program, ...path].join(' ');
  const plugged = await pluginOf(io, command === root, path, words);
  if (plugged !== undefined) return plugged;
  const own = command === root ? [] : (command.flags ?? []);
  const shadowed = new Set(own.map(flag => flag.name));
  let parsed: ParsedArguments;
  try {
    parsed = parseArguments(rest, [...own, ...globalFlags.filter(flag => !shadowed.has(flag.name))]);
  } catch (error) {
    io.stderr.write(`error: ${(error as Error).message}\nSee '${commandPath} --help' for usage.\n`);
    return command.usageExitCode ?? 1;
  }
  for (const text of parsed.flags.deprecations()) io.stderr.write(`${text}\n`);
  if (parsed.flags.bool('help') || (command === root && parsed.args[0] === 'help')) {
    const named = parsed.args[0] === 'help' ? findCommand(root, parsed.args.slice(1)) : { command, path };
    io.stdout.write(helpText(named.command, [program, ...named.path].join(' ')));
    return 0;
  }
  // A plugin may be meant, which flags before its name would miss.
  if (command === root && words[0]?.startsWith('-') && parsed.args.length > 0) {
    io.stderr.write(`Error: flags cannot be placed before plugin name: ${words[0]}\n`);
    return 1;
  }
  if (!command.run) return unknownCommand(command, commandPath, parsed.args, io, command === root);
  using context = contextOf(line, options, parsed, own, path);
  return execute(command, context);
}

function contextOf(
  { credentialPlugins }: PreferredLine,
  { io, connect, program, commands }: RunOptions,
  parsed: ParsedArguments,
  own: readonly Flag[],
  path: readonly string[],
): CliContext {
  const globals = parsed.flags.without(new Set(own.map(flag => flag.name)));
  const commandPath = [program, ...path].join(' ');
  return new CliContext({
    ...parsed,
    globals,
    io,
    connect,
    credentialPlugins,
    program,
    commandPath,
    commands,
  });
}

/** Answers a shell that asks what the last word may become. */
async function offer(
  { root, words, ...line }: PreferredLine,
  described: boolean,
  options: RunOptions,
): Promise<number> {
  const { io } = options;
  const answer = await complete({
    root,
    words: words.slice(1),
    contextOf: (parsed, own, path) => contextOf({ root, words, ...line }, options, parsed, own, path),
  });
  const { out, error } = answerText(answer, described);
  io.stdout.write(out);
  io.stderr.write(error);
  return 0;
}

/** What a plugin ends with: words that are no command may name one, and those below `create` that are none of its own. */
async function pluginOf(
  io: CliIo,
  isRoot: boolean,
  path: readonly string[],
  words: readonly string[],
): Promise<number | undefined> {
  const [first = '-', second = '-'] = words;
  if (isRoot && !first.startsWith('-') && first !== 'help') return runPlugin(io, words, 1);
  const isCreate = path.length === 1 && path[0] === 'create' && first === 'create';
  return isCreate && !second.startsWith('-') ? runPlugin(io, words, 2) : undefined;
}

async function execute(command: Command, context: CliContext): Promise<number> {
  try {
    const code = (await command.run!(context)) ?? 0;
    if (code === 0 && context.warnings > 0 && context.flags.bool('warnings-as-errors'))
      throw new CliError(`${context.warnings} warning${context.warnings === 1 ? '' : 's'} received`);
    return code;
  } catch (error) {
    if (error instanceof ExitError) return error.exitCode;
    const { text, exitCode } = explainFailure(error, context.server);
    if (text !== '') context.error(text.endsWith('\n') ? text : `${text}\n`);
    return exitCode === 1 ? (command.failureExitCode ?? 1) : exitCode;
  }
}

function unknownCommand(
  command: Command,
  path: string,
  args: readonly string[],
  io: CliIo,
  isRoot: boolean,
): number {
  const [word] = args;
  if (word === undefined) {
    // A group alone is a mistake, the program alone is none.
    (isRoot ? io.stdout : io.stderr).write(helpText(command, path));
    return isRoot ? 0 : 1;
  }
  io.stderr.write(
    isRoot
      ? `error: unknown command ${JSON.stringify(word)} for ${JSON.stringify(path)}\n${suggestionText(command, word)}`
      : `error: unknown command ${JSON.stringify(args.join(' '))}\nSee '${path} -h' for help and examples\n`,
  );
  return 1;
}

function suggestionText({ subcommands = [] }: Command, word: string): string {
  const meant = suggestionsFor(word, subcommands);
  return meant.length === 0 ? '' : `\nDid you mean this?\n${meant.map(name => `\t${name}\n`).join('')}`;
}
