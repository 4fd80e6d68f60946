import { table } from '#base/members.ts';
import { CliError } from '../errors.ts';
import { toCompactJson } from './json.ts';
import { goFloat } from '#machinery/go-json.ts';

/**
 * The part of Go's text/template that people use with kubectl: fields, pipelines, variables, if, range, with,
 * template definitions, comparison, logic, index, slice, len, printf, html, js, urlquery, base64decode, exists.
 */
export interface GoTemplate {
  execute(data: unknown): string;
}

type Node =
  | { kind: 'text'; text: string }
  | { kind: 'output'; pipe: Pipe }
  | { kind: 'branch'; word: 'if' | 'with'; pipe: Pipe; body: Node[]; otherwise: Node[] }
  | { kind: 'range'; pipe: Pipe; body: Node[]; otherwise: Node[] }
  | { kind: 'template'; name: string; pipe?: Pipe }
  | { kind: 'break' }
  | { kind: 'continue' };

interface Pipe {
  readonly declare: readonly string[];
  readonly assign: boolean;
  readonly commands: readonly Term[][];
}

type Term =
  | { kind: 'value'; value: unknown }
  | { kind: 'dot' }
  | { kind: 'field'; on: Term; path: string[] }
  | { kind: 'variable'; name: string }
  | { kind: 'call'; name: string }
  | { kind: 'pipe'; pipe: Pipe };

/** Without `allowMissing`, a key that a map does not have is an error where its field is read. */
export function parseGoTemplate(text: string, allowMissing = true): GoTemplate {
  const definitions = new Map<string, Node[]>();
  const parser = new Parser(tokenize(text), definitions);
  const main = parser.nodes([]).nodes;
  return { execute: data => new Execution(definitions, allowMissing).run(main, data) };
}

type Chunk = { text: string } | { action: string };

const fail = (message: string): never => {
  throw new CliError(`error parsing template, template: output:1: ${message}`);
};

/** Text and actions, with '{{-' and '-}}' trimming applied. */
function tokenize(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  let at = 0;
  let trimNext = false;
  while (at <= text.length) {
    const open = text.indexOf('{{', at);
    let plain = text.slice(at, open < 0 ? undefined : open);
    if (trimNext) plain = plain.replace(/^\s+/, '');
    if (open >= 0 && /^\{\{-\s/.test(text.slice(open))) plain = plain.replace(/\s+$/, '');
    if (plain) chunks.push({ text: plain });
    if (open < 0) return chunks;
    const close = actionEnd(text, open + 2);
    let action = text.slice(open + 2, close);
    trimNext = /\s-$/.test(action);
    action = action.replace(/^-\s/, '').replace(/\s-$/, '').trim();
    if (!/^\/\*.*\*\/$/s.test(action)) chunks.push({ action });
    at = close + 2;
  }
  return chunks;
}

function actionEnd(text: string, from: number): number {
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (quote) {
      if (char === '\\' && quote === '"') at++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === '`') quote = char;
    else if (text.startsWith('}}', at)) return at;
  }
  return fail('unclosed action');
}

class Parser {
  readonly #chunks: Chunk[];
  readonly #definitions: Map<string, Node[]>;

  constructor(chunks: Chunk[], definitions: Map<string, Node[]>) {
    this.#chunks = chunks;
    this.#definitions = definitions;
  }

  /** Nodes up to one of the closing words, which is returned with them. */
  nodes(until: readonly string[]): { nodes: Node[]; closer: string } {
    const nodes: Node[] = [];
    for (let chunk = this.#chunks.shift(); chunk; chunk = this.#chunks.shift()) {
      if ('text' in chunk) {
        nodes.push({ kind: 'text', text: chunk.text });
        continue;
      }
      const [, word = '', rest = ''] = /^(\w*)\s*(.*)$/s.exec(chunk.action)!;
      if (word === 'end' || word === 'else') {
        if (!until.includes(word)) fail(`unexpected {{${word}}}`);
        return { nodes, closer: chunk.action };
      }
      const node = this.#node(word, rest, chunk.action);
      if (node) nodes.push(node);
    }
    if (until.length > 0) fail('unexpected EOF');
    return { nodes, closer: '' };
  }

  #node(word: string, rest: string, action: string): Node | undefined {
    switch (word) {
      case 'if':
      case 'with':
        return this.#branch(word, rest);
      case 'range': {
        const pipe = parsePipe(rest);
        const { body, otherwise } = this.#blocks();
        return { kind: 'range', pipe, body, otherwise };
      }
      case 'define':
        this.#definitions.set(JSON.parse(rest) as string, this.nodes(['end']).nodes);
        return undefined;
      case 'block':
      case 'template': {
        const [, name, argument] =
          /^("(?:[^"\\]|\\.)*")\s*(.*)$/s.exec(rest) ?? fail('missing template name');
        const key = JSON.parse(name!) as string;
        if (word === 'block') this.#definitions.set(key, this.nodes(['end']).nodes);
        return { kind: 'template', name: key, pipe: argument ? parsePipe(argument) : undefined };
      }
      case 'break':
      case 'continue':
        return { kind: word };
      default:
        return { kind: 'output', pipe: parsePipe(action) };
    }
  }

  #branch(word: 'if' | 'with', rest: string): Node {
    const pipe = parsePipe(rest);
    const { body, otherwise } = this.#blocks();
    return { kind: 'branch', word, pipe, body, otherwise };
  }

  #blocks(): { body: Node[]; otherwise: Node[] } {
    const first = this.nodes(['end', 'else']);
    if (first.closer === 'end') return { body: first.nodes, otherwise: [] };
    const chained = /^else\s+(if|with)\s+(.*)$/s.exec(first.closer);
    if (chained)
      return { body: first.nodes, otherwise: [this.#branch(chained[1] as 'if' | 'with', chained[2]!)] };
    return { body: first.nodes, otherwise: this.nodes(['end']).nodes };
  }
}

