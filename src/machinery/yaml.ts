import { atOnce, type Steps } from '#base/steps.ts';
import { setMember } from '#base/members.ts';
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { DecodeError } from './decode-error.ts';
import { sorted } from './go-json.ts';
import { type Decoded, type DecodeOptions, decodeJsonInSteps } from './json-decode.ts';
import type { ObjectSchema } from './schema.ts';
import { resolvePlainScalar } from './yaml-scalar.ts';

/** More nodes than this out of aliases is a bomb: real manifests have a few. */
const maxAliasedNodes = 100_000;
/** Nor may aliases make more of a text than could have been sent without them: the longest body that is read. */
const maxAliasedLength = 3 * 1024 * 1024;
const maxDepth = 1_000;

/** What the first document of a text says. */
export interface YamlReading {
  /** Of which it is made, as sigs.k8s.io/yaml does: its keys in order, and so is what is told of them. */
  readonly json: string;
  /** `line 4: key "a" already set in map` */
  readonly duplicates: readonly string[];
}

/** Throws DecodeError. */
export function readYaml(text: string): YamlReading {
  const { value, duplicates } = parseYamlStrictly(text);
  return { json: JSON.stringify(sorted(value)), duplicates };
}

/** Decodes a YAML body: the first document, as JSON, then as `decodeJson`. */
export function decodeYaml<T = Record<string, unknown>>(
  body: string | YamlReading,
  schema: ObjectSchema,
  options: DecodeOptions = {},
): Decoded<T> {
  return atOnce(decodeYamlInSteps<T>(typeof body === 'string' ? readYaml(body) : body, schema, options));
}

/** The same in steps, of what was read already. */
export function* decodeYamlInSteps<T = Record<string, unknown>>(
  { json, duplicates }: YamlReading,
  schema: ObjectSchema,
  options: DecodeOptions = {},
): Steps<Decoded<T>> {
  const decoded = yield* decodeJsonInSteps<T>(json, schema, options);
  const strict = (options.fieldValidation ?? 'Ignore') !== 'Ignore';
  const repeated = duplicates.length > 0 ? [yamlErrors(duplicates)] : [];
  return { ...decoded, strictErrors: strict ? [...repeated, ...decoded.strictErrors] : [] };
}

const errorsHead = 'yaml: unmarshal errors:';

/** Repeated keys as one error, which is how Go's parser tells of them. */
export function yamlErrors(duplicates: readonly string[]): string {
  return [errorsHead, ...duplicates].join('\n  ');
}

/** What there is to warn of in an error: of repeated keys, each by itself. */
export function warningsOf(error: string): readonly string[] {
  return error.startsWith(`${errorsHead}\n`)
    ? error
        .split('\n')
        .slice(1)
        .map(line => line.trim())
    : [error];
}

/** The first document as a JSON value; null when there is none. Of repeated keys the last one counts. */
export function parseYaml(text: string): unknown {
  return convertFirst(text)?.value ?? null;
}

/** As `parseYaml`, with the repeated keys, worded as strict decoding does. */
export function parseYamlStrictly(text: string): { value: unknown; duplicates: readonly string[] } {
  return convertFirst(text) ?? { value: null, duplicates: [] };
}

/** Every document of a stream, empty ones left out. */
export function parseYamlDocuments(text: string): unknown[] {
  return [...convert(text)].map(document => document.value).filter(value => value !== null);
}

interface Converted extends Pick<YamlReading, 'duplicates'> {
  readonly value: unknown;
}

const errorHead = 'error converting YAML to JSON: yaml: ';
/** Go's parser takes a mark of the byte order at the start alone. */
const forbidden =
  /(?!^\ufeff)[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a YAML body. Throws DecodeError where it is not UTF-8: Go's parser puts nothing in such bytes' place. */
export function yamlText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new DecodeError(`${errorHead}${utf8Problem(bytes)}`);
  }
}

