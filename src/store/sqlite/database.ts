import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { LeaseRecord } from '../durability.ts';
import type { CommitHeader, OpenedHeader, ThreadData } from './messages.ts';
import { type Packed, type PackedVersion, type StoredVersion, unpack } from './packed.ts';
import { type ReadVersions, readVersions } from './read-versions.ts';

/** Of the tables below. A file of a newer format is refused, an older one would be converted on opening. */
const formatVersion = 1;
const applicationId = 0x436f7873;

// A row of `version` says what a key held from `revision` on; a NULL value, that it was deleted. Rows are only ever
// appended, and deleted when compaction has made them unreachable.
const schema = `
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    compacted_revision INTEGER NOT NULL,
    last_lease INTEGER NOT NULL
  );
  CREATE TABLE version (
    id INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    key BLOB NOT NULL,
    value BLOB,
    create_revision INTEGER NOT NULL,
    version INTEGER NOT NULL,
    lease INTEGER NOT NULL
  );
  CREATE INDEX version_by_revision ON version (revision);
  CREATE TABLE lease (id INTEGER PRIMARY KEY, ttl_seconds REAL NOT NULL);
  INSERT INTO meta VALUES (1, 1, 0, 0);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${formatVersion};
`;

const busyCode = 5;
const corruptCode = 11;
const notDatabaseCode = 26;
const chunkBytesMax = 1 << 20;
const vacuumPages = 256;
/** Free pages are worth giving back when there is one for every so many in use. */
const freeShareMax = 4;

const decoder = new TextDecoder();

interface Row extends Omit<StoredVersion, 'key' | 'value'> {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

function primaryCode(error: unknown): number {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' ? code & 0xff : 0;
}

/**
 * Makes a missing file. One that is there is not even opened: closing it would drop the locks of a store that this
 * process has open on it, as POSIX has it.
 */
function createFile({ path, mustExist }: ThreadData): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (mustExist && !found) throw new Error(`${path} is missing`);
  if (mustExist && found?.size === 0) throw new Error(`${path} is empty`);
  if (found) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'wx', 0o600));
}

/** Which file a path leads to now; undefined: to none. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

function openFile(data: ThreadData): DatabaseSync {
  const { path, mustExist, pagesMax } = data;
  createFile(data);
  const db = new DatabaseSync(path);
  try {
    // Exclusive before the first access: one process at a time, and no shared-memory file.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216; BEGIN IMMEDIATE; COMMIT');
    const format = pragma(db, 'user_version');
    if (format === 0 && mustExist) throw new Error(`${path} is empty`);
    else if (format === 0) db.exec(`BEGIN; ${schema} COMMIT`);
    else if (pragma(db, 'application_id') !== applicationId)
      throw new Error(`${path} is not a Coxswain store`);
    else if (format > formatVersion) {
      throw new Error(
        `${path} has store format ${format}; this version of Coxswain knows up to ${formatVersion}`,
      );
    }
    if (pagesMax) db.exec(`PRAGMA max_page_count = ${pagesMax}`);
    return db;
  } catch (error) {
    db.close();
    if (primaryCode(error) === busyCode) throw new Error(`${path} is in use by another process`);
    if (primaryCode(error) === notDatabaseCode) throw new Error(`${path} is not a Coxswain store`);
    throw error;
  }
}

/** What is wrong with the file; SQLite's own words do not say which file it is. */
export function explain(error: unknown, path: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (primaryCode(error) === corruptCode) return `${path} is damaged`;
  return primaryCode(error) === 0 ? message : `${path}: ${message}`;
}

/** The file. Synchronous: it belongs in a thread of its own. */
export class Database implements Disposable {
  readonly #path: string;
  /** The file and its log, as they were opened. */
  readonly #files: ReadonlyMap<string, string | undefined>;
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #advance: StatementSync;
  readonly #grant: StatementSync;
  readonly #revoke: StatementSync;

