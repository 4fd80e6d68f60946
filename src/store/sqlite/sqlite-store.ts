import { Worker } from 'node:worker_threads';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Batch, Durability, Recovered } from '../durability.ts';
import { StoreEngine } from '../engine.ts';
import type { VersionId } from '../history.ts';
import { StoreUnavailableError } from '../store.ts';
import type { Reply, Request, ThreadData } from './messages.ts';
import { packVersions, transferOf } from './packed.ts';
import { versionsOf } from './read-versions.ts';
import { Recovery } from './recover.ts';

export interface SqliteStoreOptions {
  /** Of the database file. It and its directory are made, for the owner alone, when missing. */
  readonly path: string;
  /** The store was made before, so that a file that is missing or empty is an error. Default false. */
  readonly mustExist?: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Pages of 4 KiB that the file may have: a small disk, for tests. */
  readonly pagesMax?: number;
}

/** MiB. It makes little but buffers, and the main thread's share would be resident to no use. */
const resourceLimits = { maxYoungGenerationSizeMb: 2 };

/** The thread that owns the file, and the answers it owes. */
class DatabaseThread implements Durability {
  readonly #worker: Worker;
  readonly #owed: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  readonly #exited: Promise<void>;
  #failure: Error | undefined;

  constructor(data: ThreadData) {
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: data, resourceLimits });
    this.#worker.on('error', error =>
      this.#fail(new StoreUnavailableError(`the store's thread ended: ${error}`)),
    );
    this.#exited = new Promise(resolve => {
      this.#worker.on('exit', () => {
        this.#fail(new StoreUnavailableError("the store's thread ended"));
        resolve();
      });
    });
  }

  /** Reads the whole file. Rejects with what is wrong with it. */
  async open(): Promise<{ recovered: Recovered; unreachable: readonly VersionId[] }> {
    const recovery = new Recovery();
    this.#worker.on('message', (reply: Reply) => {
      if (reply.type !== 'versions') return void this.#owed.shift()?.resolve(reply);
      for (const version of versionsOf(reply.versions)) recovery.add(version);
    });
    const reply = await this.#answer();
    if (reply.type !== 'opened') throw new Error(reply.type === 'failed' ? reply.message : reply.type);
    return recovery.finish(reply.header);
  }

  /** One turn of the event loop: what other connections have sent by now is read in it. */
  gather(): Promise<void> {
    return new Promise(resolve => void setImmediate(resolve));
  }

  async commit(batch: Batch): Promise<void> {
    const { versions: written, ...header } = batch;
    const versions = packVersions(written);
    const reply = await this.#ask({ type: 'commit', header, versions }, transferOf(versions));
    if (reply.type === 'failed') throw new StoreUnavailableError(`the store cannot write: ${reply.message}`);
  }

  trim(ids: readonly VersionId[]): void {
    if (ids.length === 0 || this.#failure) return;
    const versions = packVersions(ids);
    this.#worker.postMessage({ type: 'trim', versions } satisfies Request, transferOf(versions));
  }

  async sizeBytes(): Promise<number> {
    const reply = await this.#ask({ type: 'size' });
    if (reply.type !== 'size') throw new StoreUnavailableError('the size of the store is not known');
    return reply.bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#failure) await this.#ask({ type: 'close' });
    await this.#exited;
  }

  /** Ends a thread whose file did not open. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: Request, transfer: ArrayBuffer[] = []): Promise<Reply> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#worker.postMessage(request, transfer);
    return this.#answer();
  }

  #answer(): Promise<Reply> {
    return new Promise((resolve, reject) => this.#owed.push({ resolve, reject }));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const owed of this.#owed.splice(0)) owed.reject(this.#failure);
  }
}

/** A store in one SQLite file. */
export class SqliteStore extends StoreEngine {
  /** Opens or makes the file; rejects when another process has it open, it is not a store, or it is damaged. */
  static async open({
    path,
    mustExist = false,
    clock,
    log,
    pagesMax,
  }: SqliteStoreOptions): Promise<SqliteStore> {
    const thread = new DatabaseThread({ path, mustExist, pagesMax });
    try {
      const { recovered, unreachable } = await thread.open();
      const store = new SqliteStore(clock, log, thread, recovered);
      thread.trim(unreachable);
      return store;
    } catch (error) {
      await thread.terminate();
      throw error;
    }
  }
}
