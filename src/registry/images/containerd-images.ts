import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { type Clock, sleep } from '#base/clock.ts';
import { readImageArchive } from './archive.ts';
import { isReference, normalizeReference } from '#machinery/image-reference.ts';

/** Adapter: CRI cannot import images, so containerd's own client (`ctr`, of the same package) does. */

export interface ContainerdImagesOptions {
  /** Path of containerd's socket. */
  readonly address: string;
  /** The one that it unpacks with. */
  readonly snapshotter: string;
  readonly clock: Clock;
  /** Default: 'ctr'. */
  readonly ctr?: string;
}

export interface ListedImage {
  readonly name: string;
  readonly digest: string;
  /** As containerd words it: '1.2 MiB'. */
  readonly size: string;
  readonly platforms: string;
}

const run = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;
const managedLabel = 'io.cri-containerd.image=managed';
const pinnedLabel = 'io.cri-containerd.pinned=pinned';
const managedWaitMs = 10_000;
const managedPollMs = 20;

/** The images of the namespace that CRI uses. */
export class ContainerdImages {
  readonly #options: ContainerdImagesOptions;

  constructor(options: ContainerdImagesOptions) {
    this.#options = options;
  }

  /**
   * Imports a `docker save` or OCI layout tar, unpacked and visible to CRI when this resolves. `name` is needed
   * where the archive names nothing. Resolves to the names in full.
   */
  async import(file: string, options: { readonly name?: string; readonly pinned?: boolean } = {}) {
    const archive = await readImageArchive(file);
    const names = options.name ? [normalizeReference(options.name)] : archive.names;
    if (names.length === 0) throw new Error(`${file} does not name its image: give a name`);
    for (const name of names) {
      if (!isReference(name)) throw new Error(`${JSON.stringify(name)} is not an image name`);
    }
    const naming = options.name && archive.names.length === 0 ? ['--index-name', names[0]!] : [];
    const flags = ['--snapshotter', this.#options.snapshotter, ...naming];
    // ctr takes no compressed archive, but a stream.
    if (archive.gzip) await this.#ctrWith(file, 'images', 'import', ...flags, '-');
    else await this.#ctr('images', 'import', ...flags, file);
    if (options.name && archive.names.length > 0 && !archive.names.includes(names[0]!)) {
      await this.#ctr('images', 'tag', '--force', archive.names[0]!, names[0]!);
    }
    for (const name of names) {
      if (options.pinned) await this.#ctr('images', 'label', name, pinnedLabel);
      await this.#untilManaged(name);
    }
    return names;
  }

  /** In the order of the names. */
  async list(): Promise<readonly ListedImage[]> {
    const rows = await this.#rows();
    return rows.filter(row => !row.name.startsWith('sha256:') && !/@sha256:/.test(row.name));
  }

  /** Names of images that nobody is to remove but who asks for it. containerd before 1.7 does not tell CRI of them. */
  async pinned(): Promise<ReadonlySet<string>> {
    const rows = await this.#rows();
    return new Set(rows.filter(({ labels }) => labels.includes(pinnedLabel)).map(({ name }) => name));
  }

  /** Forgets a name; what nothing else names goes, once no container uses it. Throws where there is none. */
  async remove(name: string): Promise<string> {
    const full = normalizeReference(name);
    if (!(await this.has(full))) throw new Error(`there is no image ${full}`);
    await this.#ctr('images', 'rm', full);
    return full;
  }

  /**
   * Mounts an image's files read-only at a directory that is there. Nothing of it is left in containerd but the mount: what
   * lies below it is the image's own, so the image has to stay for as long.
   */
  async mount(image: string, directory: string): Promise<void> {
    const flags = ['--snapshotter', this.#options.snapshotter];
    try {
      await this.#ctr('images', 'mount', ...flags, image, directory);
    } finally {
      // ctr keeps a snapshot and a lease of a day, both by the directory's name, for its own `unmount`.
      await Promise.allSettled([
        this.#ctr('snapshots', ...flags, 'rm', directory),
        this.#ctr('leases', 'rm', directory),
      ]);
    }
  }

  async has(name: string): Promise<boolean> {
    const rows = await this.#rows();
    return rows.some(row => row.name === name);
  }

  async #rows() {
    return parseImageTable(await this.#ctr('images', 'ls'));
  }

  /** CRI learns of an image by an event of its own time, and labels it then. */
  async #untilManaged(name: string): Promise<void> {
    const { clock } = this.#options;
    const endMs = clock.monotonicMs() + managedWaitMs;
    for (;;) {
      const row = (await this.#rows()).find(one => one.name === name);
      if (!row) throw new Error(`the image ${name} is not there after its import`);
      if (row.labels.includes(managedLabel)) return;
      if (clock.monotonicMs() > endMs) throw new Error(`containerd imported ${name} but CRI does not see it`);
      await sleep(clock, managedPollMs);
    }
  }

  #ctr(...args: string[]): Promise<string> {
    return this.#ctrWith(undefined, ...args);
  }

  /** Runs ctr; `gzipFile` is what it reads, unpacked. */
  async #ctrWith(gzipFile: string | undefined, ...args: string[]): Promise<string> {
    const { address, ctr = 'ctr' } = this.#options;
    const running = run(ctr, ['--address', address, '--namespace', 'k8s.io', ...args], { maxBuffer });
    const { stdin } = running.child;
    // It may fail while the file is still being read; it is awaited below.
    running.catch(() => {});
    try {
      if (gzipFile !== undefined && stdin) {
        // When ctr gives up early, its own words say more than the broken pipe.
        await pipeline(createReadStream(gzipFile), createGunzip(), stdin).catch(() => {});
      }
      return (await running).stdout;
    } catch (error) {
      const { stderr = '', message, code } = error as Error & { stderr?: string; code?: unknown };
      if (code === 'ENOENT') throw new Error(`${ctr} is not installed: it comes with containerd's package`);
      throw new Error(
        stderr
          .trim()
          .split('\n')
          .at(-1)
          ?.replace(/^ctr: /, '') || message,
      );
    }
  }
}

/** Reads the table of `ctr images ls`: columns start where their headings do. */
export function parseImageTable(table: string): (ListedImage & { readonly labels: string })[] {
  const [heading = '', ...lines] = table.split('\n').filter(line => line.trim() !== '');
  const columns = ['REF', 'TYPE', 'DIGEST', 'SIZE', 'PLATFORMS', 'LABELS'];
  const starts = columns.map(column => heading.indexOf(column));
  if (starts.includes(-1)) return [];
  return lines.map(line => {
    const cells = starts.map((start, i) => line.slice(start, starts[i + 1]).trim());
    const [name, , digest, size, platforms, labels] = cells as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    return { name, digest, size, platforms, labels };
  });
}
