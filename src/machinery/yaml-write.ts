import { atOnce, Pace, type Steps } from '#base/steps.ts';
import { utf8Length } from './bytes.ts';
import { goFloat } from './go-json.ts';

/**
 * YAML as the API server and kubectl print it (sigs.k8s.io/yaml over the libyaml emitter): keys in natural order, lists not indented
 * below their key, plain scalars where YAML 1.1 reads them back as strings, folded at 80 columns. The `yaml` package
 * writes another dialect, and people diff this output against kubectl's.
 */
export function toYaml(value: unknown): string {
  return atOnce(toYamlInSteps(value));
}

/** The same in steps: it takes some twenty times as long as JSON. */
export function* toYamlInSteps(value: unknown): Steps<string> {
  const writer = new YamlWriter();
  yield* writer.document(value);
  return writer.text;
}

/** So many members and items are written in a step. */
const yamlPace = 512;

const widthMax = 80;
/** Half of a character that takes two units. */
const beyondBasic = /[\ud800-\udfff]/;

class YamlWriter {
  text = '';
  #column = 0;
  readonly #pace = new Pace(yamlPace);

  *document(value: unknown): Steps<void> {
    yield* this.#node(value, 0, false, -1);
    if (this.#column !== 0) this.#put('\n');
  }

  #put(text: string) {
    this.text += text;
    const newline = text.lastIndexOf('\n');
    const tail = newline < 0 ? text : text.slice(newline + 1);
    this.#column =
      (newline < 0 ? this.#column : 0) + (beyondBasic.test(tail) ? [...tail].length : tail.length);
  }

  #indent(indent: number) {
    if (this.#column !== 0) this.#put('\n');
    this.#put(' '.repeat(indent));
  }

  /** `indent` is where a collection's lines start; `inline` means that the cursor stands behind '- ' already. */
  *#node(value: unknown, indent: number, inline: boolean, scalarIndent: number): Steps<void> {
    if (Array.isArray(value)) {
      if (value.length === 0) this.#put('[]');
      else yield* this.#list(value, indent, inline);
      return;
    }
    if (typeof value !== 'object' || value === null) {
      this.#scalar(value, scalarIndent + 2, false);
      return;
    }
    const entries = Object.entries(value).filter(([, v]) => v !== undefined);
    if (entries.length === 0) {
      this.#put('{}');
      return;
    }
    entries.sort(([a], [b]) => naturalOrder(a, b));
    yield* this.#map(entries, indent, inline);
  }

  *#list(items: readonly unknown[], indent: number, inline: boolean): Steps<void> {
    for (const [i, item] of items.entries()) {
      if (this.#pace.isDue) yield;
      if (i > 0 || !inline) this.#indent(indent);
      this.#put('- ');
      yield* this.#node(item, indent + 2, true, indent);
    }
  }

  *#map(entries: readonly [string, unknown][], indent: number, inline: boolean): Steps<void> {
    for (const [i, [key, value]] of entries.entries()) {
      if (this.#pace.isDue) yield;
      if (i > 0 || !inline) this.#indent(indent);
      const simple = utf8Length(key) <= 128 && !key.includes('\n');
      if (!simple) this.#put('? ');
      this.#scalar(key, indent + 2, true);
      if (!simple) this.#indent(indent);
      this.#put(':');
      const nested = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
      if (!nested || !simple) this.#put(' ');
      if (Array.isArray(value)) yield* this.#node(value, simple ? indent : indent + 2, !simple, indent);
      else if (typeof value === 'object') yield* this.#node(value, indent + 2, !simple, indent);
      else this.#scalar(value, indent + 2, false);
    }
  }