const tokenPattern =
  /\s*(?:("(?:[^"\\]|\\.)*")|(`[^`]*`)|('(?:[^'\\]|\\.)')|(\$\w*)|((?:\.[A-Za-z_]\w*)+|\.)|([-+]?\d[\w.]*)|([A-Za-z_]\w*)|(:=|[|(),=]))/y;

function parsePipe(text: string): Pipe {
  const tokens = lex(text);
  const pipe = pipeOf(tokens);
  if (tokens.length > 0) fail(`unexpected <${tokens[0]}> in command`);
  return pipe;
}

function lex(text: string): string[] {
  const tokens: string[] = [];
  tokenPattern.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (tokenPattern.lastIndex < trimmed.length) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(trimmed);
    if (!match) fail(`unexpected ${JSON.stringify(trimmed[at])} in operand`);
    const glued = /^\.[A-Za-z_]/.test(match![0]) && /[\w)]/.test(trimmed[at - 1] ?? '');
    if (glued) tokens.push(`\0${match![0]}`);
    else tokens.push(match![0].trim());
  }
  return tokens;
}

function pipeOf(tokens: string[]): Pipe {
  const declare: string[] = [];
  let assign = false;
  const operator = tokens.findIndex(token => token === ':=' || token === '=');
  if (operator > 0 && tokens.slice(0, operator).every(token => token === ',' || token.startsWith('$'))) {
    declare.push(...tokens.splice(0, operator).filter(token => token !== ','));
    assign = tokens.shift() === '=';
  }
  const commands: Term[][] = [];
  for (;;) {
    const command: Term[] = [];
    while (tokens.length > 0 && tokens[0] !== '|' && tokens[0] !== ')') command.push(termOf(tokens));
    if (command.length === 0) fail('missing value for command');
    commands.push(command);
    if (tokens[0] !== '|') return { declare, assign, commands };
    tokens.shift();
  }
}

function termOf(tokens: string[]): Term {
  let term = primary(tokens);
  while (tokens[0]?.startsWith('\0'))
    term = { kind: 'field', on: term, path: tokens.shift()!.slice(2).split('.') };
  return term;
}

function primary(tokens: string[]): Term {
  const token = tokens.shift()!;
  if (token === '(') {
    const pipe = pipeOf(tokens);
    if (tokens.shift() !== ')') fail('unclosed left paren');
    return { kind: 'pipe', pipe };
  }
  if (token === '.') return { kind: 'dot' };
  if (token.startsWith('.')) return { kind: 'field', on: { kind: 'dot' }, path: token.slice(1).split('.') };
  if (token.startsWith('$')) return { kind: 'variable', name: token };
  if (token.startsWith('"')) return { kind: 'value', value: JSON.parse(token) };
  if (token.startsWith('`')) return { kind: 'value', value: token.slice(1, -1) };
  if (token.startsWith("'")) return { kind: 'value', value: token.codePointAt(1) };
  if (/^[-+]?\d/.test(token)) return { kind: 'value', value: Number(token) };
  if (token === 'true' || token === 'false') return { kind: 'value', value: token === 'true' };
  if (token === 'nil') return { kind: 'value', value: null };
  return { kind: 'call', name: token };
}

class BreakSignal {}
class ContinueSignal {}

class Execution {
  readonly #definitions: Map<string, Node[]>;
  #out = '';
  #variables: [string, unknown][] = [];
  readonly #allowMissing: boolean;

