import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { compileGoRegexp } from '#machinery/go-regexp.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';
import { type Correlation, isRecord } from './correlation.ts';
import { hasFormat, isKnownFormat } from './formats.ts';

/**
 * Checks values by an OpenAPI v3 schema, with the paths and words of kube-openapi's validator, which people and
 * programs know. What it finds of a part that did not change since `old` counts for nothing (KEP-4008).
 */
export type ValueValidator = (value: unknown, base: FieldPath | undefined, old?: Correlation) => FieldError[];

/** The validator of a schema; making it costs more than a run of it. */
export function compileValidator(schema: JSONSchemaProps): ValueValidator {
  const node = compileNode(schema, true);
  return (value, base, old) => node.check(value, { name: '', base }, old).errors;
}

/** Where a value is: its path from the validated value, and where that one is. */
interface Place {
  readonly name: string;
  readonly base: FieldPath | undefined;
}

/** `matches` counts what held, by which the alternative that fits best is told. */
class Result {
  readonly errors: FieldError[] = [];
  matches = 0;

  merge(other: Result): void {
    append(this.errors, other.errors);
    this.matches += other.matches;
  }
}

type Check = (value: unknown, place: Place, old: Correlation | undefined, result: Result) => void;

/** One level of a schema. `check` ratchets, `checkPlain` is for branches, whose value is their parent's. */
interface Node {
  check(value: unknown, place: Place, old: Correlation | undefined): Result;
  checkPlain(value: unknown, place: Place, old: Correlation | undefined): Result;
}

function compileNode(schema: JSONSchemaProps, isRoot = false): Node {
  const type = typeCheck(schema);
  const common = enumCheck(schema);
  const junctors = junctorCheck(schema);
  const string = stringCheck(schema);
  const format = formatCheck(schema);
  const number = numberCheck(schema);
  const list = listCheck(schema);
  const object = objectCheck(schema, isRoot);
  const checkPlain: Node['checkPlain'] = (value, place, old) => {
    const result = new Result();
    if (value === null || value === undefined) {
      type?.(null, place, old, result);
      common(null, place, old, result);
      return result;
    }
    const run = (check: Check | undefined) => {
      if (!check) return;
      check(value, place, old, result);
      result.matches++;
    };
    run(type);
    run(junctors);
    if (typeof value === 'string') {
      run(string);
      run(format);
    }
    if (typeof value === 'number' || typeof value === 'bigint') run(number);
    if (Array.isArray(value)) run(list);
    run(common);
    if (isRecord(value)) run(object);
    result.matches++;
    return result;
  };
  const check: Node['check'] = (value, place, old) => {
    const result = checkPlain(value, place, old);
    if (result.errors.length === 0 || !old?.isUnchanged(value)) return result;
    result.errors.length = 0;
    return result;
  };
  return { check, checkPlain };
}

/** 'spec.replicas in body': how kube-openapi names a value. */
function inBody(place: Place): string {
  return `${place.name} in body`;
}

function pathOf({ name, base }: Place): FieldPath | string {
  const own = name.startsWith('.') ? name.slice(1) : name;
  if (!base) return own;
  return own === '' ? base : base.child(own);
}

function add(result: Result, place: Place, value: unknown, message: string): void {
  result.errors.push(fieldError.invalid(pathOf(place), value, message));
}

/** What is said of the whole, without a place of its own. */
function addLoose(result: Result, { base }: Place, message: string): void {
  result.errors.push(fieldError.invalid(base ?? '', '', message));
}

/** The type of a value, and the format that Go's decoder gives numbers. */
function typeOf(value: unknown): readonly [type: string, format: string] {
  if (Array.isArray(value)) return ['array', ''];
  if (typeof value === 'bigint') return ['integer', 'int64'];
  if (typeof value !== 'number') return [typeof value, ''];
  const isInt64 = Number.isInteger(value) && value >= -int64Bound && value < int64Bound;
  return isInt64 ? ['integer', 'int64'] : ['number', 'float64'];
}

function typeCheck(schema: JSONSchemaProps): Check | undefined {
  const intOrString = schema['x-kubernetes-int-or-string'];
  const types = intOrString ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  const format = knownFormat(schema);
  if (types.length === 0 && format === '') return undefined;
  const takesNumber = types.includes('number') || types.includes('integer');
  const refuse = (place: Place, wanted: string, found: string, result: Result) => {
    const message = `${inBody(place)} must be of type ${wanted}: ${JSON.stringify(found)}`;
    result.errors.push(fieldError.typeInvalid(pathOf(place), found, message));
  };
  return (value, place, _old, result) => {
    if (value === null) {
      if (types.length > 0 && !schema.nullable) refuse(place, types.join(','), 'null', result);
      else result.matches++;
      return;
    }
    const [found, foundFormat] = typeOf(value);
    const fits = types.includes(found) || (found === 'integer' && types.includes('number'));
    const isText = found === 'string' || found === 'array';
    if (format !== '' && !isText && !fits && foundFormat !== format)
      refuse(place, format, foundFormat, result);
    else if (fits || (format !== '' && isText && !takesNumber)) result.matches++;
    else refuse(place, types.join(','), found, result);
  };
}

