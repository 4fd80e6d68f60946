import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';

/**
 * The rules of structural schemas (KEP-1693): every value's type is said once, outside the value validations, so
 * that unknown fields can be pruned. Rules in CEL are not compiled here.
 */

type Level = 'root' | 'field' | 'item';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const emptyTypeDetails: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  field: 'must not be empty for specified object fields',
  item: 'must not be empty for specified array items',
};
const unsupported = [
  'definitions',
  'dependencies',
  'patternProperties',
  'additionalItems',
  'id',
  '$ref',
] as const;
const mergeHints = ['x-kubernetes-list-type', 'x-kubernetes-map-type'] as const;

function validateType(path: FieldPath, schema: JSONSchemaProps, level: Level): FieldError[] {
  const at = path.child('type');
  const { type } = schema;
  if (!type) {
    const isOpen = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
    if (schema['x-kubernetes-embedded-resource']) {
      return [fieldError.required(at, 'must be object if x-kubernetes-embedded-resource is true')];
    }
    return isOpen ? [] : [fieldError.required(at, emptyTypeDetails[level])];
  }
  if (type === 'null') {
    return [fieldError.forbidden(at, 'type cannot be set to null, use nullable as an alternative')];
  }
  if (!types.includes(type)) return [fieldError.notSupported(at, type, types)];
  if (level === 'root' && type !== 'object')
    return [fieldError.invalid(at, type, 'must be object at the root')];
  return [];
}

function validateForbidden(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  const errors: FieldError[] = unsupported
    .filter(name => schema[name] !== undefined)
    .map(name => fieldError.forbidden(path.child(name), `${name} is not supported`));
  if (schema.uniqueItems) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(fieldError.forbidden(path.child('uniqueItems'), detail));
  }
  if (Array.isArray(schema.items)) {
    errors.push(fieldError.forbidden(path.child('items'), 'items must be a schema object and not an array'));
  }
  if (schema.properties && schema.additionalProperties) {
    const detail = 'additionalProperties and properties are mutual exclusive';
    errors.push(fieldError.forbidden(path.child('additionalProperties'), detail));
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const at = path.child('x-kubernetes-preserve-unknown-fields');
    errors.push(fieldError.invalid(at, false, 'must be true or undefined'));
  }
  return errors;
}

function validateListKeys(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const listType = schema['x-kubernetes-list-type'];
  const keysPath = path.child('x-kubernetes-list-map-keys');
  if (keys.length > 0 && listType !== 'map') {
    const at = path.child('x-kubernetes-list-type');
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    return [
      listType === undefined ? fieldError.required(at, detail) : fieldError.invalid(at, listType, detail),
    ];
  }
  if (listType !== 'map') return [];
  if (keys.length === 0) {
    return [fieldError.required(keysPath, 'must not be empty if x-kubernetes-list-type is map')];
  }
  const { items } = schema;
  if (!items || Array.isArray(items)) {
    return [fieldError.required(path.child('items'), 'must have a schema if x-kubernetes-list-type is map')];
  }
  const errors: FieldError[] = [];
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(fieldError.invalid(path.child('items', 'type'), items.type ?? '', detail));
  }
  if (new Set(keys).size < keys.length) {
    errors.push(fieldError.invalid(keysPath, keys, 'must not contain duplicate entries'));
  }
  return [...errors, ...keys.flatMap(key => validateKeyProperty(path, keys, key, items))];
}

function validateKeyProperty(
  path: FieldPath,
  keys: readonly string[],
  key: string,
  items: JSONSchemaProps,
): FieldError[] {
  const property = items.properties?.[key];
  if (!property) {
    const detail = 'entries must all be names of item properties';
    return [fieldError.invalid(path.child('x-kubernetes-list-map-keys'), keys, detail)];
  }
  const at = path.child('items', 'properties').key(key);
  if (property.default === undefined && !items.required?.includes(key)) {
    const detail =
      'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
    return [fieldError.required(at.child('default'), detail)];
  }
  return [];
}

