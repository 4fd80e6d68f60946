import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { normalizeReference } from '#machinery/image-reference.ts';

/** Adapter: reads a file. */

/** What an image archive holds, as far as naming and checking it needs. */
export interface ImageArchive {
  readonly format: 'oci' | 'docker';
  /** The whole archive is compressed with gzip. */
  readonly gzip: boolean;
  /** References in full; empty where the archive gives no name. */
  readonly names: readonly string[];
}

const metadataBytesMax = 4 * 1024 * 1024;
const metadataFiles = new Set(['oci-layout', 'index.json', 'manifest.json']);

async function isGzip(path: string): Promise<boolean> {
  const head: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: 1 })) head.push(chunk as Buffer);
  return Buffer.concat(head).equals(Buffer.from([0x1f, 0x8b]));
}

/** The few small JSON files at the top of the archive; all else is skipped over. */
async function readMetadata(path: string, gzip: boolean): Promise<Map<string, unknown>> {
  const files = new Map<string, unknown>();
  const tar = extract();
  const collect = async () => {
    for await (const entry of tar) {
      const name = entry.header.name.replace(/^\.\//, '');
      if (!metadataFiles.has(name) || (entry.header.size ?? 0) > metadataBytesMax) {
        entry.resume();
        continue;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      files.set(name, JSON.parse(Buffer.concat(chunks).toString('utf8')));
    }
  };
  const source = createReadStream(path);
  const piped = gzip ? pipeline(source, createGunzip(), tar) : pipeline(source, tar);
  await Promise.all([collect(), piped]);
  return files;
}

interface OciIndex {
  readonly manifests?: readonly { readonly annotations?: Readonly<Record<string, string>> }[];
}

function ociNames(index: OciIndex): string[] {
  const names = (index.manifests ?? []).map(({ annotations = {} }) => {
    const reference = annotations['org.opencontainers.image.ref.name'] ?? '';
    return annotations['io.containerd.image.name'] ?? (/[/:]/.test(reference) ? reference : '');
  });
  return names.filter(name => name !== '').map(normalizeReference);
}

function dockerNames(manifest: unknown): string[] {
  const images = Array.isArray(manifest) ? (manifest as { RepoTags?: string[] | null }[]) : [];
  return images.flatMap(image => image.RepoTags ?? []).map(normalizeReference);
}

/** Reads what a `docker save` or OCI layout tar holds. Throws with one clear line when it is neither. */
export async function readImageArchive(path: string): Promise<ImageArchive> {
  const gzip = await isGzip(path);
  let files: Map<string, unknown>;
  try {
    files = await readMetadata(path, gzip);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall) throw error;
    throw new Error(`${path} is not an image archive: ${(error as Error).message}`);
  }
  const manifest = files.get('manifest.json');
  const index = files.get('index.json') as OciIndex | undefined;
  if (manifest !== undefined) {
    return {
      format: 'docker',
      gzip,
      names: [...new Set([...dockerNames(manifest), ...ociNames(index ?? {})])],
    };
  }
  if (index !== undefined && files.has('oci-layout')) return { format: 'oci', gzip, names: ociNames(index) };
  throw new Error(`${path} is not an image archive: it has neither a manifest.json nor an OCI layout`);
}
