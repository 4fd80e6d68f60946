/** The randomness seam. Key material never comes from here but from the platform's own generator. */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
}

/** A seeded generator (sfc32): the same seed gives the same sequence everywhere. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = (seed / 0x100000000) | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return (t >>> 0) / 0x100000000;
  }
}

/** An integer in [0, below). */
export function randomInt(random: Random, below: number): number {
  return Math.floor(random.next() * below);
}

const hexCodes = [...'0123456789abcdef'].map(digit => digit.charCodeAt(0));
const dashCode = '-'.charCodeAt(0);
const uuidForm = [...'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'];

/** A version 4 UUID. Made at once: one put together by digits would keep all its pieces for as long as an object lives. */
export function randomUuid(random: Random): string {
  const codes: number[] = [];
  for (const form of uuidForm) {
    if (form === '-') codes.push(dashCode);
    else codes.push(hexCodes[uuidNibble(form, randomInt(random, 16))]!);
  }
  return String.fromCharCode.apply(null, codes);
}

function uuidNibble(form: string, nibble: number): number {
  if (form === '4') return 4;
  return form === 'y' ? (nibble & 3) | 8 : nibble;
}

// No vowels and no look-alikes, so that no word comes out by chance (apimachinery's util/rand alphabet).
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A suffix for a generated name, `length` characters long. */
export function randomSuffix(random: Random, length = 5): string {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += suffixAlphabet[randomInt(random, suffixAlphabet.length)];
  return suffix;
}

/** A new array with the elements in random order (Fisher-Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = randomInt(random, i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
