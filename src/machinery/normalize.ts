import { setMember } from '#base/members.ts';
import { cloneJson } from '#base/equal.ts';
import { DecodeError } from './decode-error.ts';
import { isEmpty, type SentEmpty } from './empties.ts';
import { exactInt64, fitsInt64 } from './int64.ts';
import { isNumberText } from './json-parse.ts';
import {
  canonicalBase64,
  canonicalMicroTime,
  canonicalTime,
  formatDuration,
  parseDuration,
} from './go-values.ts';
import { canonicalQuantity, QuantityError, wholeMilli } from './quantity.ts';
import type { AnySchema, FieldSchema, MapSchema, ObjectSchema, ScalarSchema, Schema } from './schema.ts';

/** What a pass found beside its result. */
export interface NormalizeReport {
  /** Some object had a field that its schema has not. */
  unknown: boolean;
  /** Of all objects, where no field was unknown. */
  members: number;
  /** Empty lists and maps that the result does not show. */
  empties: SentEmpty[] | undefined;
}

export const newReport = (): NormalizeReport => ({ unknown: false, members: 0, empties: undefined });

/**
 * A JSON value as Go would write it back after decoding it into the native type: fields in the type's order,
 * unknown ones gone, null and absent ones at their zero value, empty ones left out where the type says so.
 * Throws DecodeError in encoding/json's words for a value of a wrong type. `isOwn`: the value is given away, and what of
 * it is right already becomes part of the result; otherwise the result shares nothing with it. `done`: objects in it that
 * are normalised already; they are the result's.
 */
export function normalizeNative(
  value: unknown,
  schema: ObjectSchema,
  report = newReport(),
  isOwn = false,
  done: ReadonlySet<unknown> = nothingDone,
): Record<string, unknown> {
  return new Normalizer(report, isOwn, done).object(value ?? {}, schema);
}

/** The same of a plain value that upstream converts without a decoder: integers that its types do not hold go round. */
export function convertNative(
  value: unknown,
  schema: ObjectSchema,
  report: NormalizeReport,
): Record<string, unknown> {
  return new Normalizer(report, false, nothingDone, true).object(value ?? {}, schema);
}

/** What normalising needs of a type, in the order of its fields. */
interface StructPlan {
  readonly fields: readonly FieldSchema[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Indices of the fields that JSON shows even at their zero value. */
  readonly always: readonly number[];
  /** How errors name the fields: with the structs that Go embeds and JSON does not show. */
  readonly named: readonly string[];
}

/** Types never change, so a plan once made stays right. */
const plans = new WeakMap<ObjectSchema, StructPlan>();

function planOf(schema: ObjectSchema): StructPlan {
  let plan = plans.get(schema);
  if (!plan) {
    const fields = [...schema.fields.values()];
    plan = {
      fields,
      indexOf: new Map(fields.map((field, index) => [field.name, index])),
      always: fields.flatMap((field, index) => (showsZero(field) ? [index] : [])),
      named: fields.map(({ name }) => embeddedName(name, schema)),
    };
    plans.set(schema, plan);
  }
  return plan;
}

/** A field as errors name it: with the structs that Go embeds and JSON does not show. */
export function embeddedName(name: string, { inlines = [] }: ObjectSchema): string {
  const inline = inlines.find(({ schema }) => schema.fields.has(name))?.schema;
  return inline ? `${shortName(inline)}.${embeddedName(name, inline)}` : name;
}

function showsZero(field: FieldSchema): boolean {
  if (field.pointer) return !field.omitEmpty;
  return field.schema.type === 'object' || !isLeftOut(zeroOf(field.schema), field);
}

const nothingDone: ReadonlySet<unknown> = new Set();

class Normalizer {
  readonly #report: NormalizeReport;
  readonly #isOwn: boolean;
  /** Names of the fields on the way here, without indices and map keys, as Go's error text has them. */
  readonly #path: string[] = [];
  /** Fields of the structs on the way here that are to be shown, each struct's in order: their indices and values. */
  readonly #indices: number[] = [];
  readonly #parts: unknown[] = [];
  /** Empty lists and maps on the way here that are not to be shown: names and values in turn, each struct's together. */
  readonly #sentEmpty: (string | object)[] = [];
  /** The innermost struct. */
  #struct: ObjectSchema | undefined;

