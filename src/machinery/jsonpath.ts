import { goFloat, goJson } from './go-json.ts';

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

type Node =
  | { kind: 'text'; text: string }
  | { kind: 'path'; steps: Step[] }
  | { kind: 'range'; steps: Step[]; body: Node[] };

type Step =
  | { kind: 'field'; name: string }
  | { kind: 'root' }
  | { kind: 'current' }
  | { kind: 'wildcard' }
  | { kind: 'recursive' }
  | { kind: 'slice'; from?: number; to?: number; step: number }
  | { kind: 'index'; index: number }
  | { kind: 'union'; parts: Step[][] }
  | { kind: 'filter'; left: Operand; operator: string; right?: Operand }
  | { kind: 'literal'; value: string | number | boolean };

type Operand = Step[];

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
  const evaluator = new Evaluator(allowMissingKeys);
  return {
    print: root => evaluator.print(nodes, root, root),
    find: root =>
      nodes.flatMap(node => (node.kind === 'path' ? [evaluator.steps(node.steps, [root], root)] : [])),
  };
}

class TemplateParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Node[] {
    const nodes = this.#nodes(false);
    return nodes;
  }

  #nodes(inRange: boolean): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#text.length) {
      const open = this.#text.indexOf('{', this.#at);
      const textEnd = open < 0 ? this.#text.length : open;
      if (textEnd > this.#at) nodes.push({ kind: 'text', text: this.#text.slice(this.#at, textEnd) });
      this.#at = textEnd;
      if (open < 0) break;
      const action = this.#action();
      if (action === 'end') {
        if (!inRange) throw new JsonPathError('not in range, nothing to end');
        return nodes;
      }
      const range = /^range(?=[\s.$@[])(.*)$/s.exec(action);
      if (range)
        nodes.push({ kind: 'range', steps: parseSteps(range[1]!.trimStart()), body: this.#nodes(true) });
      else if (/^["']/.test(action)) nodes.push({ kind: 'text', text: unquote(action) });
      else nodes.push({ kind: 'path', steps: parseSteps(action) });
    }
    if (inRange) throw new JsonPathError('unterminated range, missing {end}');
    return nodes;
  }

  #action(): string {
    let depth = 0;
    let quote = '';
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const char = this.#text[at]!;
      if (quote) {
        if (char === '\\') at++;
        else if (char === quote) quote = '';
      } else if (char === '"' || char === "'") quote = char;
      else if (char === '[' || char === '(') depth++;
      else if (char === ']' || char === ')') depth--;
      else if (char === '}' && depth <= 0) {
        const action = this.#text.slice(this.#at + 1, at).trim();
        this.#at = at + 1;
        return action;
      }
    }
    throw new JsonPathError('unclosed action');
  }
}

function unquote(text: string): string {
  const end = text.lastIndexOf(text[0]!);
  if (end === 0) throw new JsonPathError('unterminated quoted string');
  return text
    .slice(1, end)
    .replace(/\\(.)/gs, (_, char: string) => ({ n: '\n', t: '\t', r: '\r' })[char] ?? char);
}

/** The steps of one path: '.items[*].metadata.name', '$..x', "['a.b']", '[?(@.x=="y")]'. */
function parseSteps(path: string): Step[] {
  const steps: Step[] = [];
  let at = 0;
  while (at < path.length) {
    const char = path[at]!;
    if (char === '$') {
      steps.push({ kind: 'root' });
      at++;
    } else if (char === '@') {
      steps.push({ kind: 'current' });
      at++;
    } else if (path.startsWith('..', at)) {
      steps.push({ kind: 'recursive' });
      at += path[at + 2] === '.' ? 3 : 2;
      const field = readField(path, at);
      if (field.name !== '') {
        steps.push(field.name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: field.name });
        at = field.end;
      }
    } else if (char === '.') {
      const field = readField(path, at + 1);
      if (field.name === '*') steps.push({ kind: 'wildcard' });
      else if (field.name !== '') steps.push({ kind: 'field', name: field.name });
      at = field.end;
    } else if (char === '[') {
      const end = closing(path, at);
      steps.push(bracketStep(path.slice(at + 1, end)));
      at = end + 1;
    } else if (/\s/.test(char)) at++;
    else if (/^(true|false)$/.test(path.slice(at).trim())) {
      steps.push({ kind: 'literal', value: path.slice(at).trim() === 'true' });
      at = path.length;
    } else if (/^-?\d+(\.\d+)?$/.test(path.slice(at).trim())) {
      steps.push({ kind: 'literal', value: Number(path.slice(at)) });
      at = path.length;
    } else {
      const field = readField(path, at);
      if (field.name === '')
        throw new JsonPathError(`unrecognized character in action: U+${hex(char)} '${char}'`);
      steps.push({ kind: 'field', name: field.name });
      at = field.end;
    }
  }
  return steps;
}