  constructor(definitions: Map<string, Node[]>, allowMissing: boolean) {
    this.#definitions = definitions;
    this.#allowMissing = allowMissing;
  }

  run(nodes: Node[], data: unknown): string {
    this.#variables = [['$', data]];
    this.#nodes(nodes, data);
    return this.#out;
  }

  #nodes(nodes: Node[], dot: unknown) {
    const depth = this.#variables.length;
    for (const node of nodes) this.#node(node, dot);
    this.#variables.length = depth;
  }

  #node(node: Node, dot: unknown) {
    switch (node.kind) {
      case 'text':
        this.#out += node.text;
        return;
      case 'output': {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.declare.length === 0) this.#out += printed(value);
        return;
      }
      case 'branch':
        return this.#branch(node, dot);
      case 'range':
        return this.#range(node, dot);
      case 'template':
        return this.#template(node, dot);
      case 'break':
        throw new BreakSignal();
      case 'continue':
        throw new ContinueSignal();
    }
  }

  #branch(node: Node & { kind: 'branch' }, dot: unknown): void {
    const depth = this.#variables.length;
    const value = this.#pipe(node.pipe, dot);
    if (truthy(value)) this.#nodes(node.body, node.word === 'with' ? value : dot);
    else this.#nodes(node.otherwise, dot);
    this.#variables.length = depth;
  }

  #range(node: Node & { kind: 'range' }, dot: unknown) {
    const value = this.#pipe({ ...node.pipe, declare: [] }, dot);
    const entries = rangeEntries(value);
    if (entries.length === 0) return this.#nodes(node.otherwise, dot);
    const depth = this.#variables.length;
    const { declare } = node.pipe;
    for (const [key, item] of entries) {
      if (declare.length === 1) this.#variables.push([declare[0]!, item]);
      if (declare.length === 2) this.#variables.push([declare[0]!, key], [declare[1]!, item]);
      try {
        this.#nodes(node.body, item);
      } catch (signal) {
        if (signal instanceof BreakSignal) break;
        if (!(signal instanceof ContinueSignal)) throw signal;
      } finally {
        this.#variables.length = depth;
      }
    }
  }

  #template(node: Node & { kind: 'template' }, dot: unknown): void {
    const nodes = this.#definitions.get(node.name);
    if (!nodes) throw new CliError(`template: output: template ${JSON.stringify(node.name)} not defined`);
    const data = node.pipe ? this.#pipe(node.pipe, dot) : undefined;
    const outer = this.#variables;
    this.#variables = [['$', data]];
    this.#nodes(nodes, data);
    this.#variables = outer;
  }

  #pipe(pipe: Pipe, dot: unknown): unknown {
    let value: unknown;
    pipe.commands.forEach((command, i) => {
      value = this.#command(command, dot, i > 0 ? [value] : []);
    });
    for (const name of pipe.declare) {
      const known = pipe.assign ? this.#variables.findLast(([key]) => key === name) : undefined;
      if (known) known[1] = value;
      else this.#variables.push([name, value]);
    }
    return value;
  }

  #command(terms: Term[], dot: unknown, piped: unknown[]): unknown {
    const [first, ...rest] = terms;
    if (first!.kind !== 'call') {
      if (rest.length + piped.length > 0) throw new CliError("can't give argument to non-function");
      return this.#term(first!, dot);
    }
    const lazy = rest.map(term => () => this.#term(term, dot));
    return callFunction(first!.name, [...lazy, ...piped.map(value => () => value)]);
  }

  #term(term: Term, dot: unknown): unknown {
    switch (term.kind) {
      case 'value':
        return term.value;
      case 'dot':
        return dot;
      case 'variable': {
        const found = this.#variables.findLast(([key]) => key === term.name);
        if (!found) throw new CliError(`undefined variable "${term.name}"`);
        return found[1];
      }
      case 'field':
        return term.path.reduce<unknown>((value, name) => this.#field(value, name), this.#term(term.on, dot));
      case 'call':
        return callFunction(term.name, []);
      case 'pipe':
        return this.#pipe(term.pipe, dot);
    }
  }

  #field(value: unknown, name: string): unknown {
    if (value === null || value === undefined) return undefined;
    if (typeof value !== 'object' || Array.isArray(value))
      throw new CliError(`can't evaluate field ${name} in type interface {}`);
    const found = (value as Record<string, unknown>)[name];
    if (found === undefined && !this.#allowMissing)
      throw new CliError(`map has no entry for key ${JSON.stringify(name)}`);
    return found;
  }
}

