/** The way from `kubectl apply` to `kubectl apply --server-side`: what the annotation says was applied may be taken over. */
import { utf8Length } from '#machinery/bytes.ts';
import { type FieldSet, difference, emptySet, union } from '#machinery/fields/field-set.ts';
import { compareTyped } from '#machinery/managed/compare.ts';
import { toFieldSet } from '#machinery/managed/to-field-set.ts';
import { TypedError } from '#machinery/managed/typed.ts';
import type { Versioned } from '#machinery/managed/versions.ts';
import { validateTyped } from '#machinery/managed/validate.ts';
import { annotationsMaxBytes } from '#machinery/metadata.ts';
import type { KubeObject } from '#machinery/object.ts';
import { isObject } from '#machinery/patch/json-object.ts';
import { parseExactJson } from '#machinery/json-parse.ts';

export const kubectl = 'kubectl';
const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The fields that client-side apply set last and that are still as it set them. */
export function lastAppliedFields({ apiVersion, schema, value }: Versioned): FieldSet {
  const text = (value as KubeObject).metadata.annotations?.[annotation];
  const applied = text ? parse(text) : undefined;
  if (!isObject(applied) || applied.apiVersion !== apiVersion) return emptySet;
  try {
    validateTyped(schema, value);
    validateTyped(schema, applied);
    const { added, modified, removed } = compareTyped(schema, applied, value);
    return difference(toFieldSet(schema, applied), union(union(added, modified), removed));
  } catch (error) {
    if (error instanceof TypedError) return emptySet;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}

/** The object with its annotation, if it has one, in step with the configuration, so that client-side apply can go on. */
export function keepLastApplied(object: KubeObject, config: KubeObject): KubeObject {
  if (!object.metadata.annotations?.[annotation]) return object;
  const annotations = { ...object.metadata.annotations, [annotation]: lastAppliedText(config) };
  let bytes = 0;
  for (const [name, value] of Object.entries(annotations)) bytes += utf8Length(name) + utf8Length(value);
  const { [annotation]: _, ...others } = annotations;
  const kept = bytes > annotationsMaxBytes ? others : annotations;
  return { ...object, metadata: { ...object.metadata, annotations: kept } };
}

function lastAppliedText(config: KubeObject): string {
  const annotations = config.metadata?.annotations;
  const { [annotation]: _, ...others } = annotations ?? {};
  const bare = annotations ? { ...config, metadata: { ...config.metadata, annotations: others } } : config;
  return `${JSON.stringify(sortKeys(bare)).replace(/[<>&\u2028\u2029]/g, escapeUnit)}\n`;
}

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(name => [name, sortKeys(value[name])]),
  );
}
