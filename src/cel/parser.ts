/** Tokens to a tree, macros expanded on the way. What is not of the grammar is told of elsewhere. */
import { childrenOf, type Entry, type Expr, operator, type StructExpr } from './ast.ts';
import { type BadText, type Token, tokenize } from './lexer.ts';
import { bytesLiteral, doubleLiteral, intLiteral, stringLiteral, uintLiteral } from './literals.ts';
import { type Macros, MacroError } from './macros.ts';
import type { Issue } from './source.ts';
import { readBroken } from './syntax.ts';
import { codePoints } from './values.ts';

export interface ParseOptions {
  readonly macros: Macros;
  /** `a.?b`, `a[?b]`, `[?a]`: there with optional types. */
  readonly optionalSyntax: boolean;
}

export interface Parsed {
  /** Undefined exactly when there are issues. */
  readonly expr: Expr | undefined;
  readonly issues: readonly Issue[];
}

const sizeMax = 100_000;
const depthMax = 250;

export function parse(text: string, options: ParseOptions): Parsed {
  const size = codePoints(text);
  if (size > sizeMax) {
    const message = `expression code point size exceeds limit: size: ${size}, limit ${sizeMax}`;
    return { expr: undefined, issues: [{ offset: -1, message }] };
  }
  const { tokens, issues: lexical } = tokenize(text);
  const parser = new Parser(tokens, options);
  const expr = parser.parseAll();
  const isBroken = parser.failure !== undefined || lexical.length > 0;
  const issues = isBroken ? brokenIssues(text, tokens, lexical, parser, options) : parser.issues;
  return { expr: issues.length > 0 ? undefined : expr, issues };
}

/** The issues of what is not of the grammar: beyond it they are those of what was understood. */
function brokenIssues(
  text: string,
  tokens: readonly Token[],
  bad: readonly BadText[],
  failed: Parser,
  options: ParseOptions,
): Issue[] {
  const { issues, understood } = readBroken(text, tokens, bad, depthMax);
  if (understood.length === 0) return [...issues];
  if (failed.failure === 'deep') return [...issues, ...failed.issues];
  const parser = new Parser(understood, options);
  parser.parseAll();
  return [...issues, ...parser.issues];
}

/** The grammar has names in backquotes, Kubernetes does not turn them on. */
const escapedNames = "unsupported syntax: '`'";

/** The parser cannot go on: the text is too deep, which is among the issues. */
class GiveUp extends Error {}

/** The text is not of the grammar. */
class Broken extends Error {}

const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

const relations: Readonly<Record<string, string>> = {
  '==': operator.equals,
  '!=': operator.notEquals,
  '<': operator.less,
  '<=': operator.lessEquals,
  '>': operator.greater,
  '>=': operator.greaterEquals,
  in: operator.in,
};
const sums: Readonly<Record<string, string>> = { '+': operator.add, '-': operator.subtract };
const products: Readonly<Record<string, string>> = {
  '*': operator.multiply,
  '/': operator.divide,
  '%': operator.modulo,
};

