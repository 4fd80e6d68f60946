import { CliError } from '../errors.ts';
import type { CliContext } from './context.ts';

/** Sends one file, or standard input, to the path of --raw as it is, and prints the answer. */
export async function sendRaw(context: CliContext, method: 'POST' | 'PUT' | 'DELETE'): Promise<void> {
  const { flags, io } = context;
  const files = flags.list('filename');
  if (files.length > 1 || (files.length === 0 && method !== 'DELETE'))
    throw new CliError('--raw can only use a single local file or stdin');
  const [file] = files;
  if (file && /^https?:\/\//.test(file)) throw new CliError('--raw cannot read from a url');
  refuseBeside(context, 'recursive', '--recursive', flags.bool('recursive'));
  for (const [name, shown] of [
    ['selector', '--selector (-l)'],
    ['output', '--output'],
  ] as const)
    refuseBeside(context, name, shown, flags.has(name) && flags.string(name) !== '');
  const body = file === undefined ? undefined : await (file === '-' ? io.stdin.readAll() : io.fs.read(file));
  await requestRaw(context, method, body);
}

function refuseBeside(context: CliContext, name: string, shown: string, given: boolean): void {
  if (context.flags.has(name) && given) throw new CliError(`--raw and ${shown} are mutually exclusive`);
}

/** Asks for the path of --raw, and prints the answer as it comes. */
export async function requestRaw(
  context: CliContext,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  body?: Uint8Array,
): Promise<void> {
  const uri = context.flags.string('raw');
  if (!/^(\/|[a-z][a-z0-9+.-]*:)/i.test(uri))
    throw new CliError(
      `--raw must be a valid URL path: parse ${JSON.stringify(uri)}: invalid URI for request`,
    );
  const url = new URL(uri, 'http://raw');
  const api = await context.api();
  const query = Object.fromEntries(url.searchParams);
  for await (const chunk of await api.stream({ method, path: url.pathname, query, body }))
    context.io.stdout.write(chunk);
}
