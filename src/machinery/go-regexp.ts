/**
 * Go's regular expressions (RE2 syntax) as JavaScript's: the same texts match. Constructs that RE2 has not (look-around,
 * backreferences) are refused as Go refuses them.
 */
export class GoRegexpError extends Error {
  override readonly name = 'GoRegexpError';
  constructor(problem: string, part: string) {
    super(`error parsing regexp: ${problem}: \`${part}\``);
  }
}

/** Throws GoRegexpError, worded as Go words it. */
export function compileGoRegexp(pattern: string): RegExp {
  const source = new Translator(pattern).translate();
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    if (error instanceof SyntaxError) throw new GoRegexpError('invalid regular expression', pattern);
    throw error;
  }
}

const repeatMax = 1000;
const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
const perlSpace = '\\t\\n\\f\\r ';
const controls: Readonly<Record<string, string>> = {
  a: '\\x07',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  v: '\\v',
};

/** One thing in a class: a single character, which may begin a range, or a set. */
interface ClassPart {
  readonly text: string;
  readonly single: boolean;
}

class Translator {
  readonly #text: string;
  #at = 0;
  #dotAll = false;
  /** Groups that a `(?i)` opened and that end with the group that it stands in. */
  #implied = 0;
  #out = '';

  constructor(text: string) {
    this.#text = text;
  }

  translate(): string {
    this.#alternatives(0);
    return this.#out;
  }

  #alternatives(depth: number): void {
    const dotAll = this.#dotAll;
    const implied = this.#implied;
    this.#implied = 0;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!;
      if (char === ')') {
        if (depth === 0) throw new GoRegexpError('unexpected )', this.#text);
        break;
      }
      this.#term(char, depth);
    }
    if (depth > 0 && this.#at >= this.#text.length) {
      throw new GoRegexpError('missing closing )', this.#text);
    }
    this.#out += ')'.repeat(this.#implied);
    this.#implied = implied;
    this.#dotAll = dotAll;
  }

  #term(char: string, depth: number): void {
    if (char === '|') {
      this.#at++;
      // An implied group would end at the bar in JavaScript's reading, and goes on in Go's: it holds both sides.
      this.#out += '|';
      return;
    }
    if (char === '^' || char === '$') {
      this.#at++;
      this.#out += char;
      return;
    }
    if ('*+?'.includes(char)) {
      throw new GoRegexpError('missing argument to repetition operator', char);
    }
    if (char === '(') {
      if (!this.#group(depth)) return;
    } else this.#out += this.#atom(char);
    this.#repetition();
  }