function validateMergeHints(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  const errors: FieldError[] = [];
  const rules = { 'x-kubernetes-list-type': 'array', 'x-kubernetes-map-type': 'object' } as const;
  const values = {
    'x-kubernetes-list-type': ['atomic', 'set', 'map'],
    'x-kubernetes-map-type': ['atomic', 'granular'],
  };
  for (const name of mergeHints) {
    const value = schema[name];
    if (value === undefined) continue;
    const detail = `must be ${rules[name]} if ${name} is specified`;
    if (!schema.type) errors.push(fieldError.required(path.child('type'), detail));
    else if (schema.type !== rules[name])
      errors.push(fieldError.invalid(path.child('type'), schema.type, detail));
    if (!values[name].includes(value))
      errors.push(fieldError.notSupported(path.child(name), value, values[name]));
  }
  return errors;
}

function validateRules(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule, message }, i) => {
    const at = path.child('x-kubernetes-validations').index(i);
    const errors: FieldError[] = [];
    if (!rule?.trim()) errors.push(fieldError.required(at.child('rule'), 'rule is not specified'));
    if (message !== undefined && message !== '' && message.trim() === '') {
      errors.push(fieldError.invalid(at.child('message'), message, 'must be non-empty if specified'));
    }
    if (message?.includes('\n')) {
      errors.push(fieldError.invalid(at.child('message'), message, 'must not contain line breaks'));
    }
    return errors;
  });
}

function validatePattern(path: FieldPath, { pattern }: JSONSchemaProps): FieldError[] {
  if (!pattern) return [];
  try {
    new RegExp(pattern.replace(/^\(\?[a-z]+\)/, ''), 'u');
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const detail = `must be a valid regular expression, but isn't: ${error.message}`;
    return [fieldError.invalid(path.child('pattern'), pattern, detail)];
  }
}

function validateLevel(path: FieldPath, schema: JSONSchemaProps, level: Level): FieldError[] {
  const errors = [
    ...validateType(path, schema, level),
    ...validateForbidden(path, schema),
    ...validateMergeHints(path, schema),
    ...validateListKeys(path, schema),
    ...validateRules(path, schema),
    ...validatePattern(path, schema),
  ];
  const { items, properties = {}, additionalProperties } = schema;
  if (schema.type === 'array' && !items)
    errors.push(fieldError.required(path.child('items'), 'must be specified'));
  if (items && !Array.isArray(items)) errors.push(...validateLevel(path.child('items'), items, 'item'));
  for (const [name, property] of Object.entries(properties)) {
    const at = path.child('properties').key(name);
    if (level === 'root' && name === 'metadata') errors.push(...validateMetadata(at, property));
    else errors.push(...validateLevel(at, property, 'field'));
  }
  if (additionalProperties === undefined) return errors;
  if (level === 'root') {
    errors.push(fieldError.forbidden(path.child('additionalProperties'), 'must not be used at the root'));
  }
  if (typeof additionalProperties === 'object') {
    errors.push(...validateLevel(path.child('additionalProperties'), additionalProperties, 'field'));
  }
  return errors;
}

/** A custom resource's metadata is everybody's; only its names may be restricted. */
function validateMetadata(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  if (schema.type !== 'object')
    return [fieldError.invalid(path.child('type'), schema.type ?? '', 'must be object')];
  const others = Object.keys(schema.properties ?? {}).filter(
    name => name !== 'name' && name !== 'generateName',
  );
  const detail =
    'must not specify anything other than name and generateName, but metadata is implicitly specified';
  return others.length > 0 ? [fieldError.forbidden(path, detail)] : [];
}

/** A version's schema, from its root. */
export function validateStructuralSchema(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  const errors = validateLevel(path, schema, 'root');
  if (schema.nullable)
    errors.push(fieldError.forbidden(path.child('nullable'), 'nullable cannot be true at the root'));
  return errors;
}
