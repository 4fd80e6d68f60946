import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';

/** Where a command writes. Order is kept; a broken pipe is the adapter's to handle. */
export interface Sink {
  write(text: string | Uint8Array): void;
}

/** A running child process of the user's (editor, diff tool, exec credential plugin). */
export interface ProcessResult {
  readonly code: number;
  readonly stdout: Uint8Array;
}

export interface ProcessOptions {
  /** Its output is the result, not the terminal's. */
  readonly capture?: boolean;
  /** It reads nothing of ours. */
  readonly withoutInput?: boolean;
  /** Beside our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other';
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/** The disk as the command line sees it. Paths may be relative to `CliIo.cwd`. */
export interface CliFs {
  read(path: string): Promise<Uint8Array>;
  /** Creates or replaces a file; parents must exist. */
  write(path: string, data: string | Uint8Array, mode?: number): Promise<void>;
  stat(path: string): Promise<FileStat | undefined>;
  /** Where a path leads, absolute and without symbolic links. Throws where nothing is there. */
  realPath(path: string): Promise<string>;
  /** Entry names, sorted. */
  list(path: string): Promise<string[]>;
  makeDirectory(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** A new, empty directory that only the user can read. */
  temporaryDirectory(prefix: string): Promise<string>;
  /** The bytes of a file, in chunks. */
  openRead(path: string): AsyncIterable<Uint8Array>;
  /** Replaces a file chunk by chunk. */
  writeAll(path: string, chunks: AsyncIterable<Uint8Array>, mode?: number): Promise<void>;
}

/** Standard input, and the terminal where it is one. */
export interface CliInput {
  readonly isTerminal: boolean;
  readAll(): Promise<Uint8Array>;
  /** Every chunk until the end or until the iterator returns. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Switches the terminal to raw mode until disposed. */
  raw(): Disposable;
}

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** One accepted connection of a local listener (port-forward). */
export interface LocalSocket {
  readonly remote: string;
  chunks(): AsyncIterable<Uint8Array>;
  /** Resolves when the peer can take more. */
  write(data: Uint8Array): Promise<void>;
  end(): void;
  destroy(): void;
}

export interface LocalListener extends Disposable {
  readonly port: number;
}

/** A file system, terminal and process seen by the command line. The node adapter is `node-io.ts`. */
export interface CliIo {
  readonly stdout: Sink & { readonly isTerminal: boolean; size(): TerminalSize | undefined };
  readonly stderr: Sink;
  readonly stdin: CliInput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly processId: number;
  readonly cwd: string;
  readonly home: string;
  readonly fs: CliFs;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the user interrupts (Ctrl-C) or the process is asked to end. */
  readonly interrupted: AbortSignal;
  /** Calls `fn` when the terminal changes its size. */
  onResize(fn: () => void): Disposable;
  /** Runs a program on the user's terminal, or with its output captured. */
  run(command: string, args: readonly string[], options?: ProcessOptions): Promise<ProcessResult>;
  /** The text behind an http(s) URL that the user named. */
  download(url: string): Promise<{ status: number; statusText: string; text: string }>;
  /** Listens on a TCP port of this machine; port 0 picks a free one. */
  listen(address: string, port: number, onConnection: (socket: LocalSocket) => void): Promise<LocalListener>;
}
