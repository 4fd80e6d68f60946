import type { FieldSchema, ListSchema, ListType, MapType, ObjectSchema, Schema } from '#machinery/schema.ts';
import { prune } from '#machinery/prune.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';

const string: Schema = { type: 'string' };
/** What `additionalProperties: true` says of the values: nothing, so that what is inside them goes. */
const unspecified: ObjectSchema = { type: 'object', name: '', fields: new Map() };

/** What every resource has, whatever its schema says. */
export interface ResourceMeta {
  /** meta/v1's ObjectMeta. */
  readonly objectMeta: ObjectSchema;
}

/**
 * The schema of a custom resource, by which it is decoded, pruned, defaulted and merged, of a structural OpenAPI schema
 * (KEP-1693). `name` is its OpenAPI definition's. Value validations are no part of it.
 */
export function compileSchema(name: string, props: JSONSchemaProps, meta: ResourceMeta): ObjectSchema {
  const { fields, ...schema } = objectSchema(props, meta);
  return { ...schema, name, fields: new Map([...metaFields(meta), ...withoutMeta(fields)]) };
}

function metaFields({ objectMeta }: ResourceMeta): [string, FieldSchema][] {
  return [
    ['apiVersion', { name: 'apiVersion', schema: string }],
    ['kind', { name: 'kind', schema: string }],
    ['metadata', { name: 'metadata', schema: objectMeta }],
  ];
}

function withoutMeta(fields: ReadonlyMap<string, FieldSchema>): [string, FieldSchema][] {
  return [...fields].filter(([name]) => !['apiVersion', 'kind', 'metadata'].includes(name));
}

/** A part of a structural schema. */
export function compilePart(props: JSONSchemaProps, meta: ResourceMeta): Schema {
  if (props['x-kubernetes-int-or-string']) return { type: 'int-or-string' };
  if (props['x-kubernetes-embedded-resource']) return embeddedResource(props, meta);
  switch (props.type) {
    case 'array':
      return listSchema(props, meta);
    case 'object':
      return mapSchema(props, meta) ?? objectSchema(props, meta);
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return { type: props.type };
    default:
      return props.properties ? objectSchema(props, meta) : { type: 'any' };
  }
}

function objectSchema(props: JSONSchemaProps, meta: ResourceMeta): ObjectSchema {
  const required = new Set(props.required);
  const fields = Object.entries(props.properties ?? {}).map(
    ([name, property]) => [name, fieldSchema(name, property, required.has(name), meta)] as const,
  );
  const mapType = props['x-kubernetes-map-type'] as MapType | undefined;
  const open = props['x-kubernetes-preserve-unknown-fields'] || props.additionalProperties === true;
  return {
    type: 'object',
    name: '',
    fields: new Map(fields),
    ...(mapType ? { mapType } : {}),
    ...(open ? { preserveUnknownFields: true } : {}),
  };
}

function fieldSchema(
  name: string,
  property: JSONSchemaProps,
  required: boolean,
  meta: ResourceMeta,
): FieldSchema {
  const schema = compilePart(property, meta);
  return {
    name,
    schema,
    ...(required ? { required } : {}),
    ...(property.nullable ? { nullable: true } : {}),
    ...(property.default === undefined ? {} : { default: prune(property.default, schema) }),
  };
}

/** Undefined where the properties are named, or none are known. */
function mapSchema(props: JSONSchemaProps, meta: ResourceMeta): Schema | undefined {
  const { additionalProperties: values } = props;
  if (values === undefined || props.properties) return undefined;
  const mapType = props['x-kubernetes-map-type'] as MapType | undefined;
  const known = typeof values === 'object';
  return {
    type: 'map',
    values: known ? compilePart(values as JSONSchemaProps, meta) : unspecified,
    ...(!known || (values as JSONSchemaProps).nullable ? { nullable: true } : {}),
    ...(mapType ? { mapType } : {}),
  };
}

function listSchema(props: JSONSchemaProps, meta: ResourceMeta): ListSchema {
  const listType = props['x-kubernetes-list-type'] as ListType | undefined;
  const listMapKeys = props['x-kubernetes-list-map-keys'];
  const { items } = props;
  return {
    type: 'list',
    items: items && !Array.isArray(items) ? compilePart(items, meta) : { type: 'any' },
    ...(listType ? { listType } : {}),
    ...(listMapKeys ? { listMapKeys } : {}),
  };
}

function embeddedResource(props: JSONSchemaProps, meta: ResourceMeta): ObjectSchema {
  const { fields, ...schema } = objectSchema(props, meta);
  return { ...schema, fields: new Map([...metaFields(meta), ...withoutMeta(fields)]) };
}
