/** URLs as Go's net/url reads them, which is not how WHATWG does: nothing is normalised, opaque and relative ones differ. */
import { goQuote } from '#machinery/go-json.ts';
import { addressProblem } from './address-problem.ts';

export interface ParsedUrl {
  readonly text: string;
  readonly scheme: string;
  /** With the port. */
  readonly host: string;
  /** As written, percent escapes and all. */
  readonly path: string;
  readonly query: string;
}

/** Why a text is no URL, in Go's words. */
export class UrlError extends Error {}

/** Go's ParseRequestURI, to which a fragment is a part of what it follows. */
export function parseRequestUri(text: string): ParsedUrl {
  return read(text, text, failing(text), true);
}

/** Go's Parse, to which relative ones and none are URLs too. */
export function parseUrl(text: string): ParsedUrl {
  const whole = withoutFragment(text);
  return read(text, whole, failing(whole), false);
}

function withoutFragment(text: string): string {
  const fragment = text.indexOf('#');
  return fragment < 0 ? text : text.slice(0, fragment);
}

function failing(text: string): Fail {
  return reason => {
    throw new UrlError(`parse ${goQuote(text)}: ${reason}`);
  };
}

function read(text: string, whole: string, fail: Fail, isRequest: boolean): ParsedUrl {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are refused
  if (/[\x00-\x1f\x7f]/.test(isRequest ? text : whole)) fail('net/url: invalid control character in URL');
  if (isRequest && text === '') fail('empty url');
  if (whole === '*') return { text, scheme: '', host: '', path: '*', query: '' };
  const { scheme, rest } = splitScheme(whole, fail);
  const question = rest.indexOf('?');
  const beforeQuery = question < 0 ? rest : rest.slice(0, question);
  const query = question < 0 ? '' : rest.slice(question + 1);
  if (!beforeQuery.startsWith('/')) {
    if (scheme !== '') return { text, scheme, host: '', path: '', query };
    if (isRequest) fail('invalid URI for request');
    if (beforeQuery.split('/', 1)[0]!.includes(':')) fail('first path segment in URL cannot contain colon');
  }
  const hasAuthority = scheme !== '' || (!isRequest && !beforeQuery.startsWith('///'));
  const { host, path } = splitAuthority(hasAuthority, scheme, beforeQuery, fail);
  const wrong = badEscape(path);
  if (wrong !== undefined) fail(`invalid URL escape ${goQuote(wrong)}`);
  return { text, scheme, host, path, query };
}

type Fail = (reason: string) => never;

function splitScheme(text: string, fail: Fail): { scheme: string; rest: string } {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  if (match) return { scheme: match[1]!.toLowerCase(), rest: text.slice(match[0].length) };
  if (text.startsWith(':')) fail('missing protocol scheme');
  return { scheme: '', rest: text };
}

function splitAuthority(
  isExpected: boolean,
  scheme: string,
  text: string,
  fail: Fail,
): { host: string; path: string } {
  if (!isExpected || !text.startsWith('//')) return { host: '', path: text };
  const slash = text.indexOf('/', 2);
  const authority = slash < 0 ? text.slice(2) : text.slice(2, slash);
  const at = authority.lastIndexOf('@');
  const host = readHost(scheme, authority.slice(at + 1), fail);
  if (at >= 0) checkUser(authority.slice(0, at), fail);
  return { host, path: slash < 0 ? '' : text.slice(slash) };
}

function checkUser(text: string, fail: Fail): void {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) fail('net/url: invalid userinfo');
  const wrong = badEscape(text);
  if (wrong !== undefined) fail(`invalid URL escape ${goQuote(wrong)}`);
}

/** The host with its port, escapes undone. */
function readHost(scheme: string, host: string, fail: Fail): string {
  const open = host.lastIndexOf('[');
  if (open > 0) fail('invalid IP-literal');
  if (open === 0) return readLiteral(host, fail);
  const first = host.indexOf(':');
  if (first >= 0) {
    const strict = scheme === 'http' || scheme === 'https';
    checkPort(host.slice(strict ? first : host.lastIndexOf(':')), fail);
  }
  return unescapedHost(host, fail);
}