  readonly #done: ReadonlySet<unknown>;

  /** Nothing is decoded, see `convertNative`. */
  readonly #isConverted: boolean;

  constructor(report: NormalizeReport, isOwn: boolean, done: ReadonlySet<unknown>, isConverted = false) {
    this.#done = done;
    this.#isConverted = isConverted;
    this.#report = report;
    this.#isOwn = isOwn;
  }

  object(value: unknown, schema: ObjectSchema): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#mismatch(value, schema);
    const source = value as Record<string, unknown>;
    if (this.#done.size > 0 && this.#done.has(source)) return source;
    const plan = planOf(schema);
    const outer = this.#struct;
    const emptyFrom = this.#sentEmpty.length;
    const from = this.#indices.length;
    const isWhole = this.#collect(source, plan, schema, from);
    const out = this.#isOwn && isWhole && this.#hasAlways(plan, from) ? source : this.#build(plan, from);
    if (this.#sentEmpty.length > emptyFrom) this.#reportEmpties(out, emptyFrom);
    this.#indices.length = from;
    this.#parts.length = from;
    this.#struct = outer;
    return out;
  }

  /** Normalises the fields that the source has; true where it has nothing else, and has them in order. */
  #collect(source: Record<string, unknown>, plan: StructPlan, schema: ObjectSchema, from: number): boolean {
    let isWhole = true;
    for (const name in source) {
      const index = plan.indexOf.get(name);
      this.#report.members++;
      if (index === undefined) {
        this.#report.unknown = true;
        isWhole = false;
        continue;
      }
      const field = plan.fields[index]!;
      const raw = source[name];
      this.#struct = schema;
      const part = this.#field(raw, field, plan.named[index]!);
      if (isLeftOut(part, field)) {
        isWhole = false;
        if (isEmpty(part, field.schema)) this.#sentEmpty.push(name, part as object);
      } else if (!this.#insert(index, part, from)) isWhole = false;
      if (this.#isOwn && part !== raw) source[name] = part;
    }
    return isWhole;
  }

  /** What was pushed from there on, names and values in turn, was left out of `parent`. */
  #reportEmpties(parent: Record<string, unknown>, from: number): void {
    const sent = this.#sentEmpty.splice(from);
    const empties = this.#report.empties ?? [];
    this.#report.empties = empties;
    for (let i = 0; i < sent.length; i += 2)
      empties.push({ parent, name: sent[i] as string, value: sent[i + 1] as object, stored: undefined });
  }

  /** Keeps the fields of the struct, which begin at `from`, in order; true where this one comes last. */
  #insert(index: number, part: unknown, from: number): boolean {
    const indices = this.#indices;
    const parts = this.#parts;
    const end = indices.length;
    let at = end;
    indices.push(index);
    parts.push(part);
    for (; at > from && indices[at - 1]! > index; at--) {
      indices[at] = indices[at - 1]!;
      parts[at] = parts[at - 1];
    }
    if (at === end) return true;
    indices[at] = index;
    parts[at] = part;
    return false;
  }

  #hasAlways({ always }: StructPlan, from: number): boolean {
    let at = from;
    for (const index of always) {
      while (at < this.#indices.length && this.#indices[at]! < index) at++;
      if (this.#indices[at] !== index) return false;
    }
    return true;
  }

  #build(plan: StructPlan, from: number): Record<string, unknown> {
    const { fields, always } = plan;
    const end = this.#indices.length;
    const out: Record<string, unknown> = {};
    let next = 0;
    for (let at = from; at < end; at++) {
      const index = this.#indices[at]!;
      for (; always[next]! < index; next++) this.#emitZero(out, fields[always[next]!]!);
      if (always[next] === index) next++;
      out[fields[index]!.name] = this.#parts[at];
    }
    for (; next < always.length; next++) this.#emitZero(out, fields[always[next]!]!);
    return out;
  }

