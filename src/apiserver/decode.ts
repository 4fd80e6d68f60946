import { applyDefaults } from '#machinery/defaults.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import {
  type Decoded,
  type FieldValidation,
  decodeJson,
  decodeValue as decodeKnown,
  parseJson,
  strictErrorText,
} from '#machinery/json-decode.ts';
import { type KubeObject, apiVersionOf } from '#machinery/object.ts';
import type { ObjectSchema } from '#machinery/schema.ts';
import { statusError } from '#machinery/status.ts';
import { decodeYaml, parseYaml } from '#machinery/yaml.ts';
import type { ApiRequest } from './request.ts';
import { type ResourceRequest, type Services, warn } from './handlers/context.ts';

const accepted = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

export function contentTypeOf(request: ApiRequest): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]!.trim().toLowerCase();
}

/** The body as an object of the served version: pruned and defaulted by its schema. Throws StatusError. */
export function decodeObject(services: Services, call: ResourceRequest): KubeObject {
  return decodeAs(services, call, call.served.version.schema);
}

/** The body as an object of a named type. */
export function decodeAs(services: Services, call: ResourceRequest, schemaName: string): KubeObject {
  const schema = services.schemas.schemaOf(schemaName);
  if (!schema) throw statusError.internal(`no schema of ${schemaName}`);
  const validation = fieldValidation(call.request);
  const expected = expectedKind(services, call, schemaName);
  const { object, strictErrors } = explained(expected, call.request, () =>
    decodeBody(services, call.request, schema, expected, validation),
  );
  report(call, validation, expected, strictErrors);
  return finish(object, schema, expected);
}

/** A value made on this side (a patched object), as if a client had sent it. */
export function normalize(
  services: Services,
  call: ResourceRequest,
  value: unknown,
  schemaName: string,
): KubeObject {
  const schema = services.schemas.schemaOf(schemaName);
  if (!schema) throw statusError.internal(`no schema of ${schemaName}`);
  const validation = fieldValidation(call.request);
  const expected = expectedKind(services, call, schemaName);
  const { object, strictErrors } = explained(expected, call.request, () =>
    validation === 'Ignore'
      ? { object: decodeKnown<KubeObject>(value, schema), strictErrors: [] }
      : decodeJson<KubeObject>(JSON.stringify(value), schema, { fieldValidation: validation }),
  );
  report(call, validation, expected, strictErrors);
  return finish(object, schema, expected);
}

/** The body as plain JSON: for patches and options. Undefined where there is none. */
export function decodeValue(services: Services, request: ApiRequest): unknown {
  const { body } = request;
  if (body === undefined) return undefined;
  if (!(body instanceof Uint8Array)) return body.value;
  if (body.length === 0) return undefined;
  const type = contentTypeOf(request);
  try {
    if (type.endsWith('yaml')) return parseYaml(new TextDecoder().decode(body));
    if (type === 'application/vnd.kubernetes.protobuf') {
      return services.protobuf.decode(body, { apiVersion: 'v1', kind: 'DeleteOptions' });
    }
    return parseJson(new TextDecoder().decode(body));
  } catch (error) {
    if (error instanceof DecodeError) throw statusError.badRequest(error.message);
    throw error;
  }
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

function expectedKind(services: Services, call: ResourceRequest, schemaName: string): Kind {
  if (schemaName === call.served.version.schema) {
    const { group, kind } = call.served.definition;
    return { group, version: call.served.version.version, kind };
  }
  return services.schemas.kindOf(schemaName)!;
}

export function fieldValidation(request: ApiRequest): FieldValidation {
  const text = request.query.get('fieldValidation');
  // Requests from inside the process are typed; theirs are not checked twice.
  if (text === null || text === '') return request.body instanceof Uint8Array ? 'Warn' : 'Ignore';
  if (text === 'Strict' || text === 'Warn' || text === 'Ignore') return text;
  throw statusError.badRequest(
    `fieldValidation: Unsupported value: ${JSON.stringify(text)}: supported values: "Ignore", "Strict", "Warn"`,
  );
}

function decodeBody(
  services: Services,
  request: ApiRequest,
  schema: ObjectSchema,
  expected: Kind,
  validation: FieldValidation,
): Decoded<KubeObject> {
  const { body } = request;
  if (body === undefined) return { object: decodeKnown<KubeObject>({}, schema), strictErrors: [] };
  if (!(body instanceof Uint8Array))
    return { object: decodeKnown<KubeObject>(body.value, schema), strictErrors: [] };
  const type = contentTypeOf(request);
  if (type === 'application/json' || type.endsWith('+json')) {
    return decodeJson<KubeObject>(body, schema, { fieldValidation: validation });
  }
  if (type === 'application/yaml' || type === 'application/x-yaml') {
    return decodeYaml<KubeObject>(new TextDecoder().decode(body), schema, { fieldValidation: validation });
  }
  if (type === 'application/vnd.kubernetes.protobuf') {
    const fallback = { apiVersion: apiVersionOf(expected), kind: expected.kind };
    return { object: services.protobuf.decode<KubeObject>(body, fallback), strictErrors: [] };
  }
  throw statusError.unsupportedMediaType(accepted);
}

/** Says, as upstream does, what could not be handled as what. */
function explained<T>(expected: Kind, request: ApiRequest, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw statusError.badRequest(`${unhandled(expected, request)}: ${error.message}`);
  }
}

function unhandled(expected: Kind, request: ApiRequest): string {
  const text =
    request.body instanceof Uint8Array ? new TextDecoder().decode(request.body.subarray(0, 4096)) : '';
  const kind = /"?kind"?\s*:\s*"?([A-Za-z]+)/.exec(text)?.[1] ?? expected.kind;
  return `${kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}`;
}

function report(
  call: ResourceRequest,
  validation: FieldValidation,
  expected: Kind,
  errors: readonly string[],
): void {
  if (errors.length === 0) return;
  if (validation === 'Strict') {
    const subject = unhandled(expected, call.request);
    throw statusError.badRequest(`${subject}: ${strictErrorText(errors)}`);
  }
  for (const error of errors) warn(call, error);
}

/** Checks or fills in apiVersion and kind, and applies the schema's defaults. */
function finish(object: KubeObject, schema: ObjectSchema, expected: Kind): KubeObject {
  const apiVersion = apiVersionOf(expected);
  if (object.apiVersion && object.apiVersion !== apiVersion) {
    throw statusError.badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (object.kind && object.kind !== expected.kind) {
    throw statusError.badRequest(
      `${object.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}`,
    );
  }
  applyDefaults(object, schema);
  const { apiVersion: _v, kind: _k, metadata, ...rest } = object;
  return { kind: expected.kind, apiVersion, metadata: metadata ?? {}, ...rest } as KubeObject;
}
