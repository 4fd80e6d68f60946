import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type LogLevel, logLine, TextLog } from './text-log.ts';

const retryMs = 1_000;

/** Lines that may wait for the disk; what comes when there are so many is lost. */
const heldMax = 10_000;

export interface LogFile extends Log, AsyncDisposable {
  /** Resolves when the disk has taken, or refused, every line so far. */
  written(): Promise<void>;
}

/** Appends to a file that only its owner may read. What the disk does not take waits until it does. */
export async function openLogFile(path: string, clock: Clock, level: LogLevel): Promise<LogFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = new Appender(path, clock);
  const log = new TextLog(line => file.write(line), clock, level);
  const written = () => file.written();
  const close = async () => {
    await file.written();
    file.giveUp();
  };
  return Object.assign(log, { written, [Symbol.asyncDispose]: close });
}

/** Opened for each write, so that a disk that was full, or a file that was moved away, does no lasting harm. */
class Appender {
  readonly #path: string;
  readonly #clock: Clock;
  #waiting: string[] = [];
  /** Lines that wait or are being written. */
  #held = 0;
  #lost = 0;
  #failed = false;
  #writing: Promise<void> | undefined;
  #retry: Disposable | undefined;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  write(line: string): void {
    if (this.#held >= heldMax) {
      this.#lost++;
    } else {
      this.#held++;
      this.#waiting.push(line);
    }
    this.#writing ??= this.#writeAll();
  }

  async written(): Promise<void> {
    await this.#writing;
  }

  /** What the disk has not taken by now is lost. */
  giveUp(): void {
    this.#retry?.[Symbol.dispose]();
  }

  /** What the disk does not take is tried again with the next line, or after a while. */
  async #writeAll(): Promise<void> {
    this.#retry?.[Symbol.dispose]();
    do {
      const lines = this.#waiting;
      const lost = this.#lost;
      this.#waiting = [];
      try {
        await appendFile(this.#path, this.#textOf(lines, lost), { mode: 0o600 });
        this.#failed = false;
        this.#held -= lines.length;
        this.#lost -= lost;
      } catch {
        // A log that cannot be written must not take the cluster down with it.
        this.#failed = true;
        this.#waiting = [...lines, ...this.#waiting];
      }
    } while (this.#waiting.length > 0 && !this.#failed);
    this.#writing = undefined;
    if (this.#failed) {
      this.#retry = this.#clock.after(retryMs, () => {
        this.#writing ??= this.#writeAll();
      });
    }
  }

  #textOf(lines: readonly string[], lost: number): string {
    const fields = { linesLost: lost };
    const told =
      lost > 0
        ? logLine(this.#clock.now(), 'warn', 'lines were lost, for the log could not be written', fields)
        : '';
    // After a failure half a line may be there already.
    return `${this.#failed ? '\n' : ''}${lines.join('')}${told}`;
  }
}
