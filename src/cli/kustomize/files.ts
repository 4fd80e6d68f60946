import { CliError } from '../errors.ts';
import type { CliFs } from '../io.ts';

/** The files in and below one kustomization's directory, and those of the kustomizations that led to it. */
export class KustomizationFiles {
  readonly root: string;
  readonly #fs: CliFs;
  readonly #confined: boolean;
  readonly #visited: readonly string[];

  private constructor(fs: CliFs, root: string, confined: boolean, visited: readonly string[]) {
    this.#fs = fs;
    this.root = root;
    this.#confined = confined;
    this.#visited = visited;
  }

  /** `confined` keeps to what lies in or below a kustomization's directory. */
  static async open(fs: CliFs, path: string, confined: boolean): Promise<KustomizationFiles> {
    if (isRemote(path)) throw new CliError(remoteProblem(path));
    return new KustomizationFiles(fs, await directoryOf(fs, path), confined, []);
  }

  /** The files of a kustomization that this one names. */
  async enter(path: string): Promise<KustomizationFiles> {
    if (path === '') throw new CliError('new root cannot be empty');
    if (isRemote(path)) throw new CliError(remoteProblem(path));
    if (path.startsWith('/')) throw new CliError(`new root '${path}' cannot be absolute`);
    const root = await directoryOf(this.#fs, joined(this.root, path));
    const visited = [this.root, ...this.#visited];
    for (const seen of visited)
      if (isWithin(seen, root))
        throw new CliError(`cycle detected: candidate root '${root}' contains visited root '${seen}'`);
    return new KustomizationFiles(this.#fs, root, this.#confined, visited);
  }

  async read(path: string): Promise<Uint8Array> {
    if (/^https?:\/\//.test(path)) throw new CliError(remoteProblem(path));
    const full = path.startsWith('/') ? path : joined(this.root, path);
    if (!this.#confined) return this.#fs.read(full);
    const real = await realPath(this.#fs, full);
    if ((await this.#fs.stat(real))?.kind === 'directory')
      throw new CliError(`'${full}' must resolve to a file`);
    if (!isWithin(real, this.root))
      throw new CliError(`security; file '${full}' is not in or below '${this.root}'`);
    return this.#fs.read(real);
  }

  async readText(path: string): Promise<string> {
    return new TextDecoder().decode(await this.read(path));
  }

  async has(name: string): Promise<boolean> {
    return (await this.#fs.stat(joined(this.root, name)))?.kind === 'file';
  }
}

/** What git or http would have to fetch. */
function isRemote(path: string): boolean {
  return /^(?:https?|ssh|file|git):\/\/|^git@|^git::|^github\.com[/:]|\.git(?:[/?]|$)/.test(path);
}

function remoteProblem(path: string): string {
  return `'${path}' is not on this machine: remote resources are not fetched; copy them beside the kustomization`;
}

async function directoryOf(fs: CliFs, path: string): Promise<string> {
  if (path === '') throw new CliError('directory path cannot be empty');
  const real = await realPath(fs, path).catch(error => {
    throw new CliError(`must build at directory: not a valid directory: ${(error as Error).message}`);
  });
  if ((await fs.stat(real))?.kind === 'directory') return real;
  throw new CliError(`must build at directory: '${path}': file is not directory`);
}

async function realPath(fs: CliFs, path: string): Promise<string> {
  try {
    return await fs.realPath(path);
  } catch (error) {
    throw new CliError(`evalsymlink failure on '${path}' : ${(error as Error).message}`);
  }
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root === '/' ? root : `${root}/`);
}

/** `path` from the directory `base` on, without dots. */
export function joined(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${base}/${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
