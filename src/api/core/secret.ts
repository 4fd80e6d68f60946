import { setMember, table } from '#base/members.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Secret } from '../generated/types/core.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { dataBytesMax, decodedBytes, validateDataKeys, validateImmutableData } from '../data-validation.ts';
import { jsonSyntaxError } from '#machinery/json-scan.ts';
import { tlsPairProblem } from '../tls-pair.ts';
import { immutable } from '../validation.ts';

/** stringData is a way to write data, never stored. */
function setDefaults(object: Secret): void {
  object.type ||= 'Opaque';
  if (!object.stringData) return;
  object.data = { ...object.data };
  for (const [key, text] of Object.entries(object.stringData)) {
    setMember(object.data, key, new TextEncoder().encode(text).toBase64());
  }
  delete object.stringData;
}

const dataPath = FieldPath.of('data');
const tokenAnnotation = 'kubernetes.io/service-account.name';

/** Keys that a type asks for; of basic-auth one is enough. */
const requiredKeys = table<readonly string[]>({
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
});

/** Why a text is no JSON object, in Go's words. */
function jsonProblem(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const kind = Array.isArray(value) ? 'array' : typeof value;
    if (kind === 'object') return undefined;
    const named = kind === 'boolean' ? 'bool' : kind;
    return `json: cannot unmarshal ${named} into Go value of type map[string]interface {}`;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return jsonSyntaxError(text);
  }
}

function validateJson(key: string, base64: string): FieldError[] {
  const problem = jsonProblem(new TextDecoder().decode(Uint8Array.fromBase64(base64)));
  if (problem === undefined) return [];
  return [fieldError.invalid(dataPath.key(key), '<secret contents redacted>', problem)];
}

function validateType({ type = '', data = {}, metadata }: Secret): FieldError[] {
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[tokenAnnotation]) {
    return [fieldError.required(FieldPath.of('metadata', 'annotations').key(tokenAnnotation))];
  }
  if (type === 'kubernetes.io/basic-auth' && !('username' in data) && !('password' in data)) {
    return ['username', 'password'].map(key => fieldError.required(dataPath.key(key)));
  }
  return (requiredKeys[type] ?? []).flatMap(key => {
    const value = data[key];
    if (value === undefined || (value === '' && key === 'ssh-privatekey')) {
      return [fieldError.required(dataPath.key(key))];
    }
    return key.startsWith('.docker') ? validateJson(key, value) : [];
  });
}

function validate(object: Secret): FieldError[] {
  return [
    ...validateDataKeys('data', object.data),
    ...(decodedBytes(object.data) > dataBytesMax ? [fieldError.tooLong(dataPath, dataBytesMax)] : []),
    ...validateType(object),
  ];
}

/** A server's certificate whose key is another's, or that is none. */
function warnings({ type, data = {} }: Secret): string[] {
  if (type !== 'kubernetes.io/tls') return [];
  const text = (key: string) => new TextDecoder().decode(Uint8Array.fromBase64(data[key] ?? ''));
  const problem = tlsPairProblem(text('tls.crt'), text('tls.key'));
  return problem === undefined ? [] : [problem];
}

export const secretResource = defineResource<Secret>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Secret' }],
  kind: 'Secret',
  resource: 'secrets',
  singular: 'secret',
  namespaced: true,
  strategy: {
    metadataPasses: { update: ['update', 'create'] },
    setDefaults,
    validate: (object, _context, old) => (old ? [] : validate(object)),
    warnings,
    validateUpdate: (object, old) => [
      ...immutable(FieldPath.of('type'), object.type, old.type),
      ...validateImmutableData(object, old, ['data']),
      ...validate(object),
    ],
  },
  selectableFields: { type: object => object.type ?? '' },
  columns: [nameColumn, column('Type'), column('Data'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    object.type ?? '',
    Object.keys(object.data ?? {}).length,
    age(object, nowMs),
  ],
});
