import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { type AuditEvent, auditEventJson, auditEventText } from '#apiserver/audit/event.ts';
import type { AuditSink } from '#apiserver/audit/sink.ts';
import type { Clock } from '#base/clock.ts';

export interface AuditLogOptions {
  readonly path: string;
  /** Default: json. */
  readonly format?: 'json' | 'legacy';
  /** MiB, after which a file is put aside. Default 100. */
  readonly maxSize?: number;
  /** Days for which files that were put aside are kept; 0: for ever. Default 366. */
  readonly maxAge?: number;
  /** Files that were put aside and are kept; 0: all. Default 100. */
  readonly maxBackup?: number;
}

const mib = 1024 * 1024;
const dayMs = 86_400_000;

/** Appends events to a file that only its owner may read; answers wait until theirs are written. */
export class AuditLog implements AuditSink, AsyncDisposable {
  readonly name = 'log';
  readonly #options: Required<AuditLogOptions>;
  readonly #clock: Clock;
  #file: FileHandle | undefined;
  #size = 0;
  #waiting: string[] = [];
  /** The write that takes what waits. */
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  private constructor(options: AuditLogOptions, clock: Clock) {
    this.#options = { format: 'json', maxSize: 100, maxAge: 366, maxBackup: 100, ...options };
    this.#clock = clock;
  }

  /** Rejects with the system's error where the file cannot be written. */
  static async open(options: AuditLogOptions, clock: Clock): Promise<AuditLog> {
    const log = new AuditLog(options, clock);
    await mkdir(dirname(options.path), { recursive: true, mode: 0o700 });
    await log.#open();
    return log;
  }

  textOf(event: AuditEvent): string {
    return this.#options.format === 'json' ? auditEventJson(event) : auditEventText(event);
  }

  write(texts: readonly string[]): Promise<void> {
    for (const text of texts) this.#waiting.push(`${text}\n`);
    if (!this.#next) {
      this.#next = this.#last.then(() => this.#write());
      this.#last = this.#next.catch(() => undefined);
    }
    return this.#next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    let text = '';
    let bytes = 0;
    for (const line of lines) {
      const more = Buffer.byteLength(line);
      if (this.#size + bytes > 0 && this.#size + bytes + more > this.#options.maxSize * mib) {
        await this.#append(text, bytes);
        await this.#putAside();
        text = '';
        bytes = 0;
      }
      text += line;
      bytes += more;
    }
    await this.#append(text, bytes);
  }

  async #append(text: string, bytes: number): Promise<void> {
    if (bytes === 0) return;
    if (!this.#file) await this.#open();
    await this.#file!.appendFile(text);
    this.#size += bytes;
  }

  async #open(): Promise<void> {
    this.#file = await open(this.#options.path, 'a', 0o600);
    this.#size = (await this.#file.stat()).size;
  }

  /** Gives the file a name with the time in it, and removes those that are too many or too old. */
  async #putAside(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    const { path } = this.#options;
    const stamp = new Date(this.#clock.now()).toISOString().slice(0, -1).replaceAll(':', '-');
    await rename(path, join(dirname(path), `${this.#prefix}${stamp}${extname(path)}`));
    await this.#open();
    await this.#tidy();
  }

  get #prefix(): string {
    const { path } = this.#options;
    return `${basename(path, extname(path))}-`;
  }

  async #tidy(): Promise<void> {
    const { path, maxAge, maxBackup } = this.#options;
    const now = this.#clock.now();
    const kept = (await readdir(dirname(path)))
      .map(name => ({ name, ms: this.#stampMs(name) }))
      .filter(({ ms }) => !Number.isNaN(ms))
      .sort((a, b) => b.ms - a.ms);
    const old = kept.filter(
      ({ ms }, i) => (maxBackup > 0 && i >= maxBackup) || (maxAge > 0 && now - ms > maxAge * dayMs),
    );
    for (const { name } of old) await rm(join(dirname(path), name), { force: true });
  }

  /** When a file of that name was put aside; NaN: it never was. */
  #stampMs(name: string): number {
    const end = extname(this.#options.path);
    if (!name.startsWith(this.#prefix) || !name.endsWith(end)) return Number.NaN;
    const stamp = name.slice(this.#prefix.length, name.length - end.length);
    const [, day, hour, minute, rest] = /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(stamp) ?? [];
    return Date.parse(`${day}${hour}:${minute}:${rest}Z`);
  }
}
