import type { Writable } from 'node:stream';
import { pack } from 'tar-stream';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { attachablePod, containerOf, type Pod } from '../core/pods.ts';
import { CliError } from '../errors.ts';
import { runRemoteCommand } from '../stream/remote-command.ts';
import { unpackInto } from '../stream/untar.ts';

interface Place {
  readonly namespace: string;
  readonly pod: string;
  readonly path: string;
}

export const cpCommand = defineCommand({
  name: 'cp',
  usage: '<file-spec-src> <file-spec-dest>',
  summary: 'Copy files and directories to and from containers.',
  examples: [
    '% cp /tmp/foo <some-pod>:/tmp/bar -c <specific-container>',
    '% cp <some-namespace>/<some-pod>:/tmp/foo /tmp/bar',
  ],
  flags: [
    { name: 'container', short: 'c', type: 'string', help: 'Container name.' },
    {
      name: 'no-preserve',
      type: 'bool',
      help: "The copied file/directory's ownership and permissions will not be preserved in the container",
    },
    {
      name: 'retries',
      type: 'int',
      help: 'Set number of retries to complete a copy operation from a container.',
    },
  ],
  run: async context => {
    if (context.args.length !== 2) throw new CliError('source and destination are required');
    const [source, target] = context.args.map(parsePlace);
    if (source!.pod !== '' && target!.pod !== '')
      throw new CliError('one of src or dest must be a local file specification');
    if (source!.path === '' || target!.path === '') throw new CliError('filepath can not be empty');
    if (source!.pod !== '') return copyFromPod(context, source!, target!.path);
    if (target!.pod !== '') return copyToPod(context, source!.path, target!);
    throw new CliError('one of src or dest must be a remote file specification');
  },
});

/** 'pod:/path', 'namespace/pod:/path' or a local path. */
function parsePlace(text: string): Place {
  const colon = text.indexOf(':');
  if (colon < 0) return { namespace: '', pod: '', path: text };
  const [first = '', second, ...rest] = text.slice(0, colon).split('/');
  if (rest.length > 0 || text.startsWith('/') || text.startsWith('.'))
    return { namespace: '', pod: '', path: text };
  const path = text.slice(colon + 1);
  return second === undefined ? { namespace: '', pod: first, path } : { namespace: first, pod: second, path };
}

async function podAt(context: CliContext, place: Place): Promise<Pod> {
  if (place.namespace === '') return attachablePod(context, place.pod);
  const api = await context.api();
  const pods = (await context.mapper()).resource('pods');
  return (await api.get(pods, place.namespace, place.pod)) as Pod;
}

function remote(context: CliContext, pod: Pod) {
  return {
    pod: pod.metadata.name!,
    namespace: pod.metadata.namespace!,
    subresource: 'exec' as const,
    container: containerOf(context, pod, context.flags.string('container')),
    tty: false,
    onStderr: (data: Uint8Array) => context.io.stderr.write(data),
  };
}

async function copyToPod(context: CliContext, source: string, target: Place): Promise<void> {
  if (!(await context.io.fs.stat(source))) throw new CliError(`${source} doesn't exist in local filesystem`);
  const pod = await podAt(context, target);
  const base = remote(context, pod);
  const intoDirectory = target.path.endsWith('/') || (await isRemoteDirectory(context, base, target.path));
  const name = intoDirectory ? `${target.path.replace(/\/+$/, '')}/${baseName(source)}` : target.path;
  const directory = name.slice(0, name.lastIndexOf('/')) || (name.startsWith('/') ? '/' : '.');
  const flags = context.flags.bool('no-preserve') ? ['--no-same-permissions', '--no-same-owner'] : [];
  await runRemoteCommand(context, {
    ...base,
    command: ['tar', ...flags, '-xmf', '-', ...(directory === '.' ? [] : ['-C', directory])],
    stdin: archive(context, source, baseName(name)),
    onStdout: data => context.io.stdout.write(data),
  });
}

async function isRemoteDirectory(
  context: CliContext,
  base: ReturnType<typeof remote>,
  path: string,
): Promise<boolean> {
  try {
    await runRemoteCommand(quiet(context), {
      ...base,
      command: ['test', '-d', path],
      onStdout: () => {},
      onStderr: () => {},
    });
    return true;
  } catch (error) {
    if (error instanceof CliError) return false;
    throw error;
  }
}

/** A probe's failure is an answer, not something to show. */
function quiet(context: CliContext): CliContext {
  return Object.create(context, { error: { value: () => {} } }) as CliContext;
}

function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** A tar of a file or folder under another name. */
async function* archive(context: CliContext, source: string, name: string): AsyncIterable<Uint8Array> {
  const tar = pack();
  const filling = addEntry(context, tar, source, name).then(
    () => tar.finalize(),
    error => tar.destroy(error as Error),
  );
  for await (const chunk of tar) yield chunk as Uint8Array;
  await filling;
}

async function addEntry(
  context: CliContext,
  tar: ReturnType<typeof pack>,
  path: string,
  name: string,
): Promise<void> {
  const stat = await context.io.fs.stat(path);
  if (!stat || stat.kind === 'other') return;
  const headers = { name, mode: stat.mode };
  if (stat.kind === 'directory') {
    await write(tar, { ...headers, type: 'directory' });
    for (const child of await context.io.fs.list(path))
      await addEntry(context, tar, `${path}/${child}`, `${name}/${child}`);
    return;
  }
  await write(tar, { ...headers, size: stat.size }, context.io.fs.openRead(path));
}

async function write(
  tar: ReturnType<typeof pack>,
  headers: Parameters<typeof tar.entry>[0],
  chunks?: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (!chunks) {
    tar.entry(headers);
    return;
  }
  const entry = tar.entry(headers);
  for await (const chunk of chunks) {
    if (entry.write(chunk)) continue;
    await new Promise<void>(resolve => entry.once('drain', resolve));
  }
  await new Promise<void>((resolve, reject) => {
    entry.once('error', reject);
    entry.once('finish', () => resolve());
    (entry as unknown as Writable).end();
  });
}

async function copyFromPod(context: CliContext, source: Place, target: string): Promise<void> {
  const pod = await podAt(context, source);
  const trimmed = source.path.replace(/(.)\/+$/, '$1');
  const prefix = trimmed.replace(/^\/+/, '');
  const stat = await context.io.fs.stat(target);
  const destination =
    stat?.kind === 'directory' || target.endsWith('/')
      ? `${target.replace(/\/+$/, '')}/${baseName(trimmed)}`
      : target;
  await unpackInto(context, destination, prefix, onStdout =>
    runRemoteCommand(context, {
      ...remote(context, pod),
      command: ['tar', 'cf', '-', trimmed],
      onStdout,
      onStderr: data => {
        // tar says so each time; it is not the user's concern.
        if (!new TextDecoder().decode(data).includes('Removing leading')) context.io.stderr.write(data);
      },
    }),
  );
}
