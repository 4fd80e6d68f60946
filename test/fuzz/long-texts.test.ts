import { hasFormat, isKnownFormat } from '#api/apiextensions/structural/formats.ts';
import { RequestParser } from '#apiserver/http/http1/parser.ts';
import { parseRequest } from '#apiserver/request.ts';
import { type Random, randomInt } from '#base/random.ts';
import { durationFromText, schemaDurationFromText } from '#cel/library/time-text.ts';
import { canonicalMicroTime, canonicalTime, parseDuration } from '#machinery/go-values.ts';
import { isReference, referenceProblem } from '#machinery/image-reference.ts';
import { parseIp } from '#machinery/ip.ts';
import { jsonSyntaxError, measureJson } from '#machinery/json-scan.ts';
import { parseJsonPath } from '#machinery/jsonpath.ts';
import * as names from '#machinery/names.ts';
import { pemBlocks } from '#machinery/pem.ts';
import { Quantity } from '#machinery/quantity.ts';
import { parseQuery } from '#machinery/query.ts';
import { parseFieldSelector, parseLabelSelector } from '#machinery/selectors.ts';
import { fuzz } from './fuzz.ts';

/** Far above what makes the square of it a hang, and far below what a body may hold. */
const charactersMax = 300_000;

const formats = [
  ...['email', 'hostname', 'ipv4', 'ipv6', 'cidr', 'uri', 'mac', 'uuid', 'uuid3', 'uuid4', 'uuid5', 'byte'],
  ...['date', 'date-time', 'duration', 'datetime', 'isbn', 'creditcard', 'ssn', 'hexcolor', 'rgbcolor'],
  ...['bsonobjectid', 'password', 'isbn10', 'isbn13', 'k8s-short-name', 'k8s-long-name'],
].filter(format => isKnownFormat(format, 'string'));

const nameChecks = Object.values(names).filter(
  (value): value is names.NameCheck => typeof value === 'function' && value.name.startsWith('check'),
);

/** Whatever reads a text that a client sends. What it answers or refuses is of no interest here. */
const readers: readonly ((text: string) => unknown)[] = [
  text => formats.map(format => hasFormat(text, format)),
  text => nameChecks.map(check => check(text)),
  Quantity.parse,
  parseDuration,
  durationFromText,
  schemaDurationFromText,
  canonicalTime,
  canonicalMicroTime,
  parseLabelSelector,
  parseFieldSelector,
  parseQuery,
  parseIp,
  parseJsonPath,
  pemBlocks,
  isReference,
  referenceProblem,
  measureJson,
  jsonSyntaxError,
  text => parseRequest('GET', `/${text}`, new URLSearchParams()),
  text => readHead(`GET /${text} HTTP/1.1\r\nHost: x\r\n\r\n`),
  text => readHead(`GET / HTTP/1.1\r\nHost: x\r\nA: ${text}\r\n\r\n`),
  text => readHead(`GET / HTTP/1.1\r\nHost: x\r\n${text}\r\n\r\n`),
];

function readHead(text: string): void {
  const parser = new RequestParser(() => false);
  parser.push(Buffer.from(text, 'latin1'));
  parser.next();
}

const starts = ['', 'a', '1', '0.', '/', '-----BEGIN A-----\n', 'a@', 'a=', 'http://', 'a.b/', '{', 'P1'];
const letters = 'aA0.-_/:%=,;@ \t\n\r\0"\'\\[](){}<>!?+*eEmµ\u{1f600}';

function pick(random: Random, text: string): string {
  const characters = [...text];
  return characters[randomInt(random, characters.length)]!;
}

/** A short piece again and again, with something before it and something else after it. */
function longText(random: Random): string {
  const piece = Array.from({ length: 1 + randomInt(random, 3) }, () => pick(random, letters)).join('');
  const start = starts[randomInt(random, starts.length)]!;
  return start + piece.repeat(charactersMax / piece.length) + pick(random, letters);
}

fuzz('a piece that is said again and again is read once', random => {
  const text = longText(random);
  for (const read of readers) {
    try {
      read(text);
    } catch {
      // Refused.
    }
  }
});