  #scalar(value: unknown, indent: number, key: boolean) {
    if (typeof value !== 'string') return this.#put(plainValue(value));
    const facts = analyze(value);
    if (value.includes('\n')) {
      if (facts.blockAllowed && !key) return this.#literal(value, indent);
      return this.#doubleQuoted(value, indent, key);
    }
    if (!readsBackAsString(value)) return this.#doubleQuoted(value, indent, key);
    if (facts.plainAllowed && !(key && value === '')) return this.#folded(value, indent, key);
    if (facts.singleAllowed) return this.#singleQuoted(value, indent, key);
    this.#doubleQuoted(value, indent, key);
  }

  /** Whether no line ends in a text, which is written in no more than so many characters for each. */
  #staysInLine(value: string, key: boolean, most: number): boolean {
    return key || !value.includes(' ') || this.#column + most * value.length + 1 <= widthMax;
  }

  #folded(value: string, indent: number, key: boolean): void {
    if (this.#staysInLine(value, key, 1)) {
      this.#put(value);
      return;
    }
    const chars = [...value];
    let afterSpace = false;
    chars.forEach((char, i) => {
      if (char !== ' ') {
        this.#put(char);
        afterSpace = false;
        return;
      }
      if (!key && !afterSpace && this.#column > widthMax && chars[i + 1] !== ' ') this.#indent(indent);
      else this.#put(' ');
      afterSpace = true;
    });
  }

  #singleQuoted(value: string, indent: number, key: boolean): void {
    if (this.#staysInLine(value, key, 2)) {
      this.#put(`'${value.replaceAll("'", "''")}'`);
      return;
    }
    const chars = [...value];
    let afterSpace = false;
    this.#put("'");
    chars.forEach((char, i) => {
      const inside = i > 0 && i < chars.length - 1;
      if (char !== ' ') this.#put(char === "'" ? "''" : char);
      else if (!key && !afterSpace && this.#column > widthMax && inside && chars[i + 1] !== ' ')
        this.#indent(indent);
      else this.#put(' ');
      afterSpace = char === ' ';
    });
    this.#put("'");
  }

  #doubleQuoted(value: string, indent: number, key: boolean): void {
    const chars = [...value];
    let afterSpace = false;
    this.#put('"');
    chars.forEach((char, i) => {
      const inside = i > 0 && i < chars.length - 1;
      if (char === ' ' && !key && !afterSpace && this.#column > widthMax && inside) {
        this.#indent(indent);
        if (chars[i + 1] === ' ') this.#put('\\');
        afterSpace = true;
        return;
      }
      afterSpace = char === ' ';
      this.#put(escaped(char));
    });
    this.#put('"');
  }

  #literal(value: string, indent: number): void {
    const hint = value.startsWith(' ') || value.startsWith('\n') ? '2' : '';
    const chomp = !value.endsWith('\n') ? '-' : value === '\n' || value.endsWith('\n\n') ? '+' : '';
    this.#put(`|${hint}${chomp}\n`);
    const lines = value.split('\n');
    lines.forEach((line, i) => {
      if (line !== '') this.#put(' '.repeat(indent) + line);
      if (i < lines.length - 1) this.#put('\n');
    });
  }
}

function plainValue(value: unknown): string {
  if (typeof value === 'number') return goFloat(value);
  return value === null || value === undefined ? 'null' : String(value);
}

interface ScalarFacts {
  readonly plainAllowed: boolean;
  readonly singleAllowed: boolean;
  readonly blockAllowed: boolean;
}