function utf8Problem(bytes: Uint8Array): string {
  for (let at = 0, width = 0; at < bytes.length; at += width) {
    const lead = bytes[at]!;
    width = lead < 0x80 ? 1 : lead >> 5 === 6 ? 2 : lead >> 4 === 14 ? 3 : lead >> 3 === 30 ? 4 : 0;
    if (width === 0) return 'invalid leading UTF-8 octet';
    const sequence = bytes.subarray(at, at + width);
    if (sequence.length < width) return 'incomplete UTF-8 octet sequence';
    if (sequence.subarray(1).some(byte => byte >> 6 !== 2)) return 'invalid trailing UTF-8 octet';
    const value = sequence.reduce(
      (bits, byte, i) => (i === 0 ? byte & (0xff >> (width + 1)) : (bits << 6) | (byte & 0x3f)),
      0,
    );
    if (width > 1 && value < [0x80, 0x800, 0x1_0000][width - 2]!) return 'invalid length of a UTF-8 sequence';
    if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10_ffff) return 'invalid Unicode character';
  }
  return 'invalid leading UTF-8 octet';
}

/** Nothing is read of what follows. */
function convertFirst(text: string): Converted | undefined {
  for (const document of convert(text)) return document;
  return undefined;
}

function* convert(text: string): Generator<Converted, void> {
  if (forbidden.test(text)) throw new DecodeError(`${errorHead}control characters are not allowed`);
  const lines = new LineCounter();
  for (const document of parseDocuments(text, lines)) {
    const problem = document.errors[0];
    if (problem) {
      const { line } = lines.linePos(problem.pos[0]);
      const what = problem.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
      throw new DecodeError(`${errorHead}line ${line}: ${what}`);
    }
    yield new Converter(document, lines).convert();
  }
}

/** The failsafe schema leaves every scalar a string: what plain ones mean is ours to say. */
function parseDocuments(text: string, lineCounter: LineCounter): Generator<Document, void> {
  const options = { schema: 'failsafe', uniqueKeys: false, merge: false, logLevel: 'silent' } as const;
  const parser = new BoundedParser(lineCounter.addNewLine);
  return composed(new Composer(options), parser.parse(text));
}

/** Up to the first error, which is the one that is told: each further one costs time and says nothing. */
function* composed(composer: Composer, tokens: Iterable<CST.Token>): Generator<Document, void> {
  for (const token of tokens) {
    yield* composer.next(token);
    if (token.type !== 'error') continue;
    yield* composer.end(true);
    return;
  }
  yield* composer.end();
}

/** Refuses what is nested deeper than we convert, before the library's time grows with the square of the depth. */
class BoundedParser extends Parser {
  override *next(source: string): Generator<CST.Token, void> {
    // A flow collection lies on the stack alone, a block one under each of its values.
    if (this.stack.length > maxDepth + 2) throw tooDeep();
    yield* super.next(source);
  }
}

function tooDeep(): DecodeError {
  return new DecodeError(`${errorHead}exceeded max depth`);
}

class Converter {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #duplicates: string[] = [];
  #targets: ReadonlyMap<Alias, Node> | undefined;
  #aliasedNodes = 0;
  #aliasedLength = 0;
  #aliasDepth = 0;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  convert(): Converted {
    const value = this.#node(this.#document.contents as Node | null, 0);
    return { value, duplicates: this.#duplicates };
  }

