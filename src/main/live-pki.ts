import type { PemFiles } from '#apiserver/pki/pki.ts';
import { type Clock, every } from '#base/clock.ts';
import type { Log } from '#base/log.ts';

export interface LivePkiOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What there is at the start. */
  readonly files: PemFiles;
  /** The same, with what is no longer good made anew; throws where that would harm. */
  readonly renew: (files: PemFiles) => PemFiles;
  readonly save: (files: PemFiles, before: PemFiles) => Promise<void>;
}

/** Of the process's own time: a machine that sleeps a lot is still in time for what ends in thirty days. */
const checkMs = 12 * 3600_000;

/**
 * The keys and certificates of a running cluster: what runs out is made anew before it does, and whoever serves with it is
 * told, so that nobody has to start anew for it.
 */
export class LivePki implements Disposable {
  readonly #options: LivePkiOptions;
  readonly #timer: Disposable;
  readonly #listeners: ((files: PemFiles) => void | Promise<void>)[] = [];
  #files: PemFiles;
  #isRenewing = false;

  constructor(options: LivePkiOptions) {
    this.#options = options;
    this.#files = options.files;
    this.#timer = every(options.clock, checkMs, () => void this.#check());
  }

  get files(): PemFiles {
    return this.#files;
  }

  /** Calls `listener` with the files whenever some of them are new, once they are saved. */
  onRenewal(listener: (files: PemFiles) => void | Promise<void>): void {
    this.#listeners.push(listener);
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  async #check(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    try {
      await this.#renew();
    } catch (error) {
      // The old ones are good for a while: there is time to try again.
      this.#options.log.error('certificates could not be renewed', { error: (error as Error).message });
    } finally {
      this.#isRenewing = false;
    }
  }

  async #renew(): Promise<void> {
    const { renew, save, log } = this.#options;
    const before = this.#files;
    const files = renew(before);
    const changed = Object.keys(files).filter(name => files[name] !== before[name]);
    if (changed.length === 0) return;
    await save(files, before);
    this.#files = files;
    log.info('certificates were renewed', { files: changed });
    for (const listener of this.#listeners) await this.#tell(listener, files);
  }

  async #tell(listener: (files: PemFiles) => void | Promise<void>, files: PemFiles): Promise<void> {
    try {
      await listener(files);
    } catch (error) {
      this.#options.log.error('renewed certificates are not used', { error: (error as Error).message });
    }
  }
}
