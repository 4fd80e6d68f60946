import { compareStrings } from './bytes.ts';
import { embeddedResources } from './embedded.ts';
import { rootPath } from './field.ts';
import { goQuote, sorted } from './go-json.ts';
import { strictJsonErrors } from './json-scan.ts';
import { isOfResource } from './prune.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/**
 * The fields of a custom resource that pruning takes away, as strict decoding words them and in its order: those of its
 * metadata, then all others by their paths, then those of the metadata of embedded resources.
 */
export function unknownFields(value: unknown, schema: ObjectSchema): string[] {
  const errors = new Set(unknownOfMetadata(value, schema, ''));
  const paths: string[] = [];
  collect(value, schema, '', paths);
  for (const path of paths.sort()) errors.add(`unknown field "${path}"`);
  const inner = [...embeddedResources(value, schema, rootPath)].flatMap(resource =>
    unknownOfMetadata(resource.value, resource.schema, `${resource.path}.`),
  );
  for (const error of inner.sort()) errors.add(error);
  return [...errors];
}

/** The fields that a Go type has not, as its converter from plain values tells of them: sorted. */
export function unconvertedFields(value: unknown, schema: ObjectSchema): string[] {
  const errors: string[] = [];
  collectUnconverted(value, schema, '', errors);
  return errors.sort(compareStrings);
}

function collectUnconverted(
  value: unknown,
  schema: Schema | undefined,
  path: string,
  errors: string[],
): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    const items = schema?.type === 'list' ? schema.items : undefined;
    for (const [i, item] of value.entries()) collectUnconverted(item, items, `${path}[${i}]`, errors);
    return;
  }
  const below = path === '' ? '' : `${path}.`;
  const members = value as Readonly<Record<string, unknown>>;
  if (schema?.type === 'map') {
    for (const name of Object.keys(members))
      collectUnconverted(members[name], schema.values, `${below}${name}`, errors);
  }
  if (schema?.type !== 'object') return;
  for (const [name, field] of schema.fields)
    if (Object.hasOwn(members, name))
      collectUnconverted(members[name], field.schema, `${below}${name}`, errors);
  for (const name of Object.keys(members))
    if (!schema.fields.has(name)) errors.push(`unknown field ${goQuote(`${below}${name}`)}`);
}

function unknownOfMetadata(value: unknown, { fields }: ObjectSchema, prefix: string): string[] {
  const { metadata } = (value ?? {}) as { metadata?: unknown };
  const known = fields.get('metadata')?.schema;
  if (typeof metadata !== 'object' || metadata === null || !known) return [];
  const schema: ObjectSchema = {
    type: 'object',
    name: '',
    fields: new Map([[`${prefix}metadata`, { name: 'metadata', schema: known }]]),
  };
  return strictJsonErrors(JSON.stringify({ [`${prefix}metadata`]: sorted(metadata) }), schema);
}

function collect(value: unknown, schema: Schema | undefined, path: string, paths: string[]): void {
  if (typeof value !== 'object' || value === null || schema?.type === 'any') return;
  if (Array.isArray(value)) {
    if (schema?.type === 'object' && schema.preserveUnknownFields) return;
    const items = schema?.type === 'list' ? schema.items : undefined;
    for (const [i, item] of value.entries()) collect(item, items, `${path}[${i}]`, paths);
    return;
  }
  const object = schema?.type === 'object' ? schema : undefined;
  if (object?.native) return;
  for (const [name, part] of Object.entries(value)) {
    if ((path === '' || object?.embedded) && isOfResource(name)) continue;
    const at = path === '' ? name : `${path}.${name}`;
    const known = schema?.type === 'map' ? schema.values : object?.fields.get(name)?.schema;
    if (known) collect(part, known, at, paths);
    else if (!object?.preserveUnknownFields) paths.push(at);
  }
}
