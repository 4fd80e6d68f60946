import { defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import { type KubeConfig, updateConfigFile } from '../../core/kubeconfig.ts';
import { CliError } from '../../errors.ts';
import { fileOf } from './files.ts';

type Kind = 'text' | 'bool' | 'bytes';
type Fields = Readonly<Record<string, Kind>>;
type Part = 'clusters' | 'contexts' | 'users';

/** What entries may have that is one value, by the field of the configuration that lists them. */
const fieldsOf: Readonly<Record<Part, Fields>> = {
  clusters: {
    server: 'text',
    'tls-server-name': 'text',
    'insecure-skip-tls-verify': 'bool',
    'certificate-authority': 'text',
    'certificate-authority-data': 'bytes',
    'proxy-url': 'text',
    'disable-compression': 'bool',
  },
  contexts: { cluster: 'text', user: 'text', namespace: 'text' },
  users: {
    'client-certificate': 'text',
    'client-certificate-data': 'bytes',
    'client-key': 'text',
    'client-key-data': 'bytes',
    token: 'text',
    tokenFile: 'text',
    as: 'text',
    'as-uid': 'text',
    username: 'text',
    password: 'text',
  },
};

/** A place in the configuration: the current context, all entries of a part, one of them or a field of one. */
type Place =
  | { readonly part: undefined }
  | { readonly part: Part; readonly name?: string; readonly field?: string; readonly kind?: Kind };

/** Of 'users.me.token'. An entry's name may have dots: it ends where a field of its kind follows. */
function placeOf(path: string): Place {
  const [part = '', ...words] = path.split('.');
  if (part === 'current-context' && words.length === 0) return { part: undefined };
  if (!Object.hasOwn(fieldsOf, part)) throw new CliError(`unable to parse ${path} after [] at api.Config`);
  const fields = fieldsOf[part as Part];
  if (words.length === 0) return { part: part as Part };
  const at = words.findIndex((word, i) => i > 0 && Object.hasOwn(fields, word));
  if (at < 0) return { part: part as Part, name: words.join('.') };
  if (at < words.length - 1) throw new CliError(`unable to parse one or more field values of ${path}`);
  const field = words[at]!;
  return { part: part as Part, name: words.slice(0, at).join('.'), field, kind: fields[field]! };
}

function encoded(kind: Kind, text: string, isRaw: boolean): string | boolean {
  if (kind === 'text') return text;
  if (kind === 'bool') return boolOf(text);
  if (isRaw) return new TextEncoder().encode(text).toBase64();
  try {
    return Uint8Array.fromBase64(text).toBase64();
  } catch {
    throw new CliError(`error decoding input value: illegal base64 data at input byte ${firstBad(text)}`);
  }
}

/** Where Go's decoder stops: at a strange letter, or where what is left is too short. */
function firstBad(text: string): number {
  const at = text.search(/[^A-Za-z0-9+/=\r\n]/);
  return at < 0 ? text.length - (text.length % 4) : at;
}

/** As strconv.ParseBool. */
function boolOf(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new CliError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** Changes the file that holds what the place is in. */
async function change(context: CliContext, place: Place, how: (config: KubeConfig) => void): Promise<void> {
  const { part } = place;
  const holds = (file: KubeConfig) =>
    part === undefined ? file.currentContext !== '' : file[part].has(place.name ?? '');
  await updateConfigFile(context.io, await fileOf(context, holds), how);
}

export const setProperty = defineCommand({
  name: 'set',
  usage: 'PROPERTY_NAME PROPERTY_VALUE',
  summary: 'Set an individual value in a kubeconfig file.',
  details:
    'PROPERTY_NAME has the names of fields and entries with dots between. Fields whose names end in -data take base64.',
  examples: ['% config set clusters.my-cluster.server https://1.2.3.4'],
  flags: [
    {
      name: 'set-raw-bytes',
      type: 'bool',
      help: 'Take the value of a field that holds bytes as it is, not as base64.',
    },
  ],
  run: async context => {
    const [path = '', text = ''] = context.args;
    if (context.args.length !== 2) throw context.usageError(`Unexpected args: [${context.args.join(' ')}]`);
    if (text === '') throw new CliError('you cannot use set to unset a property');
    if (path === '') throw new CliError('you must specify a property');
    const place = placeOf(path);
    const isRaw = context.flags.bool('set-raw-bytes');
    await change(context, place, config => {
      if (place.part === undefined) {
        config.currentContext = text;
        return;
      }
      const { part, name, field, kind } = place;
      if (name === undefined || !field || !kind) throw new CliError(`can't set a map to a value: ${path}`);
      const entries = config[part] as Map<string, object>;
      entries.set(name, { ...entries.get(name), [field]: encoded(kind, text, isRaw) });
    });
    context.out(`Property ${JSON.stringify(path)} set.\n`);
  },
});

export const unsetProperty = defineCommand({
  name: 'unset',
  usage: 'PROPERTY_NAME',
  summary: 'Unset an individual value in a kubeconfig file.',
  examples: ['% config unset current-context', '% config unset contexts.my-context.namespace'],
  run: async context => {
    const [path = ''] = context.args;
    if (context.args.length !== 1) throw context.usageError(`Unexpected args: [${context.args.join(' ')}]`);
    if (path === '') throw new CliError('you must specify a property');
    const place = placeOf(path);
    await change(context, place, config => {
      if (place.part === undefined) {
        config.currentContext = '';
        return;
      }
      const { part, name, field } = place;
      const entries = config[part] as Map<string, Record<string, unknown>>;
      if (name === undefined) entries.clear();
      else if (field === undefined) entries.delete(name);
      else if (!entries.has(name)) throw new CliError(`current map key \`${name}\` is invalid`);
      else entries.set(name, without(entries.get(name)!, field));
    });
    context.out(`Property ${JSON.stringify(path)} unset.\n`);
  },
});

function without(entry: Readonly<Record<string, unknown>>, field: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entry).filter(([name]) => name !== field));
}
