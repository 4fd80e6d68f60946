/** Structural schemas of custom resources (as JSON) as declarations, with the sizes that upstream estimates by. */
import { DecodeError } from '#machinery/decode-error.ts';
import { canonicalBase64 } from '#machinery/go-values.ts';
import { findField } from './access.ts';
import type { Declaration } from './declaration.ts';
import { escapeName, isKeyword } from './escape.ts';
import {
  isJsonObject,
  type JsonField,
  JsonList,
  JsonMap,
  JsonObject,
  type ListKind,
  type ObjectShape,
  readDouble,
  readInt,
  setKey,
  wrongType,
} from './json-values.ts';
import {
  dateFromText,
  schemaDurationFromText,
  schemaTimestampFromText,
  timestampProblem,
} from './library/time-text.ts';
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  stringType,
  structType,
  timestampType,
  type Type,
} from './types.ts';
import { CelDuration, CelError, type CelValue, mapKey } from './values.ts';

/** One rule of x-kubernetes-validations. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** What of a CustomResourceDefinition's openAPIV3Schema matters here. */
export interface StructuralSchema {
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: boolean | StructuralSchema;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly StructuralSchema[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** The largest request: what no bound says, this bounds. */
export const maxRequestSize = 3 * 1024 * 1024;

/** The declaration of a schema node; undefined where expressions cannot see what it describes. */
export function declareSchema(
  schema: StructuralSchema,
  isResourceRoot: boolean,
  name = 'selfType',
): Declaration | undefined {
  const declared = declareNode(schema, isResourceRoot, name);
  return declared && schema.nullable
    ? { ...declared, read: json => (json === null ? null : declared.read(json)) }
    : declared;
}

function declareNode(
  schema: StructuralSchema,
  isResourceRoot: boolean,
  name: string,
): Declaration | undefined {
  if (schema['x-kubernetes-int-or-string']) return intOrString(schema);
  switch (schema.type) {
    case 'array':
      return declareList(schema, name);
    case 'object':
      return declareObject(isResourceRoot ? withTypeAndObjectMeta(schema) : schema, name);
    case 'string':
      return declareString(schema);
    case 'boolean':
      return scalar(boolType, 4, 0, json => (typeof json === 'boolean' ? json : wrongType('bool', json)));
    case 'number':
      return scalar(doubleType, 1, 0, readDouble);
    case 'integer':
      return scalar(intType, 1, 0, readInt);
    default:
      return undefined;
  }
}

function scalar(
  type: Type,
  minSerializedSize: number,
  maxElements: number,
  read: (json: unknown) => CelValue,
): Declaration {
  const withNull = (json: unknown) =>
    json === null ? new CelError('invalid data, got null for schema with nullable=false') : read(json);
  return { type, minSerializedSize, maxElements, read: withNull };
}

function atLeastZero(value: number): number {
  return Math.max(value, 0);
}

function intOrString(schema: StructuralSchema): Declaration {
  const max = schema.maxLength === undefined ? maxRequestSize - 2 : atLeastZero(schema.maxLength) * 4;
  return scalar(dynType, 1, max, json => {
    if (typeof json === 'string') return json;
    if (typeof json === 'bigint' || (typeof json === 'number' && Number.isInteger(json)))
      return readInt(json);
    return new CelError('invalid data, expected XIntOrString value to be either a string or integer');
  });
}

function isEmbedded(schema: StructuralSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}

function declareList(schema: StructuralSchema, name: string): Declaration | undefined {
  const { items } = schema;
  const element = items && declareSchema(items, isEmbedded(items), `${name}.@idx`);
  if (!element) return undefined;
  const kind = listKind(schema);
  const max =
    schema.maxItems === undefined
      ? Math.floor((maxRequestSize - 2) / (element.minSerializedSize + 1))
      : atLeastZero(schema.maxItems);
  const read = (json: unknown) =>
    Array.isArray(json)
      ? new JsonList(json, element, kind)
      : new CelError('invalid data, expected an array for the provided schema with type=array');
  return { ...scalar(listOf(element.type), 2, max, read), element };
}

function listKind(schema: StructuralSchema): ListKind {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return { kind: 'set', key: setKey };
    case 'map': {
      const names = (schema['x-kubernetes-list-map-keys'] ?? []).map(name => escapeName(name) ?? name);
      const part = (value: CelValue | undefined) =>
        value === undefined ? '' : (mapKey(value) ?? String(value));
      return { kind: 'map', key: value => JSON.stringify(names.map(name => part(findField(value, name)))) };
    }
    default:
      return { kind: 'list' };
  }
}

function declareObject(schema: StructuralSchema, name: string): Declaration | undefined {
  const { additionalProperties } = schema;
  if (typeof additionalProperties === 'object') return declareMap(schema, additionalProperties, name);
  const required = new Set(schema.required);
  const fields = new Map<string, JsonField>();
  const byJsonName = new Map<string, Declaration>();
  let minSerializedSize = 2;
  for (const [jsonName, property] of Object.entries(schema.properties ?? {})) {
    const celName = escapeName(jsonName);
    const declaration = declareSchema(property, isEmbedded(property), `${name}.${celName ?? jsonName}`);
    if (!declaration) continue;
    byJsonName.set(jsonName, declaration);
    if (celName !== undefined) fields.set(celName, { name: jsonName, declaration });
    if (required.has(jsonName) && property.default === undefined) {
      minSerializedSize += new TextEncoder().encode(jsonName).length + declaration.minSerializedSize + 4;
    }
  }
  const field = (celName: string) =>
    fields.get(celName) ?? (isKeyword(celName) ? fields.get(`__${celName}__`) : undefined);
  const type = structType(name, celName => field(celName)?.declaration.type);
  const shape: ObjectShape = { type, field, declarationOf: jsonName => byJsonName.get(jsonName) };
  const declarations = new Map([...fields].map(([celName, { declaration }]) => [celName, declaration]));
  return { ...scalar(type, minSerializedSize, 0, objectReader(shape)), fields: declarations };
}

function objectReader(shape: ObjectShape): (json: unknown) => CelValue {
  return json =>
    isJsonObject(json)
      ? new JsonObject(json, shape)
      : new CelError('invalid data, expected a map for the provided schema with type=object');
}

function declareMap(
  schema: StructuralSchema,
  values: StructuralSchema,
  name: string,
): Declaration | undefined {
  const element = declareSchema(values, isEmbedded(values), `${name}.@elem`);
  if (!element) return undefined;
  const max =
    schema.maxProperties === undefined
      ? Math.floor((maxRequestSize - 2) / (element.minSerializedSize + 6))
      : atLeastZero(schema.maxProperties);
  const read = (json: unknown) =>
    isJsonObject(json)
      ? new JsonMap(json, element)
      : new CelError('invalid data, expected a map for the provided schema with type=object');
  return { ...scalar(mapOf(stringType, element.type), 2, max, read), key: keyDeclaration, element };
}

const keyDeclaration = scalar(stringType, 2, 0, json => json as string);

/** Texts of a format, with the size of their longest and shortest JSON. */
const formats: Readonly<
  Record<
    string,
    { type: Type; min: number; max: number; read: (text: string) => CelValue | undefined; name: string }
  >
> = {
  duration: { type: durationType, min: 3, max: 32, read: readDuration, name: 'duration' },
  date: { type: timestampType, min: 12, max: 12, read: dateFromText, name: 'date formatted string' },
  'date-time': {
    type: timestampType,
    min: 21,
    max: 32,
    read: text => schemaTimestampFromText(text) ?? notOfFormat('date-time', text, timestampProblem(text)),
    name: 'date-time formatted string',
  },
};

function readDuration(text: string): CelValue | undefined {
  const nanos = schemaDurationFromText(text);
  return nanos === undefined ? undefined : new CelDuration(nanos);
}

function declareString(schema: StructuralSchema): Declaration {
  const { format, maxLength } = schema;
  const special = format !== undefined && Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (special) {
    return scalar(special.type, special.min, special.max, json => {
      if (typeof json !== 'string') return wrongType('string', json);
      return (
        special.read(json) ??
        new CelError(
          `Invalid ${special.name} ${json}${special.name === 'duration' ? `: unable to parse ${json} as duration` : ''}`,
        )
      );
    });
  }
  if (format === 'byte') {
    return scalar(
      bytesType,
      2,
      maxLength === undefined ? maxRequestSize - 2 : atLeastZero(maxLength),
      readBytes,
    );
  }
  return scalar(stringType, 2, stringSize(schema), json =>
    typeof json === 'string' ? json : wrongType('string', json),
  );
}

function stringSize({ maxLength, enum: values }: StructuralSchema): number {
  if (maxLength !== undefined) return atLeastZero(maxLength) * 4;
  if (!values || values.length === 0) return maxRequestSize - 2;
  const encoder = new TextEncoder();
  return Math.max(0, ...values.map(value => (typeof value === 'string' ? encoder.encode(value).length : 0)));
}

/** By the alphabet of URLs, as upstream has it, though the format's is the other one. */
function readBytes(json: unknown): CelValue {
  if (typeof json !== 'string') return wrongType('string', json);
  try {
    const text = canonicalBase64(json.replace(/[-_+/]/g, sign => urlSigns[sign]!));
    return Uint8Array.from(Buffer.from(text, 'base64'));
  } catch (error) {
    if (error instanceof DecodeError) return notOfFormat('byte', json, error.message);
    throw error;
  }
}

const urlSigns: Readonly<Record<string, string>> = { '-': '+', _: '/', '+': '-', '/': '_' };

function notOfFormat(format: string, text: string, reason: string): CelError {
  return new CelError(`Invalid ${format} formatted string ${text}: ${reason}`);
}

const textSchema: StructuralSchema = { type: 'string' };

/** Every resource has a kind, a version and a name, whatever its schema says of them. */
export function withTypeAndObjectMeta(schema: StructuralSchema): StructuralSchema {
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  const isText = (property: StructuralSchema | undefined) => property?.type === 'string';
  const whole =
    isText(kind) &&
    isText(apiVersion) &&
    metadata?.type === 'object' &&
    isText(metadata.properties?.name) &&
    isText(metadata.properties?.generateName);
  if (whole) return schema;
  const properties = {
    ...schema.properties,
    kind: textSchema,
    apiVersion: textSchema,
    metadata: { type: 'object', properties: { name: textSchema, generateName: textSchema } },
  };
  return { ...schema, properties };
}
