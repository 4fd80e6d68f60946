import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PemFiles } from './pki.ts';

/** The keys and certificates in a directory; none when it is not there. */
export async function loadPki(directory: string): Promise<PemFiles> {
  const names = await readdir(directory).catch(missing);
  const pems = names.filter(name => /\.(crt|key|pub)$/.test(name));
  const entries = pems.map(async name => [name, await readFile(join(directory, name), 'utf8')]);
  return Object.fromEntries(await Promise.all(entries));
}

/** Writes what differs from `before`. Everything is its owner's alone. */
export async function savePki(directory: string, files: PemFiles, before: PemFiles = {}): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const changed = Object.entries(files).filter(([name, pem]) => before[name] !== pem);
  await Promise.all(changed.map(([name, pem]) => writeWhole(join(directory, name), pem)));
}

/** A reader finds the old file or the new one, never half of one. */
async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, content, { mode: 0o600 });
  await rename(temporary, path);
}

function missing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
