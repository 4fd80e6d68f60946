import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import type { Architecture } from './elf.ts';
import { type Layer, type LayerSource, writeLayer } from './layer.ts';
import { isReference, normalizeReference } from '#machinery/image-reference.ts';

/** Adapter: reads the layer's source and writes the image's file. */

export interface ImageOptions {
  /** 'web', 'web:2' or in full. */
  readonly name: string;
  readonly architecture: Architecture;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  /** 'NAME=value' */
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  /** '80/tcp'; '80' is the same. */
  readonly exposedPorts?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

export interface BuiltImage {
  /** In full. */
  readonly name: string;
  /** Of the manifest. */
  readonly digest: string;
}

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

function jsonBlob(value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

function descriptor(mediaType: string, blob: Blob) {
  return { mediaType, digest: blob.digest, size: blob.bytes.length };
}

/** The OCI image configuration (https://github.com/opencontainers/image-spec). */
function imageConfig(options: ImageOptions, layer: Layer) {
  const { entrypoint, cmd, env = [], workdir, user, exposedPorts = [], labels } = options;
  const hasPath = env.some(entry => entry.startsWith('PATH='));
  const ports = exposedPorts.map(port => (port.includes('/') ? port : `${port}/tcp`));
  return {
    created: '1970-01-01T00:00:00Z',
    architecture: options.architecture,
    os: 'linux',
    config: {
      ...(user ? { User: user } : {}),
      ...(ports.length > 0 ? { ExposedPorts: Object.fromEntries(ports.map(port => [port, {}])) } : {}),
      Env: hasPath ? env : [defaultPath, ...env],
      ...(entrypoint?.length ? { Entrypoint: entrypoint } : {}),
      ...(cmd?.length ? { Cmd: cmd } : {}),
      ...(workdir ? { WorkingDir: workdir } : {}),
      ...(labels ? { Labels: labels } : {}),
    },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'coxswain image build' }],
  };
}

/** The JSON parts of an OCI layout around one layer. */
function layoutOf(name: string, options: ImageOptions, layer: Layer) {
  const config = jsonBlob(imageConfig(options, layer));
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptor(mediaTypes.config, config),
    layers: [{ mediaType: mediaTypes.layer, digest: layer.digest, size: layer.size }],
  });
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [
      {
        ...descriptor(mediaTypes.manifest, manifest),
        platform: { architecture: options.architecture, os: 'linux' },
        annotations: {
          'io.containerd.image.name': name,
          'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
        },
      },
    ],
  };
  return { config, manifest, index };
}

const blobPath = (digest: string) => `blobs/${digest.replace(':', '/')}`;

function addBytes(tar: Pack, name: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry({ name, mode: 0o644, mtime: new Date(0), size: bytes.length }, bytes, error =>
      error ? reject(error) : resolve(),
    );
  });
}

async function writeLayout(
  output: string,
  layout: ReturnType<typeof layoutOf>,
  layer: Layer,
  layerFile: string,
): Promise<void> {
  const tar = pack();
  const write = async () => {
    await addBytes(tar, 'oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
    await addBytes(tar, 'index.json', Buffer.from(JSON.stringify(layout.index)));
    await addBytes(tar, blobPath(layout.config.digest), layout.config.bytes);
    await addBytes(tar, blobPath(layout.manifest.digest), layout.manifest.bytes);
    const header = { name: blobPath(layer.digest), mode: 0o644, mtime: new Date(0), size: layer.size };
    await pipeline(createReadStream(layerFile), tar.entry(header));
    tar.finalize();
  };
  await Promise.all([write(), pipeline(tar, createWriteStream(output))]);
}

/** Makes a one-layer image of `source` as an OCI layout tar at `output`. The same input gives the same bytes. */
export async function buildImage(
  source: LayerSource,
  output: string,
  options: ImageOptions,
): Promise<BuiltImage> {
  if (!isReference(options.name)) throw new Error(`${JSON.stringify(options.name)} is not an image name`);
  if ('folder' in source && !(await stat(source.folder)).isDirectory()) {
    throw new Error(`${source.folder} is not a folder`);
  }
  const name = normalizeReference(options.name);
  const layerFile = `${output}.layer`;
  try {
    const layer = await writeLayer(source, layerFile);
    const layout = layoutOf(name, options, layer);
    await writeLayout(output, layout, layer, layerFile);
    return { name, digest: layout.manifest.digest };
  } finally {
    await rm(layerFile, { force: true });
  }
}