  constructor(data: ThreadData) {
    this.#path = data.path;
    this.#db = openFile(data);
    this.#files = new Map([data.path, `${data.path}-wal`].map(path => [path, identityOf(path)]));
    this.#insert = this.#db.prepare(
      'INSERT INTO version (revision, key, value, create_revision, version, lease) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#delete = this.#db.prepare('DELETE FROM version WHERE revision = ? AND key = ?');
    this.#advance = this.#db.prepare(
      'UPDATE meta SET revision = ?, last_lease = ?, compacted_revision = ifnull(?, compacted_revision) WHERE revision = ?',
    );
    this.#grant = this.#db.prepare('INSERT INTO lease VALUES (?, ?)');
    this.#revoke = this.#db.prepare('DELETE FROM lease WHERE id = ?');
  }

  header(): OpenedHeader {
    const meta = this.#db.prepare('SELECT * FROM meta').get() as Record<string, number>;
    const leases = this.#db.prepare('SELECT id, ttl_seconds AS ttlSeconds FROM lease').all();
    return {
      revision: meta.revision!,
      compactedRevision: meta.compacted_revision!,
      lastLease: meta.last_lease!,
      leases: leases.map(row => ({ ...row })) as unknown as LeaseRecord[],
    };
  }

  /** Every version in the order in which it was written, a megabyte or so at a time. */
  *versions(): Generator<ReadVersions> {
    const rows = this.#db
      .prepare(
        'SELECT revision AS modRevision, key, value, create_revision AS createRevision, version, lease FROM version ORDER BY id',
      )
      .iterate() as Iterable<Row>;
    let chunk: StoredVersion[] = [];
    let size = 0;
    for (const row of rows) {
      const version = { ...row, key: decoder.decode(row.key), value: row.value ?? new Uint8Array(0) };
      chunk.push(version);
      size += version.key.length + version.value.length;
      if (size < chunkBytesMax) continue;
      yield readVersions(chunk);
      chunk = [];
      size = 0;
    }
    if (chunk.length > 0) yield readVersions(chunk);
  }

  /** Durable when it returns; when it throws, nothing of it happened. */
  commit(header: CommitHeader, versions: Packed): void {
    this.#assertInPlace();
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      this.#write(header, versions);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#rollback();
      // Some errors are reported after the commit itself succeeded. The revision tells.
      if (header.revision === header.baseRevision || this.header().revision !== header.revision) throw error;
    }
  }

  /** Deletes versions that nothing can reach. */
  trim(versions: readonly PackedVersion[]): void {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      for (const { revision, key } of versions) this.#delete.run(revision, key);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  /** Gives some free pages back to the file system. False when there are too few to bother. */
  vacuum(): boolean {
    const free = pragma(this.#db, 'freelist_count');
    if (free < vacuumPages || free * freeShareMax < pragma(this.#db, 'page_count')) return false;
    this.#db.exec(`PRAGMA incremental_vacuum(${vacuumPages})`);
    return true;
  }

  sizeBytes(): number {
    const wal = statSync(`${this.#path}-wal`, { throwIfNoEntry: false });
    return statSync(this.#path).size + (wal?.size ?? 0);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  /** What is written to files that nobody can find any more is lost with this process. */
  #assertInPlace(): void {
    for (const [path, identity] of this.#files) {
      if (identity !== identityOf(path)) throw new Error(`${path} was removed or replaced while in use`);
    }
  }

  #write(header: CommitHeader, versions: Packed): void {
    for (const { revision, key, value, createRevision, version, lease } of unpack(versions)) {
      this.#insert.run(revision, key, version === 0 ? null : value, createRevision, version, lease);
    }
    for (const { id, ttlSeconds } of header.grantedLeases) this.#grant.run(id, ttlSeconds);
    for (const id of header.revokedLeases) this.#revoke.run(id);
    const { changes } = this.#advance.run(
      header.revision,
      header.lastLease,
      header.compactedRevision ?? null,
      header.baseRevision,
    );
    if (changes !== 1) throw new Error(`the file does not stand at revision ${header.baseRevision}`);
  }

  #rollback(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
  }
}