  #node(node: Node | null, depth: number): unknown {
    if (depth > maxDepth) throw tooDeep();
    if (this.#aliasDepth > 0) this.#countAliased(node);
    if (isAlias(node)) return this.#alias(node, depth);
    if (isMap(node)) return this.#map(node, depth);
    if (isSeq(node)) return node.items.map(item => this.#node(item as Node | null, depth + 1));
    return isScalar(node) ? checkFinite(this.#scalar(node)) : null;
  }

  #countAliased(node: Node | null): void {
    this.#aliasedNodes++;
    if (isScalar(node)) this.#aliasedLength += node.source?.length ?? 0;
    if (this.#aliasedNodes <= maxAliasedNodes && this.#aliasedLength <= maxAliasedLength) return;
    throw new DecodeError(`${errorHead}document contains excessive aliasing`);
  }

  #alias(alias: Alias, depth: number): unknown {
    this.#targets ??= aliasTargets(this.#document);
    const target = this.#targets.get(alias);
    if (!target) {
      throw new DecodeError(`${errorHead}unknown anchor '${alias.source}' referenced`);
    }
    this.#aliasDepth++;
    const value = this.#node(target, depth + 1);
    this.#aliasDepth--;
    return value;
  }

  #map(map: YAMLMap, depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    const merged: Record<string, unknown>[] = [];
    const seen = new Set<string>();
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      if (isMergeKey(pair.key)) {
        merged.push(...mergeSources(this.#node(pair.value, depth + 1)));
        continue;
      }
      const key = this.#key(pair.key);
      if (seen.has(key)) this.#duplicate(pair.key, key);
      seen.add(key);
      setMember(out, key, this.#node(pair.value, depth + 1));
    }
    for (const source of merged) {
      for (const [key, value] of Object.entries(source))
        if (!Object.hasOwn(out, key)) setMember(out, key, value);
    }
    return out;
  }

  /** Keys become strings: `1:` is "1", `yes:` is "true". */
  #key(node: Node | null): string {
    const value = isScalar(node) ? this.#scalar(node) : this.#node(node, 0);
    if (typeof value === 'number' && !Number.isFinite(value)) return specialKey(value);
    if (typeof value === 'object' && value !== null) {
      throw new DecodeError(`${errorHead}invalid map key`);
    }
    return String(value);
  }

  #scalar(node: Scalar): unknown {
    const value = scalarValue(node);
    if (typeof value !== 'string' || value.isWellFormed()) return value;
    const { line } = this.#lines.linePos(node.range?.[0] ?? 0);
    throw new DecodeError(`${errorHead}line ${line}: found invalid Unicode character escape code`);
  }

  #duplicate(node: Node, key: string): void {
    const { line } = this.#lines.linePos(node.range?.[0] ?? 0);
    this.#duplicates.push(`line ${line}: key ${JSON.stringify(key)} already set in map`);
  }
}

/** What the aliases of a document stand for: what had their anchor last before them. */
function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        return;
      }
      const target = anchors.get(node.source);
      if (target) targets.set(node, target);
    },
  });
  return targets;
}

/** `<<`, or `!!merge <<`. */
function isMergeKey(key: Node): boolean {
  if (!isScalar(key) || key.source !== '<<') return false;
  return key.tag === undefined ? key.type === 'PLAIN' : key.tag === `${coreTag}merge`;
}

/** What a merge key (`<<`) brings in, the first one winning. */
function mergeSources(value: unknown): Record<string, unknown>[] {
  const sources = Array.isArray(value) ? value : [value];
  for (const source of sources) {
    if (typeof source !== 'object' || source === null || Array.isArray(source)) {
      throw new DecodeError(`${errorHead}map merge requires map or sequence of maps as the value`);
    }
  }
  return sources;
}

const coreTag = 'tag:yaml.org,2002:';

function scalarValue(node: Scalar): unknown {
  // The library makes values of its own of known tags, such as a symbol of `!!merge`.
  const text = node.source ?? '';
  const tag = node.tag?.startsWith(coreTag) ? node.tag.slice(coreTag.length) : node.tag;
  if (tag === 'str' || (node.type !== 'PLAIN' && tag === undefined)) return text;
  return tag === 'binary' ? binaryText(text) : resolvePlainScalar(text);
}

/** Go's encoder of JSON has no text for other numbers. */
function checkFinite(value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  const shown = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  throw new DecodeError(`error converting YAML to JSON: json: unsupported value: ${shown}`);
}

function specialKey(value: number): string {
  return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
}

function binaryText(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(base64));
  } catch {
    const what = '!!binary value contains invalid base64 data';
    throw new DecodeError(`${errorHead}${what}`);
  }
}