class Parser {
  readonly #tokens: readonly Token[];
  readonly issues: Issue[] = [];
  failure: 'broken' | 'deep' | undefined;
  readonly #options: ParseOptions;
  readonly #depths = new WeakMap<Expr, number>();
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], options: ParseOptions) {
    this.#tokens = tokens;
    this.#options = options;
  }

  parseAll(): Expr | undefined {
    try {
      const expr = this.#expr();
      if (this.#token.kind !== 'end') throw new Broken();
      return expr;
    } catch (error) {
      if (error instanceof Broken) this.failure = 'broken';
      else if (error instanceof GiveUp) this.failure = 'deep';
      else throw error;
      return undefined;
    }
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #is(text: string): boolean {
    const { kind } = this.#token;
    return (kind === 'operator' || kind === 'keyword') && this.#token.text === text;
  }

  /** Takes the token when it is this operator. */
  #take(text: string): Token | undefined {
    if (!this.#is(text)) return undefined;
    return this.#tokens[this.#at++];
  }

  #issue(offset: number, message: string): void {
    this.issues.push({ offset, message });
  }

  #expect(text: string): Token {
    const token = this.#take(text);
    if (!token) throw new Broken();
    return token;
  }

  /** One level deeper; too deep ends it all before the stack does. */
  #deeper<T>(run: () => T): T {
    if (++this.#depth > depthMax) this.#tooDeep();
    const result = run();
    this.#depth--;
    return result;
  }

  #tooDeep(): never {
    this.#issue(-1, `expression recursion limit exceeded: ${depthMax}`);
    throw new GiveUp();
  }

  #expr(): Expr {
    return this.#deeper(() => {
      const condition = this.#or();
      const question = this.#take('?');
      if (!question) return condition;
      const whenTrue = this.#or();
      this.#expect(':');
      const whenFalse = this.#expr();
      return this.#call(question.offset, operator.conditional, [condition, whenTrue, whenFalse]);
    });
  }

  #call(offset: number, name: string, args: readonly Expr[]): Expr {
    return this.#made({ kind: 'call', offset, name, args });
  }

  /** A tree that is too deep is refused while it grows: what comes after walks it recursively. */
  #made(expr: Expr, parts: readonly Expr[] = childrenOf(expr)): Expr {
    let depth = 0;
    for (const part of parts) depth = Math.max(depth, this.#depths.get(part) ?? 0);
    if (depth >= depthMax) {
      this.#issue(-1, 'max recursion depth exceeded');
      throw new GiveUp();
    }
    this.#depths.set(expr, depth + 1);
    return expr;
  }

  #or(): Expr {
    return this.#logical('||', operator.or, () => this.#logical('&&', operator.and, () => this.#relation()));
  }

  /** A chain of one logical operator is one call of many arguments. */
  #logical(sign: string, name: string, term: () => Expr): Expr {
    const args = [term()];
    let offset = -1;
    for (let token = this.#take(sign); token; token = this.#take(sign)) {
      if (offset < 0) offset = token.offset;
      args.push(term());
    }
    return args.length === 1 ? args[0]! : this.#call(offset, name, args);
  }

  #relation(): Expr {
    return this.#binary(relations, () =>
      this.#binary(sums, () => this.#binary(products, () => this.#unary())),
    );
  }

  #binary(operators: Readonly<Record<string, string>>, operand: () => Expr): Expr {
    let left = operand();
    for (;;) {
      const { kind, text, offset } = this.#token;
      if ((kind !== 'operator' && kind !== 'keyword') || !Object.hasOwn(operators, text)) return left;
      this.#at++;
      left = this.#call(offset, operators[text]!, [left, operand()]);
    }
  }

  #unary(): Expr {
    const first = this.#token;
    const sign = first.kind === 'operator' && (first.text === '!' || first.text === '-') ? first.text : '';
    if (sign === '' || this.#isNegativeNumber()) return this.#member();
    let count = 0;
    while (this.#take(sign)) count++;
    const operand = this.#member();
    if (count % 2 === 0) return operand;
    return this.#call(first.offset, sign === '!' ? operator.not : operator.negate, [operand]);
  }

  #isNegativeNumber(): boolean {
    const kind = this.#tokens[this.#at + 1]?.kind;
    return this.#is('-') && (kind === 'int' || kind === 'double');
  }

  #member(): Expr {
    let expr = this.#primary();
    for (;;) {
      const dot = this.#take('.');
      if (dot) {
        expr = this.#afterDot(expr, dot.offset);
        continue;
      }
      const bracket = this.#take('[');
      if (!bracket) return expr;
      const optional = this.#optionalMark('[?', bracket.offset);
      const index = this.#expr();
      this.#expect(']');
      expr = this.#call(bracket.offset, optional ? operator.optionalIndex : operator.index, [expr, index]);
    }
  }

  /** Takes a '?' that makes a selection optional. `at` is where an error about it points. */
  #optionalMark(syntax: string, at: number): boolean {
    const mark = this.#take('?');
    if (mark && !this.#options.optionalSyntax) this.#issue(at, `unsupported syntax '${syntax}'`);
    return mark !== undefined;
  }

  #afterDot(target: Expr, dot: number): Expr {
    const optional = this.#optionalMark('.?', dot);
    const name = this.#token;
    if (name.kind !== 'identifier' && name.kind !== 'escaped') throw new Broken();
    this.#at++;
    this.#checkName(name, name.offset);
    if (name.kind === 'escaped') {
      return this.#select(target, name.text.slice(1, -1), dot, optional);
    }
    const open = optional ? undefined : this.#take('(');
    if (open) return this.#macroOrCall(open.offset, name.text, target, this.#args());
    return this.#select(target, name.text, dot, optional);
  }

  #select(operand: Expr, field: string, offset: number, optional: boolean): Expr {
    if (!optional) return this.#made({ kind: 'select', offset, operand, field });
    return this.#call(offset, operator.optionalSelect, [operand, { kind: 'literal', offset, value: field }]);
  }

  #macroOrCall(offset: number, name: string, target: Expr | undefined, args: readonly Expr[]): Expr {
    const expand = this.#options.macros(name, target !== undefined, args.length);
    const call: Expr = { kind: 'call', offset, name, args, ...(target && { target }) };
    this.#made(call);
    if (!expand) return call;
    try {
      // What a macro makes around its arguments is a few nodes deep, which do not count.
      return this.#made(expand(offset, args, target) ?? call, childrenOf(call));
    } catch (error) {
      if (!(error instanceof MacroError)) throw error;
      this.#issue(error.offset, error.message);
      return call;
    }
  }

  /** After the opening parenthesis. */
  #args(): Expr[] {
    const args: Expr[] = [];
    if (this.#take(')')) return args;
    do args.push(this.#expr());
    while (this.#take(','));
    this.#expect(')');
    return args;
  }

  #primary(): Expr {
    const token = this.#token;
    switch (token.kind) {
      case 'identifier':
        return this.#identifier('');
      case 'operator':
        return this.#operatorPrimary(token);
      case 'hole':
        this.#at++;
        return { kind: 'literal', offset: token.offset, value: null };
      case 'escaped':
      case 'end':
        throw new Broken();
      case 'keyword':
        if (token.text === 'in') throw new Broken();
    }
    this.#at++;
    return this.#literal(token, false);
  }

  #operatorPrimary(token: Token): Expr {
    switch (token.text) {
      case '(': {
        this.#at++;
        const expr = this.#expr();
        this.#expect(')');
        return expr;
      }
      case '[':
        return this.#list();
      case '{':
        return this.#map();
      case '.':
        this.#at++;
        if (this.#token.kind !== 'identifier') throw new Broken();
        return this.#identifier('.');
      case '-':
        if (!this.#isNegativeNumber()) throw new Broken();
        this.#at += 2;
        return this.#literal(this.#tokens[this.#at - 1]!, true, token.offset);
      default:
        throw new Broken();
    }
  }

  #literal(token: Token, negative: boolean, offset = token.offset): Expr {
    const { value, problem } = readLiteral(token, negative);
    if (problem !== undefined) this.#issue(offset, problem);
    return { kind: 'literal', offset, value };
  }

  /** A name, a global call or the construction of a struct; `dot` is the leading one. */
  #identifier(dot: string): Expr {
    const first = this.#token;
    const struct = this.#structName();
    if (struct) return this.#struct(dot + struct);
    this.#at++;
    if (reserved.has(first.text)) return this.#reserved(first, dot);
    const open = this.#take('(');
    if (open) return this.#macroOrCall(open.offset, dot + first.text, undefined, this.#args());
    return { kind: 'ident', offset: first.offset, name: dot + first.text };
  }

  /** A name that may not be one is no name to a macro either, and what it is called with is not looked at. */
  #reserved(name: Token, dot: string): Expr {
    const offset = dot === '' ? name.offset : this.#tokens[this.#at - 2]!.offset;
    this.#issue(offset, `reserved identifier: ${name.text}`);
    const known = this.issues.length;
    if (this.#take('(')) this.#args();
    this.issues.length = known;
    return { kind: 'literal', offset, value: null };
  }

  /** The dotted name before a '{', which is taken too. */
  #structName(): string | undefined {
    let at = this.#at;
    let name = this.#tokens[at]!.text;
    while (this.#tokens[at + 1]!.text === '.' && this.#tokens[at + 2]!.kind === 'identifier') {
      at += 2;
      name += `.${this.#tokens[at]!.text}`;
    }
    if (this.#tokens[at + 1]!.text !== '{' || this.#tokens[at + 1]!.kind !== 'operator') return undefined;
    this.#at = at + 1;
    return name;
  }

  #list(): Expr {
    const { offset } = this.#expect('[');
    const elements: { value: Expr; optional: boolean }[] = [];
    while (!this.#is(']')) {
      if (elements.length === 0 && this.#take(',')) break;
      const optional = this.#optionalMark('?', this.#token.offset);
      elements.push({ value: this.#expr(), optional });
      if (!this.#take(',')) break;
    }
    this.#expect(']');
    return this.#made({ kind: 'list', offset, elements });
  }

  #map(): Expr {
    const { offset } = this.#expect('{');
    const entries: Entry[] = [];
    while (!this.#is('}')) {
      if (entries.length === 0 && this.#take(',')) break;
      const optional = this.#optionalMark('?', this.#token.offset);
      const key = this.#expr();
      const colon = this.#expect(':');
      entries.push({ offset: colon.offset, key, value: this.#expr(), optional });
      if (!this.#take(',')) break;
    }
    this.#expect('}');
    return this.#made({ kind: 'map', offset, entries });
  }

  #struct(name: string): Expr {
    const { offset } = this.#expect('{');
    const fields: StructExpr['fields'][number][] = [];
    const start = this.#token.offset;
    while (!this.#is('}')) {
      if (fields.length === 0 && this.#take(',')) break;
      const optional = this.#optionalMark('?', this.#token.offset);
      const field = this.#fieldName(start);
      const colon = this.#expect(':');
      fields.push({ offset: colon.offset, name: field, value: this.#expr(), optional });
      if (!this.#take(',')) break;
    }
    this.#expect('}');
    return this.#made({ kind: 'struct', offset, name, fields });
  }

  /** `start` is where the list of fields begins. */
  #fieldName(start: number): string {
    const name = this.#token;
    if (name.kind !== 'identifier' && name.kind !== 'escaped') throw new Broken();
    this.#at++;
    this.#checkName(name, start);
    return name.kind === 'escaped' ? name.text.slice(1, -1) : name.text;
  }

  #checkName({ kind, text }: Token, offset: number): void {
    if (kind === 'escaped') this.#issue(offset, escapedNames);
    else if (text === '') this.#issue(offset, 'unsupported ident kind');
  }
}

function readLiteral(token: Token, negative: boolean) {
  const value = literalValue(token, negative);
  if (value !== null && typeof value === 'object' && 'problem' in value) {
    return { value: null, problem: value.problem };
  }
  return value === undefined ? { value: null, problem: `invalid ${token.kind} literal` } : { value };
}

function literalValue(token: Token, negative: boolean) {
  switch (token.kind) {
    case 'int':
      return intLiteral(token.text, negative);
    case 'uint':
      return uintLiteral(token.text);
    case 'double':
      return doubleLiteral(token.text, negative);
    case 'string':
      return stringLiteral(token.text);
    case 'bytes':
      return bytesLiteral(token.text);
    default:
      return token.text === 'null' ? null : token.text === 'true';
  }
}
