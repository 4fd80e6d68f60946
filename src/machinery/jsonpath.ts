import { append } from '#base/append.ts';
import { table } from '#base/members.ts';
import { compareStrings } from './bytes.ts';
import { goFloat, goJson, namedEscapes } from './go-json.ts';
import { goText } from './patch/json-object.ts';

/** A template that is none, or that does not fit the value. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

/** kubectl's JSONPath: a template of text and {paths}, with range/end, filters, slices, unions and descent. */
export interface JsonPath {
  /** Fills the template in. A missing key is an error unless the template was parsed to allow it. */
  print(root: unknown): string;
  /** The values of each path of the template, in order. */
  find(root: unknown): unknown[][];
}

/** One piece of a template or of an action in it. */
type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly nodes: readonly Node[] }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'slice'; readonly slice: Slice }
  | { readonly kind: 'union'; readonly parts: readonly (readonly Node[])[] }
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'literal'; readonly value: number | boolean }
  | { readonly kind: 'word'; readonly word: string };

interface Slice {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly step: number | undefined;
  /** `to` is the one after `from`, for one index was given. */
  readonly isIndex: boolean;
}

interface Filter {
  readonly left: readonly Node[];
  readonly operator: string;
  readonly right: readonly Node[];
}

/** '.metadata.name', 'metadata.name' and '{.metadata.name}' are one (RelaxedJSONPathExpression). */
export function relaxedExpression(text: string): string {
  if (text === '') return text;
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text);
  if (!match)
    throw new JsonPathError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  return `{.${match[1] ?? match[2]}}`;
}

export function parseJsonPath(template: string, allowMissingKeys = true): JsonPath {
  const nodes = new TemplateParser(template).parse();
  const find = (root: unknown) => new Evaluator(nodes, allowMissingKeys).find(root);
  return { find, print: root => find(root).map(printed).join('') };
}

const terminators = ' \t\r\n.,[]$@{}';

