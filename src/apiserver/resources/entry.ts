import { setMember } from '#base/members.ts';
import type { Steps } from '#base/steps.ts';
import { parseExactJson } from '#machinery/json-parse.ts';
import { escapeHtml } from '#machinery/go-json.ts';
import { frozenJson, memberJson, quoteJson } from '#machinery/json-text.ts';
import { hasSortedNames, orderMeta } from '#machinery/member-order.ts';
import { managersJson, shareSets, writeManagersJson } from '#machinery/managed/managers.ts';
import { type KubeObject, type ObjectMeta, deepFreeze } from '#machinery/object.ts';
import { AlikeParts } from './alike.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const nonAscii = /[^\0-\x7f]/;

const nothing = new Uint8Array();
const largeLength = 64 * 1024;

/** Who keeps bytes. They always say the same, but of a past state they may be made anew for whoever asks. */
export interface ValueHolder {
  readonly value: Uint8Array;
}

/** The bytes that the store keeps of an object, and where in them its resourceVersion belongs. */
interface StoredBytes {
  readonly holder: ValueHolder;
  readonly length: number;
  readonly revisionAt: number;
}

/**
 * One stored version of an object: the frozen value, and its JSON. That is not kept a second time: it is the store's
 * bytes with the revision put in. kind and apiVersion come first in that of a built-in kind, so that a list, whose items
 * carry neither, can cut them off.
 */
export class Entry {
  readonly key: string;
  readonly revision: number;
  #object: KubeObject | undefined;
  /** Its protobuf message, as the stored version has it: kept by who first made it for the next who wants it. */
  protobuf: Uint8Array | undefined;
  readonly #stored: StoredBytes | undefined;
  /** Of an object that is not stored like this. */
  #json: Uint8Array | undefined;
  #leaving: Entry | undefined;

  constructor(key: string, revision: number, object: KubeObject, stored?: StoredBytes) {
    this.key = key;
    this.revision = revision;
    this.#object = object;
    this.#stored = stored;
  }

  /** Always the same value, but for one that was let go. */
  get object(): KubeObject {
    this.#object ??= deepFreeze(parseStored(decoder.decode(this.#stored!.holder.value), this.revision));
    return this.#object;
  }

