import { parseAllDocuments } from 'yaml';
import { strictErrorText } from '#machinery/json-decode.ts';
import { BareError, CliError } from '../errors.ts';
import type { CliIo } from '../io.ts';
import { klogHead } from './logged-transport.ts';

export const preferenceVersion = 'kubectl.config.k8s.io/v1beta1';

/** A user's preferences (kuberc): kind Preference of kubectl.config.k8s.io/v1beta1. */
export interface Preference {
  apiVersion: string;
  kind: string;
  defaults?: CommandDefaults[] | null;
  aliases?: CommandAlias[] | null;
  credentialPluginPolicy?: string;
  credentialPluginAllowlist?: AllowlistEntry[];
}

export interface CommandDefaults {
  command: string;
  options?: OptionDefault[] | null;
}

export interface CommandAlias {
  name: string;
  command: string;
  prependArgs?: string[];
  appendArgs?: string[];
  options?: OptionDefault[];
}

export interface OptionDefault {
  name: string;
  default: string;
}

/** `name` is what `command` was called once. */
export interface AllowlistEntry {
  name?: string;
  command?: string;
}

export interface PreferenceFile {
  readonly path: string;
  /** The user named it. */
  readonly explicit: boolean;
}

/** Where the preferences are: the file asked for, $KUBERC's, or ~/.kube/kuberc. Undefined where they are turned off. */
export function preferenceFile(io: CliIo, asked: string): PreferenceFile | undefined {
  const named = io.env.KUBERC ?? '';
  if (named === 'off') {
    if (asked !== '')
      throw new CliError('disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive');
    return undefined;
  }
  const path = asked || named;
  return path === '' ? { path: `${io.home}/.kube/kuberc`, explicit: false } : { path, explicit: true };
}

/** What the commands of `kuberc` work on. */
export function requiredPreferenceFile(io: CliIo, asked: string): PreferenceFile {
  const file = preferenceFile(io, asked);
  if (!file) throw new CliError('KUBERC is disabled via KUBERC=off environment variable');
  return file;
}

/** The first document of the file that is a Preference of a version we know. */
export async function loadPreference(
  io: CliIo,
  { path, explicit }: PreferenceFile,
  verbosity: number,
): Promise<Preference | undefined> {
  const text = (await io.fs.stat(path)) ? new TextDecoder().decode(await io.fs.read(path)) : undefined;
  if (text === undefined && !explicit) return undefined;
  try {
    if (text === undefined) throw new BareError(`open ${path}: no such file or directory`);
    return firstPreference(io, text, path, verbosity);
  } catch (error) {
    if (!(error instanceof BareError)) throw error;
    if (explicit) throw new BareError(`kuberc: ${error.message}`);
    io.stderr.write(`kuberc: no preferences loaded from ${path}: ${error.message}`);
    return undefined;
  }
}

function firstPreference(io: CliIo, text: string, path: string, verbosity: number): Preference | undefined {
  const log = (line: string) => {
    if (verbosity < 5) return;
    io.stderr.write(`${klogHead(io.clock.now(), io.processId, 'marshal.go')}kuberc: ${line}\n`);
  };
  let attempted = 0;
  for (const document of parseAllDocuments(text, { maxAliasCount: 10 } as object)) {
    const value: unknown = document.errors.length > 0 ? document.errors[0] : document.toJS();
    if (value === null || value === undefined) continue;
    attempted++;
    const decoded = decode(value);
    if (typeof decoded === 'string') {
      log(`strict decoding error for entry ${attempted} in ${path}: ${decoded}`);
      continue;
    }
    log(`using entry ${attempted} (${decoded.version}) in ${path}`);
    if (decoded.unknown.length > 0)
      io.stderr.write(
        `kuberc: ignoring strict decoding error in ${path}: ${strictErrorText(decoded.unknown)}`,
      );
    return decoded.preference;
  }
  if (attempted > 0) throw new BareError(`no valid preferences found in ${path}, use --v=5 to see details`);
  log(`no preferences found in ${path}`);
  return undefined;
}

/** The members that each part may have, by the names that they have in v1beta1. */
const known = {
  preference: [
    'apiVersion',
    'kind',
    'defaults',
    'aliases',
    'credentialPluginPolicy',
    'credentialPluginAllowlist',
  ],
  defaults: ['command', 'options'],
  alias: ['name', 'command', 'prependArgs', 'appendArgs', 'options'],
  option: ['name', 'default'],
  entry: ['name', 'command'],
} as const;

/** What v1alpha1 called otherwise. */
const alphaNames: Readonly<Record<string, string>> = { overrides: 'defaults', flags: 'options' };

/** A Preference with the members that it should not have, or why it is none. */
function decode(value: unknown): { preference: Preference; version: string; unknown: string[] } | string {
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown };
  if (value instanceof Error) return value.message;
  if (kind !== 'Preference') return `no kind ${JSON.stringify(kind ?? '')} is registered`;
  const isAlpha = apiVersion === 'kubectl.config.k8s.io/v1alpha1';
  if (!isAlpha && apiVersion !== preferenceVersion)
    return `no kind "Preference" is registered for version ${JSON.stringify(apiVersion ?? '')}`;
  const unknown: string[] = [];
  const part = (object: unknown, at: string, members: readonly string[]): Record<string, unknown> => {
    const kept: Record<string, unknown> = {};
    for (const [name, member] of Object.entries((object ?? {}) as object)) {
      const renamed = isAlpha && Object.hasOwn(alphaNames, name) ? alphaNames[name]! : name;
      if (members.includes(renamed) && (renamed === name || isAlpha)) kept[renamed] = member;
      else unknown.push(`unknown field "${at}${name}"`);
    }
    return kept;
  };
  const list = (member: unknown, at: string, members: readonly string[]) =>
    Array.isArray(member)
      ? member.map((item, i) => {
          const kept = part(item, `${at}[${i}].`, members);
          if (kept.options !== undefined) kept.options = options(kept.options, `${at}[${i}].options`);
          return kept;
        })
      : undefined;
  const options = (member: unknown, at: string) =>
    list(member, at, known.option)?.map(option => ({
      name: String(option.name),
      default: String(option.default),
    }));
  const whole = part(value, '', known.preference);
  const preference = {
    ...whole,
    defaults: list(whole.defaults, 'defaults', known.defaults) ?? [],
    aliases: list(whole.aliases, 'aliases', known.alias) ?? [],
    ...(whole.credentialPluginAllowlist
      ? {
          credentialPluginAllowlist: list(
            whole.credentialPluginAllowlist,
            'credentialPluginAllowlist',
            known.entry,
          ),
        }
      : {}),
  } as unknown as Preference;
  return { preference, version: String(apiVersion), unknown };
}
