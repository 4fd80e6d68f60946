import { append } from '#base/append.ts';
import { Pace, type Steps } from '#base/steps.ts';
import { checkRuleForm } from '#cel/schema-rules.ts';
import type { StructuralSchema } from '#cel/structural.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';
import { asInternal } from '../../internal-type.ts';
import { repeats } from '../../validation.ts';
import { unreadableText } from './validate-structural.ts';

/** Where in a resource a schema stands, as far as its rules depend on it. */
interface Place {
  readonly isRoot: boolean;
  /** Below the type or the metadata of a resource. */
  readonly insideMeta: boolean;
  /** Why there may be no default; undefined where there may. */
  readonly noDefaults: string | undefined;
}

/** Parts of a schema that are judged in a turn. */
const partsAtOnce = 32;

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const metaFields = ['apiVersion', 'kind', 'metadata'];

/** What OpenAPI and Kubernetes' extensions of it ask of every part of a schema, structural or not. */
export function validateOpenApi(path: FieldPath, schema: JSONSchemaProps): Steps<FieldError[]> {
  const place = { isRoot: true, insideMeta: false, noDefaults: undefined };
  return validatePart(path, schema, place, new Pace(partsAtOnce));
}

function* validatePart(
  path: FieldPath,
  schema: JSONSchemaProps,
  place: Place,
  pace: Pace,
): Steps<FieldError[]> {
  if (pace.isDue) yield;
  const errors = validateForbidden(path, schema, place);
  for (const [at, part, inner] of partsOf(path, schema, place, errors)) {
    append(errors, yield* validatePart(at, part, { ...inner, isRoot: false }, pace));
  }
  append(
    errors,
    validateMapType(path, schema),
    validateListType(path, schema),
    validateListMap(path, schema),
  );
  const isReadable = () => unreadableText(schema) === undefined;
  append(
    errors,
    validateListItems(path, schema),
    checkRuleForm(schema as StructuralSchema, path, isReadable),
  );
  return errors;
}

function validateForbidden(
  path: FieldPath,
  schema: JSONSchemaProps,
  { noDefaults, insideMeta }: Place,
): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (name: string, detail = `${name} is not supported`) => {
    errors.push(fieldError.forbidden(path.child(name), detail));
  };
  const { type = '' } = schema;
  if (type !== '' && !types.includes(type))
    errors.push(fieldError.notSupported(path.child('type'), type, types));
  if (schema.default !== undefined && noDefaults !== undefined) {
    forbid('default', `must not be set ${noDefaults}`);
  }
  if (schema.id) forbid('id');
  if (schema.additionalItems !== undefined) forbid('additionalItems');
  if (Object.keys(schema.patternProperties ?? {}).length > 0) forbid('patternProperties');
  if (Object.keys(schema.definitions ?? {}).length > 0) forbid('definitions');
  if (schema.dependencies !== undefined) forbid('dependencies');
  if (schema.$ref !== undefined) forbid('$ref');
  if (type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(schema.items)) forbid('items', 'items must be a schema object and not an array');
  if (insideMeta && schema['x-kubernetes-embedded-resource']) {
    forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
  }
  if (schema.uniqueItems) {
    forbid('uniqueItems', 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  }
  const open = schema['x-kubernetes-preserve-unknown-fields'];
  if (open === false) {
    const at = path.child('x-kubernetes-preserve-unknown-fields');
    errors.push(fieldError.invalid(at, false, 'must be true or undefined'));
  }
  return errors;
}

type Part = readonly [at: FieldPath, schema: JSONSchemaProps, place: Place];

/** The schemas that a schema is made of; `errors` gets what is wrong with them being there together. */
function partsOf(path: FieldPath, schema: JSONSchemaProps, place: Place, errors: FieldError[]): Part[] {
  const { additionalProperties, properties = {}, items, not, definitions = {} } = schema;
  const parts: Part[] = [];
  const values = path.child('additionalProperties');
  if (
    additionalProperties !== undefined &&
    additionalProperties !== true &&
    Object.keys(properties).length > 0
  ) {
    const detail = 'additionalProperties and properties are mutual exclusive';
    errors.push(fieldError.forbidden(values, detail));
  }
  if (typeof additionalProperties === 'object') {
    const noDefaults = 'inside additionalProperties applying to object metadata';
    const inner = place.insideMeta ? { ...place, noDefaults } : place;
    parts.push([values, additionalProperties as JSONSchemaProps, inner]);
  }
  for (const [name, property] of Object.entries(properties)) {
    parts.push([path.child('properties').key(name), property, placeOf(name, schema, place)]);
  }
  if (not) parts.push([path.child('not'), not, place]);
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const) {
    schema[name]?.forEach((part, i) => {
      parts.push([path.child(name).index(i), part, place]);
    });
  }
  for (const [name, part] of Object.entries(definitions)) {
    parts.push([path.child('definitions').key(name), part, place]);
  }
  const at = path.child('items');
  if (Array.isArray(items)) items.forEach((item, i) => void parts.push([at.index(i), item, place]));
  else if (items) parts.push([at, items, place]);
  return parts;
}

