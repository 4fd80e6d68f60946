import {
  recordTypes,
  optType,
  internetClass,
  type DnsRecord,
  type Query,
  type BadQuery,
  headerBytes,
  responseFlag,
  authoritativeFlag,
  truncatedFlag,
  recursionDesiredFlag,
  recursionAvailableFlag,
  checkingDisabledFlag,
  pointerBits,
  labelBytesMax,
  dnssecOkFlag,
  labelsOf,
  viewOf,
  type ResponseBody,
} from './wire.ts';

/** Writes DNS messages, and changes those of others in place. */

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