/** An address of IPv6 in brackets, perhaps with a zone. */
function readLiteral(host: string, fail: Fail): string {
  const close = host.lastIndexOf(']');
  if (close < 0) fail("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port, fail);
  const name = host.slice(1, close);
  const zone = name.indexOf('%25');
  const address =
    zone < 0
      ? unescapedHost(name, fail)
      : unescapedHost(name.slice(0, zone), fail) + unescapedZone(name.slice(zone), fail);
  const problem = addressProblem(address);
  if (problem !== undefined) fail(`invalid host: ${problem}`);
  if (!address.includes(':')) fail('invalid IP-literal');
  return `[${address}]${port}`;
}

/** Only bytes beyond ASCII, and the percent sign, may be escaped in a host. */
function unescapedHost(host: string, fail: Fail): string {
  const wrong = badEscape(host) ?? /%(?!25)[0-7][0-9a-fA-F]/.exec(host)?.[0];
  return unescaped(host, wrong, fail);
}

/** In a zone may be escaped what may also stand there as it is. */
function unescapedZone(zone: string, fail: Fail): string {
  const isFit = (escaped: string) =>
    escaped === '%25' || /[A-Za-z0-9\-_.~$&+,;=:!'()*[\]<>" ]/.test(percentDecoded(escaped));
  const wrong = [...zone.matchAll(/%[0-9a-fA-F]{2}/g)]
    .map(([escaped]) => escaped)
    .find(escaped => !isFit(escaped));
  return unescaped(zone, badEscape(zone) ?? wrong, fail);
}

function unescaped(text: string, wrongEscape: string | undefined, fail: Fail): string {
  if (wrongEscape !== undefined) fail(`invalid URL escape ${goQuote(wrongEscape)}`);
  const bad = /[ #/?@\\^`{|}]/.exec(text);
  if (bad) fail(`invalid character ${goQuote(bad[0])} in host name`);
  return percentDecoded(text);
}

function checkPort(text: string, fail: Fail): void {
  if (!/^(?::[0-9]*)?$/.test(text)) fail(`invalid port ${goQuote(text)} after host`);
}

/** A percent sign that two hexadecimal digits do not follow, with what does. */
function badEscape(text: string): string | undefined {
  const match = /%(?![0-9a-fA-F]{2})/.exec(text);
  return match ? text.slice(match.index, match.index + 3) : undefined;
}

export function hostname(url: ParsedUrl): string {
  const host = /^\[(.*)\](?::[0-9]*)?$/.exec(url.host);
  return host ? host[1]! : url.host.replace(/:[0-9]*$/, '');
}

export function port(url: ParsedUrl): string {
  return /:([0-9]*)$/.exec(url.host.replace(/^\[.*\]/, ''))?.[1] ?? '';
}

/** The path as it was when it is escaped well, escaped anew when not. */
export function escapedPath(url: ParsedUrl): string {
  if (/^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/.test(url.path)) return url.path;
  const bytes = new TextEncoder().encode(percentDecoded(url.path));
  return [...bytes]
    .map(byte => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-_.~$&+,/:;=@]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

function percentDecoded(text: string): string {
  const bytes: number[] = [];
  const source = new TextEncoder().encode(text);
  for (let i = 0; i < source.length; i++) {
    if (source[i] !== 0x25) bytes.push(source[i]!);
    else {
      bytes.push(Number.parseInt(String.fromCharCode(source[i + 1]!, source[i + 2]!), 16));
      i += 2;
    }
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** The query's values by key; what is escaped badly is left out. */
export function queryValues(url: ParsedUrl): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const pair of url.query.split('&')) {
    if (pair === '' || pair.includes(';') || badEscape(pair) !== undefined) continue;
    const equals = pair.indexOf('=');
    const key = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

function decode(text: string): string {
  return percentDecoded(text.replaceAll('+', ' '));
}
