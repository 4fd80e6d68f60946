import { readFile } from 'node:fs/promises';
import { type Clock, every } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import type { FollowedFile } from '../api-server-settings.ts';
import type { ReloadMetrics } from './reload-metrics.ts';

const pollMs = 60_000;

/** What a file says: read once a minute anew. A file that is no good then changes nothing, and is logged. */
export class ReloadedFile<T> implements FollowedFile {
  readonly #file: string;
  readonly #read: (file: string) => Promise<T>;
  #text: string;
  #value: T;
  readonly #listeners: (() => void)[] = [];
  readonly #metrics: ReloadMetrics | undefined;
  #accept: (value: T) => Promise<void> | void = () => undefined;
  #reloading: Promise<void> | undefined;

  private constructor(
    file: string,
    read: (file: string) => Promise<T>,
    text: string,
    value: T,
    metrics?: ReloadMetrics,
  ) {
    this.#metrics = metrics;
    metrics?.holds(text);
    this.#file = file;
    this.#read = read;
    this.#text = text;
    this.#value = value;
  }

  /** Rejects where the file is no good to begin with. */
  static async open<T>(
    file: string,
    read: (file: string) => Promise<T>,
    metrics?: ReloadMetrics,
  ): Promise<ReloadedFile<T>> {
    // The text first: what is changed in between is read once more, and not overlooked.
    const text = await readFile(file, 'utf8').catch(() => '');
    return new ReloadedFile(file, read, text, await read(file), metrics);
  }

  /** What is told of how that went. */
  get families(): readonly MetricFamily[] {
    return this.#metrics?.families ?? [];
  }

  get value(): T {
    return this.#value;
  }

  /** Calls back whenever it says something else. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Whatever it says next has to be taken over by `accept`, which rejects what is no good. */
  acceptedBy(accept: (value: T) => Promise<void>): void {
    this.#accept = accept;
  }

  /** Until the result is disposed of. */
  follow(clock: Clock, log: Log): Disposable {
    return every(clock, pollMs, () => void this.reload(log));
  }

  /** What is under way already is waited for, and no other begun. */
  reload(log: Log): Promise<void> {
    this.#reloading ??= this.#reload(log).finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async #reload(log: Log): Promise<void> {
    try {
      const text = await readFile(this.#file, 'utf8');
      if (text === this.#text) return;
      const value = await this.#read(this.#file);
      await this.#accept(value);
      this.#value = value;
      this.#text = text;
      for (const listener of this.#listeners) listener();
      this.#metrics?.holds(text);
      this.#metrics?.count('success');
      log.info('took over a changed configuration', { file: this.#file });
    } catch (error) {
      this.#metrics?.count('failure');
      log.error('left a changed configuration alone', { file: this.#file, error: (error as Error).message });
    }
  }
}
