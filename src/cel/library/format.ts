/** `'...'.format([...])`: clauses `%s %d %f %e %b %o %x %X`, as cel-go's strings extension of version 2 writes them. */
import { integerProblem } from '#machinery/go-values.ts';
import { doubleText, durationText, timestampText } from '../text.ts';
import {
  CelDouble,
  CelDuration,
  type CelList,
  CelMap,
  CelList as List,
  CelTimestamp,
  CelType,
  CelUint,
  type CelValue,
  isInt,
  typeOfValue,
} from '../values.ts';
import { EvaluationError } from './define.ts';

export interface Clause {
  readonly letter: string;
  readonly precision: number | undefined;
}

const defaultPrecision = 6;
/** Upstream's printer keeps a precision in one byte. */
const precisionSpan = 256;
/** Nothing is filled up beyond, which would cost next to nothing. */
const widthMax = 1000;

/** Splits a format into text and clauses; throws EvaluationError where it is none. */
export function* parseFormat(text: string): Iterable<string | Clause> {
  let at = 0;
  while (at < text.length) {
    const percent = text.indexOf('%', at);
    if (percent < 0) break;
    if (percent > at) yield text.slice(at, percent);
    if (text[percent + 1] === '%') {
      yield '%';
      at = percent + 2;
      continue;
    }
    const match = /^(?:\.([0-9]*))?/.exec(text.slice(percent + 1))!;
    const letter = text[percent + 1 + match[0].length];
    if (letter === undefined) throw new EvaluationError(unfinished(match[0]));
    yield { letter: known(letter), precision: precisionOf(match[1]) };
    at = percent + 2 + match[0].length;
  }
  if (at < text.length) yield text.slice(at);
}

function unfinished(precision: string): string {
  return precision === ''
    ? 'unexpected end of string'
    : 'could not parse formatting clause: error while parsing precision: could not find end of precision specifier';
}

function known(letter: string): string {
  if ('sdfebxXo'.includes(letter)) return letter;
  throw new EvaluationError(`could not parse formatting clause: unrecognized formatting clause "${letter}"`);
}

function precisionOf(digits: string | undefined): number | undefined {
  if (digits === undefined) return undefined;
  const problem = integerProblem('ParseInt', digits);
  if (problem !== undefined) {
    const said = problem.replace('ParseInt', 'Atoi');
    throw new EvaluationError(
      `could not parse formatting clause: error while parsing precision: error while converting precision to integer: ${said}`,
    );
  }
  return Number(digits);
}

export function format(text: string, args: CelList): string {
  let result = '';
  let next = 0;
  for (const part of parseFormat(text)) {
    if (typeof part === 'string') {
      result += part;
      continue;
    }
    if (next >= args.size) throw new EvaluationError(`index ${next} out of range`);
    result += formatOne(part, args.at(next++));
  }
  return result;
}

function formatOne({ letter, precision }: Clause, value: CelValue): string {
  switch (letter) {
    case 's':
      return stringClause(value);
    case 'd':
      if (!isInteger(value)) throw refused(clauseTypes.d!, value);
      return integerOf(value).toString();
    case 'f':
      return fixedPoint(numberFor('f', value), (precision ?? defaultPrecision) % precisionSpan);
    case 'e':
      return scientific(numberFor('e', value), precision ?? defaultPrecision);
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      if (!isInteger(value)) throw refused(clauseTypes.b!, value);
      return integerOf(value).toString(2);
    case 'o':
      if (!isInteger(value)) throw refused(clauseTypes.o!, value);
      return integerOf(value).toString(8);
    default:
      return letter === 'X' ? hex(value).toUpperCase() : hex(value);
  }
}

/** What each clause takes, as its refusal says. */
export const clauseTypes: Readonly<Record<string, string>> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  o: 'octal clause can only be used on integers',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
  X: 'only integers, byte buffers, and strings can be formatted as hex',
};

function refused(rule: string, value: CelValue): EvaluationError {
  return new EvaluationError(`error during formatting: ${rule}, was given ${typeOfValue(value).name}`);
}