  /** Nobody is likely to ask for the value of a past state again; who does gets it from the bytes. */
  letGo(): void {
    if (this.#stored) this.#object = undefined;
    this.protobuf = undefined;
  }

  get jsonLength(): number {
    if (!this.#stored) return this.#own().length;
    return this.#stored.length + revisionLength(this.revision);
  }

  /** Whatever is done with all of it takes its time. */
  get isLarge(): boolean {
    return (this.#stored ?? this.#json ?? nothing).length > largeLength;
  }

  /** Writes the JSON, less its first `skip` bytes, which end before the metadata; answers where it ends. */
  copyJson(target: Buffer, at: number, skip = 0): number {
    if (!this.#stored) {
      const own = this.#own();
      target.set(skip === 0 ? own : own.subarray(skip), at);
      return at + own.length - skip;
    }
    const { holder, revisionAt } = this.#stored;
    const bytes = holder.value;
    // Cheaper than views of the parts: what comes after the revision lands last, where it belongs.
    target.set(skip === 0 ? bytes : bytes.subarray(skip), at);
    const from = at + revisionAt - skip;
    const inserted = revisionLength(this.revision);
    const end = at + bytes.length - skip + inserted;
    target.copyWithin(from + inserted, from, end - inserted);
    writeRevision(target, from, this.revision);
    return end;
  }

  /** This state as of another revision: what a watcher sees of a deletion. */
  at(revision: number): Entry {
    return new Entry(this.key, revision, withRevision(this.object, revision), this.#stored);
  }

  /** The previous state at this entry's revision: what a watcher sees whose selection this version left. */
  leaving(previous: Entry): Entry {
    this.#leaving ??= previous.at(this.revision);
    return this.#leaving;
  }

  #own(): Uint8Array {
    this.#json ??= encoder.encode(escapeHtml(JSON.stringify(this.object)));
    return this.#json;
  }
}

const revisionStart = encoder.encode(',"resourceVersion":"');
const quote = 0x22;

function revisionLength(revision: number): number {
  return revisionStart.length + String(revision).length + 1;
}

function bytesOf(text: string): number {
  return nonAscii.test(text) ? Buffer.byteLength(text) : text.length;
}

/** Byte by byte: for so few that is cheaper than to ask anybody to copy them. */
function writeRevision(target: Buffer, from: number, revision: number): void {
  let at = from;
  for (const byte of revisionStart) target[at++] = byte;
  const digits = String(revision);
  for (let i = 0; i < digits.length; i++) target[at++] = digits.charCodeAt(i);
  target[at] = quote;
}

function parseStored(text: string, revision: number): KubeObject {
  const stored = parseExactJson(text) as KubeObject;
  shareSets(stored.metadata.managedFields);
  return inOrder(stored, String(revision));
}

/** What a stored value decodes to: the stored form, which has no resourceVersion, with its revision put in. */
export function withRevision(stored: KubeObject, revision: number): KubeObject {
  return deepFreeze(inOrder(stored, String(revision)));
}

/** What a dry run answers of an object that it has not made: of its version, what the client said of it, if anything. */
export function asSaid(object: KubeObject): KubeObject {
  const said = inOrder(object, object.metadata.resourceVersion);
  if (!said.metadata.resourceVersion) delete said.metadata.resourceVersion;
  return deepFreeze(said);
}

/**
 * The object with this resourceVersion in its place, and without one as the store keeps it. `isSorted`: its members are in
 * the order of their names, as Go writes what has no type of its own, and stay so.
 */
function inOrder(
  object: KubeObject,
  resourceVersion: string | undefined,
  isSorted = hasSortedNames(object),
): KubeObject {
  return isSorted ? sortedInOrder(object, resourceVersion) : nativeInOrder(object, resourceVersion);
}

/** kind, apiVersion and metadata first. */
function nativeInOrder(object: KubeObject, resourceVersion: string | undefined): KubeObject {
  const { kind, apiVersion } = object;
  const metadata = orderMeta(object.metadata, resourceVersion);
  const ordered: Record<string, unknown> = { kind, apiVersion, metadata };
  for (const key in object) {
    if (key === 'kind' || key === 'apiVersion' || key === 'metadata') continue;
    setMember(ordered, key, (object as unknown as Record<string, unknown>)[key]);
  }
  return ordered as unknown as KubeObject;
}

function sortedInOrder(object: KubeObject, resourceVersion: string | undefined): KubeObject {
  const metadata: Record<string, unknown> = {};
  const source: ObjectMeta = { ...object.metadata, resourceVersion: resourceVersion as string };
  for (const name of Object.keys(source).sort()) metadata[name] = source[name as keyof ObjectMeta];
  return { ...object, metadata };
}

/** JSON that is written already, by what it says. */
type ReadyTexts = ReadonlyMap<unknown, string>;

const noneReady: ReadyTexts = new Map();

function readyJson(name: string, value: unknown, ready: ReadyTexts): string {
  const json = ready.get(value);
  return json === undefined ? memberJson(name, value) : `,${quoteJson(name)}:${json}`;
}

/** The JSON of an object in order up to where its resourceVersion belongs; undefined where nothing of its metadata is there. */
function headOf(object: KubeObject, ready: ReadyTexts): string | undefined {
  let json = '';
  for (const name in object) {
    if (name === 'metadata') break;
    json += readyJson(name, object[name as keyof KubeObject], ready);
  }
  let own = '';
  for (const name in object.metadata) {
    if (name === 'resourceVersion') break;
    own += metaJson(name, object.metadata, ready);
  }
  return own === '' ? undefined : escapeHtml(`{${json.slice(1)},"metadata":{${own.slice(1)}`);
}

/** The JSON of what comes after it. */
function tailOf(object: KubeObject, ready: ReadyTexts): string {
  let json = '';
  let isBehind = false;
  for (const name in object.metadata) {
    if (isBehind) json += metaJson(name, object.metadata, ready);
    else isBehind = name === 'resourceVersion';
  }
  json += '}';
  isBehind = false;
  for (const name in object) {
    if (isBehind) json += readyJson(name, object[name as keyof KubeObject], ready);
    else isBehind = name === 'metadata';
  }
  return escapeHtml(`${json}}`);
}

/** Who manages an object's fields is mostly known. */
function metaJson(name: string, meta: ObjectMeta, ready: ReadyTexts): string {
  if (name !== 'managedFields') return readyJson(name, meta[name as keyof ObjectMeta], ready);
  return meta.managedFields ? `,"managedFields":${managersJson(meta.managedFields)}` : '';
}

/** What a writer has at hand with the bytes that it writes. */
interface Written {
  /** Not yet frozen; its resourceVersion is not yet known. */
  readonly object: KubeObject;
  readonly revisionAt: number;
}

const writtenOf = Symbol('written');

/** Bytes that bring along what they say, for whoever is first to ask. */
interface WrittenBytes extends Uint8Array {
  [writtenOf]?: Written | undefined;
}

/** Turns objects into what the store keeps and back; what a writer has at hand is not parsed again. */
export class StoredCodec {
  readonly #alike = new AlikeParts();
  #encodesAhead: boolean;

  /** Of a private store: what nobody has asked for as bytes yet is kept as it is, and encoded for its first reader. */
  constructor(isPrivate = false) {
    this.#encodesAhead = !isPrivate;
  }

  /** From now on somebody reads bytes: what is written is encoded by its writer, as it comes, not all by the first reader. */
  encodeAhead(): void {
    this.#encodesAhead = true;
  }

  /**
   * `object` is given away: once it is stored, it is what readers see. A private store is handed the object itself.
   * `isSorted`: a custom resource, see `inOrder`.
   */
  encode(object: KubeObject, isSorted = false): Uint8Array {
    return this.#encoded(this.#alike.share(inOrder(object, undefined, isSorted)));
  }

  /** The same in steps, for a large object: it is hardly alike another. */
  *encodeInSteps(object: KubeObject, isSorted = false): Steps<Uint8Array> {
    const written = inOrder(object, undefined, isSorted);
    const ready = new Map<unknown, string>();
    const { metadata } = written;
    if (this.#encodesAhead) {
      yield* writeManagersJson(metadata.managedFields ?? []);
      for (const part of [...Object.values(written), ...Object.values(metadata)]) {
        if (typeof part !== 'object' || part === null || part === metadata) continue;
        if (part !== metadata.managedFields) ready.set(part, (yield* frozenJson(part))!);
      }
    }
    yield;
    return this.#encoded(written, ready);
  }

  #encoded(written: KubeObject, ready = noneReady): Uint8Array {
    if (!this.#encodesAhead) return written as unknown as Uint8Array;
    const head = headOf(written, ready);
    if (head === undefined) return encoder.encode(escapeHtml(JSON.stringify(written)));
    const bytes: WrittenBytes = encoder.encode(head + tailOf(written, ready));
    bytes[writtenOf] = { object: written, revisionAt: bytesOf(head) };
    return bytes;
  }

  /** What a key holds since `revision`. The first to ask gets the writer's value. */
  entry(key: string, revision: number, holder: ValueHolder): Entry {
    const bytes = holder.value;
    if (!(bytes instanceof Uint8Array)) return this.#held(key, revision, bytes as KubeObject);
    const written = (bytes as WrittenBytes)[writtenOf];
    if (!written) return this.#parsed(key, revision, holder);
    (bytes as WrittenBytes)[writtenOf] = undefined;
    const { object, revisionAt } = written;
    const stored = { holder, length: bytes.length, revisionAt };
    return new Entry(key, revision, this.#shown(object, String(revision)), stored);
  }

  #held(key: string, revision: number, object: KubeObject): Entry {
    const resourceVersion = String(revision);
    if (!Object.isFrozen(object)) this.#shown(object, resourceVersion);
    const isShown = object.metadata.resourceVersion === resourceVersion;
    return new Entry(key, revision, isShown ? object : withRevision(object, revision));
  }

  /** What was written, as readers see it from now on. */
  #shown(object: KubeObject, resourceVersion: string): KubeObject {
    object.metadata.resourceVersion = resourceVersion;
    this.#alike.learn(deepFreeze(object));
    return object;
  }

  #parsed(key: string, revision: number, holder: ValueHolder): Entry {
    const bytes = holder.value;
    const text = decoder.decode(bytes);
    const object = deepFreeze(this.#alike.share(parseStored(text, revision)));
    this.#alike.learn(object);
    const head = headOf(object, noneReady);
    if (head === undefined || !text.startsWith(head)) return new Entry(key, revision, object);
    return new Entry(key, revision, object, { holder, length: bytes.length, revisionAt: bytesOf(head) });
  }
}
