/** DNS messages (RFC 1035, 6891): only as much as a server of few record types needs. */

export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
} as const;
export const optType = 41;
export const internetClass = 1;

export const rcodes = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
} as const;

interface Owned {
  /** Lower case, without the last dot. */
  readonly name: string;
  readonly ttl: number;
}

export type DnsRecord =
  | (Owned & { readonly type: 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'NS' | 'TXT'; readonly data: string })
  | (Owned & {
      readonly type: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    })
  | (Owned & {
      readonly type: 'SOA';
      readonly mname: string;
      readonly rname: string;
      readonly serial: number;
      readonly refresh: number;
      readonly retry: number;
      readonly expire: number;
      readonly minimum: number;
    });

export interface Query {
  readonly id: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  /** Lower case, without the last dot; '' is the root. A dot or backslash in a label has a backslash before it. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question as the client wrote it. */
  readonly question: Uint8Array;
  readonly edns:
    | { readonly udpBytes: number; readonly version: number; readonly dnssecOk: boolean }
    | undefined;
}

/** A message that is answered with an error alone. */
export interface BadQuery {
  readonly id: number;
  readonly rcode: number;
}

const headerBytes = 12;
const responseFlag = 0x8000;
const authoritativeFlag = 0x0400;
const truncatedFlag = 0x0200;
const recursionDesiredFlag = 0x0100;
const recursionAvailableFlag = 0x0080;
const checkingDisabledFlag = 0x0010;
const pointerBits = 0xc0;
const nameBytesMax = 255;
const labelBytesMax = 63;
const dnssecOkFlag = 0x8000;

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

/** Splits a name into its labels, as `readName` joined them. */
export function labelsOf(name: string): string[] {
  return name.match(/(?:\\[\s\S]|[^.\\])+/g) ?? [];
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

function viewOf(message: Uint8Array): DataView {
  return new DataView(message.buffer, message.byteOffset, message.byteLength);
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

/** The answer to a bad query: a header alone. */
export function encodeError({ id, rcode }: BadQuery): Uint8Array {
  const message = new Uint8Array(headerBytes);
  viewOf(message).setUint16(0, id);
  viewOf(message).setUint16(2, responseFlag | rcode);
  return message;
}

/** Grows; remembers where names stand, to point back at them. */
class Writer {
  readonly #bytes: number[];
  readonly #names = new Map<string, number>();

  constructor(question: Uint8Array, name: string) {
    this.#bytes = [...new Uint8Array(headerBytes), ...question];
    this.#remember(name, headerBytes);
  }

  get length(): number {
    return this.#bytes.length;
  }

  uint8(...values: number[]): this {
    this.#bytes.push(...values);
    return this;
  }

  uint16(...values: number[]): this {
    for (const value of values) this.#bytes.push((value >>> 8) & 255, value & 255);
    return this;
  }

  uint32(...values: number[]): this {
    for (const value of values) this.uint16(value >>> 16, value & 0xffff);
    return this;
  }

  name(name: string, compress = true): this {
    const labels = labelsOf(name);
    const start = this.length;
    for (let i = 0; i < labels.length; i++) {
      const known = this.#names.get(labels.slice(i).join('.'));
      if (compress && known !== undefined)
        return this.#remember(name, start).uint16((pointerBits << 8) | known);
      this.#label(labels[i]!);
    }
    this.#remember(name, start);
    return this.uint8(0);
  }

  #label(label: string): void {
    const bytes = [...label.replace(/\\(.)/g, '$1')].map(character => character.charCodeAt(0) & 255);
    this.#bytes.push(Math.min(bytes.length, labelBytesMax), ...bytes.slice(0, labelBytesMax));
  }

  #remember(name: string, start: number): this {
    const labels = labelsOf(name);
    let at = start;
    for (let i = 0; i < labels.length && at < 0x4000; i++) {
      const rest = labels.slice(i).join('.');
      if (!this.#names.has(rest)) this.#names.set(rest, at);
      at += labels[i]!.replace(/\\(.)/g, '$1').length + 1;
    }
    return this;
  }

  /** Writes data with their length before them. */
  sized(write: () => void): void {
    const at = this.length;
    this.uint16(0);
    write();
    const size = this.length - at - 2;
    this.#bytes[at] = size >>> 8;
    this.#bytes[at + 1] = size & 255;
  }

  finish(header: readonly number[]): Uint8Array {
    const message = Uint8Array.from(this.#bytes);
    const view = viewOf(message);
    for (const [i, value] of header.entries()) view.setUint16(2 * i, value);
    return message;
  }
}

/** The 16 bytes of an IPv6 address in any of its spellings. */
function ipv6Bytes(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':').map(word => Number.parseInt(word, 16)));
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  return [...left, ...zeros, ...right].flatMap(word => [word >>> 8, word & 255]);
}

