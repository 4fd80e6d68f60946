import { CliError } from '../errors.ts';
import type { CliIo } from '../io.ts';
import { buildKustomization } from '../kustomize/build.ts';
import type { FlagValues } from './flags.ts';
import { klogHead } from './logged-transport.ts';
import { type Manifest, type ReadOptions, readManifests } from './manifests.ts';

/** Whether -f or -k names anything. */
export function namesFiles(flags: FlagValues): boolean {
  return (
    (flags.has('filename') && flags.list('filename').length > 0) ||
    (flags.has('kustomize') && flags.string('kustomize') !== '')
  );
}

/** For commands that work on files alone. */
export function mustNameFiles(flags: FlagValues): void {
  if (!namesFiles(flags)) throw new CliError('must specify one of -f and -k');
}

/** Every object of -f, or of -k's kustomization. */
export async function namedManifests(
  io: CliIo,
  flags: FlagValues,
  options: ReadOptions = {},
): Promise<Manifest[]> {
  const files = flags.list('filename');
  const recursive = flags.has('recursive') && flags.bool('recursive');
  const directory = flags.has('kustomize') ? flags.string('kustomize') : '';
  if (directory === '') return readManifests(io, files, { ...options, recursive });
  if (files.length > 0) throw new CliError('only one of -f or -k can be specified');
  if (recursive) throw new CliError("the -k flag can't be used with -f or -R");
  const objects = await buildKustomization(directory, { fs: io.fs, warn: kustomizeWarner(io) });
  return objects.map(object => ({ object, source: directory }));
}

/** What kustomize has to say beside the objects: of deprecated fields as it is, all else as a line of the log. */
export function kustomizeWarner({ stderr, clock, processId }: CliIo): (line: string) => void {
  return line => {
    const head = line.startsWith('#') ? '' : klogHead(clock.now(), processId, 'log.go:244');
    stderr.write(`${head}${line}\n`);
  };
}
