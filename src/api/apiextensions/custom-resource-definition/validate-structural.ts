import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import { Pace, type Steps } from '#base/steps.ts';
import { type FieldError, type FieldPath, fieldError, fieldErrorText } from '#machinery/field.ts';
import { GoRegexpError, compileGoRegexp } from '#machinery/go-regexp.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';

/**
 * The rules of structural schemas (KEP-1693): every value's type is said once, outside the value validations, so that
 * unknown fields can be pruned.
 */
export function* validateStructural(path: FieldPath, schema: JSONSchemaProps): Steps<FieldError[]> {
  const errors = yield* validateInvariants(path, schema, 'root', new Pace(partsAtOnce));
  yield;
  append(errors, validateCompleteness(path, path, schema, schema));
  return errors.sort((a, b) => (fieldErrorText(a) < fieldErrorText(b) ? -1 : 1));
}

const unsupported = [
  'id',
  '$schema',
  '$ref',
  'patternProperties',
  'dependencies',
  'additionalItems',
  'definitions',
];

/** Why a schema cannot be read as a structural one at all; undefined where it can. */
export function unreadableText(schema: JSONSchemaProps): string | undefined {
  const given = unsupported.find(name => hasContent(schema[name as keyof JSONSchemaProps]));
  if (given) return `OpenAPIV3Schema '${given === '$schema' ? 'schema' : given}' is not supported`;
  if (Array.isArray(schema.items)) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  }
  let text: string | undefined;
  somePart(schema, part => {
    text = unreadableText(part);
    return text !== undefined;
  });
  return text;
}

/** Any additional items are some, also `false`. */
function hasContent(value: unknown): boolean {
  if (typeof value === 'object' && value !== null && !('type' in value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== '';
}

/** Asks of the schemas that a schema is made of, until one answers true. It makes no list of them: schemas are large. */
export function somePart(schema: JSONSchemaProps, test: (part: JSONSchemaProps) => boolean): boolean {
  const { items, additionalProperties, properties, not, allOf, anyOf, oneOf } = schema;
  if (items && (Array.isArray(items) ? items.some(test) : test(items))) return true;
  if (typeof additionalProperties === 'object' && test(additionalProperties as JSONSchemaProps)) return true;
  if ((not && test(not)) || allOf?.some(test) || anyOf?.some(test) || oneOf?.some(test)) return true;
  for (const name in properties) if (test(properties[name]!)) return true;
  return false;
}

/** Parts of a schema that are judged in a turn. */
const partsAtOnce = 32;

type Level = 'root' | 'item' | 'field';

const emptyType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  field: 'must not be empty for specified object fields',
  item: 'must not be empty for specified array items',
};
const intOrString: readonly JSONSchemaProps[] = [{ type: 'integer' }, { type: 'string' }];

function* validateInvariants(
  path: FieldPath,
  schema: JSONSchemaProps,
  level: Level,
  pace: Pace,
): Steps<FieldError[]> {
  if (pace.isDue) yield;
  const { items, properties = {}, additionalProperties } = schema;
  const errors: FieldError[] = [];
  if (schema.type === 'array' && !items) {
    errors.push(fieldError.required(path.child('items'), 'must be specified'));
  }
  if (items && !Array.isArray(items)) {
    append(errors, yield* validateInvariants(path.child('items'), items, 'item', pace));
  }
  for (const [name, property] of Object.entries(properties)) {
    append(errors, yield* validateInvariants(path.child('properties').key(name), property, 'field', pace));
  }
  const values = path.child('additionalProperties');
  if (additionalProperties !== undefined && level === 'root') {
    errors.push(fieldError.forbidden(values, 'must not be used at the root'));
  }
  if (typeof additionalProperties === 'object') {
    const inner = additionalProperties as JSONSchemaProps;
    append(errors, yield* validateInvariants(values, inner, 'field', pace));
  }
  const either = deepEqual(schema.anyOf, intOrString);
  const firstEither = deepEqual(schema.allOf?.[0]?.anyOf, intOrString);
  append(errors, validateExtensions(path, schema), validateValues(path, schema, either, firstEither));
  append(errors, validateType(path, schema, level), validateMeta(path, schema, level));
  return errors;
}

function validateExtensions(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter(name => schema[name])
    .map(name =>
      fieldError.invalid(path.child(name), true, 'must be false if x-kubernetes-int-or-string is true'),
    );
}

function validateType(path: FieldPath, schema: JSONSchemaProps, level: Level): FieldError[] {
  const { type = '' } = schema;
  const at = path.child('type');
  const open = schema['x-kubernetes-preserve-unknown-fields'];
  const embedded = schema['x-kubernetes-embedded-resource'];
  const errors: FieldError[] = [];
  if (embedded && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === '' ? fieldError.required(at, detail) : fieldError.invalid(at, type, detail));
  } else if (type === '' && !schema['x-kubernetes-int-or-string'] && !open) {
    errors.push(fieldError.required(at, emptyType[level]));
  }
  if (embedded && schema.additionalProperties !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(fieldError.forbidden(path.child('additionalProperties'), detail));
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push(fieldError.invalid(at, type, 'must be object at the root'));
  }
  if (embedded && !open && Object.keys(schema.properties ?? {}).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(fieldError.required(path.child('properties'), detail));
  }
  return errors;
}

