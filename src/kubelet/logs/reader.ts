import type { HostFs } from '../host/port.ts';
import { LineSplitter, type LogEntry, parseLogLine } from './cri-format.ts';

/** What PodLogOptions asks for. */
export interface LogOptions {
  readonly follow?: boolean;
  readonly tailLines?: number;
  /** Entries older than this are left out. */
  readonly sinceMs?: number;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
  readonly stream?: 'stdout' | 'stderr';
}

export interface FollowSeams {
  /** Resolves when it is time to look again; rejects when the reader has gone. */
  readonly wait: () => Promise<void>;
  /** The container runs, so more may come. */
  readonly alive: () => Promise<boolean>;
}

const chunkBytes = 64 * 1_024;
const newline = 0x0a;
const encoder = new TextEncoder();

/** Reads a container's log file. */
export class CriLogReader {
  readonly #fs: HostFs;
  readonly #path: string;

  constructor(fs: HostFs, path: string) {
    this.#fs = fs;
    this.#path = path;
  }

  /** The log's bytes as `kubectl logs` shows them. `seams` are needed to follow. */
  async *read(options: LogOptions, seams?: FollowSeams): AsyncGenerator<Uint8Array> {
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    // What is written after the tail was looked for belongs to it only for who follows.
    let entriesLeft = options.follow ? undefined : options.tailLines;
    if (entriesLeft === 0) return;
    let lineStarts = true;
    for await (const entry of this.#entries(options, seams)) {
      const bytes = shown(entry, options, lineStarts);
      lineStarts = entry.content.length === 0 || entry.content.at(-1) === newline;
      if (bytes) {
        yield bytes.length > left ? bytes.subarray(0, left) : bytes;
        left -= bytes.length;
        if (left <= 0) return;
      }
      if (entriesLeft !== undefined && --entriesLeft === 0) return;
    }
  }

  async *#entries(options: LogOptions, seams: FollowSeams | undefined): AsyncGenerator<LogEntry> {
    const { tailLines } = options;
    let offset = tailLines === undefined ? 0 : await this.#tailOffset(tailLines);
    let inode = (await this.#fs.stat(this.#path))?.inode;
    let splitter = new LineSplitter();
    for (;;) {
      // Asked before reading: what is written before it ends is read after.
      const more = options.follow && seams ? await seams.alive() : false;
      for (;;) {
        const chunk = await this.#fs.read(this.#path, offset, chunkBytes);
        if (chunk.length === 0) break;
        offset += chunk.length;
        for (const line of splitter.push(chunk)) {
          const entry = parseLogLine(line);
          if (entry) yield entry;
        }
      }
      if (!more) return;
      await seams!.wait();
      const stat = await this.#fs.stat(this.#path);
      if (stat && (stat.inode !== inode || stat.size < offset)) {
        // The log was rotated: the new file is read from its start.
        inode = stat.inode;
        offset = 0;
        splitter = new LineSplitter();
      }
    }
  }

  /** Where the last `lines` lines start; read backwards, so that a long log costs what its end does. */
  async #tailOffset(lines: number): Promise<number> {
    const size = (await this.#fs.stat(this.#path))?.size ?? 0;
    if (lines <= 0) return size;
    // The newline at the very end closes the last line, hence one more.
    let wanted = lines + 1;
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - chunkBytes);
      const chunk = await this.#fs.read(this.#path, start, end - start);
      for (let at = chunk.length - 1; at >= 0; at--) {
        if (chunk[at] === newline && --wanted === 0) return start + at + 1;
      }
      end = start;
    }
    return 0;
  }
}

/** `lineStarts`: the entry does not go on a line that one before began, which has its time already. */
function shown(entry: LogEntry, options: LogOptions, lineStarts: boolean): Uint8Array | undefined {
  if (options.stream && entry.stream !== options.stream) return undefined;
  if (options.sinceMs !== undefined && Date.parse(entry.timestamp) < options.sinceMs) return undefined;
  if (!options.timestamps || !lineStarts) return entry.content;
  const prefix = encoder.encode(`${entry.timestamp} `);
  const bytes = new Uint8Array(prefix.length + entry.content.length);
  bytes.set(prefix);
  bytes.set(entry.content, prefix.length);
  return bytes;
}