const hex = (char: string) => char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');

function readField(path: string, from: number): { name: string; end: number } {
  let name = '';
  let at = from;
  for (; at < path.length && !/[\s?.,[\]$@{}(]/.test(path[at]!); at++) {
    if (path[at] === '\\' && at + 1 < path.length) at++;
    name += path[at];
  }
  return { name, end: at };
}

function closing(path: string, open: number): number {
  let depth = 0;
  let quote = '';
  for (let at = open; at < path.length; at++) {
    const char = path[at]!;
    if (quote) {
      if (char === '\\') at++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '[') depth++;
    else if (char === ']' && --depth === 0) return at;
  }
  throw new JsonPathError('unterminated array');
}

function bracketStep(inner: string): Step {
  const text = inner.trim();
  if (text === '*') return { kind: 'wildcard' };
  const filter = /^\?\((.*)\)$/s.exec(text);
  if (filter) return filterStep(filter[1]!.trim());
  const parts = splitOutside(text, ',');
  if (parts.length > 1)
    return {
      kind: 'union',
      parts: parts.map(part => (/^\s*[.$@]/.test(part) ? parseSteps(part.trim()) : [bracketStep(part)])),
    };
  if (/^["']/.test(text)) return { kind: 'field', name: unquote(text) };
  const slice = /^(-?\d*)(?::(-?\d*))?(?::(-?\d*))?$/.exec(text);
  if (!slice || text === '') throw new JsonPathError(`invalid array index ${text}`);
  if (!text.includes(':')) return { kind: 'index', index: Number(text) };
  const number = (part: string | undefined) => (part ? Number(part) : undefined);
  return { kind: 'slice', from: number(slice[1]), to: number(slice[2]), step: number(slice[3]) ?? 1 };
}

function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let quote = '';
  let depth = 0;
  let part = '';
  for (const char of text) {
    if (quote) quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (/[[(]/.test(char)) depth++;
    else if (/[\])]/.test(char)) depth--;
    if (char === separator && !quote && depth === 0) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return [...parts, part];
}

function filterStep(text: string): Step {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote) {
      if (char === quote) quote = '';
      continue;
    }
    if (char === '"' || char === "'") quote = char;
    const operator = /^(==|!=|<=|>=|<|>|=~)/.exec(text.slice(at));
    if (operator)
      return {
        kind: 'filter',
        left: operand(text.slice(0, at)),
        operator: operator[1]!,
        right: operand(text.slice(at + operator[1]!.length)),
      };
  }
  return { kind: 'filter', left: operand(text), operator: 'exists' };
}

function operand(text: string): Operand {
  const trimmed = text.trim();
  return /^["']/.test(trimmed) ? [{ kind: 'literal', value: unquote(trimmed) }] : parseSteps(trimmed);
}

class Evaluator {
  readonly #allowMissing: boolean;

  constructor(allowMissing: boolean) {
    this.#allowMissing = allowMissing;
  }

  print(nodes: Node[], current: unknown, root: unknown): string {
    let out = '';
    for (const node of nodes) {
      if (node.kind === 'text') out += node.text;
      else if (node.kind === 'path') out += this.steps(node.steps, [current], root).map(valueText).join(' ');
      else
        for (const item of this.steps(node.steps, [current], root).flatMap(value =>
          Array.isArray(value) && node.steps.at(-1)?.kind !== 'wildcard' ? value : [value],
        ))
          out += this.print(node.body, item, root);
    }
    return out;
  }

  steps(steps: Step[], start: unknown[], root: unknown): unknown[] {
    let values = start;
    for (const step of steps) values = this.#step(step, values, root);
    return values;
  }

  #step(step: Step, values: unknown[], root: unknown): unknown[] {
    switch (step.kind) {
      case 'root':
        return [root];
      case 'current':
        return values;
      case 'literal':
        return [step.value];
      case 'field':
        return values.flatMap(value => this.#field(value, step.name));
      case 'wildcard':
        return values.flatMap(childrenOf);
      case 'recursive':
        return values.flatMap(value => descend(value));
      case 'index':
        return values.flatMap(value => this.#index(value, step.index));
      case 'slice':
        return values.flatMap(value =>
          Array.isArray(value) ? sliced(value, step) : this.#notAnArray(value),
        );
      case 'union':
        return step.parts.flatMap(part => this.steps(part, values, root));
      case 'filter':
        return values.flatMap(value => childrenOf(value).filter(item => this.#accepts(step, item, root)));
    }
  }

  #field(value: unknown, name: string): unknown[] {
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)) {
      const found = (value as Record<string, unknown>)[name];
      return found === undefined ? [] : [found];
    }
    if (!this.#allowMissing && value !== null && value !== undefined)
      throw new JsonPathError(`${name} is not found`);
    return [];
  }

  #index(value: unknown, index: number): unknown[] {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) return this.#notAnArray(value);
    const at = index < 0 ? index + value.length : index;
    if (at < 0 || at >= value.length) {
      if (this.#allowMissing) return [];
      throw new JsonPathError(`array index out of bounds: index ${at}, length ${value.length}`);
    }
    return [value[at]];
  }

  #notAnArray(value: unknown): unknown[] {
    if (value === null || value === undefined || this.#allowMissing) return [];
    throw new JsonPathError(`${valueText(value)} is not array or slice`);
  }

  #accepts(step: Step & { kind: 'filter' }, item: unknown, root: unknown): boolean {
    const left = new Evaluator(true).steps(step.left, [item], root);
    if (step.operator === 'exists') return left.length > 0;
    const right = new Evaluator(true).steps(step.right!, [item], root);
    if (left.length === 0 || right.length === 0) return false;
    if (left.length > 1 || right.length > 1)
      throw new JsonPathError('can only compare one element at a time');
    return compare(left[0], step.operator, right[0]);
  }
}

function compare(left: unknown, operator: string, right: unknown): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return (left as number) < (right as number);
    case '>':
      return (left as number) > (right as number);
    case '<=':
      return (left as number) <= (right as number);
    case '>=':
      return (left as number) >= (right as number);
    default:
      throw new JsonPathError(`unrecognized filter operator ${operator}`);
  }
}

/** Elements, or a map's values in the order of their keys. */
function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value)
    .sort()
    .map(key => (value as Record<string, unknown>)[key]);
}

function descend(value: unknown): unknown[] {
  return [value, ...childrenOf(value).flatMap(descend)].filter(
    part => typeof part === 'object' && part !== null,
  );
}

function sliced(
  list: unknown[],
  { from, to, step }: { from?: number; to?: number; step: number },
): unknown[] {
  if (step <= 0) throw new JsonPathError('step must be > 0');
  const wrap = (at: number) => (at < 0 ? at + list.length : at);
  const start = Math.max(0, wrap(from ?? 0));
  const end = Math.min(list.length, wrap(to ?? list.length));
  return list.slice(start, end).filter((_, i) => i % step === 0);
}

/** A value as the template prints it: scalars bare, the rest as JSON. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return goFloat(value);
  return typeof value === 'object' ? goJson(value) : String(value);
}