const plainText = /^[\t\n\r -~]*$/;
const breaks = /[\r\n\u0085\u2028\u2029]/;
const indicatorsFirst = /^[#,[\]{}&*!|>'"%@`]/;

/** What libyaml's emitter finds out about a scalar before it picks a style. */
function analyze(value: string): ScalarFacts {
  if (value === '') return { plainAllowed: true, singleAllowed: true, blockAllowed: false };
  const special = !plainText.test(value) && [...value].some(char => !isPrintable(char));
  const tab = value.includes('\t');
  const spaceThenBreak = / [\r\n\u0085\u2028\u2029]/.test(value);
  const breakThenSpace = /[\r\n\u0085\u2028\u2029] /.test(value);
  const trailingSpace = value.endsWith(' ');
  const edges =
    value.startsWith(' ') || trailingSpace || breaks.test(value[0]!) || breaks.test(value.at(-1)!);
  const indicators =
    /^(---|\.\.\.)/.test(value) ||
    indicatorsFirst.test(value) ||
    /^[?:-]([ \t\r\n\0]|$)/.test(value) ||
    /:([ \t\r\n\0]|$)/.test(value) ||
    /[ \t\r\n\0]#/.test(value);
  return {
    plainAllowed: !(edges || special || tab || spaceThenBreak || breaks.test(value) || indicators),
    singleAllowed: !(breakThenSpace || spaceThenBreak || special || tab || breaks.test(value)),
    blockAllowed: !(
      trailingSpace ||
      spaceThenBreak ||
      special ||
      tab ||
      /[\r\u0085\u2028\u2029]/.test(value)
    ),
  };
}

/** The emitter knows nothing beyond the basic plane: it escapes that. */
function isPrintable(char: string): boolean {
  const code = char.codePointAt(0)!;
  return (
    code === 0x09 ||
    code === 0x0a ||
    code === 0x0d ||
    (code >= 0x20 && code <= 0x7e) ||
    code === 0x85 ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
  );
}

const shortEscapes: Record<string, string> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function escaped(char: string): string {
  if (char !== '\u00a0' && shortEscapes[char]) return shortEscapes[char];
  if (isPrintable(char)) return char;
  const code = char.codePointAt(0)!;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

const words =
  /^(|~|y|Y|n|N|(yes|no|on|off|true|false|null)|(Yes|No|On|Off|True|False|Null)|(YES|NO|ON|OFF|TRUE|FALSE|NULL)|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;
const floats = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const integers = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+)$/;
const sexagesimal = /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/;
const dates =
  /^\d{4}-\d{1,2}-\d{1,2}([Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d{2}:\d{2})| \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)?$/;

/** False for what YAML 1.1 would read back as a null, boolean, number or time. */
function readsBackAsString(value: string): boolean {
  if (words.test(value)) return false;
  if (!/^[-+.0-9]/.test(value)) return true;
  const plain = value.replaceAll('_', '');
  const float = floats.test(plain) && Number.isFinite(Number(plain));
  return !(float || integers.test(plain) || sexagesimal.test(value) || dates.test(value));
}

/** The key order of the Go YAML library: letters after the rest, digits as numbers. */
export function naturalOrder(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  const [first, second] = [a.charCodeAt(at), b.charCodeAt(at)];
  // What most keys differ in.
  if (isAsciiLetter(first) && isAsciiLetter(second)) return first - second;
  const isBasic = !beyondBasic.test(a) && !beyondBasic.test(b);
  return isBasic ? orderOfCharacters(a, b, at) : orderOfCharacters([...a], [...b], 0);
}

/** By their characters, of which those before `from` are the same. */
function orderOfCharacters(left: Characters, right: Characters, from: number): number {
  for (let i = from; i < left.length && i < right.length; i++) {
    if (left[i] === right[i]) continue;
    const leftLetter = isLetter(left[i]!);
    const rightLetter = isLetter(right[i]!);
    if (leftLetter && rightLetter) return codeOrder(left[i]!, right[i]!);
    if (leftLetter || rightLetter) return leftLetter ? 1 : -1;
    return digitOrder(left, right, i);
  }
  return left.length - right.length;
}

/** A string without halves of characters, or a list. */
type Characters = ArrayLike<string>;

function digitOrder(left: Characters, right: Characters, at: number): number {
  let start = '';
  if (left[at] === '0' || right[at] === '0') {
    for (let j = at - 1; j >= 0 && isDigit(left[j]!); j--) {
      if (left[j] !== '0') {
        start = '1';
        break;
      }
    }
  }
  const a = digitsFrom(left, at);
  const b = digitsFrom(right, at);
  const difference = compareDigits(start + a || '0', start + b || '0');
  if (difference !== 0) return difference;
  return a.length !== b.length ? a.length - b.length : codeOrder(left[at]!, right[at]!);
}

function compareDigits(a: string, b: string): number {
  if (a.length <= exactDigits && b.length <= exactDigits) return Math.sign(Number(a) - Number(b));
  const difference = BigInt(a) - BigInt(b);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** So many are a number without loss. */
const exactDigits = 15;

function digitsFrom(chars: Characters, from: number): string {
  let digits = '';
  for (let i = from; i < chars.length && isDigit(chars[i]!); i++) digits += chars[i];
  return digits;
}

const isAsciiLetter = (code: number) => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a && code < 0x80;
const isLetter = (char: string) => /\p{L}/u.test(char);
const isDigit = (char: string) => char >= '0' && char <= '9';
const codeOrder = (a: string, b: string) => a.codePointAt(0)! - b.codePointAt(0)!;