function writeData(writer: Writer, record: DnsRecord): void {
  switch (record.type) {
    case 'A':
      writer.uint8(...record.data.split('.').map(Number));
      break;
    case 'AAAA':
      writer.uint8(...ipv6Bytes(record.data));
      break;
    case 'TXT':
      writer.uint8(record.data.length, ...new TextEncoder().encode(record.data));
      break;
    case 'SRV':
      // RFC 2782 forbids to compress the target.
      writer.uint16(record.priority, record.weight, record.port).name(record.target, false);
      break;
    case 'SOA':
      writer.name(record.mname).name(record.rname);
      writer.uint32(record.serial, record.refresh, record.retry, record.expire, record.minimum);
      break;
    default:
      writer.name(record.data);
  }
}

function writeRecord(writer: Writer, record: DnsRecord): void {
  writer.name(record.name).uint16(recordTypes[record.type], internetClass).uint32(record.ttl);
  writer.sized(() => writeData(writer, record));
}

export interface ResponseBody {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** What we take over UDP ourselves: fits an Ethernet frame, so that nothing is fragmented. */
const ownUdpBytes = 1232;

function encodeWhole(query: Query, body: ResponseBody, truncated: boolean): Uint8Array {
  const writer = new Writer(query.question, query.name);
  for (const record of [...body.answers, ...body.authorities, ...body.additionals])
    writeRecord(writer, record);
  if (query.edns) {
    writer.uint8(0).uint16(optType, ownUdpBytes);
    writer.uint32(((body.rcode >> 4) << 24) | (query.edns.dnssecOk ? dnssecOkFlag : 0)).uint16(0);
  }
  const flags =
    responseFlag |
    (body.authoritative ? authoritativeFlag : 0) |
    (truncated ? truncatedFlag : 0) |
    (query.recursionDesired ? recursionDesiredFlag : 0) |
    recursionAvailableFlag |
    (query.checkingDisabled ? checkingDisabledFlag : 0) |
    (body.rcode & 15);
  const { answers, authorities, additionals } = body;
  const extra = additionals.length + (query.edns ? 1 : 0);
  return writer.finish([query.id, flags, 1, answers.length, authorities.length, extra]);
}

/**
 * The answer to a query in at most `bytesMax` bytes: what is additional goes first, then answers from the end, with
 * the mark that tells the client to come again over TCP.
 */
export function encodeResponse(query: Query, body: ResponseBody, bytesMax: number): Uint8Array {
  const whole = encodeWhole(query, body, false);
  if (whole.length <= bytesMax) return whole;
  let { answers } = body;
  const bare = { ...body, additionals: [], authorities: [] };
  let message = encodeWhole(query, { ...bare, authorities: body.authorities }, false);
  while (message.length > bytesMax && answers.length > 0) {
    answers = answers.slice(0, Math.floor(answers.length * 0.8));
    message = encodeWhole(query, { ...bare, answers }, true);
  }
  return message;
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

/** A message made shorter than it may be: header and question, with the mark to come again over TCP. */
export function truncate(message: Uint8Array, question: Uint8Array): Uint8Array {
  const short = new Uint8Array(headerBytes + question.length);
  short.set(message.subarray(0, headerBytes));
  short.set(question, headerBytes);
  const view = viewOf(short);
  view.setUint16(2, view.getUint16(2) | truncatedFlag);
  for (const at of [6, 8, 10]) view.setUint16(at, 0);
  view.setUint16(4, 1);
  return short;
}

/** A query of our own. */
export function encodeQuery(id: number, name: string, type: number): Uint8Array {
  const writer = new Writer(new Uint8Array(), '\\.');
  writer.name(name, false).uint16(type, internetClass);
  return writer.finish([id, recursionDesiredFlag, 1, 0, 0, 0]);
}

/** The same message with another number and, where it is given, the question as somebody else wrote it. */
export function relabel(message: Uint8Array, id: number, question?: Uint8Array): Uint8Array {
  const copy = message.slice();
  viewOf(copy).setUint16(0, id);
  if (question && viewOf(copy).getUint16(4) === 1) copy.set(question, headerBytes);
  return copy;
}

/** Counts the TTLs down by `seconds`. Changes `message`. */
export function age(message: Uint8Array, offsets: readonly number[], seconds: number): void {
  const view = viewOf(message);
  for (const at of offsets) view.setUint32(at, Math.max(0, view.getUint32(at) - seconds));
}
