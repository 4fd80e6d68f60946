/** Functions on text (cel-go's strings extension). Positions count characters, not UTF-16 units. */
import { namedEscapes } from '#machinery/go-json.ts';
import { checkCharacters } from '../budget.ts';
import type { Library } from '../environment.ts';
import type { Overload } from '../signature.ts';
import { dynType, intType, listOf, stringType } from '../types.ts';
import { ArrayList, type CelInt, type CelList, type CelValue } from '../values.ts';
import { EvaluationError, globalFunction, guarded, memberFunction } from './define.ts';
import { format } from './format.ts';
import { validateFormats } from './format-check.ts';

const characters = (text: string) => [...text];

function outOfRange(index: number | bigint): EvaluationError {
  return new EvaluationError(`index out of range: ${index}`);
}

/** An index that may be anything an int is. */
function at(index: CelInt, min: number, max: number): number {
  const number = Number(index);
  if (number < min || number > max) throw outOfRange(index);
  return number;
}

function charAt(text: string, index: CelInt): string {
  const all = characters(text);
  return all[at(index, 0, all.length)] ?? '';
}

function matchesAt(all: readonly string[], part: readonly string[], index: number): boolean {
  return part.every((character, i) => all[index + i] === character);
}

function indexOf(text: string, part: string, offset: CelInt = 0): number {
  // Nothing is found wherever it is looked for.
  if (part === '') return Number(offset);
  if (offset < 0) throw outOfRange(offset);
  const all = characters(text);
  const wanted = characters(part);
  for (let i = Number(offset); i <= all.length - wanted.length; i++) {
    if (matchesAt(all, wanted, i)) return i;
  }
  return -1;
}

function lastIndexOf(text: string, part: string, offset?: CelInt): number {
  const all = characters(text);
  if (part === '') return Number(offset ?? all.length);
  if (offset !== undefined && offset < 0) throw outOfRange(offset);
  const wanted = characters(part);
  const from = Number(offset ?? all.length - 1);
  if (from >= all.length) return -1;
  for (let i = Math.min(from, all.length - wanted.length); i >= 0; i--) {
    if (matchesAt(all, wanted, i)) return i;
  }
  return -1;
}

/** ASCII letters alone change. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, letters => letters.toLowerCase());
}

function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, letters => letters.toUpperCase());
}

function replace(text: string, from: string, to: string, count: CelInt = -1): string {
  const limit = count < 0 ? Number.POSITIVE_INFINITY : Number(count);
  if (from === '') return replaceEmpty(text, to, limit);
  let result = '';
  let done = 0;
  for (let replaced = 0; replaced < limit; replaced++) {
    const found = text.indexOf(from, done);
    if (found < 0) break;
    result += text.slice(done, found) + to;
    checkCharacters(result.length);
    done = found + from.length;
  }
  return result + text.slice(done);
}

/** Nothing stands before every character and at the end. */
function replaceEmpty(text: string, to: string, limit: number): string {
  const all = characters(text);
  checkCharacters(Math.min(all.length + 1, limit) * to.length);
  return (
    all.map((character, i) => (i < limit ? to + character : character)).join('') +
    (all.length < limit ? to : '')
  );
}

function split(text: string, separator: string, limit: CelInt = -1): CelValue {
  if (limit === 0) return new ArrayList([]);
  const parts = separator === '' ? characters(text) : text.split(separator);
  const max = Number(limit);
  if (max < 0 || parts.length <= max) return new ArrayList(parts);
  return new ArrayList([...parts.slice(0, max - 1), parts.slice(max - 1).join(separator)]);
}

function substring(text: string, start: CelInt, end?: CelInt): string {
  const all = characters(text);
  if (end === undefined) return all.slice(at(start, 0, all.length)).join('');
  if (start > end) throw new EvaluationError(`invalid substring range. start: ${start}, end: ${end}`);
  return all.slice(at(start, 0, all.length), at(end, 0, all.length)).join('');
}

/** What Unicode counts as white space, as Go's TrimSpace does. */
function trim(text: string): string {
  return text.replace(/^[\s\u0085]+|(?<![\s\u0085])[\s\u0085]+$/gu, part =>
    part.includes('\uFEFF') ? keepMarks(part) : '',
  );
}

/** JavaScript counts the byte order mark as space, Go does not. */
function keepMarks(part: string): string {
  return part.slice(part.indexOf('\uFEFF'), part.lastIndexOf('\uFEFF') + 1);
}

function join(list: CelList, separator = ''): string {
  let length = 0;
  const parts = [...list].map(item => {
    if (typeof item !== 'string') throw new EvaluationError(`join: invalid input: ${String(item)}`);
    length += item.length + separator.length;
    checkCharacters(length);
    return item;
  });
  return parts.join(separator);
}

/** As a literal. */
function quote(text: string): string {
  const escaped = [...text.toWellFormed()].map(character => namedEscapes[character] ?? character);
  return `"${escaped.join('')}"`;
}

const s = stringType;
const i = intType;
type Call = (...args: never[]) => CelValue;

function member(
  name: string,
  id: string,
  params: Overload['params'],
  result: Overload['result'],
  call: Call,
): Overload {
  return memberFunction(name, id, params, result, guarded(call as (...args: CelValue[]) => CelValue));
}

export const stringsLibrary: Library = {
  validators: [validateFormats],
  overloads: [
    member('charAt', 'string_char_at_int', [s, i], s, charAt),
    member('indexOf', 'string_index_of_string', [s, s], i, indexOf),
    member('indexOf', 'string_index_of_string_int', [s, s, i], i, indexOf),
    member('lastIndexOf', 'string_last_index_of_string', [s, s], i, lastIndexOf),
    member('lastIndexOf', 'string_last_index_of_string_int', [s, s, i], i, lastIndexOf),
    member('lowerAscii', 'string_lower_ascii', [s], s, lowerAscii),
    member('upperAscii', 'string_upper_ascii', [s], s, upperAscii),
    member('replace', 'string_replace_string_string', [s, s, s], s, replace),
    member('replace', 'string_replace_string_string_int', [s, s, s, i], s, replace),
    member('split', 'string_split_string', [s, s], listOf(s), split),
    member('split', 'string_split_string_int', [s, s, i], listOf(s), split),
    member('substring', 'string_substring_int', [s, i], s, substring),
    member('substring', 'string_substring_int_int', [s, i, i], s, substring),
    member('trim', 'string_trim', [s], s, trim),
    member('join', 'list_join', [listOf(s)], s, join),
    member('join', 'list_join_string', [listOf(s), s], s, join),
    member('format', 'string_format', [s, listOf(dynType)], s, format),
    globalFunction('strings.quote', 'strings_quote', [s], s, text => quote(text as string)),
  ],
};