/** Every resource has its type and metadata; a schema may restrict the metadata's names alone. */
function validateMeta(path: FieldPath, schema: JSONSchemaProps, level: Level): FieldError[] {
  const checked = level === 'root' || schema['x-kubernetes-embedded-resource'];
  const errors: FieldError[] = [];
  for (const name of ['kind', 'apiVersion'] as const) {
    const property = schema.properties?.[name];
    if (!property || !checked || property.type === 'string') continue;
    const at = path.child('properties').key(name).child('type');
    errors.push(fieldError.invalid(at, property.type ?? '', 'must be string'));
  }
  const metadata = schema.properties?.metadata;
  if (!metadata) return errors;
  const at = path.child('properties').key('metadata');
  if (checked && metadata.type !== 'object') {
    errors.push(fieldError.invalid(at.child('type'), metadata.type ?? '', 'must be object'));
  }
  if (level !== 'root') return errors;
  const { type: _, default: _default, properties = {}, ...others } = metadata;
  const names = Object.keys(properties).filter(name => name !== 'name' && name !== 'generateName');
  if (names.length > 0 || Object.keys(others).length > 0) {
    const detail =
      'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(fieldError.forbidden(at, detail));
  }
  return errors;
}

function validateValues(
  path: FieldPath,
  schema: JSONSchemaProps,
  skipAnyOf: boolean,
  skipFirstAnyOf: boolean,
): FieldError[] {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  const errors: FieldError[] = [];
  const nested = (name: string, schemas: readonly JSONSchemaProps[]) =>
    schemas.flatMap((part, i) => validateNested(path.child(name).index(i), part, false));
  if (!skipAnyOf) append(errors, nested('anyOf', anyOf));
  allOf.forEach((part, i) => {
    append(errors, validateNested(path.child('allOf').index(i), part, skipFirstAnyOf && i === 0));
  });
  append(errors, nested('oneOf', oneOf));
  if (not) append(errors, validateNested(path.child('not'), not, false));
  if (pattern) append(errors, validatePattern(path.child('pattern'), pattern));
  return errors;
}

function validatePattern(path: FieldPath, pattern: string): FieldError[] {
  try {
    compileGoRegexp(pattern);
    return [];
  } catch (error) {
    if (!(error instanceof GoRegexpError)) throw error;
    return [
      fieldError.invalid(path, pattern, `must be a valid regular expression, but isn't: ${error.message}`),
    ];
  }
}

/** What only the structural part of a schema may say. */
const structuralOnly: readonly (readonly [name: keyof JSONSchemaProps, detail: string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function validateNested(path: FieldPath, schema: JSONSchemaProps, skipAnyOf: boolean): FieldError[] {
  const { items, properties = {} } = schema;
  const errors = validateValues(path, schema, skipAnyOf, false);
  if (items && !Array.isArray(items)) append(errors, validateNested(path.child('items'), items, false));
  for (const [name, property] of Object.entries(properties)) {
    append(errors, validateNested(path.child('properties').key(name), property, false));
  }
  for (const [name, detail] of structuralOnly) {
    const value = schema[name];
    const isSet = Array.isArray(value)
      ? value.length > 0
      : name === 'default'
        ? value !== undefined
        : Boolean(value);
    if (isSet) errors.push(fieldError.forbidden(path.child(name), detail));
  }
  if (Object.hasOwn(properties, 'metadata')) {
    const at = path.child('properties').key('metadata');
    errors.push(fieldError.forbidden(at, 'must not be specified in a nested context'));
  }
  return errors;
}

/** Every value that a validation speaks of is specified in the structural part too. */
function validateCompleteness(
  structuralPath: FieldPath,
  valuesPath: FieldPath,
  structural: JSONSchemaProps,
  values: JSONSchemaProps,
): FieldError[] {
  const { not, allOf = [], anyOf = [], oneOf = [] } = values;
  const errors: FieldError[] = [];
  const check = (at: FieldPath, part: JSONSchemaProps) => {
    append(errors, validateCounterparts(structuralPath, at, structural, part));
  };
  if (not) check(valuesPath.child('not'), not);
  for (const [name, parts] of Object.entries({ allOf, anyOf, oneOf })) {
    parts.forEach((part, i) => {
      check(valuesPath.child(name).index(i), part);
    });
  }
  return errors;
}

function validateCounterparts(
  structuralPath: FieldPath,
  valuesPath: FieldPath,
  structural: JSONSchemaProps | undefined,
  values: JSONSchemaProps,
): FieldError[] {
  if (!structural) return [fieldError.required(structuralPath, `because it is defined in ${valuesPath}`)];
  const errors = validateCompleteness(structuralPath, valuesPath, structural, values);
  const { items, properties = {} } = values;
  if (items && !Array.isArray(items)) {
    const own = Array.isArray(structural.items) ? undefined : structural.items;
    append(
      errors,
      validateCounterparts(structuralPath.child('items'), valuesPath.child('items'), own, items),
    );
  }
  for (const [name, property] of Object.entries(properties)) {
    const own = structural.properties;
    append(
      errors,
      validateCounterparts(
        structuralPath.child('properties').key(name),
        valuesPath.child('properties').key(name),
        own && Object.hasOwn(own, name) ? own[name] : undefined,
        property,
      ),
    );
  }
  return errors;
}
