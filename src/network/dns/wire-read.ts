import {
  optType,
  rcodes,
  type Query,
  type BadQuery,
  headerBytes,
  responseFlag,
  truncatedFlag,
  recursionDesiredFlag,
  checkingDisabledFlag,
  pointerBits,
  nameBytesMax,
  labelBytesMax,
  dnssecOkFlag,
  viewOf,
} from './wire.ts';

/** Reads DNS messages, of which nothing is taken for granted. */

class MalformedError extends Error {}

/** Reads a name; `next` is where the message goes on. */
function readName(message: Uint8Array, start: number): { name: string; next: number } {
  const labels: string[] = [];
  let at = start;
  let next = -1;
  let length = 1;
  for (;;) {
    const size = message[at];
    if (size === undefined) throw new MalformedError('a name runs over the end');
    if ((size & pointerBits) === pointerBits) {
      const low = message[at + 1];
      if (low === undefined) throw new MalformedError('a pointer runs over the end');
      const target = ((size & ~pointerBits) << 8) | low;
      if (next < 0) next = at + 2;
      // Pointers only ever go back, so that they cannot go round.
      if (target >= at) throw new MalformedError('a pointer that does not go back');
      at = target;
      continue;
    }
    if (size > labelBytesMax) throw new MalformedError('a label of unknown type');
    if (size === 0) break;
    length += size + 1;
    if (length > nameBytesMax) throw new MalformedError('a name that is too long');
    if (at + 1 + size > message.length) throw new MalformedError('a label runs over the end');
    labels.push(labelText(message.subarray(at + 1, at + 1 + size)));
    at += size + 1;
  }
  return { name: labels.join('.').toLowerCase(), next: next < 0 ? at + 1 : next };
}

function labelText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes).replace(/[.\\]/g, '\\$&');
}

interface RecordPlace {
  readonly type: number;
  readonly class: number;
  /** Where the TTL stands. */
  readonly ttlAt: number;
  readonly ttl: number;
  readonly dataAt: number;
  readonly next: number;
}

function readRecord(message: Uint8Array, view: DataView, start: number): RecordPlace {
  const at = readName(message, start).next;
  if (at + 10 > message.length) throw new MalformedError('a record runs over the end');
  const next = at + 10 + view.getUint16(at + 8);
  if (next > message.length) throw new MalformedError('record data run over the end');
  return {
    type: view.getUint16(at),
    class: view.getUint16(at + 2),
    ttlAt: at + 4,
    ttl: view.getUint32(at + 4),
    dataAt: at + 10,
    next,
  };
}

/** Reads a query. Undefined for what is none and deserves no answer: too short, or itself an answer. */
export function parseQuery(message: Uint8Array): Query | BadQuery | undefined {
  if (message.length < headerBytes) return undefined;
  const view = viewOf(message);
  const id = view.getUint16(0);
  const flags = view.getUint16(2);
  if (flags & responseFlag) return undefined;
  if (((flags >> 11) & 15) !== 0) return { id, rcode: rcodes.notImplemented };
  if (view.getUint16(4) !== 1) return { id, rcode: rcodes.formatError };
  try {
    return readQuery(message, view, id, flags);
  } catch (error) {
    if (error instanceof MalformedError) return { id, rcode: rcodes.formatError };
    throw error;
  }
}

function readQuery(message: Uint8Array, view: DataView, id: number, flags: number): Query {
  const { name, next } = readName(message, headerBytes);
  if (next + 4 > message.length) throw new MalformedError('the question runs over the end');
  let edns: Query['edns'];
  let at = next + 4;
  const records = view.getUint16(6) + view.getUint16(8) + view.getUint16(10);
  for (let i = 0; i < records; i++) {
    const record = readRecord(message, view, at);
    if (record.type === optType) {
      const version = (record.ttl >>> 16) & 0xff;
      edns = { udpBytes: record.class, version, dnssecOk: (record.ttl & dnssecOkFlag) !== 0 };
    }
    at = record.next;
  }
  return {
    id,
    recursionDesired: (flags & recursionDesiredFlag) !== 0,
    checkingDisabled: (flags & checkingDisabledFlag) !== 0,
    name,
    type: view.getUint16(next),
    class: view.getUint16(next + 2),
    question: message.slice(headerBytes, next + 4),
    edns,
  };
}

/** Largest answer that a client takes over UDP. */
export function udpBytesMax(query: Query): number {
  return Math.max(512, query.edns?.udpBytes ?? 512);
}

/** Where the TTLs of a message stand (but OPT's, which is none), and the smallest of them. Throws on garbage. */
export function readTtls(message: Uint8Array): {
  readonly offsets: readonly number[];
  readonly least: number;
} {
  const view = viewOf(message);
  if (message.length < headerBytes) throw new MalformedError('shorter than a header');
  let at = headerBytes;
  for (let i = view.getUint16(4); i > 0; i--) at = readName(message, at).next + 4;
  const offsets: number[] = [];
  let least = 0xffffffff;
  for (let i = view.getUint16(6) + view.getUint16(8) + view.getUint16(10); i > 0; i--) {
    const record = readRecord(message, view, at);
    if (record.type !== optType) {
      offsets.push(record.ttlAt);
      least = Math.min(least, record.ttl);
    }
    at = record.next;
  }
  return { offsets, least };
}

/** Whether a message answers a query: the same number and, but for case, the same question. */
export function answersTo(message: Uint8Array, query: Uint8Array): boolean {
  if (message.length < headerBytes || viewOf(message).getUint16(0) !== viewOf(query).getUint16(0))
    return false;
  if (!(viewOf(message).getUint16(2) & responseFlag)) return false;
  // Some resolvers answer an error with no question in it.
  if (viewOf(message).getUint16(4) === 0) return (message[3]! & 15) !== 0;
  try {
    const asked = readName(query, headerBytes);
    const told = readName(message, headerBytes);
    const kind = (bytes: Uint8Array, at: number) => viewOf(bytes).getUint32(at);
    return asked.name === told.name && kind(message, told.next) === kind(query, asked.next);
  } catch (error) {
    if (error instanceof MalformedError || error instanceof RangeError) return false;
    throw error;
  }
}

export function isTruncated(message: Uint8Array): boolean {
  return (viewOf(message).getUint16(2) & truncatedFlag) !== 0;
}

export function rcodeOf(message: Uint8Array): number {
  return message[3]! & 15;
}