function isInteger(value: CelValue): value is number | bigint | CelUint {
  return isInt(value) || value instanceof CelUint;
}

function integerOf(value: number | bigint | CelUint): bigint {
  return value instanceof CelUint ? value.value : BigInt(value);
}

function numberFor(letter: string, value: CelValue): number {
  if (value instanceof CelDouble) return value.value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  throw refused(clauseTypes[letter]!, value);
}

/** In the American manner, with commas between thousands. */
function fixedPoint(value: number, precision: number): string {
  if (!Number.isFinite(value)) return special(value);
  const [whole, fraction] = toFixedExactly(value, precision).split('.') as [string, string | undefined];
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (fraction === undefined ? '' : `.${fraction}`);
}

/** `toFixed` beyond its limits of size and precision, and with ties to even as Go rounds. */
function toFixedExactly(value: number, precision: number): string {
  if (Math.abs(value) >= 1e21)
    return BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
  if (precision >= 100) return value.toFixed(100) + '0'.repeat(precision - 100);
  const rounded = value.toFixed(precision);
  const exact = value.toFixed(100);
  const rest = exact.slice(exact.indexOf('.') + 1 + precision);
  const isOdd = Number(rounded.at(-1)) % 2 === 1;
  if (!isOdd || !/^50*$/.test(rest)) return rounded;
  // It was rounded up to an odd digit, so the even one is one less.
  return rounded.slice(0, -1) + String(Number(rounded.at(-1)) - 1);
}

function special(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Upstream takes the precision for a width: it fills up with spaces, and there are always as many digits. */
function scientific(value: number, width: number): string {
  const text = Number.isFinite(value) ? exponential(value) : special(value);
  if (width > widthMax) throw new EvaluationError(`error during formatting: width ${width} is too much`);
  return ' '.repeat(Math.max(width - [...text].length, 0)) + text;
}

function exponential(value: number): string {
  const [digits, exponent] = value.toExponential(defaultPrecision).split('e') as [string, string];
  const magnitude = exponent.slice(1).padStart(2, '0');
  const raised = [...magnitude].map(digit => superscripts[Number(digit)]).join('');
  return `${digits}×10${exponent.startsWith('-') ? '⁻' : ''}${raised}`;
}

function hex(value: CelValue): string {
  if (isInteger(value)) return integerOf(value).toString(16);
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (!(bytes instanceof Uint8Array)) throw refused(clauseTypes.x!, value);
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

function stringClause(value: CelValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || isInt(value)) return String(value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelDouble) return doubleText(value.value);
  if (value instanceof Uint8Array) return utf8(value);
  if (value instanceof CelTimestamp) return timestampText(value);
  if (value instanceof CelDuration) return durationText(value);
  if (value instanceof CelType) return value.type.name;
  if (value instanceof List) return `[${[...value].map(nested).join(', ')}]`;
  if (value instanceof CelMap) return mapText(value);
  throw refused(clauseTypes.s!, value);
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const reason = 'invalid UTF-8 in bytes, cannot convert to string';
    throw new EvaluationError(`error during formatting: could not convert argument "${reason}" to string`);
  }
}

/** Within a list or map, as a literal of the language. */
function nested(value: CelValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `b${JSON.stringify(utf8(value))}`;
  if (value instanceof CelTimestamp) return `timestamp("${timestampText(value)}")`;
  if (value instanceof CelDuration) return `duration("${durationText(value)}")`;
  if (value instanceof CelDouble) {
    const { value: number } = value;
    return Number.isFinite(number) ? number.toFixed(defaultPrecision) : `"${doubleText(number)}"`;
  }
  return stringClause(value);
}

function mapText(map: CelMap): string {
  const entries = [...map.keys()].map(key => {
    if (key instanceof CelDouble)
      throw new EvaluationError(`no formatting function for map key of type double`);
    return [nested(key), nested(map.find(key)!)] as const;
  });
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(', ')}}`;
}