  #emitZero(out: Record<string, unknown>, field: FieldSchema): void {
    out[field.name] = this.#absent(field);
  }

  #field(raw: unknown, field: FieldSchema, named: string): unknown {
    if (raw === undefined || raw === null) return this.#absent(field);
    this.#path.push(named);
    const part = this.#value(raw, field.schema);
    this.#path.pop();
    return part;
  }

  #absent(field: FieldSchema): unknown {
    return field.pointer ? null : this.#zero(field.schema);
  }

  /** Of anything but null. */
  #value(value: unknown, schema: Schema): unknown {
    switch (schema.type) {
      case 'object':
        return this.object(value, schema);
      case 'list': {
        if (!Array.isArray(value)) this.#mismatch(value, schema);
        return this.#list(value as unknown[], schema.items);
      }
      case 'map':
        return this.#map(value, schema);
      case 'any':
        if (schema.element) return this.#jsonSchemaProps(value, schema, schema.element);
        this.#report.members += countMembers(value);
        return this.#isOwn ? value : cloneJson(value);
      default:
        return this.#scalar(value, schema);
    }
  }

  #element(value: unknown, schema: Schema): unknown {
    return value === null || value === undefined ? this.#zero(schema) : this.#value(value, schema);
  }

  #list(source: unknown[], items: Schema): unknown[] {
    const out = this.#isOwn ? source : new Array<unknown>(source.length);
    for (let i = 0; i < source.length; i++) out[i] = this.#element(source[i], items);
    return out;
  }

  #map(value: unknown, schema: MapSchema): Record<string, unknown> {
    const { values } = schema;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#mismatch(value, schema);
    const source = value as Record<string, unknown>;
    const out = this.#isOwn ? source : {};
    for (const name in source) {
      this.#report.members++;
      const raw = source[name];
      const element = this.#element(raw, values);
      // Bytes that are null are none, and storage has them as empty ones.
      const part =
        schema.goType === 'v1.ResourceList' ? wholeMilli(element as string) : (element ?? emptyOf(values));
      if (out !== source || part !== raw) setMember(out, name, part);
    }
    return out;
  }

  #zero(schema: Schema): unknown {
    if (schema.type === 'object') return this.object({}, schema);
    return zeroOf(schema);
  }

  #jsonSchemaProps(value: unknown, schema: AnySchema, element: ObjectSchema): unknown {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return this.object(value, element);
    if (schema.wire === 'jsonSchemaPropsOrBool') {
      if (typeof value !== 'boolean') throw new DecodeError('boolean or JSON schema expected');
      return value;
    }
    if (!Array.isArray(value) || value.length === 0) return null;
    if (schema.wire === 'jsonSchemaPropsOrArray') return value.map(item => this.object(item ?? {}, element));
    return value.map(item => this.#element(item, { type: 'string' }));
  }

  #scalar(value: unknown, schema: ScalarSchema): unknown {
    switch (schema.type) {
      case 'string':
        return schema.format ? this.#formatted(value, schema) : this.#expect('string', value, schema);
      case 'boolean':
        return this.#expect('boolean', value, schema);
      case 'number':
        return this.#expect('number', typeof value === 'bigint' ? Number(value) : value, schema);
      case 'integer':
        return this.#integer(value, schema);
      case 'quantity':
        if (typeof value === 'string' || typeof value === 'number') return decodeQuantity(value);
        return decodeQuantity(typeof value === 'bigint' ? String(value) : JSON.stringify(value));
      case 'int-or-string':
        if (typeof value === 'string') return value;
        if (typeof value === 'number' && inRange(value, { type: 'integer', format: 'int32' })) return value;
        return this.#unreadable(value, 'int32', typeof value === 'number' ? `number ${value}` : undefined);
    }
  }

  #expect(type: 'string' | 'boolean' | 'number', value: unknown, schema: ScalarSchema): unknown {
    if (typeof value !== type) this.#mismatch(value, schema);
    return value;
  }

  /** A bigint is what an int64 can hold and a double cannot. */
  #integer(value: unknown, schema: ScalarSchema): unknown {
    if (typeof value === 'number' && inRange(value, schema)) return value;
    if (this.#isConverted && isWhole(value)) return goneRound(value, schema);
    if (typeof value !== 'bigint' || schema.format === 'int32' || (schema.unsigned && value < 0))
      this.#mismatch(value, schema);
    return value;
  }

  #formatted(value: unknown, schema: ScalarSchema): string | null {
    if (typeof value !== 'string') {
      if (schema.format === 'byte') return this.#octets(value, schema);
      this.#unreadable(value, 'string');
    }
    switch (schema.format) {
      case 'byte':
        return canonicalBase64(value);
      case 'date-time':
        return canonicalTime(value);
      case 'micro-time':
        return canonicalMicroTime(value);
      case 'duration':
        return formatDuration(parseDuration(value));
      default:
        return value;
    }
  }

  /** Bytes may be a list of numbers too. */
  #octets(value: unknown, schema: ScalarSchema): string {
    if (!Array.isArray(value)) this.#mismatch(value, schema);
    const items = value.map((item: unknown) => item ?? 0);
    for (const item of items) if (!isOctet(item)) this.#mismatch(item, octet);
    return Uint8Array.from(items as number[]).toBase64();
  }

  #mismatch(value: unknown, schema: Schema): never {
    const isNumber = typeof value === 'number' || typeof value === 'bigint';
    const shown = isNumber && isInteger(schema) ? `number ${value}` : goValueName(value);
    const message = mismatchText(shown, goTypeName(schema), this.#struct, this.#path);
    throw new DecodeError(message, conversionMismatch(value, schema));
  }

  /** What a type that reads itself could not: the decoder puts in where that was, the converter does not. */
  #unreadable(value: unknown, type: string, shown = goValueName(value)): never {
    throw new DecodeError(
      mismatchText(shown, type, this.#struct, this.#path),
      mismatchText(shown, type, undefined, []),
    );
  }
}