function knownFormat({
  format,
  type = '',
  'x-kubernetes-int-or-string': intOrString,
}: JSONSchemaProps): string {
  return format && isKnownFormat(format, intOrString ? '' : type) ? format : '';
}

function enumCheck({ enum: values = [] }: JSONSchemaProps): Check {
  const supported = values.map(value => (typeof value === 'string' ? value : JSON.stringify(value)));
  const plain = new Set(values.filter(value => typeof value !== 'object'));
  const objects = values.filter(value => typeof value === 'object');
  return (value, place, _old, result) => {
    if (values.length === 0 || plain.has(value)) return;
    if (value !== null && objects.some(other => deepEqual(value, other))) return;
    result.errors.push(fieldError.notSupported(pathOf(place), value, supported));
  };
}

function stringCheck({ maxLength, minLength, pattern }: JSONSchemaProps): Check {
  const regexp = pattern ? compileGoRegexp(pattern) : undefined;
  return (value, place, _old, result) => {
    const text = value as string;
    const length = maxLength === undefined && minLength === undefined ? 0 : codePoints(text);
    if (maxLength !== undefined && length > maxLength) {
      result.errors.push(fieldError.tooLong(pathOf(place), maxLength));
    } else if (minLength !== undefined && length < minLength) {
      add(result, place, text, `${inBody(place)} should be at least ${minLength} chars long`);
    } else if (regexp && !regexp.test(text)) {
      add(result, place, text, `${inBody(place)} should match '${pattern}'`);
    }
  };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function formatCheck(schema: JSONSchemaProps): Check | undefined {
  const format = knownFormat(schema);
  if (format === '' || ['int32', 'int64', 'float', 'double'].includes(format)) return undefined;
  return (value, place, _old, result) => {
    const text = value as string;
    if (hasFormat(text, format)) return;
    const message = `${inBody(place)} must be of type ${format}: ${JSON.stringify(text)}`;
    result.errors.push(fieldError.typeInvalid(pathOf(place), text, message));
  };
}

function numberCheck(schema: JSONSchemaProps): Check {
  const { multipleOf, maximum, minimum } = schema;
  return (value, place, _old, result) => {
    const number = value as number | bigint;
    rangeCheck(schema, number, place, result);
    if (multipleOf !== undefined && isWhole(number) && comparable(multipleOf, number) <= 0) {
      const factor = Math.trunc(multipleOf);
      add(result, place, factor, `factor MultipleOf declared for ${place.name} must be positive: ${factor}`);
    } else if (multipleOf !== undefined && !isMultiple(number, multipleOf)) {
      add(result, place, number, `${inBody(place)} should be a multiple of ${goNumber(multipleOf, number)}`);
    }
    if (minimum !== undefined) {
      const bound = comparable(minimum, number);
      const beyond = schema.exclusiveMinimum ? number <= bound : number < bound;
      const words = schema.exclusiveMinimum ? 'greater than' : 'greater than or equal to';
      if (beyond)
        add(result, place, number, `${inBody(place)} should be ${words} ${goNumber(minimum, number)}`);
    }
    if (maximum !== undefined) {
      const bound = comparable(maximum, number);
      const beyond = schema.exclusiveMaximum ? number >= bound : number > bound;
      const words = schema.exclusiveMaximum ? 'less than' : 'less than or equal to';
      if (beyond)
        add(result, place, number, `${inBody(place)} should be ${words} ${goNumber(maximum, number)}`);
    }
    result.matches++;
  };
}

const int32Bound = 2 ** 31;
const int64Bound = 2 ** 63;

/** Bigints are int64s that a double cannot hold. */
function rangeCheck(schema: JSONSchemaProps, value: number | bigint, place: Place, result: Result): void {
  const { type } = schema;
  const format = knownFormat(schema);
  const bound = format === 'int32' ? int32Bound : int64Bound;
  const fails =
    type === 'integer'
      ? typeof value === 'bigint'
        ? format === 'int32'
        : !Number.isInteger(value) || value >= bound || value < -bound
      : type === 'number' &&
        format === 'float' &&
        Number.isFinite(Number(value)) &&
        !Number.isFinite(Math.fround(Number(value)));
  if (!fails) return;
  const shown = format === '' ? '(default format)' : `with format ${format}`;
  addLoose(result, place, `Checked value must be of type ${type} ${shown} in ${place.name}`);
}

/** Go compares integers with the bound's whole part. */
function comparable(bound: number, value: number | bigint): number {
  return isWhole(value) ? Math.trunc(bound) : bound;
}

function isWhole(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

function isMultiple(value: number | bigint, factor: number): boolean {
  if (typeof value === 'bigint') return value % BigInt(Math.trunc(factor)) === 0n;
  if (Number.isInteger(value)) return value % Math.trunc(factor) === 0;
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

/** A bound as Go's %v prints it: whole beside an integer, in %g's form else. */
function goNumber(bound: number, value: number | bigint): string {
  if (isWhole(value)) return String(Math.trunc(bound));
  const [mantissa, exponent] = bound.toExponential().split('e') as [string, string];
  if (Number(exponent) >= -4 && Number(exponent) < 6) return String(bound);
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

function listCheck(schema: JSONSchemaProps): Check {
  const { items, minItems, maxItems } = schema;
  const node = items && !Array.isArray(items) ? compileNode(items) : undefined;
  return (value, place, old, result) => {
    const list = value as readonly unknown[];
    if (node) {
      list.forEach((item, i) => {
        result.merge(node.check(item, { ...place, name: `${place.name}[${i}]` }, old?.item(item)));
      });
    }
    if (minItems !== undefined && list.length < minItems) {
      add(result, place, list.length, `${inBody(place)} should have at least ${minItems} items`);
    }
    if (maxItems !== undefined && list.length > maxItems) {
      result.errors.push(fieldError.tooMany(pathOf(place), list.length, maxItems));
    }
    result.matches++;
  };
}

function objectCheck(schema: JSONSchemaProps, isRoot: boolean): Check {
  const { minProperties, maxProperties, additionalProperties, required = [] } = schema;
  const properties = new Map(Object.entries(schema.properties ?? {}).map(([k, s]) => [k, compileNode(s)]));
  const others =
    typeof additionalProperties === 'object'
      ? compileNode(additionalProperties as JSONSchemaProps)
      : undefined;
  return (value, place, old, result) => {
    const object = value as Readonly<Record<string, unknown>>;
    const names = Object.keys(object);
    if (minProperties !== undefined && names.length < minProperties) {
      add(result, place, names.length, `${inBody(place)} should have at least ${minProperties} properties`);
    }
    if (maxProperties !== undefined && names.length > maxProperties) {
      result.errors.push(fieldError.tooMany(pathOf(place), names.length, maxProperties));
    }
    for (const name of names) {
      const known = properties.get(name);
      if (known) {
        // The old object's type was converted to the new one's: it says nothing of a change.
        const before = isRoot && (name === 'kind' || name === 'apiVersion') ? undefined : old?.field(name);
        const at = place.name === '' ? name : `${place.name}.${name}`;
        result.merge(known.check(object[name], { ...place, name: at }, before));
      } else if (others) {
        result.merge(
          others.check(object[name], { ...place, name: `${place.name}.${name}` }, old?.field(name)),
        );
      } else if (additionalProperties === false) {
        add(result, place, name, `${place.name}.${name} in body is a forbidden property`);
      }
    }
    for (const name of required) {
      if (Object.hasOwn(object, name)) continue;
      result.errors.push(fieldError.required(pathOf({ ...place, name: `${place.name}.${name}` })));
    }
  };
}

function junctorCheck({ anyOf, oneOf, allOf, not }: JSONSchemaProps): Check {
  const compile = (schemas: readonly JSONSchemaProps[] = []) => schemas.map(schema => compileNode(schema));
  const any = compile(anyOf);
  const one = compile(oneOf);
  const all = compile(allOf);
  const none = not ? compileNode(not) : undefined;
  return (value, place, old, result) => {
    if (any.length > 0) checkAnyOf(any, value, place, old, result);
    if (one.length > 0) checkOneOf(one, value, place, old, result);
    if (all.length > 0) checkAllOf(all, value, place, old, result);
    if (none?.checkPlain(value, place, old).errors.length === 0) {
      addLoose(result, place, `${JSON.stringify(place.name)} must not validate the schema (not)`);
    }
    result.matches++;
  };
}

type Branches = (
  nodes: readonly Node[],
  value: unknown,
  place: Place,
  old: Correlation | undefined,
  result: Result,
) => void;

const checkAnyOf: Branches = (nodes, value, place, old, result) => {
  let best: Result | undefined;
  for (const node of nodes) {
    const found = node.checkPlain(value, place, old);
    if (found.errors.length === 0) {
      result.merge(found);
      return;
    }
    if (!best || found.matches > best.matches) best = found;
  }
  addLoose(result, place, `${JSON.stringify(place.name)} must validate at least one schema (anyOf)`);
  result.merge(best!);
};

const checkOneOf: Branches = (nodes, value, place, old, result) => {
  const results = nodes.map(node => node.checkPlain(value, place, old));
  const valid = results.filter(found => found.errors.length === 0);
  if (valid.length === 1) {
    result.merge(valid[0]!);
    return;
  }
  const found = valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`;
  const name = JSON.stringify(place.name);
  addLoose(result, place, `${name} must validate one and only one schema (oneOf). ${found}`);
  if (valid.length > 0) return;
  result.merge(results.reduce((best, other) => (other.matches > best.matches ? other : best)));
};

const checkAllOf: Branches = (nodes, value, place, old, result) => {
  const results = nodes.map(node => node.checkPlain(value, place, old));
  for (const found of results) result.merge(found);
  const valid = results.filter(found => found.errors.length === 0).length;
  if (valid === nodes.length) return;
  const suffix = valid === 0 ? '. None validated' : '';
  addLoose(result, place, `${JSON.stringify(place.name)} must validate all the schemas (allOf)${suffix}`);
};
