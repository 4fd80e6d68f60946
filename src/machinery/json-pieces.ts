import { setMember } from '#base/members.ts';
import type { Steps } from '#base/steps.ts';
import { stringEnd } from './json-scan.ts';

/** So much of a text is parsed at once. */
const usualLength = 16 * 1024;

const [quote, comma, colon] = [0x22, 0x2c, 0x3a];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const notBlank = /[^ \t\r\n]/;

/** An object or array on the way to what is next. */
interface Container {
  readonly isArray: boolean;
  readonly openAt: number;
  /** Where the members begin that no piece had yet. */
  from: number;
  /** Where the member begins that is next, and the colon in it. */
  memberAt: number;
  colonAt: number;
  /** The last member was put in by itself: nothing may stand before the next comma. */
  isAfterOwn: boolean;
  /** What is parsed of it; absent while it is to be parsed with what it is in. */
  value?: unknown[] | Record<string, unknown>;
}

/**
 * What JSON.parse makes of a long text, in pieces: the engine takes half a second for a text of 3 MiB that is all names.
 * Throws what JSON.parse throws.
 */
export function* parseInPieces(text: string, pieceLength = usualLength): Steps<unknown> {
  if (text.length <= pieceLength) return JSON.parse(text);
  const pieces = new Pieces(text, pieceLength);
  while (!pieces.isOver) {
    pieces.next();
    yield;
  }
  return pieces.isWhole ? pieces.value : (JSON.parse(text) as unknown);
}

class Pieces {
  readonly #text: string;
  readonly #pieceLength: number;
  readonly #open: Container[] = [];
  #at = 0;
  isOver = false;
  /** The text is JSON, and was so long somewhere that it was parsed in pieces. */
  isWhole = false;
  value: unknown;

  constructor(text: string, pieceLength: number) {
    this.#text = text;
    this.#pieceLength = pieceLength;
  }

  /** Goes on to the end of the next piece. */
  next(): void {
    try {
      this.#goOn();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // JSON.parse says best what is wrong.
      this.isOver = true;
    }
  }

  #goOn(): void {
    const text = this.#text;
    for (let at = this.#at; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (char === quote) at = stringEnd(text, at);
      else if (char === openObject || char === openArray) this.#enter(at);
      else if (char === colon) this.#inner().colonAt = at;
      else {
        const isEnd = char === closeObject || char === closeArray;
        if (!isEnd && char !== comma) continue;
        if (!(isEnd ? this.#leave(at) : this.#afterMember(at))) continue;
        this.#at = at + 1;
        return;
      }
    }
    this.isOver = true;
  }

  #inner(): Container {
    return this.#open.at(-1) ?? refuse();
  }

  #enter(at: number): void {
    if (this.#open.length === 0) this.#mustBeBlank(0, at);
    const isArray = this.#text.charCodeAt(at) === openArray;
    this.#open.push({
      isArray,
      openAt: at,
      from: at + 1,
      memberAt: at + 1,
      colonAt: -1,
      isAfterOwn: false,
    });
  }

  #afterMember(at: number): boolean {
    const inner = this.#inner();
    const isDue = at - inner.from >= this.#pieceLength || inner.isAfterOwn;
    if (isDue) {
      this.#split(this.#open.length - 1);
      this.#take(inner, at);
      inner.from = at + 1;
    }
    inner.memberAt = at + 1;
    inner.colonAt = -1;
    return isDue;
  }

  #leave(at: number): boolean {
    const inner = this.#open.pop() ?? refuse();
    if (inner.isArray !== (this.#text.charCodeAt(at) === closeArray)) refuse();
    if (!inner.value) return false;
    this.#take(inner, at);
    const outer = this.#open.at(-1);
    if (outer) this.#putOwn(outer, inner, at);
    else {
      this.#mustBeBlank(at + 1, this.#text.length);
      this.value = inner.value;
      this.isWhole = true;
      this.isOver = true;
    }
    return true;
  }

  /** Of this container and those around it, what comes before the member that is next is parsed by itself. */
  #split(depth: number): void {
    for (let i = depth; i >= 0 && !this.#open[i]!.value; i--)
      this.#open[i]!.value = this.#open[i]!.isArray ? [] : {};
    for (let i = depth - 1; i >= 0; i--) {
      const outer = this.#open[i]!;
      if (outer.memberAt > outer.from) this.#take(outer, outer.memberAt - 1);
      outer.from = outer.memberAt;
    }
  }

  /** Parses the members up to there. */
  #take(container: Container, to: number): void {
    const run = this.#text.slice(container.from, to);
    if (container.isAfterOwn) {
      container.isAfterOwn = false;
      if (notBlank.test(run)) refuse();
      return;
    }
    // Between two commas has to be something.
    if (!notBlank.test(run)) refuse();
    if (container.isArray) {
      for (const item of JSON.parse(`[${run}]`) as unknown[]) (container.value as unknown[]).push(item);
      return;
    }
    const members = JSON.parse(`{${run}}`) as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      setMember(container.value as Record<string, unknown>, name, members[name]);
    }
  }

  /** Puts a container that was parsed by itself where it stands. */
  #putOwn(outer: Container, { value, openAt }: Container, closeAt: number): void {
    if (outer.isArray) {
      this.#mustBeBlank(outer.memberAt, openAt);
      (outer.value as unknown[]).push(value);
    } else {
      if (outer.colonAt < 0) refuse();
      this.#mustBeBlank(outer.colonAt + 1, openAt);
      const name: unknown = JSON.parse(this.#text.slice(outer.memberAt, outer.colonAt));
      if (typeof name !== 'string') refuse();
      setMember(outer.value as Record<string, unknown>, name as string, value);
    }
    outer.from = closeAt + 1;
    outer.isAfterOwn = true;
  }

  #mustBeBlank(from: number, to: number): void {
    if (notBlank.test(this.#text.slice(from, to))) refuse();
  }
}

function refuse(): never {
  throw new SyntaxError('not JSON');
}
