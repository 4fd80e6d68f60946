import { atOnce, type Steps } from '#base/steps.ts';
import { DecodeError } from './decode-error.ts';
import { addEmpties } from './empties.ts';
import { malformedPart } from './embedded.ts';
import { fieldErrorText } from './field.ts';
import { sorted } from './go-json.ts';
import {
  type JsonMeasure,
  jsonSyntaxError,
  measureJson,
  strictErrorsInSteps,
  strictJsonErrors,
} from './json-scan.ts';
import { knownPartsOf, uncut } from './known-parts.ts';
import { parseExactInSteps, parseExactJson } from './json-parse.ts';
import {
  type NormalizeReport,
  convertNative,
  countMembers,
  newReport,
  normalizeNative,
} from './normalize.ts';
import { prune } from './prune.ts';
import { checkNumbers, refusalByText } from './refusals.ts';
import { unconvertedFields, unknownFields } from './unknown-fields.ts';
import type { ObjectSchema } from './schema.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface DecodeOptions {
  /** Default Ignore. Warn and Strict both fill `strictErrors`; what to do with them is the caller's. */
  readonly fieldValidation?: FieldValidation;
  /** Default 1,000: whatever walks values is recursive, and Go's 10,000 would be more than a stack holds. */
  readonly maxDepth?: number;
}

export interface Decoded<T = Record<string, unknown>> {
  /** A fresh, mutable object: unknown fields pruned, zero values as Go writes them; one of a native type knows its `empties`. */
  readonly object: T;
  /** `unknown field "spec.foo"`, `duplicate field "spec.replicas"`; empty with fieldValidation Ignore. */
  readonly strictErrors: readonly string[];
  /** The value had an empty list of managers, which `object` shows no more: its sender wants them gone. */
  readonly resetsManagers: boolean;
}

const defaultMaxDepth = 1_000;

/** Decodes a JSON body. Throws DecodeError for what is not JSON, too deep, or of a wrong type. */
export function decodeJson<T = Record<string, unknown>>(
  input: Uint8Array | string,
  schema: ObjectSchema,
  options: DecodeOptions = {},
): Decoded<T> {
  return atOnce(decodeJsonInSteps(input, schema, options));
}

/** The same in steps, for bodies that take long. */
export function* decodeJsonInSteps<T = Record<string, unknown>>(
  input: Uint8Array | string,
  schema: ObjectSchema,
  options: DecodeOptions = {},
): Steps<Decoded<T>> {
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  yield;
  const measure = measureJson(text);
  const isStrict = (options.fieldValidation ?? 'Ignore') !== 'Ignore';
  if (isStrict && schema.native) return yield* decodeByParts<T>(text, measure, schema, options);
  const value = yield* parseMeasured(text, measure, options.maxDepth);
  if (schema.native) yield* checkNumbers(text, schema);
  const resetsManagers = hasNoManagers(value);
  const report = newReport();
  const members = isStrict ? countMembers(value) : 0;
  yield;
  const object = byText(text, schema, () => decodeParsed(value, schema, report, true)) as T & object;
  addEmpties(object, report.empties);
  if (!isStrict) return { object, strictErrors: [], resetsManagers };
  yield;
  // A text with more members than its value has some of them twice.
  const repeated = measure.members === members ? [] : yield* strictErrorsInSteps(text, { type: 'any' });
  const unknown = report.unknown ? unknownFields(value, schema) : [];
  return { object, strictErrors: [...repeated, ...unknown], resetsManagers };
}

/** Decodes the body of a native type strictly, but for the parts of it that are known. */
function* decodeByParts<T>(
  text: string,
  measure: JsonMeasure,
  schema: ObjectSchema,
  { maxDepth }: DecodeOptions,
): Steps<Decoded<T>> {
  const known = knownPartsOf(schema);
  let cut = known.cut(text, measure);
  yield;
  let value = (yield* parseMeasured(text, measure, maxDepth, cut.text)) as Record<string, unknown>;
  if (cut.values.size > 0 && Object.keys(value).length !== measure.outer) {
    // Of members with one name the last counts, and that may be another than the one that was cut out.
    cut = uncut(text);
    value = (yield* parseMeasured(text, measure, maxDepth)) as Record<string, unknown>;
  }
  yield;
  yield* checkNumbers(cut.text, schema);
  const resetsManagers = hasNoManagers(value);
  for (const [name, part] of cut.values) value[name] = part;
  const report = newReport();
  const done = new Set(cut.values.values());
  yield;
  const object = byText(text, schema, () => normalizeNative(value, schema, report, true, done));
  // A text with more members than its value has some of them twice.
  const suspect = report.unknown || measure.members !== report.members + cut.members;
  addEmpties(object, report.empties);
  if (!suspect && !report.empties) known.learn(text, measure, object);
  yield;
  const strictErrors = suspect ? yield* strictErrorsInSteps(text, schema) : [];
  return { object: object as T, strictErrors, resetsManagers };
}