function placeOf(name: string, schema: JSONSchemaProps, place: Place): Place {
  const { isRoot } = place;
  const isMeta = (isRoot || schema['x-kubernetes-embedded-resource']) && metaFields.includes(name);
  if (!isMeta) return place;
  return { ...place, insideMeta: true, noDefaults: isRoot ? `in top-level ${name}` : place.noDefaults };
}

function typeIs(path: FieldPath, schema: JSONSchemaProps, wanted: string, extension: string): FieldError[] {
  if (schema.type === wanted) return [];
  const detail = `must be ${wanted} if ${extension} is specified`;
  const at = path.child('type');
  return [schema.type ? fieldError.invalid(at, schema.type, detail) : fieldError.required(at, detail)];
}

function validateMapType(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  const name = 'x-kubernetes-map-type';
  const value = schema[name];
  if (value === undefined) return [];
  const errors = typeIs(path, schema, 'object', name);
  const supported = ['atomic', 'granular'];
  if (!supported.includes(value)) errors.push(fieldError.notSupported(path.child(name), value, supported));
  return errors;
}

function validateListType(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  const name = 'x-kubernetes-list-type';
  const value = schema[name];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const errors = value === undefined ? [] : typeIs(path, schema, 'array', name);
  if (errors.length === 0 && value === 'set') append(errors, validateSetItems(path, schema));
  const supported = ['atomic', 'set', 'map'];
  if (value !== undefined && !supported.includes(value)) {
    errors.push(fieldError.notSupported(path.child(name), value, supported));
  }
  if (keys.length > 0 && value !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const at = path.child(name);
    errors.push(
      value === undefined ? fieldError.required(at, detail) : fieldError.invalid(at, value, detail),
    );
  }
  return errors;
}

/** Items of a set are compared as wholes. */
function validateSetItems(path: FieldPath, { items }: JSONSchemaProps): FieldError[] {
  if (!items || Array.isArray(items)) return [];
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items['x-kubernetes-list-type'];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [fieldError.invalid(path.child('items', 'x-kubernetes-list-type'), listType, detail)];
  }
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    return [fieldError.invalid(path.child('items', 'x-kubernetes-map-type'), listType, detail)];
  }
  return [];
}

function validateListMap(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  if (schema['x-kubernetes-list-type'] !== 'map') return [];
  const { items } = schema;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const keysPath = path.child('x-kubernetes-list-map-keys');
  const at = path.child('items');
  const errors: FieldError[] = [];
  if (keys.length === 0) {
    errors.push(fieldError.required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  }
  if (!items) {
    return [...errors, fieldError.required(at, 'must have a schema if x-kubernetes-list-type is map')];
  }
  if (Array.isArray(items)) {
    const detail = 'must only have a single schema if x-kubernetes-list-type is map';
    const shown = asInternal('apiextensions.JSONSchemaPropsOrArray', items);
    return [...errors, fieldError.invalid(at, shown, detail)];
  }
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, fieldError.invalid(at.child('type'), items.type ?? '', detail)];
  }
  const isRepeated = repeats(keys);
  keys.forEach((key, i) => {
    const property = items.properties?.[key];
    if (!property) {
      errors.push(fieldError.invalid(keysPath, keys, 'entries must all be names of item properties'));
    } else if (property.type === 'array' || property.type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(fieldError.invalid(at.child('properties').key(key).child('type'), items.type, detail));
    }
    if (isRepeated[i]) {
      errors.push(fieldError.invalid(keysPath, keys, 'must not contain duplicate entries'));
    }
  });
  return errors;
}

/** Items that are told apart are there, and have their keys. */
function validateListItems(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const { items } = schema;
  if (!items || Array.isArray(items) || (listType !== 'set' && listType !== 'map')) return [];
  const errors: FieldError[] = [];
  if (items.nullable) {
    const detail = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push(fieldError.forbidden(path.child('items', 'nullable'), detail));
  }
  if (listType === 'set') return errors;
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = items.properties?.[key];
    if (!property) continue;
    const at = path.child('items', 'properties').key(key);
    const inKeys = 'this property is in x-kubernetes-list-map-keys, so it';
    if (!items.required?.includes(key) && property.default === undefined) {
      errors.push(
        fieldError.required(at.child('default'), `${inKeys} must have a default or be a required property`),
      );
    }
    if (property.nullable) {
      errors.push(fieldError.forbidden(at.child('nullable'), `${inKeys} cannot be nullable`));
    }
  }
  return errors;
}