function rangeEntries(value: unknown): [unknown, unknown][] {
  if (typeof value === 'number') return Array.from({ length: value }, (_, i) => [i, i]);
  if (Array.isArray(value)) return value.map((item, i) => [i, item]);
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') throw new CliError(`range can't iterate over ${String(value)}`);
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

type Lazy = () => unknown;

const comparisons = table<(a: unknown, b: unknown) => boolean>({
  ne: (a, b) => a !== b,
  lt: (a, b) => (a as number) < (b as number),
  le: (a, b) => (a as number) <= (b as number),
  gt: (a, b) => (a as number) > (b as number),
  ge: (a, b) => (a as number) >= (b as number),
});

const functions = table<(args: unknown[]) => unknown>({
  eq: ([first, ...rest]) => rest.some(value => value === first),
  not: ([value]) => !truthy(value),
  len: ([value]) => sizeOf(value),
  index: ([value, ...keys]) => keys.reduce<unknown>(indexed, value),
  slice: ([value, from, to]) =>
    (value as unknown[] | string).slice(from as number | undefined, to as number | undefined),
  print: args => args.map(printed).join(' '),
  println: args => `${args.map(printed).join(' ')}\n`,
  printf: ([format, ...args]) => goFormat(String(format), args),
  html: args =>
    args
      .map(printed)
      .join('')
      .replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`),
  js: args =>
    args
      .map(printed)
      .join('')
      .replace(/['"\\<>&=]/g, char => `\\u${hex4(char)}`),
  urlquery: args => encodeURIComponent(args.map(printed).join('')).replaceAll('%20', '+'),
  base64decode: ([text]) =>
    new TextDecoder().decode(Uint8Array.from(atob(String(text)), c => c.charCodeAt(0))),
  exists: ([value, ...keys]) => exists(value, keys),
});

const hex4 = (char: string) => char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');

function callFunction(name: string, args: Lazy[]): unknown {
  if (name === 'and' || name === 'or') {
    let value: unknown;
    for (const argument of args) {
      value = argument();
      if (truthy(value) === (name === 'or')) return value;
    }
    return value;
  }
  const values = args.map(argument => argument());
  const comparison = comparisons[name];
  if (comparison) return comparison(values[0], values[1]);
  const fn = functions[name];
  if (!fn) return fail(`function "${name}" not defined`);
  return fn(values);
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  throw new CliError('error calling len: len of untyped nil');
}

function indexed(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    if (typeof key !== 'number' || key < 0 || key >= value.length)
      throw new CliError(`error calling index: index out of range: ${String(key)}`);
    return value[key];
  }
  if (value === null || value === undefined) throw new CliError('error calling index: index of untyped nil');
  return (value as Record<string, unknown>)[String(key)];
}

function exists(value: unknown, keys: unknown[]): boolean {
  let at: unknown = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key as PropertyKey)) return false;
    at = (at as Record<PropertyKey, unknown>)[key as PropertyKey];
  }
  return true;
}

/** A value as Go's %v prints it. */
function printed(value: unknown): string {
  if (value === undefined || value === null) return '<no value>';
  if (typeof value === 'number') return goFloat(value);
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`;
  if (typeof value === 'object')
    return `map[${Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => `${key}:${printed(part)}`)
      .join(' ')}]`;
  return String(value);
}

function goFormat(format: string, args: unknown[]): string {
  const rest = [...args];
  const text = format.replace(
    /%([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags, width, precision, verb) => {
      if (verb === '%') return '%';
      if (rest.length === 0) return `%!${verb}(MISSING)`;
      return padded(formatVerb(verb, rest.shift(), precision), flags, Number(width || 0));
    },
  );
  return rest.length === 0 ? text : `${text}%!(EXTRA ${rest.map(printed).join(', ')})`;
}

function formatVerb(verb: string, value: unknown, precision: string | undefined): string {
  switch (verb) {
    case 'q':
      return JSON.stringify(String(value));
    case 'd':
      if (typeof value === 'bigint') return String(value);
      return typeof value === 'number' ? Math.trunc(value).toString() : `%!d(${printed(value)})`;
    case 'f':
      return Number(value).toFixed(precision === undefined ? 6 : Number(precision));
    case 'x':
      return typeof value === 'number' || typeof value === 'bigint'
        ? value.toString(16)
        : [...new TextEncoder().encode(String(value))].map(b => b.toString(16).padStart(2, '0')).join('');
    case 'j':
      return toCompactJson(value);
    case 's':
      return precision === undefined ? printed(value) : printed(value).slice(0, Number(precision));
    default:
      return printed(value);
  }
}

function padded(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  return flags.includes('0') ? text.padStart(width, '0') : text.padStart(width);
}
