import { parentPort, workerData } from 'node:worker_threads';
import { Database, explain } from './database.ts';
import type { Reply, Request, ThreadData } from './messages.ts';
import { type PackedVersion, release, unpack } from './packed.ts';
import { buffersOf } from './read-versions.ts';

// The thread that owns the database file: it may block on the disk as long as it likes. Commits come first; trimming
// and vacuuming go on between them, a little at a time.

const trimRows = 200;
const port = parentPort!;
const reply = (message: Reply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const failed = (error: unknown) =>
  reply({ type: 'failed', message: explain(error, (workerData as ThreadData).path) });

class Housekeeping {
  readonly #database: Database;
  #versions: PackedVersion[] = [];
  #trimmed = 0;
  #vacuum = false;
  #next: NodeJS.Immediate | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  add(versions: Iterable<PackedVersion>): void {
    for (const version of versions) this.#versions.push(version);
    this.resume();
  }

  /** Also after a failure: the disk may have room again. */
  resume(): void {
    if (this.#trimmed < this.#versions.length || this.#vacuum)
      this.#next ??= setImmediate(() => this.#step());
  }

  stop(): void {
    clearImmediate(this.#next);
  }

  #step(): void {
    this.#next = undefined;
    try {
      if (this.#trimmed < this.#versions.length) {
        // Oldest first: a deletion must not go before the versions that it hides.
        this.#database.trim(this.#versions.slice(this.#trimmed, this.#trimmed + trimRows));
        this.#trimmed += trimRows;
        this.#vacuum = true;
      } else {
        this.#versions = [];
        this.#trimmed = 0;
        this.#vacuum = this.#database.vacuum();
      }
    } catch {
      // Nothing is lost: it is tried again after the next commit, and whatever is left when the file is opened.
      return;
    }
    this.resume();
  }
}

function load(database: Database): void {
  for (const versions of database.versions()) reply({ type: 'versions', versions }, buffersOf(versions));
  reply({ type: 'opened', header: database.header() });
}

function answer(database: Database, housekeeping: Housekeeping, request: Request): void {
  switch (request.type) {
    case 'commit':
      database.commit(request.header, request.versions);
      release(request.versions);
      reply({ type: 'done' });
      housekeeping.resume();
      break;
    case 'trim':
      housekeeping.add(unpack(request.versions));
      break;
    case 'size':
      reply({ type: 'size', bytes: database.sizeBytes() });
      break;
    case 'close':
      housekeeping.stop();
      database[Symbol.dispose]();
      reply({ type: 'done' });
      port.close();
      break;
  }
}

function serve(): void {
  const database = new Database(workerData as ThreadData);
  const housekeeping = new Housekeeping(database);
  load(database);
  port.on('message', (request: Request) => {
    try {
      answer(database, housekeeping, request);
    } catch (error) {
      failed(error);
    }
  });
}

try {
  serve();
} catch (error) {
  failed(error);
  port.close();
}
