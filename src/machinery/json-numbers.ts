import type { Steps } from '#base/steps.ts';
import { stringEnd } from './json-scan.ts';

/**
 * What stands in a value for a number, by its text: the number itself, a bigint, or a function that answers the text.
 * Undefined where no other text of the same number would be read differently.
 */
export type ReadNumber = (source: string, number: number) => number | bigint | (() => string) | undefined;

type Container = Record<string | number, unknown> | undefined;

/**
 * Puts what `read` says in the place of the numbers of a value that was parsed from `text`, and answers the value. It walks
 * through both at once: a reviver that asks for the sources of numbers takes twenty times as long. What comes later in the
 * text is read later, so that of repeated members the last counts, as it does in the value.
 */
export function readNumbers(text: string, value: unknown, read: ReadNumber): Steps<unknown> {
  const walk = new NumberWalk(text, value, read);
  return walk.run();
}

const code = (char: string): number => char.charCodeAt(0);
const [quote, comma, minus, zero, nine] = ['"', ',', '-', '0', '9'].map(code) as number[];
const [openObject, closeObject, openArray, closeArray] = ['{', '}', '[', ']'].map(code) as number[];
/** What a number is written with. */
const ofNumber = Array.from({ length: 128 }, (_, char) => /[-+.\deE]/.test(String.fromCharCode(char)));

/** So much of the text is walked through at once. */
const pieceLength = 64 * 1024;

class NumberWalk {
  readonly #text: string;
  readonly #read: ReadNumber;
  readonly #outer: { value: unknown };
  /** The objects and arrays around what is next; undefined where the value has another in that place. */
  readonly #containers: Container[] = [];
  /** Of those that are arrays, the index of what is next; -1 for objects. */
  readonly #indices: number[] = [];
  #container: Container;
  #index = -1;
  /** Where the last string stands, between its quotes: the name, once there is a colon. */
  #nameFrom = 0;
  #nameTo = 0;

  constructor(text: string, value: unknown, read: ReadNumber) {
    this.#text = text;
    this.#read = read;
    this.#outer = { value };
  }

  *run(): Steps<unknown> {
    const text = this.#text;
    let end = pieceLength;
    for (let at = 0; at < text.length; at++) {
      if (at >= end) {
        end = at + pieceLength;
        yield;
      }
      const char = text.charCodeAt(at);
      if (char === quote) {
        const stringTo = stringEnd(text, at);
        [this.#nameFrom, this.#nameTo] = [at + 1, stringTo];
        at = stringTo;
      } else if (char === comma) {
        if (this.#index >= 0) this.#index++;
      } else if (char === openObject || char === openArray) this.#enter(char === openArray);
      else if (char === closeObject || char === closeArray) this.#leave();
      else if (char === minus || (char >= zero! && char <= nine!)) at = this.#number(at) - 1;
    }
    return this.#outer.value;
  }

  #enter(isArray: boolean): void {
    const inner = this.#own();
    this.#containers.push(this.#container);
    this.#indices.push(this.#index);
    this.#container = typeof inner === 'object' && inner !== null ? (inner as Container) : undefined;
    this.#index = isArray ? 0 : -1;
  }

  #leave(): void {
    this.#container = this.#containers.pop();
    this.#index = this.#indices.pop()!;
  }

  /** What the value has in the place that is next. */
  #own(): unknown {
    if (this.#containers.length === 0) return this.#outer.value;
    const key = this.#key();
    return this.#container && Object.hasOwn(this.#container, key) ? this.#container[key] : undefined;
  }

  #key(): string | number {
    if (this.#index >= 0) return this.#index;
    const name = this.#text.slice(this.#nameFrom, this.#nameTo);
    return name.includes('\\') ? (JSON.parse(`"${name}"`) as string) : name;
  }

  /** Answers where the number ends. */
  #number(at: number): number {
    let end = at + 1;
    while (ofNumber[this.#text.charCodeAt(end)]) end++;
    const source = this.#text.slice(at, end);
    const number = Number(source);
    const reading = this.#read(source, number);
    if (reading === undefined || numberOf(this.#own()) !== number) return end;
    if (this.#containers.length === 0) this.#outer.value = reading;
    else this.#container![this.#key()] = reading;
    return end;
  }
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'function') return Number(value());
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}