/** What encoding/json says of a value that its type does not take, in the field that `path` leads to. */
export function mismatchText(
  shown: string,
  type: string,
  struct: ObjectSchema | undefined,
  path: readonly string[],
): string {
  const where =
    path.length === 0 || !struct ? 'Go value' : `Go struct field ${shortName(struct)}.${path.join('.')}`;
  return `json: cannot unmarshal ${shown} into ${where} of type ${type}`;
}

/** Members of all objects in a JSON value. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  const stack: object[] = [value];
  const descend = (part: unknown) => {
    if (typeof part === 'object' && part !== null) stack.push(part);
  };
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (Array.isArray(next)) {
      for (const part of next) descend(part);
      continue;
    }
    for (const name in next) {
      count++;
      descend((next as Record<string, unknown>)[name]);
    }
  }
  return count;
}

/** A quantity as Go writes it; throws DecodeError. */
export function decodeQuantity(value: string | number): string {
  try {
    return canonicalQuantity(value);
  } catch (error) {
    throw error instanceof QuantityError ? new DecodeError(error.message) : error;
  }
}

/** What Go's bytes are lists of. */
export const octet: ScalarSchema = { type: 'integer', format: 'int32', unsigned: true, goType: 'uint8' };

export function isOctet(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 256;
}

function isInteger(schema: Schema): boolean {
  return schema.type === 'integer';
}

function isWhole(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isInteger(value);
}

/** The bits of an int64 that the type has room for; what is no int64 at all is the least of them. */
function goneRound(value: number | bigint, { format, unsigned }: ScalarSchema): number | bigint {
  const whole = BigInt(value);
  const int64 = fitsInt64(whole) ? whole : -(2n ** 63n);
  const bits = format === 'int32' ? 32 : 64;
  return exactInt64(unsigned ? BigInt.asUintN(bits, int64) : BigInt.asIntN(bits, int64));
}

/** Whether Go's type can hold the number. */
export function inRange(value: number, schema: ScalarSchema): boolean {
  if (!Number.isInteger(value)) return false;
  if (schema.unsigned && value < 0) return false;
  const bits = schema.format === 'int32' ? 32 : 64;
  const limit = 2 ** (schema.unsigned ? bits : bits - 1);
  // The lowest of 64 bits has no number here, so whatever seems to be it is something lower.
  return value < limit && (bits === 32 ? value >= -limit : value > -limit);
}

