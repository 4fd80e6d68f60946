import { BareError, CliError } from '../errors.ts';
import type { CliIo } from '../io.ts';
import { type Command, findCommand } from './command.ts';
import { type CredentialPluginPolicy, pluginPolicyOf } from './credential-plugin.ts';
import { globalFlags } from './flag-groups.ts';
import { type Flag, parseArguments } from './flags.ts';
import { loadPreference, type OptionDefault, type Preference, preferenceFile } from './preferences.ts';

/** A command line as the user's preferences have it. */
export interface PreferredLine {
  /** Has the alias among its commands that the words name. */
  readonly root: Command;
  readonly words: readonly string[];
  readonly credentialPlugins?: CredentialPluginPolicy;
}

/** Puts the aliases and defaults of the user's preferences (kuberc) into the words. */
export async function preferredLine(
  io: CliIo,
  root: Command,
  words: readonly string[],
): Promise<PreferredLine> {
  if (words.length === 0 || io.env.KUBECTL_KUBERC?.toLowerCase() === 'false') return { root, words };
  const preference = await preferenceFor(io, words, explicitFile(words));
  if (!preference) return { root, words };
  check(preference);
  const credentialPlugins = pluginPolicyOf(preference);
  const aliased = withAlias(root, words, preference);
  const isAlias = aliased.root !== root;
  return { ...aliased, words: withDefaults(io, aliased, preference, isAlias), credentialPlugins };
}

async function preferenceFor(
  io: CliIo,
  words: readonly string[],
  asked: string,
): Promise<Preference | undefined> {
  try {
    const file = preferenceFile(io, asked);
    return file && (await loadPreference(io, file, verbosityOf(words)));
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new BareError(`kuberc error ${error.message}`);
  }
}

/** The flags are not read yet, so this finds --kuberc by itself. */
function explicitFile(words: readonly string[]): string {
  for (const [at, word] of words.entries()) {
    if (word === '--') break;
    if (word !== '--kuberc' && !word.startsWith('--kuberc=')) continue;
    const path = word === '--kuberc' ? words[at + 1] : word.slice('--kuberc='.length);
    if (!path) throw new BareError('kuberc file is not found');
    return path;
  }
  return '';
}

function verbosityOf(words: readonly string[]): number {
  for (const [at, word] of words.entries()) {
    if (word === '--') break;
    if (word === '--v' || word === '-v') return Number(words[at + 1] ?? 0) || 0;
    const [, level] = /^--?v=(.+)$/.exec(word) ?? [];
    if (level !== undefined) return Number(level) || 0;
  }
  return 0;
}

function check({ aliases, defaults }: Preference): void {
  const seen = new Set<string>();
  for (const { name, options } of aliases ?? []) {
    if (!/^[a-zA-Z]+$/.test(name))
      throw new BareError('invalid alias name, can only include alphabetical characters');
    checkOptions(options ?? []);
    if (seen.has(name)) throw new BareError(`duplicate alias name ${name}`);
    seen.add(name);
  }
  for (const { options } of defaults ?? []) checkOptions(options ?? []);
}

function checkOptions(options: readonly OptionDefault[]): void {
  const dashed = options.find(({ name }) => name.startsWith('-'));
  if (dashed) throw new BareError(`flag name ${dashed.name} should be in long form without dashes`);
}

const fields = (command: string) => command.split(/\s+/).filter(word => word !== '');

function withAlias(root: Command, words: readonly string[], { aliases }: Preference): PreferredLine {
  if (findCommand(root, words).path.length > 0) return { root, words };
  const at = words.findIndex(word => !word.startsWith('-') && !word.startsWith('__complete'));
  const alias = aliases?.find(({ name }) => name === words[at]);
  if (!alias) return { root, words };
  const { command, path } = findCommand(root, fields(alias.command));
  if (path.length === 0)
    throw new BareError(
      `command ${JSON.stringify(alias.command)} not found to set alias ${JSON.stringify(alias.name)}: [${fields(alias.command).join(' ')}]`,
    );
  const flags = flagsOf(command);
  const options = (alias.options ?? []).flatMap(option => {
    const flag = flags.find(({ name }) => name === option.name);
    if (!flag) throw new BareError(`invalid alias flag ${option.name} in alias ${root.name}`);
    return optionWords(words, flag, option, `in alias ${root.name}`);
  });
  return {
    root: {
      ...root,
      subcommands: [...(root.subcommands ?? []), { ...command, name: alias.name, aliases: [] }],
    },
    words: [
      ...words.slice(0, at),
      ...options,
      ...words.slice(at, at + 1),
      ...(alias.prependArgs ?? []),
      ...words.slice(at + 1),
      ...(alias.appendArgs ?? []),
    ],
  };
}

function withDefaults(
  io: CliIo,
  { root, words }: PreferredLine,
  preference: Preference,
  isAlias: boolean,
): readonly string[] {
  const { command, path } = findCommand(root, words);
  if (path.length === 0) return words;
  const flags = flagsOf(command);
  const added: string[] = [];
  for (const { command: text, options } of preference.defaults ?? []) {
    const target = findCommand(root, fields(text));
    if (target.path.length === 0) {
      io.stderr.write(`Warning: command ${JSON.stringify(text)} not found to set kuberc override\n`);
      continue;
    }
    if (target.command.name !== command.name) continue;
    if (isAlias) throw new BareError(`alias ${command.name} can not be overridden`);
    for (const option of options ?? []) {
      const flag = flags.find(({ name }) => name === option.name);
      if (!flag) throw new BareError(`invalid flag ${option.name} for command ${text}`);
      added.push(...optionWords(words, flag, option, `in command ${text}`));
    }
  }
  return [...added, ...words];
}

function flagsOf({ flags = [] }: Command): readonly Flag[] {
  return [...flags, ...globalFlags.filter(({ name }) => !flags.some(flag => flag.name === name))];
}

/** The option as a word; none where the user gave the flag. */
function optionWords(
  words: readonly string[],
  flag: Flag,
  { name, default: value }: OptionDefault,
  where: string,
): string[] {
  if (isGiven(words, flag)) return [];
  const word = `--${name}=${value}`;
  try {
    parseArguments([word], [flag]);
  } catch (error) {
    const verb = where.startsWith('in alias') ? 'value' : 'override value';
    throw new BareError(
      `could not apply ${verb} ${value} to flag ${name} ${where} err: ${(error as Error).message}`,
    );
  }
  return [word];
}

function isGiven(words: readonly string[], { name, short }: Flag): boolean {
  return words.some(
    word =>
      word === `--${name}` ||
      word.startsWith(`--${name}=`) ||
      (short !== undefined &&
        (word.startsWith(`-${short}`) || (/^-[a-zA-Z]+$/.test(word) && word.includes(short)))),
  );
}
