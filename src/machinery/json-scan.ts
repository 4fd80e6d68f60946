import { atOnce, Pace, type Steps } from '#base/steps.ts';
import { goQuote } from './go-json.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/** What one pass over a JSON text counts. */
export interface JsonMeasure {
  /** Members of all objects, repeated names included. */
  readonly members: number;
  /** Objects and arrays inside each other. */
  readonly depth: number;
  /** Members of the outermost object, repeated names included. */
  readonly outer: number;
  /** Those of them that are objects, in their order. */
  readonly parts: readonly JsonPart[];
}

/** A member of a JSON object by its place in the text: what stands between its name's quotes, and its value. */
export interface JsonPart {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const quote = 0x22;
const backslash = 0x5c;

/** Counts members and depth, and finds parts. The text must be valid JSON, or what it answers means nothing. */
export function measureJson(text: string): JsonMeasure {
  const parts: JsonPart[] = [];
  let members = 0;
  let outer = 0;
  let depth = 0;
  let deepest = 0;
  /** Of the last string. */
  let nameFrom = 0;
  let nameTo = 0;
  /** Where the part begins that is open. */
  let from = -1;
  let isNamed = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = stringEnd(text, at);
        if (depth === 1) [nameFrom, nameTo] = [at + 1, end];
        at = end;
        break;
      }
      case 0x3a: // :
        members++;
        if (depth !== 1) break;
        outer++;
        isNamed = true;
        break;
      case 0x7b: // {
        if (++depth > deepest) deepest = depth;
        if (depth === 2 && isNamed) from = at;
        isNamed = false;
        break;
      case 0x5b: // [
        if (++depth > deepest) deepest = depth;
        isNamed = false;
        break;
      case 0x7d:
        if (--depth === 1 && from >= 0) parts.push({ name: text.slice(nameFrom, nameTo), from, to: at + 1 });
        if (depth === 1) from = -1;
        break;
      case 0x5d:
        depth--;
        break;
    }
  }
  return { members, outer, depth: deepest, parts };
}

