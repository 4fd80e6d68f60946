import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Header, type Pack, pack } from 'tar-stream';

/** Adapter: reads a folder and writes files. */

export interface Layer {
  /** Of the compressed layer. */
  readonly digest: string;
  readonly size: number;
  /** Of the tar inside. */
  readonly diffId: string;
}

type Entry = Partial<Header> & { readonly name: string };

function hashing(): { readonly stream: Transform; digest(): string; size(): number } {
  const hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, digest: () => `sha256:${hash.digest('hex')}`, size: () => size };
}

/** Byte 9 of a gzip header names the operating system: 255, unknown, makes the layer the same everywhere. */
function gzipAnywhere(): Transform {
  let at = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (at <= 9 && at + chunk.length > 9) {
        const copy = Buffer.from(chunk);
        copy[9 - at] = 255;
        at += chunk.length;
        return done(null, copy);
      }
      at += chunk.length;
      done(null, chunk);
    },
  });
}

async function addFile(tar: Pack, path: string, header: Entry): Promise<void> {
  await pipeline(createReadStream(path), tar.entry(header));
}

function addEntry(tar: Pack, header: Entry, content?: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry(header, content ? Buffer.from(content) : '', error => (error ? reject(error) : resolve()));
  });
}

/** Adds what is in `folder` in the order of the names; owners become root and times the epoch. */
async function addFolder(tar: Pack, root: string, folder: string, links: Map<string, string>): Promise<void> {
  const names = (await readdir(join(root, folder))).sort();
  for (const entry of names) {
    const name = folder === '' ? entry : `${folder}/${entry}`;
    const path = join(root, name);
    const stat = await lstat(path);
    const header = { name, mode: stat.mode & 0o7777, uid: 0, gid: 0, mtime: new Date(0) };
    if (stat.isDirectory()) {
      await addEntry(tar, { ...header, name: `${name}/`, type: 'directory' });
      await addFolder(tar, root, name, links);
    } else if (stat.isSymbolicLink()) {
      await addEntry(tar, { ...header, type: 'symlink', linkname: await readlink(path) });
    } else if (stat.isFile()) {
      const inode = `${stat.dev}:${stat.ino}`;
      const linkname = stat.nlink > 1 ? links.get(inode) : undefined;
      if (linkname !== undefined) await addEntry(tar, { ...header, type: 'link', linkname });
      else await addFile(tar, path, { ...header, type: 'file', size: stat.size });
      links.set(inode, name);
    } else throw new Error(`${path}: only files, folders and symbolic links can go into an image`);
  }
}

/** Content of a layer: a folder of the host, or a few files made here. */
export type LayerSource =
  | { readonly folder: string }
  | {
      readonly files: readonly {
        readonly name: string;
        readonly mode: number;
        readonly content: Uint8Array;
      }[];
    };

async function fill(tar: Pack, source: LayerSource): Promise<void> {
  if ('folder' in source) await addFolder(tar, source.folder, '', new Map());
  else {
    for (const { name, mode, content } of source.files) {
      await addEntry(tar, { name, mode, uid: 0, gid: 0, mtime: new Date(0), size: content.length }, content);
    }
  }
  tar.finalize();
}

/** Writes a layer as .tar.gz to `path`. The same content gives the same bytes. */
export async function writeLayer(source: LayerSource, path: string): Promise<Layer> {
  const tar = pack();
  const inner = hashing();
  const outer = hashing();
  const filled = fill(tar, source).catch(error => {
    tar.destroy(error as Error);
    throw error;
  });
  await Promise.all([
    filled,
    pipeline(tar, inner.stream, createGzip(), gzipAnywhere(), outer.stream, createWriteStream(path)),
  ]);
  return { digest: outer.digest(), size: outer.size(), diffId: inner.digest() };
}
