import { readFile } from 'node:fs/promises';
import { type Clock, every } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { FollowedFile } from '../api-server-settings.ts';

const pollMs = 60_000;

/** What a file says: read once a minute anew. A file that is no good then changes nothing, and is logged. */
export class ReloadedFile<T> implements FollowedFile {
  readonly #file: string;
  readonly #read: (file: string) => Promise<T>;
  #text: string;
  #value: T;
  readonly #listeners: (() => void)[] = [];

  private constructor(file: string, read: (file: string) => Promise<T>, text: string, value: T) {
    this.#file = file;
    this.#read = read;
    this.#text = text;
    this.#value = value;
  }

  /** Rejects where the file is no good to begin with. */
  static async open<T>(file: string, read: (file: string) => Promise<T>): Promise<ReloadedFile<T>> {
    // The text first: what is changed in between is read once more, and not overlooked.
    const text = await readFile(file, 'utf8').catch(() => '');
    return new ReloadedFile(file, read, text, await read(file));
  }

  get value(): T {
    return this.#value;
  }

  /** Calls back whenever it says something else. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Until the result is disposed of. */
  follow(clock: Clock, log: Log): Disposable {
    return every(clock, pollMs, () => void this.reload(log));
  }

  async reload(log: Log): Promise<void> {
    try {
      const text = await readFile(this.#file, 'utf8');
      if (text === this.#text) return;
      this.#value = await this.#read(this.#file);
      this.#text = text;
      for (const listener of this.#listeners) listener();
      log.info('took over a changed configuration', { file: this.#file });
    } catch (error) {
      log.error('left a changed configuration alone', { file: this.#file, error: (error as Error).message });
    }
  }
}