/** The zero value of what is no struct of fields. */
export function zeroOf(schema: Exclude<Schema, ObjectSchema>): unknown {
  switch (schema.type) {
    case 'string':
      if (schema.format === 'duration') return '0s';
      return schema.format ? null : '';
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
    case 'int-or-string':
      return 0;
    case 'quantity':
      return '0';
    case 'any':
      return schema.wire === 'jsonSchemaPropsOrBool' ? false : null;
    default:
      return null;
  }
}

/** What stands for null in a map of such values: null, except for bytes. */
function emptyOf(values: Schema): '' | null {
  return values.type === 'string' && values.format === 'byte' ? '' : null;
}

/** What `omitempty` and `omitzero` leave out: Go counts no struct as empty. */
function isLeftOut(value: unknown, field: FieldSchema): boolean {
  if (!field.omitEmpty && !field.omitZero) return false;
  if (field.pointer) return value === null;
  const { schema } = field;
  switch (schema.type) {
    case 'string':
      if (schema.format === 'byte') return value === null || value === '';
      if (schema.format === 'duration') return false;
      return schema.format ? value === null && field.omitZero === true : value === '';
    case 'boolean':
      return value === false;
    case 'integer':
    case 'number':
      return value === 0;
    case 'list':
      return value === null || (value as unknown[]).length === 0;
    case 'map':
      return value === null || Object.keys(value as object).length === 0;
    case 'any':
      return value === null && schema.wire === undefined;
    default:
      return false;
  }
}

/** What encoding/json calls a value in its errors. */
export function goValueName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  if (typeof value === 'bigint' || isNumberText(value)) return 'number';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** A mismatch as runtime.DefaultUnstructuredConverter words it. */
function conversionMismatch(value: unknown, schema: Schema): string {
  const found = goKindOf(value);
  if (schema.type === 'object') return `cannot restore struct from: ${found}`;
  if (schema.type === 'map') return `cannot restore map from ${found}`;
  if (schema.type === 'list' || goTypeName(schema) === '[]uint8') return `cannot restore slice from ${found}`;
  // Go converts between its numbers, and from whole ones to strings; the converter then refuses what JSON would not do.
  const isConvertible =
    schema.type === 'string' ? found === 'int64' : schema.type !== 'boolean' && /64$/.test(found);
  if (isConvertible) return `cannot convert ${found} to ${goTypeName(schema)}`;
  return `unrecognized type: ${schema.type === 'integer' ? (schema.format ?? 'int64') : goScalars[schema.type]}`;
}

/** The kind of what Go has decoded from JSON into an interface. */
function goKindOf(value: unknown): string {
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? 'int64' : 'float64';
  if (typeof value === 'bigint') return 'int64';
  if (Array.isArray(value)) return 'slice';
  return typeof value === 'object' ? 'map' : goValueName(value);
}

/** 'PodSpec' of 'io.k8s.api.core.v1.PodSpec'. */
function shortName(schema: ObjectSchema): string {
  return schema.name.slice(schema.name.lastIndexOf('.') + 1);
}

const goScalars: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'bool',
  number: 'float64',
  quantity: 'resource.Quantity',
  'int-or-string': 'intstr.IntOrString',
};

/** A type as Go's error texts name it. */
export function goTypeName(schema: Schema): string {
  switch (schema.type) {
    case 'object':
      return schema.name.split('.').slice(-2).join('.');
    case 'list':
      return `[]${goTypeName(schema.items)}`;
    case 'map':
      return schema.goType ?? `map[string]${goTypeName(schema.values)}`;
    case 'any':
      return 'interface {}';
    case 'integer':
      return schema.goType ?? `${schema.unsigned ? 'u' : ''}${schema.format ?? 'int64'}`;
    default:
      if (schema.format === 'byte') return '[]uint8';
      return schema.goType ?? goScalars[schema.type]!;
  }
}