/** Reads templates as client-go does: what it takes, and what it takes it for. */
class TemplateParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#text.length) {
      const open = this.#text.indexOf('{', this.#at);
      const end = open < 0 ? this.#text.length : open;
      if (end > this.#at) nodes.push({ kind: 'text', text: this.#text.slice(this.#at, end) });
      this.#at = end + 1;
      if (open >= 0) nodes.push({ kind: 'list', nodes: this.#action() });
    }
    return nodes;
  }

  #action(): Node[] {
    const nodes: Node[] = [];
    while (!this.#text.startsWith('}', this.#at)) this.#piece(nodes);
    this.#at++;
    return nodes;
  }

  #piece(nodes: Node[]): void {
    if (this.#text.startsWith('[?(', this.#at)) nodes.push({ kind: 'filter', filter: this.#filter() });
    else if (this.#text.startsWith('..', this.#at)) this.#recursive(nodes);
    else {
      const code = this.#text.codePointAt(this.#at);
      const char = code === undefined ? '' : String.fromCodePoint(code);
      this.#started(nodes, char);
    }
  }

  #started(nodes: Node[], char: string): void {
    if (char === '' || char === '\n' || char === '\r') throw new JsonPathError('unclosed action');
    if (char === ' ' || char === '@' || char === '$') this.#at++;
    else if (char === '[') append(nodes, this.#array());
    else if (char === '"' || char === "'") nodes.push({ kind: 'text', text: this.#quoted(char) });
    else if (char === '.') {
      this.#at++;
      nodes.push(this.#field());
    } else if (/[-+\p{Nd}]/u.test(char)) nodes.push({ kind: 'literal', value: this.#number() });
    else if (isWord(char)) nodes.push(this.#word());
    else throw new JsonPathError(`unrecognized character in action: ${shownCharacter(char)}`);
  }

  #recursive(nodes: Node[]): void {
    if (nodes.at(-1)?.kind === 'recursive') throw new JsonPathError('invalid multiple recursive descent');
    this.#at += 2;
    nodes.push({ kind: 'recursive' });
    const next = this.#text.codePointAt(this.#at);
    if (next !== undefined && isWord(String.fromCodePoint(next))) nodes.push(this.#field());
  }

  /** Up to what ends a name; a backslash makes anything part of it. */
  #name(escapes: boolean): string {
    const from = this.#at;
    while (this.#at < this.#text.length && !terminators.includes(this.#text[this.#at]!)) {
      this.#at += escapes && this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at = Math.min(this.#at, this.#text.length);
    return this.#text.slice(from, this.#at);
  }

  #field(): Node {
    const name = this.#name(true);
    return name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replaceAll('\\', '') };
  }

  #word(): Node {
    const word = this.#name(false);
    if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
    return { kind: 'word', word };
  }

  #number(): number {
    const text = /[-+]?[.\p{Nd}]*/uy;
    text.lastIndex = this.#at;
    const found = text.exec(this.#text)![0];
    this.#at += found.length;
    if (/^[-+]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(found)) return Number(found);
    throw new JsonPathError(`cannot parse number ${found}`);
  }

  #array(): readonly Node[] {
    const from = this.#at;
    const end = this.#text.slice(from).search(/[\]\n]/) + from;
    if (end < from || this.#text[end] !== ']') throw new JsonPathError('unterminated array');
    this.#at = end + 1;
    return selection(this.#text.slice(from + 1, end));
  }

  #filter(): Filter {
    this.#at += 3;
    const from = this.#at;
    const end = this.#endOfFilter();
    this.#at = end + 2;
    if (this.#text[end + 1] !== ']') throw new JsonPathError('unclosed array expect ]');
    const text = this.#text.slice(from, end);
    const compared = /^([^!<>=]+)([!<>=]+)([^!<>=].*)$/.exec(text);
    if (!compared) return { left: parseAction(text), operator: 'exists', right: [] };
    const [, left, operator, right] = compared;
    return { left: parseAction(left!), operator: operator!, right: parseAction(right!) };
  }

  /** The parenthesis that no quotes enclose. */
  #endOfFilter(): number {
    let quote = '';
    let isClosed = false;
    for (let at = this.#at; at < this.#text.length && this.#text[at] !== '\n'; at++) {
      const char = this.#text[at]!;
      if (char === ')' && (quote !== '') === isClosed) return at;
      if (char !== '"' && char !== "'") continue;
      if (quote === '') quote = char;
      else if (char === quote && this.#text[at - 1] !== '\\') isClosed = true;
    }
    throw new JsonPathError('unterminated filter');
  }

  #quoted(quote: string): string {
    const from = this.#at;
    for (let at = from + 1; at < this.#text.length && this.#text[at] !== '\n'; at++) {
      if (this.#text[at] !== quote || this.#text[at - 1] === '\\') continue;
      this.#at = at + 1;
      return unquoted(this.#text.slice(from, at + 1));
    }
    throw new JsonPathError('unterminated quoted string');
  }
}

/** What one action is made of. */
function parseAction(text: string): readonly Node[] {
  const [first] = new TemplateParser(`{${text}}`).parse();
  return first?.kind === 'list' ? first.nodes : [];
}

/** What stands in brackets: several selections, a key, or indices. */
function selection(inner: string): readonly Node[] {
  const text = inner === '*' ? ':' : inner;
  const parts = text.split(',');
  if (parts.length > 1) {
    return [{ kind: 'union', parts: parts.map(part => parseAction(`[${part.replace(/^ +| +$/g, '')}]`)) }];
  }
  const key = /^'([^']*)'$/.exec(text);
  if (key) return parseAction(`.${key[1]}`);
  return [{ kind: 'slice', slice: sliceOf(text) }];
}

function sliceOf(text: string): Slice {
  const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
  if (!match) throw new JsonPathError(`invalid array index ${text}`);
  const [from, to, step] = [match[1], match[2]?.slice(1), match[3]?.slice(1)].map(boundOf);
  const isIndex = match[2] === undefined;
  return { from, to: isIndex ? (from ?? 0) + 1 : to, step, isIndex };
}

function boundOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (text === '-') throw new JsonPathError('array index - is not a number');
  return Number(text);
}

const isWord = (char: string): boolean => /[_\p{L}\p{Nd}]/u.test(char);

function shownCharacter(char: string): string {
  const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char) ? `U+${code} '${char}'` : `U+${code}`;
}

/** The text of a quoted one, with the escapes of Go. */
function unquoted(text: string): string {
  const quote = text[0]!;
  const inner = text.slice(1, -1);
  const refuse = (): never => {
    throw new JsonPathError(`unquote string ${text} error invalid syntax`);
  };
  if (text.length < 2) return refuse();
  const escapes =
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([abfnrtv\\'"]))|([\\'"])/g;
  return inner.replace(escapes, (all, x, u, long, octal, named, bare) => {
    if (bare !== undefined) return bare === quote || bare === '\\' ? refuse() : bare;
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    if (named === undefined) return characterOf(Number.parseInt(x ?? u ?? long, 16)) ?? refuse();
    if (named === '"' || named === "'") return named === quote ? named : refuse();
    return characterOfEscape[all] ?? refuse();
  });
}

function characterOf(code: number): string | undefined {
  return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : String.fromCodePoint(code);
}

const characterOfEscape: Readonly<Record<string, string>> = table(
  Object.fromEntries(Object.entries(namedEscapes).map(([char, text]) => [text, char])),
);

/** A failure that an existence filter overlooks where something was there before it. */
class EvaluationError extends JsonPathError {
  readonly isPartial: boolean;

  constructor(message: string, input: readonly unknown[] = []) {
    super(message);
    this.isPartial = input.length > 0;
  }
}

/** One run over one object. Undefined stands for no value at all. */
class Evaluator {
  readonly #nodes: readonly Node[];
  readonly #allowMissing: boolean;
  /** Ranges that an action began and that are not entered yet, those that are open, and those that an action ended. */
  #begun = 0;
  #open = 0;
  #ended = 0;
  #lastEnd = -1;

  constructor(nodes: readonly Node[], allowMissing: boolean) {
    this.#nodes = nodes;
    this.#allowMissing = allowMissing;
  }

  find(root: unknown): unknown[][] {
    return this.#from(0, root);
  }

  #from(first: number, data: unknown): unknown[][] {
    const all: unknown[][] = [];
    for (let i = first; i < this.#nodes.length; i++) {
      const results = this.#node(this.#nodes[i]!, [data]);
      if (this.#ended > 0 && this.#ended <= this.#open) {
        this.#ended--;
        this.#lastEnd = i;
        break;
      }
      if (this.#begun === 0) {
        all.push(results);
        continue;
      }
      this.#begun--;
      this.#open++;
      for (const value of results) append(all, this.#from(i + 1, value ?? undefined));
      // What is in the range is gone through all the same, to find its end.
      if (results.length === 0) this.#from(i + 1, undefined);
      this.#open--;
      i = Math.max(i, this.#lastEnd);
    }
    return all;
  }

  #list(nodes: readonly Node[], input: unknown[]): unknown[] {
    let values = input;
    for (const node of nodes) values = this.#node(node, values);
    return values;
  }

  #node(node: Node, input: unknown[]): unknown[] {
    switch (node.kind) {
      case 'text':
        return [node.text];
      case 'list':
        return this.#list(node.nodes, input);
      case 'field':
        return this.#field(node.name, input);
      case 'wildcard':
        return input.flatMap(childrenOf);
      case 'recursive':
        return input.flatMap(descend);
      case 'slice':
        return this.#slice(node.slice, input);
      case 'union':
        return node.parts.flatMap(part => this.#list(part, input));
      case 'filter':
        return this.#filter(node.filter, input);
      case 'literal':
        return input.map(() => node.value);
      case 'word':
        return this.#word(node.word, input);
    }
  }

  #word(word: string, input: unknown[]): unknown[] {
    if (word === 'range') {
      this.#begun++;
      return input;
    }
    if (word !== 'end') throw new EvaluationError(`unrecognized identifier ${word}`, input);
    if (this.#open === 0) throw new EvaluationError('not in range, nothing to end');
    this.#ended++;
    return [];
  }

  #field(name: string, input: unknown[]): unknown[] {
    const results = input.filter(value => isMap(value) && Object.hasOwn(value, name));
    if (results.length === 0 && input.some(value => value !== null) && !this.#allowMissing)
      throw new EvaluationError(`${name} is not found`);
    return results.map(value => (value as Record<string, unknown>)[name]);
  }

  #slice(slice: Slice, input: unknown[]): unknown[] {
    const results: unknown[] = [];
    for (const value of input) {
      if (value === null || value === undefined) continue;
      if (!Array.isArray(value)) throw new EvaluationError(`${goTypeOf(value)} is not array or slice`, input);
      const bounds = boundsOf(slice, value.length, input);
      if (!bounds) return results;
      const { step = 1 } = slice;
      if (step <= 0) throw new EvaluationError('step must be > 0', input);
      for (let i = bounds.from; i < bounds.to; i += step) results.push(value[i]);
    }
    return results;
  }

  #filter(filter: Filter, input: unknown[]): unknown[] {
    const results: unknown[] = [];
    for (const value of input) {
      if (!Array.isArray(value)) {
        const shown = value === undefined ? '<invalid reflect.Value>' : goText(value);
        throw new EvaluationError(`${shown} is not array or slice and cannot be filtered`, input);
      }
      for (const item of value) if (this.#accepts(filter, item, input)) results.push(item);
    }
    return results;
  }

  #accepts({ left, operator, right }: Filter, item: unknown, input: unknown[]): boolean {
    if (operator === 'exists') return this.#exists(left, item);
    const single = (values: unknown[]) => {
      if (values.length > 1) throw new EvaluationError('can only compare one element at a time', input);
      return values.length === 1;
    };
    const lefts = this.#list(left, [item]);
    if (!single(lefts)) return false;
    const rights = this.#list(right, [item]);
    return single(rights) && compare(lefts[0], operator, rights[0]);
  }

  #exists(nodes: readonly Node[], item: unknown): boolean {
    try {
      return this.#list(nodes, [item]).length > 0;
    } catch (error) {
      if (error instanceof EvaluationError) return error.isPartial;
      throw error;
    }
  }
}

/** Undefined where nothing was asked for. */
function boundsOf(slice: Slice, length: number, input: unknown[]): { from: number; to: number } | undefined {
  let { from = 0, to = length } = slice;
  if (from < 0) from += length;
  if (to < 0 || (to === 0 && slice.isIndex)) to += length;
  if (from === to) return undefined;
  const outside = (index: number) =>
    new EvaluationError(`array index out of bounds: index ${index}, length ${length}`, input);
  if (from >= length || from < 0) throw outside(from);
  if (to > length || to < 0) throw outside(to - 1);
  if (from > to)
    throw new EvaluationError(`starting index ${from} is greater than ending index ${to}`, input);
  return { from, to };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The scalars that Go compares with their own kind alone. */
function scalarKind(value: unknown): string {
  const kind = goTypeOf(value);
  if (['string', 'bool', 'int64', 'float64'].includes(kind)) return kind;
  throw new EvaluationError('invalid type for comparison');
}

function compare(left: unknown, operator: string, right: unknown): boolean {
  const isOrder = operator !== '==' && operator !== '!=';
  if (!/^(?:[<>]=?|[=!]=)$/.test(operator))
    throw new EvaluationError(`unrecognized filter operator ${operator}`);
  const kind = scalarKind(left);
  if (kind !== scalarKind(right)) throw new EvaluationError('incompatible types for comparison');
  if (isOrder && kind === 'bool') throw new EvaluationError('invalid type for comparison');
  const order =
    typeof left === 'string' ? compareStrings(left, right as string) : Number(left) - Number(right);
  if (order === 0) return operator !== '<' && operator !== '>' && operator !== '!=';
  return operator === '!=' || (isOrder && operator[0] === (order < 0 ? '<' : '>'));
}

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isMap(value)) return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'bigint') return 'int64';
  return typeof value === 'boolean' ? 'bool' : value === null || value === undefined ? '<nil>' : typeof value;
}

const encoder = new TextEncoder();

/** Elements, a map's values in the order of their keys, or the bytes of a text. */
function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...encoder.encode(value)];
  if (!isMap(value)) return [];
  return Object.keys(value)
    .sort()
    .map(key => value[key]);
}

/** The value and all in it that has something in it. */
function descend(value: unknown): unknown[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  const children = childrenOf(value);
  return children.length === 0 ? [] : [value, ...children.flatMap(descend)];
}

function printed(results: readonly unknown[]): string {
  return results.map(value => (value === null ? 'null' : valueText(value))).join(' ');
}

/** A value as the template prints it: scalars bare, the rest as JSON. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return goFloat(value);
  return typeof value === 'object' ? goJson(value) : String(value);
}