/** The index of the quote that ends the string starting at `at`; the text's length when none does. */
export function stringEnd(text: string, at: number): number {
  for (;;) {
    const end = text.indexOf('"', at + 1);
    if (end < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return end;
    at = end;
  }
}

/**
 * Repeated members, and members that the schema does not have, in the order of the text and worded as strict
 * decoding does: `unknown field "spec.foo"`, `duplicate field "spec.replicas"`. The text must be valid JSON.
 */
export function strictJsonErrors(text: string, schema: Schema): string[] {
  return atOnce(strictErrorsInSteps(text, schema));
}

/** The same in steps. */
export function* strictErrorsInSteps(text: string, schema: Schema): Steps<string[]> {
  const walker = new StrictWalker(text);
  yield* walker.value(schema, undefined);
  return [...walker.errors];
}

/** More are not told. */
const strictErrorsMax = 100;
/** So many members and items are looked at in a step. */
const strictPace = 2048;

class StrictWalker {
  readonly errors = new Set<string>();
  readonly #text: string;
  readonly #pace = new Pace(strictPace);
  #at = 0;
  /** How many values this one lies in that nothing is told of. */
  #silent = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** `schema` undefined: anything goes but repeated members. */
  *value(schema: Schema | undefined, path: string | undefined): Steps<void> {
    // What reads itself does not read strictly.
    if (schema?.type === 'any' && schema.wire) yield* this.#silently(undefined);
    else yield* this.#visit(schema, path);
  }

  *#silently(schema: Schema | undefined): Steps<void> {
    this.#silent++;
    yield* this.#visit(schema, undefined);
    this.#silent--;
  }

  #tell(problem: string, path: string): void {
    if (this.#silent > 0 || this.errors.size >= strictErrorsMax) return;
    this.errors.add(`${problem} ${goQuote(path)}`);
  }

  *#visit(schema: Schema | undefined, path: string | undefined): Steps<void> {
    const start = this.#peek();
    if (start === '{') yield* this.#object(schema, path);
    else if (start === '[') yield* this.#array(schema, path);
    else if (start === '"') this.#string();
    else while (this.#at < this.#text.length && !/[\s,\]}]/.test(this.#text[this.#at]!)) this.#at++;
  }

  *#object(schema: Schema | undefined, path: string | undefined): Steps<void> {
    const seen = new Set<string>();
    const object = objectOf(schema);
    this.#at++;
    while (this.#peek() !== '}') {
      if (this.#pace.isDue) yield;
      const name = this.#string();
      const memberPath = path === undefined ? name : `${path}.${name}`;
      this.#peek();
      this.#at++;
      const known = object ? object.fields.has(name) || object.preserveUnknownFields === true : true;
      // Of what a Go type has not, it is told once, however often it is there.
      if (!seen.has(name)) {
        if (!known) this.#tell('unknown field', memberPath);
      } else if (known || !object?.native) this.#tell('duplicate field', memberPath);
      seen.add(name);
      const next = object
        ? object.fields.get(name)?.schema
        : schema?.type === 'map'
          ? schema.values
          : undefined;
      // A Go type passes over what it has not.
      if (!known && object?.native) yield* this.#silently(undefined);
      else yield* this.value(next, memberPath);
      if (this.#peek() === ',') this.#at++;
    }
    this.#at++;
  }

  *#array(schema: Schema | undefined, path: string | undefined): Steps<void> {
    const items = schema?.type === 'list' ? schema.items : itemsOf(schema);
    this.#at++;
    for (let i = 0; this.#peek() !== ']'; i++) {
      if (this.#pace.isDue) yield;
      yield* this.value(items, `${path ?? ''}[${i}]`);
      if (this.#peek() === ',') this.#at++;
    }
    this.#at++;
  }

  #string(): string {
    const end = stringEnd(this.#text, this.#at);
    const name = JSON.parse(this.#text.slice(this.#at, end + 1)) as string;
    this.#at = end + 1;
    return name;
  }

  /** The next character that is no space. */
  #peek(): string {
    while (' \t\r\n'.includes(this.#text[this.#at]!)) this.#at++;
    return this.#text[this.#at]!;
  }
}

function objectOf(schema: Schema | undefined): ObjectSchema | undefined {
  if (schema?.type === 'object') return schema;
  return schema?.type === 'any' ? schema.element : undefined;
}

function itemsOf(schema: Schema | undefined): Schema | undefined {
  return schema?.type === 'any' && schema.wire === 'jsonSchemaPropsOrArray' ? schema.element : undefined;
}

/** What is wrong with a text that JSON.parse refused, as Go's encoding/json says it. */
export function jsonSyntaxError(text: string): string {
  return new SyntaxScanner(text).error() ?? 'invalid JSON';
}

/**
 * The first value of a text that may go on after it, as a reader takes it that looks no further (jsoniter's, which
 * structured-merge-diff reads sets of fields by). Where there is none, it throws what `parse` did.
 */
export function firstJsonValue(text: string, parse: (text: string) => unknown = JSON.parse): unknown {
  try {
    return parse(text);
  } catch (error) {
    const end = new SyntaxScanner(text).end();
    if (end === undefined) throw error;
    return parse(text.slice(0, end));
  }
}

class SyntaxScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  error(): string | undefined {
    return this.#problem(() => {
      this.#scan();
      this.#spaces();
      if (this.#at < this.#text.length) this.#fail('after top-level value');
    });
  }

  /** Where the first value ends, if it is one. */
  end(): number | undefined {
    return this.#problem(() => this.#scan()) === undefined ? this.#at : undefined;
  }

  #problem(scan: () => void): string | undefined {
    try {
      scan();
      return undefined;
    } catch (error) {
      if (error instanceof SyntaxProblem) return error.message;
      throw error;
    }
  }

  /** Over one value. Keeps its own stack, so that a deep text is no trouble. */
  #scan(): void {
    const open: string[] = [];
    let state: 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'after' = 'value';
    for (;;) {
      if (state === 'after' && open.length === 0) return;
      this.#spaces();
      const char = this.#text[this.#at];
      if (char === undefined) throw new SyntaxProblem('unexpected end of JSON input');
      if (state === 'after') state = this.#afterValue(open, char);
      else if ((char === ']' && state === 'valueOrEnd') || (char === '}' && state === 'keyOrEnd')) {
        this.#at++;
        open.pop();
        state = 'after';
      } else if (state === 'key' || state === 'keyOrEnd') {
        this.#key(char);
        state = 'value';
      } else if (char === '{' || char === '[') {
        this.#at++;
        open.push(char);
        state = char === '{' ? 'keyOrEnd' : 'valueOrEnd';
      } else {
        this.#literal(char);
        state = 'after';
      }
    }
  }

  #afterValue(open: string[], char: string): 'value' | 'key' | 'after' {
    const inObject = open.at(-1) === '{';
    if (char === ',') {
      this.#at++;
      return inObject ? 'key' : 'value';
    }
    if (char === (inObject ? '}' : ']')) {
      this.#at++;
      open.pop();
      return 'after';
    }
    return this.#fail(inObject ? 'after object key:value pair' : 'after array element');
  }

  #key(char: string): void {
    if (char !== '"') this.#fail('looking for beginning of object key string');
    this.#string();
    this.#spaces();
    if (this.#text[this.#at] !== ':') this.#fail('after object key');
    this.#at++;
  }

  #literal(char: string): void {
    if (char === '"') {
      this.#string();
      return;
    }
    if (char === '-' || (char >= '0' && char <= '9')) {
      this.#number();
      return;
    }
    const word = ['true', 'false', 'null'].find(literal => literal[0] === char);
    if (word) this.#word(word);
    else this.#fail('looking for beginning of value');
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.#text[this.#at] !== word[i]) {
        this.#fail(`in literal ${word} (expecting ${goQuoteChar(word[i]!)})`);
      }
    }
  }

  #number(): void {
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (this.#text[this.#at] === 'e' || this.#text[this.#at] === 'E') {
      this.#at++;
      if ('+-'.includes(this.#text[this.#at] ?? ' ')) this.#at++;
      this.#digits('in exponent of numeric literal');
    }
  }

  #digits(where: string): void {
    const start = this.#at;
    while (this.#text[this.#at]! >= '0' && this.#text[this.#at]! <= '9') this.#at++;
    if (this.#at === start) this.#fail(where);
  }

  #string(): void {
    for (this.#at++; ; this.#at++) {
      const char = this.#text[this.#at];
      if (char === '"') break;
      if (char === undefined || char < ' ') this.#fail('in string literal');
      if (char !== '\\') continue;
      this.#at++;
      const escaped = this.#text[this.#at];
      if (escaped === 'u') {
        for (let i = 0; i < 4; i++) {
          this.#at++;
          if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) {
            this.#fail('in \\u hexadecimal character escape');
          }
        }
      } else if (escaped === undefined || !'"\\/bfnrt'.includes(escaped)) this.#fail('in string escape code');
    }
    this.#at++;
  }

  #spaces(): void {
    while (this.#at < this.#text.length && ' \t\r\n'.includes(this.#text[this.#at]!)) this.#at++;
  }

  #fail(where: string): never {
    const char = this.#text[this.#at];
    if (char === undefined) throw new SyntaxProblem('unexpected end of JSON input');
    throw new SyntaxProblem(`invalid character ${goQuoteChar(char)} ${where}`);
  }
}

class SyntaxProblem extends Error {}

/** A character as Go's error text quotes it. */
function goQuoteChar(char: string): string {
  if (char === "'") return `'\\''`;
  if (char === '"') return `'"'`;
  // Go's scanner goes by bytes, and shows one as the character of its number.
  const byte = char < '\x80' ? char : String.fromCharCode(new TextEncoder().encode(char)[0]!);
  return `'${goQuote(byte).slice(1, -1)}'`;
}
