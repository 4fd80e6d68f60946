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
  /** Something above keeps unknown fields. */
  readonly isBelowOpen?: boolean;
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

/** `properties` may give embedded resources a type and metadata by default. A null goes where they say something alone. */
function embeddedFields(
  meta: ResourceMeta,
  properties: Readonly<Record<string, JSONSchemaProps>> = {},
): [string, FieldSchema][] {
  return metaFields(meta).map(([name, field]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const nullable = property ? property.nullable === true : true;
    return [name, withDefaults({ ...field, nullable }, property)];
  });
}

/** A field of a known type, with the defaults that a schema of it gives to it and to its own fields. */
function withDefaults(field: FieldSchema, props: JSONSchemaProps | undefined): FieldSchema {
  if (!props) return field;
  const { properties, default: value } = props;
  const schema =
    field.schema.type === 'object' && properties ? withFieldDefaults(field.schema, properties) : field.schema;
  return { ...field, schema, ...(value === undefined ? {} : { default: prune(value, schema) }) };
}

function withFieldDefaults(
  schema: ObjectSchema,
  properties: Readonly<Record<string, JSONSchemaProps>>,
): ObjectSchema {
  const fields = [...schema.fields].map(
    ([name, field]) =>
      [name, withDefaults(field, Object.hasOwn(properties, name) ? properties[name] : undefined)] as const,
  );
  return { ...schema, fields: new Map(fields) };
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
      return props.format ? { type: 'string', textFormat: props.format } : string;
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
  const below = withOpenness(props, meta);
  const fields = Object.entries(props.properties ?? {}).map(
    ([name, property]) => [name, fieldSchema(name, property, required.has(name), below)] as const,
  );
  const mapType = props['x-kubernetes-map-type'] as MapType | undefined;
  const open = props['x-kubernetes-preserve-unknown-fields'] || props.additionalProperties === true;
  return {
    type: 'object',
    name: '',
    fields: new Map(fields),
    ...(mapType ? { mapType } : {}),
    ...(open ? { preserveUnknownFields: true } : {}),
    ...(meta.isBelowOpen ? { mergesUnknownFields: true } : {}),
  };
}

function withOpenness(props: JSONSchemaProps, meta: ResourceMeta): ResourceMeta {
  return props['x-kubernetes-preserve-unknown-fields'] ? { ...meta, isBelowOpen: true } : meta;
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
  const known = typeof values === 'object' ? (values as JSONSchemaProps) : undefined;
  const schema = known ? compilePart(known, withOpenness(props, meta)) : unspecified;
  return {
    type: 'map',
    values: schema,
    ...(!known || known.nullable ? { nullable: true } : {}),
    ...(known ? nullDefault(known, schema) : {}),
    ...(mapType ? { mapType } : {}),
  };
}

function listSchema(props: JSONSchemaProps, meta: ResourceMeta): ListSchema {
  const listType = props['x-kubernetes-list-type'] as ListType | undefined;
  const listMapKeys = props['x-kubernetes-list-map-keys'];
  const items = itemsOf(props);
  const schema: Schema = items ? compilePart(items, withOpenness(props, meta)) : { type: 'any' };
  return {
    type: 'list',
    items: schema,
    ...(items ? nullDefault(items, schema) : {}),
    ...(listType ? { listType } : {}),
    ...(listMapKeys ? { listMapKeys } : {}),
  };
}

/** The schema of a list's items, which keep unknown fields where the list does. */
function itemsOf(props: JSONSchemaProps): JSONSchemaProps | undefined {
  const { items, 'x-kubernetes-preserve-unknown-fields': open } = props;
  if (!items || Array.isArray(items)) return undefined;
  return open ? { ...items, 'x-kubernetes-preserve-unknown-fields': true } : items;
}

/** What stands for null in a list or map of such values. */
function nullDefault({ nullable, default: value }: JSONSchemaProps, schema: Schema): { default?: unknown } {
  return nullable || value === undefined ? {} : { default: prune(value, schema) };
}

function embeddedResource(props: JSONSchemaProps, meta: ResourceMeta): ObjectSchema {
  const { fields, ...schema } = objectSchema(props, meta);
  return {
    ...schema,
    fields: new Map([...embeddedFields(meta, props.properties), ...withoutMeta(fields)]),
    // Of metadata that is not to be looked at, nothing is of a wrong type.
    ...(meta.objectMeta.native ? { embedded: true } : {}),
  };
}
