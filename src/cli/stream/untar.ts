import type { Writable } from 'node:stream';
import { extract } from 'tar-stream';
import type { CliContext } from '../core/context.ts';

/**
 * Unpacks the tar that `produce` hands over chunk by chunk: what is called `prefix` becomes `destination`. Entries
 * that would land outside it, and links, are left out with a warning.
 */
export async function unpackInto(
  context: CliContext,
  destination: string,
  prefix: string,
  produce: (onData: (data: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const { fs } = context.io;
  const tar = extract();
  const producing = produce(
    data =>
      new Promise(resolve => (tar.write(Buffer.from(data)) ? resolve() : tar.once('drain', () => resolve()))),
  ).then(
    () => (tar as unknown as Writable).end(),
    error => tar.destroy(error as Error),
  );
  for await (const entry of tar) {
    const { name, type, mode } = entry.header;
    const path = pathWithin(destination, prefix, name);
    if (path === undefined) {
      context.error(`warning: skipping ${JSON.stringify(name)}: it lies outside the target folder\n`);
      entry.resume();
    } else if (type === 'directory') {
      await fs.makeDirectory(path);
      entry.resume();
    } else if (type === 'file') {
      const parent = path.slice(0, path.lastIndexOf('/'));
      if (parent !== '' && !(await fs.stat(parent))) await fs.makeDirectory(parent);
      await fs.writeAll(
        path,
        entry as unknown as AsyncIterable<Uint8Array>,
        mode === undefined ? undefined : mode & 0o777,
      );
    } else {
      if (type === 'symlink' || type === 'link')
        context.error(
          `warning: skipping symlink: ${JSON.stringify(path)} -> ${JSON.stringify(entry.header.linkname)}\n`,
        );
      entry.resume();
    }
  }
  await producing;
}

/** Where an entry goes; undefined where its name climbs out. */
export function pathWithin(destination: string, prefix: string, name: string): string | undefined {
  const clean = name.replace(/^\/+/, '').replace(/\/+$/, '');
  if (clean !== prefix && !clean.startsWith(`${prefix}/`)) return undefined;
  const rest = clean.slice(prefix.length).replace(/^\/+/, '');
  if (rest.split('/').includes('..')) return undefined;
  return rest === '' ? destination : `${destination}/${rest}`;
}
