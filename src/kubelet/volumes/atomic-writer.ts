import type { HostFs } from '../host/port.ts';

export interface PayloadFile {
  readonly data: Uint8Array;
  readonly mode: number;
}

export type Payload = ReadonlyMap<string, PayloadFile>;

export interface AtomicWriteOptions {
  /** Group that owns the files, which it may read then. */
  readonly group?: number;
  /** User that owns the files. */
  readonly user?: number;
  readonly nowMs: number;
}

const dataLink = '..data';

/**
 * Writes a set of files so that a reader sees either all of the old or all of the new (upstream's atomic writer):
 * they stand in a directory of their own that the link `..data` points to, and the link is swapped by a rename.
 * Does nothing when the files are there already.
 */
export async function writeAtomically(
  fs: HostFs,
  directory: string,
  payload: Payload,
  options: AtomicWriteOptions,
): Promise<void> {
  const current = await fs.readLink(`${directory}/${dataLink}`);
  if (current !== undefined && (await holds(fs, `${directory}/${current}`, payload))) return;
  const name = await freshName(fs, directory, options.nowMs);
  await writeFiles(fs, `${directory}/${name}`, payload, options);
  await fs.remove(`${directory}/${dataLink}_tmp`);
  await fs.symlink(name, `${directory}/${dataLink}_tmp`);
  await fs.rename(`${directory}/${dataLink}_tmp`, `${directory}/${dataLink}`);
  await linkTopLevel(fs, directory, payload);
  if (current !== undefined) await fs.remove(`${directory}/${current}`);
}

async function holds(fs: HostFs, directory: string, payload: Payload): Promise<boolean> {
  const files = await filesBelow(fs, directory, '');
  if (files.length !== payload.size) return false;
  for (const path of files) {
    const wanted = payload.get(path);
    const data = wanted && (await fs.readFile(`${directory}/${path}`));
    if (!data || !equal(data, wanted.data)) return false;
  }
  return true;
}

async function filesBelow(fs: HostFs, directory: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await fs.list(directory)) {
    const stat = await fs.stat(`${directory}/${name}`);
    if (stat?.type === 'directory') {
      found.push(...(await filesBelow(fs, `${directory}/${name}`, `${prefix}${name}/`)));
    } else found.push(prefix + name);
  }
  return found;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

async function freshName(fs: HostFs, directory: string, nowMs: number): Promise<string> {
  const stamp = new Date(nowMs).toISOString().replace(/[-:T]/g, '_').replace('Z', '');
  const taken = await fs.list(directory);
  for (let n = 0; ; n++) {
    const name = `..${stamp}${String(n).padStart(6, '0')}`;
    if (!taken.includes(name)) return name;
  }
}

async function writeFiles(
  fs: HostFs,
  directory: string,
  payload: Payload,
  { user, group }: AtomicWriteOptions,
): Promise<void> {
  await fs.makeDirectory(directory, 0o755);
  for (const [path, file] of payload) {
    const at = `${directory}/${path}`;
    if (path.includes('/')) await fs.makeDirectory(at.slice(0, at.lastIndexOf('/')), 0o755);
    await fs.writeFile(at, file.data, group === undefined ? file.mode : file.mode | 0o440);
    if (user !== undefined || group !== undefined) await fs.changeOwner(at, user ?? 0, group ?? 0);
  }
}

/** Each first component of a path is a link into `..data`; links of what is gone go too. */
async function linkTopLevel(fs: HostFs, directory: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map(path => path.split('/')[0]!));
  const there = (await fs.list(directory)).filter(name => !name.startsWith('..'));
  for (const name of there) if (!wanted.has(name)) await fs.remove(`${directory}/${name}`);
  for (const name of wanted) {
    if (!there.includes(name)) await fs.symlink(`${dataLink}/${name}`, `${directory}/${name}`);
  }
}
