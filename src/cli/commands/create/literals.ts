import type { CliContext } from '../../core/context.ts';
import type { Flag } from '../../core/flags.ts';
import { CliError } from '../../errors.ts';

/** Data of a ConfigMap or Secret out of --from-literal, --from-file and --from-env-file. */
export const dataFlags: readonly Flag[] = [
  {
    name: 'from-literal',
    type: 'array',
    help: 'Specify a key and literal value to insert (i.e. mykey=somevalue)',
  },
  {
    name: 'from-file',
    type: 'list',
    help: 'Key file can be specified using its file path, or with a key: [key=]source.',
  },
  { name: 'from-env-file', type: 'list', help: 'Specify the path to a file to read lines of key=val pairs.' },
  { name: 'append-hash', type: 'bool', help: 'Append a hash of the content to its name.' },
];

/** Every entry as bytes, in no order that matters. */
export async function readData(context: CliContext): Promise<Map<string, Uint8Array>> {
  const { flags } = context;
  if (flags.changed('from-env-file') && (flags.changed('from-file') || flags.changed('from-literal')))
    throw new CliError('from-env-file cannot be combined with from-file or from-literal');
  const data = new Map<string, Uint8Array>();
  const add = (key: string, value: Uint8Array) => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key))
      throw new CliError(
        `${JSON.stringify(key)} is not a valid key name: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      );
    if (data.has(key))
      throw new CliError(`cannot add key ${JSON.stringify(key)}, another key by that name already exists`);
    data.set(key, value);
  };
  const encode = (text: string) => new TextEncoder().encode(text);
  for (const literal of flags.list('from-literal')) {
    const equals = literal.indexOf('=');
    if (equals <= 0) throw new CliError(`invalid literal source ${literal}, expected key=value`);
    add(literal.slice(0, equals), encode(unquoted(literal.slice(equals + 1))));
  }
  for (const source of flags.list('from-file')) await addFile(context, source, add);
  for (const path of flags.list('from-env-file'))
    for (const [key, value] of parseEnvFile(await readText(context, path), context.io.env))
      add(key, encode(value));
  return data;
}

/** A literal may be quoted as a whole. */
function unquoted(text: string): string {
  const match = /^(["'])(.*)\1$/s.exec(text);
  return match ? match[2]! : text;
}

async function readText(context: CliContext, path: string): Promise<string> {
  return new TextDecoder().decode(await context.io.fs.read(path));
}

async function addFile(
  context: CliContext,
  source: string,
  add: (key: string, value: Uint8Array) => void,
): Promise<void> {
  const equals = source.indexOf('=');
  const path = equals < 0 ? source : source.slice(equals + 1);
  const stat = await context.io.fs.stat(path);
  if (!stat) throw new CliError(`error reading ${path}: no such file or directory`);
  if (stat.kind !== 'directory')
    return add(equals < 0 ? baseName(path) : source.slice(0, equals), await context.io.fs.read(path));
  if (equals >= 0) throw new CliError('cannot give a key name for a directory path');
  for (const name of await context.io.fs.list(path)) {
    const full = `${path}/${name}`;
    if ((await context.io.fs.stat(full))?.kind === 'file') add(name, await context.io.fs.read(full));
  }
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Lines of KEY=value; a bare KEY takes the value of the environment. */
export function parseEnvFile(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): [string, string][] {
  return text.split('\n').flatMap(raw => {
    const line = raw.replace(/\r$/, '').trimStart();
    if (line === '' || line.startsWith('#')) return [];
    const equals = line.indexOf('=');
    const key = equals < 0 ? line.trim() : line.slice(0, equals);
    return [[key, equals < 0 ? (env[key] ?? '') : line.slice(equals + 1)] as [string, string]];
  });
}