/** What cannot be decoded is refused as the text has it. */
function byText<T>(text: string, schema: ObjectSchema, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw schema.native ? refusalByText(error, text, schema) : error;
  }
}

/** As an object says that it wants no managers: by an empty list of them. */
export function hasNoManagers(value: unknown): boolean {
  const entries = (value as { metadata?: { managedFields?: unknown } | null } | null)?.metadata
    ?.managedFields;
  return Array.isArray(entries) && entries.length === 0;
}

/** Decodes a JSON value that is parsed already. It is not changed, and the result shares nothing mutable with it. */
export function decodeValue<T = Record<string, unknown>>(value: unknown, schema: ObjectSchema): T {
  return decodeParsed(value, schema) as T;
}

/**
 * As `decodeValue`, with strict errors; a value that is parsed already has no member twice. `isConverted`: upstream makes the
 * object of the plain value; else of the JSON that it is written as.
 */
export function decodeChecked<T = Record<string, unknown>>(
  value: unknown,
  schema: ObjectSchema,
  fieldValidation: FieldValidation,
  isConverted = false,
): Decoded<T> {
  const report = newReport();
  const resetsManagers = hasNoManagers(value);
  const isChanged = isConverted && schema.native;
  const decoded = isChanged ? convertNative(value, schema, report) : decodeParsed(value, schema, report);
  const object = decoded as T & object;
  addEmpties(object, report.empties);
  if (!report.unknown || fieldValidation === 'Ignore') return { object, strictErrors: [], resetsManagers };
  if (!schema.native) return { object, strictErrors: unknownFields(value, schema), resetsManagers };
  const strictErrors = isConverted
    ? unconvertedFields(value, schema)
    : strictJsonErrors(JSON.stringify(sorted(value)), schema);
  return { object, strictErrors, resetsManagers };
}

function decodeParsed(
  value: unknown,
  schema: ObjectSchema,
  report?: NormalizeReport,
  isOwn = false,
): unknown {
  return schema.native ? normalizeNative(value, schema, report, isOwn) : pruneSent(value, schema, report);
}

/** What a client sent: it is told which part cannot be decoded. */
function pruneSent(value: unknown, schema: ObjectSchema, report?: NormalizeReport): unknown {
  try {
    return prune(value, schema, report);
  } catch (error) {
    const part = error instanceof DecodeError ? malformedPart(value, schema) : undefined;
    throw part ? new DecodeError(fieldErrorText(part)) : error;
  }
}

/**
 * The value of a text that is YAML, in what is JSON too: its own parser is far quicker, and loaded already. Undefined where
 * the YAML parser has to look: a flow mapping starts the same, and it names members that come twice.
 */
export function jsonOfYaml(text: string): { readonly value: unknown } | undefined {
  return atOnce(jsonOfYamlInSteps(text));
}

/** The same in steps. */
export function* jsonOfYamlInSteps(text: string): Steps<{ readonly value: unknown } | undefined> {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = yield* parseJsonInSteps(text);
    yield;
    return hasRepeatedMembers(text, value) ? undefined : { value };
  } catch {
    return undefined;
  }
}

/** Whether the text has a member twice that `value`, which was parsed from it, has once. */
export function hasRepeatedMembers(text: string, value: unknown): boolean {
  return measureJson(text).members !== countMembers(value);
}

/** The text of strict errors together, as upstream's strict decoding error reads. */
export function strictErrorText(errors: readonly string[]): string {
  return `strict decoding error: ${errors.join(', ')}`;
}

/** JSON.parse with a bound on depth and Go's error texts. */
export function parseJson(text: string): unknown {
  // A text shorter than the bound cannot pass it. Parsing first would take its time with what is refused.
  if (text.length > defaultMaxDepth) checkDepth(measureJson(text), defaultMaxDepth);
  try {
    return parseExactJson(text);
  } catch (error) {
    throw unparsed(error, text);
  }
}

/** The same in steps. */
export function parseJsonInSteps(text: string): Steps<unknown> {
  return parseMeasured(text, measureJson(text));
}

/** `cut` is what to parse, where that is less than the text. */
function* parseMeasured(
  text: string,
  measure: JsonMeasure,
  maxDepth = defaultMaxDepth,
  cut = text,
): Steps<unknown> {
  checkDepth(measure, maxDepth);
  try {
    return yield* parseExactInSteps(cut);
  } catch (error) {
    throw unparsed(error, text);
  }
}

function checkDepth({ depth }: JsonMeasure, maxDepth: number): void {
  if (depth > maxDepth) throw new DecodeError('exceeded max depth');
}

function unparsed(error: unknown, text: string): unknown {
  return error instanceof DecodeError ? error : new DecodeError(jsonSyntaxError(text));
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Invalid bytes become U+FFFD, as in Go's decoder. */
function decodeUtf8(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}
