import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { CliFs, CliIo, FileStat, ProcessResult } from './io.ts';

/** A world for tests: files in a map, output in strings, no terminal. */
export class MemoryIo implements CliIo {
  readonly files = new Map<string, Uint8Array>();
  output = '';
  errors = '';
  input = '';
  readonly env: Record<string, string | undefined> = {};
  readonly processId = 1;
  readonly cwd = '/work';
  readonly home = '/home/user';
  readonly clock: Clock;
  readonly random: Random;
  readonly interruption = new AbortController();

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  file(path: string, text: string): this {
    this.files.set(path, new TextEncoder().encode(text));
    return this;
  }

  readonly stdout = {
    isTerminal: false,
    size: () => undefined,
    write: (text: string | Uint8Array) => {
      this.output += typeof text === 'string' ? text : new TextDecoder().decode(text);
    },
  };

  readonly stderr = {
    write: (text: string | Uint8Array) => {
      this.errors += typeof text === 'string' ? text : new TextDecoder().decode(text);
    },
  };

  readonly stdin = {
    isTerminal: false,
    readAll: async () => new TextEncoder().encode(this.input),
    chunks: () => once(new TextEncoder().encode(this.input)),
    raw: () => ({ [Symbol.dispose]() {} }),
  };

  get interrupted(): AbortSignal {
    return this.interruption.signal;
  }

  readonly fs: CliFs = {
    read: async path => {
      const found = this.files.get(this.#key(path));
      if (!found) throw new Error(`open ${path}: no such file or directory`);
      return found;
    },
    write: async (path, data) => {
      this.files.set(path, typeof data === 'string' ? new TextEncoder().encode(data) : data);
    },
    stat: async path => this.#stat(path),
    realPath: async path => {
      const { pathname } = new URL(path, `file://${this.cwd}/`);
      const at = pathname.replace(/(.)\/$/, '$1');
      if (!this.#stat(at)) throw new Error(`lstat ${at}: no such file or directory`);
      return at;
    },
    list: async path => {
      const names = [...this.files.keys()].filter(name => name.startsWith(`${path}/`));
      return [...new Set(names.map(name => name.slice(path.length + 1).split('/')[0]!))].sort();
    },
    makeDirectory: async () => {},
    remove: async path => {
      for (const name of this.files.keys())
        if (name === path || name.startsWith(`${path}/`)) this.files.delete(name);
    },
    temporaryDirectory: async prefix => `/tmp/${prefix}1`,
    openRead: path => once(this.files.get(path) ?? new Uint8Array()),
    writeAll: async (path, chunks) => {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      this.files.set(path, Buffer.concat(parts));
    },
  };

  /** Files are kept by the names that they were given: absolute, or by their path in the working directory. */
  #key(path: string): string {
    const isKnown = [...this.files.keys()].some(name => name === path || name.startsWith(`${path}/`));
    return !isKnown && path.startsWith(`${this.cwd}/`) ? path.slice(this.cwd.length + 1) : path;
  }

  #stat(at: string): FileStat | undefined {
    const path = this.#key(at);
    const file = this.files.get(path);
    if (file) return { kind: 'file', mode: 0o644, size: file.length, mtimeMs: 0 };
    const directory = [...this.files.keys()].some(name => name.startsWith(`${path}/`));
    return directory ? { kind: 'directory', mode: 0o755, size: 0, mtimeMs: 0 } : undefined;
  }

  onResize() {
    return { [Symbol.dispose]() {} };
  }

  run(_command: string, _args: readonly string[]): Promise<ProcessResult> {
    return Promise.reject(new Error('no programs here'));
  }

  download(): Promise<never> {
    return Promise.reject(new Error('no network here'));
  }

  listen(): Promise<never> {
    return Promise.reject(new Error('no network here'));
  }
}

async function* once(data: Uint8Array): AsyncIterable<Uint8Array> {
  if (data.length > 0) yield data;
}