  /** False where it set flags alone, which nothing repeats. */
  #group(depth: number): boolean {
    const rest = this.#text.slice(this.#at);
    const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
    const flags = /^\(\?([imsU]*)(?:-([imsU]*))?([:)])/.exec(rest);
    if (rest.startsWith('(?') && !named && !flags) {
      throw new GoRegexpError('invalid or unsupported Perl syntax', rest.slice(0, 3));
    }
    const dotAll = this.#dotAll;
    if (flags) {
      this.#at += flags[0].length;
      if (flags[1]!.includes('s')) this.#dotAll = true;
      if (flags[2]?.includes('s')) this.#dotAll = false;
      this.#out += `(?${modifiers(flags[1]!, flags[2])}:`;
      if (flags[3] === ')') {
        this.#implied++;
        return false;
      }
    } else {
      this.#at += named ? named[0].length : 1;
      this.#out += named ? `(?<${named[1]}>` : '(';
    }
    this.#alternatives(depth + 1);
    this.#at++;
    this.#out += ')';
    this.#dotAll = dotAll;
    return true;
  }

  #repetition(): void {
    const match = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(this.#text.slice(this.#at));
    if (!match) return;
    const [whole, low, , high] = match;
    if (
      Number(low ?? 0) > repeatMax ||
      Number(high || 0) > repeatMax ||
      (high && Number(high) < Number(low))
    ) {
      throw new GoRegexpError('invalid repeat count', whole);
    }
    this.#at += whole.length;
    this.#out += whole;
    const next = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(this.#text.slice(this.#at));
    if (next) throw new GoRegexpError('invalid nested repetition operator', whole + next[0]);
  }

  #atom(char: string): string {
    if (char === '[') return this.#class();
    if (char === '\\') return this.#escape();
    const point = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    this.#at += point.length;
    if (char === '.') return this.#dotAll ? '[\\s\\S]' : '[^\\n]';
    return literal(point);
  }

  #escape(): string {
    if (this.#text.startsWith('\\Q', this.#at)) {
      const end = this.#text.indexOf('\\E', this.#at);
      const quoted = this.#text.slice(this.#at + 2, end < 0 ? undefined : end);
      this.#at = end < 0 ? this.#text.length : end + 2;
      return [...quoted].map(literal).join('');
    }
    const next = this.#text[this.#at + 1];
    const anchors: Readonly<Record<string, string>> = {
      A: '(?<![\\s\\S])',
      z: '(?![\\s\\S])',
      b: '\\b',
      B: '\\B',
      d: '[0-9]',
      D: '[^0-9]',
      w: '[0-9A-Za-z_]',
      W: '[^0-9A-Za-z_]',
      s: `[${perlSpace}]`,
      S: `[^${perlSpace}]`,
    };
    if (next !== undefined && Object.hasOwn(anchors, next)) {
      this.#at += 2;
      return anchors[next]!;
    }
    return this.#unicodeClass() ?? this.#escapedCharacter();
  }

  #unicodeClass(): string | undefined {
    const match = /^\\([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(this.#text.slice(this.#at));
    if (!match) return undefined;
    this.#at += match[0].length;
    const name = match[3] ?? match[4]!;
    const negated = (match[1] === 'P') !== (match[2] === '^');
    return `\\${negated ? 'P' : 'p'}{${name.length <= 2 ? name : `Script=${name}`}}`;
  }

  /** A single character, in a form that stands in a class too. */
  #escapedCharacter(): string {
    const rest = this.#text.slice(this.#at);
    if (rest.length === 1) throw new GoRegexpError('trailing backslash at end of expression', '');
    const code = /^\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/.exec(rest);
    if (code) {
      this.#at += code[0].length;
      const point =
        code[3] === undefined ? Number.parseInt(code[1] ?? code[2]!, 16) : Number.parseInt(code[3], 8);
      if (point > 0x10ffff) throw new GoRegexpError('invalid escape sequence', code[0]);
      return `\\u{${point.toString(16)}}`;
    }
    const char = rest[1]!;
    if (Object.hasOwn(controls, char)) {
      this.#at += 2;
      return controls[char]!;
    }
    if (/[0-9A-Za-z]/.test(char) || char > '\x7f')
      throw new GoRegexpError('invalid escape sequence', rest.slice(0, 2));
    this.#at += 2;
    return literal(char);
  }

  #class(): string {
    const start = this.#at;
    const negated = this.#text[this.#at + 1] === '^';
    this.#at += negated ? 2 : 1;
    let out = '';
    for (let first = true; first || this.#text[this.#at] !== ']'; first = false) {
      if (this.#at >= this.#text.length)
        throw new GoRegexpError('missing closing ]', this.#text.slice(start));
      const from = this.#at;
      const low = this.#classPart(start);
      const ranges = low.single && this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']';
      if (!ranges || this.#at + 1 >= this.#text.length) {
        out += low.text;
        continue;
      }
      this.#at++;
      const high = this.#classPart(start);
      if (!high.single || codeOf(high.text) < codeOf(low.text)) {
        throw new GoRegexpError('invalid character class range', this.#text.slice(from, this.#at));
      }
      out += `${low.text}-${high.text}`;
    }
    this.#at++;
    return `[${negated ? '^' : ''}${out}]`;
  }

  #classPart(start: number): ClassPart {
    const rest = this.#text.slice(this.#at);
    const posix = /^\[:(\^?)(\w+):\]/.exec(rest);
    if (posix) {
      const set = posixClasses[posix[2]!];
      if (set === undefined) throw new GoRegexpError('invalid character class range', posix[0]);
      this.#at += posix[0].length;
      return { text: posix[1] === '^' ? negatedSet(set) : set, single: false };
    }
    if (rest[0] === '\\') {
      const perl = /^\\([dDwWsS])/.exec(rest);
      if (perl) {
        this.#at += 2;
        const name = perl[1]!;
        return { text: name === 's' ? perlSpace : `\\${name}`, single: false };
      }
      const unicode = this.#unicodeClass();
      if (unicode) return { text: unicode, single: false };
      return { text: this.#escapedCharacter(), single: true };
    }
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) throw new GoRegexpError('missing closing ]', this.#text.slice(start));
    const char = String.fromCodePoint(point);
    this.#at += char.length;
    return { text: literal(char), single: true };
  }
}

/** JavaScript's names for flags; `s` and `U` are dealt with otherwise (the one here, the other changes no match). */
function modifiers(on: string, off: string | undefined): string {
  const keep = (flags: string) => [...new Set(flags)].filter(flag => flag === 'i' || flag === 'm').join('');
  const added = keep(on);
  const removed = keep(off ?? '');
  return removed === '' ? added : `${added}-${removed}`;
}

function literal(char: string): string {
  return /[\^$\\.*+?()[\]{}|/-]/.test(char) ? `\\${char === '-' ? 'x2d' : char}` : char;
}

/** The code point of a character as this translation writes it. */
function codeOf(text: string): number {
  const match = /^\\(?:u\{([0-9a-f]+)\}|x([0-9a-f]{2}))$/.exec(text);
  if (match) return Number.parseInt(match[1] ?? match[2]!, 16);
  const control = Object.keys(controls).find(name => controls[name] === text);
  if (control) return { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }[control]!;
  return (text.startsWith('\\') ? text.slice(1) : text).codePointAt(0)!;
}

/** The ASCII complement of a POSIX class and all that is not ASCII, as ranges. */
function negatedSet(set: string): string {
  const inside = new RegExp(`[${set}]`, 'u');
  let out = '\\u{80}-\\u{10ffff}';
  for (let code = 0; code < 0x80; code++) {
    if (!inside.test(String.fromCodePoint(code))) out += `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return out;
}
