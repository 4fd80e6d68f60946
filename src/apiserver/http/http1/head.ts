import { isBadlyEscaped, pathOf } from '../../request.ts';
import type { HeaderValues, RequestHead } from '../exchange.ts';

/** The client does not speak HTTP/1.1 as RFC 9112 has it; the connection ends with this status. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly status: number;
  /** What the client reads, where that is more than the status. */
  readonly text: string | undefined;

  constructor(status: number, message: string, text?: string) {
    super(message);
    this.status = status;
    this.text = text;
  }
}

/** How a body is delimited: RFC 9112, section 6. */
export type BodyFraming = { readonly chunked: true } | { readonly chunked: false; readonly length: number };

export interface ParsedHead extends RequestHead {
  readonly minorVersion: 0 | 1;
  readonly keepAlive: boolean;
  /** The protocol that it asks to go on with; '' for none. */
  readonly upgrade: string;
  readonly expectsContinue: boolean;
  readonly framing: BodyFraming;
}

/** What a block of header lines says; the same for every request of a connection that sends the same lines. */
export type HeaderBlock = Pick<
  ParsedHead,
  'rawHeaders' | 'headers' | 'upgrade' | 'expectsContinue' | 'framing'
> & {
  readonly connection: ReadonlySet<string>;
  readonly hosts: number;
};

const requestLine = /^([!#$%&'*+\-.^_`|~\w]+) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])\r\n/;
/** A value begins with no space, so that there is one way to read a line: whoever has not said who they are may send any. */
const headerLine = /([!#$%&'*+\-.^_`|~\w]+):[ \t]*((?:[\x21-\x7e\x80-\xff][\t\x20-\x7e\x80-\xff]*)?)\r\n/y;
const otherVersion = /^[^ \r\n]+ [^ \r\n]+ HTTP\/(\d\.\d)\r\n/;
/** Go's httpguts.ValidHostHeader. */
const hostText = /^[\w!$%&'()*+,\-.:;=[\]~]*$/;
const absoluteTarget = /^https?:\/\/[^/?]*/i;

function refuse(message: string): never {
  throw new ProtocolError(400, message);
}

/** Go's server tells clients of some of their mistakes, in these words. */
function refuseInWords(why: string): never {
  throw new ProtocolError(400, why, `400 Bad Request: ${why}`);
}

/** `text` is a head with its last empty line, as Latin 1. `known` is what the connection's last head parsed to. */
export function parseHead(text: string, blocks: HeaderBlockCache): ParsedHead {
  const line = requestLine.exec(text) ?? refuseLine(text);
  const block = blocks.of(text.slice(line[0].length, -2));
  const minorVersion = line[3] === '1' ? 1 : 0;
  if (minorVersion === 1 && block.hosts === 0) refuseInWords('missing required Host header');
  if (minorVersion === 0 && block.framing.chunked) refuse('HTTP/1.0 knows no transfer encodings');
  const url = line[2]!.startsWith('/') ? line[2]! : line[2]!.replace(absoluteTarget, '') || '/';
  if (isBadlyEscaped(pathOf(url))) refuse('invalid URL escape');
  return {
    method: line[1]!,
    url,
    minorVersion,
    keepAlive: minorVersion === 1 ? !block.connection.has('close') : block.connection.has('keep-alive'),
    rawHeaders: block.rawHeaders,
    headers: block.headers,
    upgrade: minorVersion === 1 && block.connection.has('upgrade') ? block.upgrade : '',
    expectsContinue: minorVersion === 1 && block.expectsContinue,
    framing: block.framing,
  };
}

function refuseLine(text: string): never {
  const version = otherVersion.exec(text)?.[1];
  if (version === undefined || version.startsWith('1.')) refuse('malformed request line');
  const why = 'unsupported protocol version';
  throw new ProtocolError(505, why, `505 HTTP Version Not Supported: ${why}`);
}

/** Clients repeat themselves: what the last lines meant is what the same lines mean now. */
export class HeaderBlockCache {
  #text: string | undefined;
  #block: HeaderBlock | undefined;

  of(text: string): HeaderBlock {
    if (text === this.#text) return this.#block!;
    this.#block = parseBlock(text);
    this.#text = text;
    return this.#block;
  }
}

function parseBlock(text: string): HeaderBlock {
  const rawHeaders: string[] = [];
  const headers: Record<string, string[]> = Object.create(null);
  headerLine.lastIndex = 0;
  for (let at = 0; at < text.length; at = headerLine.lastIndex) {
    const match = headerLine.exec(text) ?? refuseHeader(text, at);
    const value = match[2]!.trimEnd();
    rawHeaders.push(match[1]!, value);
    const name = match[1]!.toLowerCase();
    headers[name] ??= [];
    headers[name].push(value);
  }
  const { host = [] } = headers;
  if (host.length > 1) refuseInWords('too many Host headers');
  if (host.length === 1 && !hostText.test(host[0]!)) refuseInWords('malformed Host header');
  return {
    rawHeaders,
    headers,
    connection: tokensOf(headers.connection),
    hosts: host.length,
    upgrade: headers.upgrade?.[0] ?? '',
    expectsContinue: expectsContinue(headers),
    framing: framingOf(headers),
  };
}

/** A name with blanks in it is a name to Go's parser, and none to its server. */
const blankInName = /[!#$%&'*+\-.^_`|~\w][!#$%&'*+\-.^_`|~\w ]*:[^\r\n]*\r\n/y;

function refuseHeader(text: string, at: number): never {
  blankInName.lastIndex = at;
  if (blankInName.test(text)) refuseInWords('invalid header name');
  refuse('malformed header line');
}

function tokensOf(values: readonly string[] = []): ReadonlySet<string> {
  return new Set(values.flatMap(value => value.split(',').map(token => token.trim().toLowerCase())));
}

function expectsContinue({ expect }: HeaderValues): boolean {
  if (!expect) return false;
  if (expect.length === 1 && expect[0]!.toLowerCase() === '100-continue') return true;
  throw new ProtocolError(417, 'unknown expectation', '');
}

/** Whatever two readers could understand differently is refused: there may be a proxy on the way. */
function framingOf(headers: HeaderValues): BodyFraming {
  const { 'transfer-encoding': encodings, 'content-length': lengths } = headers;
  if (encodings) {
    if (lengths) refuse('both Transfer-Encoding and Content-Length');
    if (encodings.length !== 1 || encodings[0]!.toLowerCase() !== 'chunked') {
      const why = 'Unsupported transfer encoding';
      throw new ProtocolError(501, why, why);
    }
    return { chunked: true };
  }
  if (!lengths) return { chunked: false, length: 0 };
  if (!/^\d{1,15}$/.test(lengths[0]!) || lengths.some(length => length !== lengths[0])) {
    refuse('bad Content-Length');
  }
  return { chunked: false, length: Number(lengths[0]) };
}
