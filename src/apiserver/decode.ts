import { unversioned } from '#api/schemas.ts';
import { cloneJson } from '#base/equal.ts';
import { atOnce, type Steps } from '#base/steps.ts';
import { applyDefaults } from '#machinery/defaults.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { moveEmpties } from '#machinery/empties.ts';
import { fieldError } from '#machinery/field.ts';
import {
  type Decoded,
  type FieldValidation,
  decodeChecked,
  decodeJson,
  decodeJsonInSteps,
  hasNoManagers,
  decodeValue as decodeKnown,
  hasRepeatedMembers,
  parseJsonInSteps,
  strictErrorText,
} from '#machinery/json-decode.ts';
import { sorted } from '#machinery/go-json.ts';
import { goValueName } from '#machinery/normalize.ts';
import { type KubeObject, apiVersionOf, parseApiVersion } from '#machinery/object.ts';
import { mayHaveFractions, parseNumberTextsInSteps } from '#machinery/json-parse.ts';
import { strictErrorsInSteps } from '#machinery/json-scan.ts';
import type { ObjectSchema, Schema } from '#machinery/schema.ts';
import { type StatusError, statusError } from '#machinery/status.ts';
import { decodeYamlInSteps, warningsOf } from '#machinery/yaml.ts';
import {
  type Claim,
  type Expected,
  type Kind,
  checkVersion,
  mismatch,
  unhandled,
  unrecognized,
  wrongVersion,
} from './decode-refusal.ts';
import { type ResourceRequest, type Services, warn } from './handlers/context.ts';
import { matchIdentity } from './handlers/identity.ts';
import type { ApiRequest } from './request.ts';
import { type ServedResource, fromStorage, toStorage } from './resources/served.ts';
import { yamlReadingOf, yamlValueOf } from './yaml-reader.ts';

/** A mark of the byte order is no JSON. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

const json = 'application/json';
const yaml = 'application/yaml';
const protobuf = 'application/vnd.kubernetes.protobuf';
const accepted = [json, yaml, protobuf];

export function contentTypeOf(request: ApiRequest): string {
  const type = request.headers['content-type'] || json;
  return type === json ? json : type.split(';')[0]!.trim().toLowerCase();
}

/**
 * The body, or what is to stand for it, as an object of the served version: pruned and defaulted by its schema. Throws
 * StatusError.
 */
export function decodeObject(
  services: Services,
  call: ResourceRequest,
  body: ApiRequest['body'] = call.request.body,
): Steps<KubeObject> {
  return decodeInSteps(services, call, call.served.version.schema, body);
}

/** The same as an object of a named type. `alsoIn`: other API versions of the kind that are taken, where they are alike. */
export function decodeAs(
  services: Services,
  call: ResourceRequest,
  schemaName: string,
  body: ApiRequest['body'] = call.request.body,
  alsoIn: readonly string[] = [],
): KubeObject {
  return atOnce(decodeInSteps(services, call, schemaName, body, alsoIn));
}

function* decodeInSteps(
  services: Services,
  call: ResourceRequest,
  schemaName: string,
  body: ApiRequest['body'],
  alsoIn: readonly string[] = [],
): Steps<KubeObject> {
  const schema = requireSchema(services, schemaName);
  const validation = fieldValidation(call.request);
  const expected = expectedKind(services, call, schemaName);
  const decoded = yield* decodeBody(services, { request: call.request, body }, schema, expected, validation);
  const { object, strictErrors } = decoded;
  const problem = schema.native ? mismatch(services, object, expected) : undefined;
  if (problem !== undefined) throw unhandled(object, expected, problem);
  if (!schema.native && call.request.body instanceof Uint8Array) mustSayKind(call.request, object, expected);
  report(call, validation, strictErrors, message => unhandled(object, expected, message));
  if (!alsoIn.includes(object.apiVersion)) checkVersion(object, expected);
  if (!schema.native) {
    checkCustomMetadata(object, message => unhandled(object, expected, message));
    if (!isOfStatus(call)) checkCustomKind(object, expected);
  }
  if (schema.native) keepReset(decoded);
  yield;
  const finished = finish(object, schema, expected);
  if (body === call.request.body) tellSent(call, finished, schemaName);
  return finished;
}

/** Tells the audit log what was sent, with the defaults that its kind has beside its schema's. */
export function tellSent(
  { request, served }: ResourceRequest,
  object: KubeObject,
  schemaName = served.version.schema,
): void {
  request.trail?.sent(object, () => {
    const { setDefaults } = served.stored.strategy;
    if (!setDefaults || schemaName !== served.version.schema) return object;
    const whole = cloneJson(object);
    toStorage(served, whole);
    setDefaults(whole);
    return fromStorage(served, whole);
  });
}

/**
 * Whoever sends an empty list of managers wants them gone, as with a list of one empty entry. A custom resource's metadata
 * is written anew when it is decoded, and an empty list is nothing then.
 */
function keepReset({ object: { metadata }, resetsManagers }: Decoded<KubeObject>): void {
  if (metadata && resetsManagers) metadata.managedFields = [];
}

/** What is decoded by no Go type has to say itself what it is. */
function mustSayKind(request: ApiRequest, object: KubeObject, expected: Kind): void {
  const body = request.body as Uint8Array;
  const problem = kindProblem(object, () => (body.length === 0 ? '' : JSON.stringify(decodeValue(request))));
  if (problem !== undefined) throw unrecognized(expected, problem, body);
  if (!object.apiVersion) throw wrongVersion('', expected);
}

/** Why upstream cannot tell what a text is; undefined where it can. */
function kindProblem(value: unknown, shown: () => string): string | undefined {
  const unreadable = (what: string) => `couldn't get version/kind; json parse error: ${what}`;
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    return unreadable(cannotUnmarshal(value, typeMeta));
  }
  const { apiVersion, kind } = (value ?? {}) as Claim;
  for (const [name, text] of [
    ['apiVersion', apiVersion],
    ['kind', kind],
  ] as const) {
    if (typeof text === 'string' || text === undefined || text === null) continue;
    return unreadable(cannotUnmarshal(text, `struct field .${name} of type string`));
  }
  if (!kind) return `Object 'Kind' is missing in '${shown()}'`;
  const version = (apiVersion ?? '') as string;
  return version.split('/').length > 2 ? `unexpected GroupVersion string: ${version}` : undefined;
}

const typeMeta =
  'value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

function cannotUnmarshal(value: unknown, what: string): string {
  return `json: cannot unmarshal ${goValueName(value)} into Go ${what}`;
}

/** An update of a custom resource's status takes nothing else of what is sent, not even what it is. */
function isOfStatus({ info, served }: ResourceRequest): boolean {
  return info.subresource === 'status' && served.definition.conversion !== undefined;
}

/** Nothing but validation tells a custom resource that it is of another kind. */
function checkCustomKind({ kind, metadata }: KubeObject, expected: Kind): void {
  if (!kind || kind === expected.kind) return;
  const error = fieldError.invalid('kind', kind, `must be ${expected.kind}`);
  throw statusError.invalid({ group: expected.group, kind }, metadata?.name ?? '', [error]);
}

/** Of a custom resource, only its metadata is of a Go type. */
function checkCustomMetadata(object: KubeObject, refuse: (message: string) => StatusError): void {
  const metadata: unknown = object.metadata ?? {};
  if (typeof metadata === 'object' && !Array.isArray(metadata)) return;
  throw refuse(`json: cannot unmarshal ${goValueName(metadata)} into Go value of type v1.ObjectMeta`);
}

interface PatchedOptions {
  /** What a refusal quotes. */
  readonly shown: () => string;
  /** What strict decoding found wrong with the patch itself. */
  readonly patchErrors?: readonly string[];
  /** Default: what the request asks for. */
  readonly validation?: FieldValidation;
  /** How to say that the value is none of its type; default: that the patch is invalid. */
  readonly refusal?: (error: DecodeError) => StatusError;
  /** The value has the texts of numbers, and is to be read as the text it makes. */
  readonly isText?: boolean;
  /** The value was merged by the kind's schema: of a custom resource, nothing but its metadata is decoded any more. */
  readonly isMerged?: boolean;
}

/** A patched object, as if a client had sent it. */
export function decodePatched(
  services: Services,
  call: ResourceRequest,
  value: unknown,
  schemaName: string,
  options: PatchedOptions,
): KubeObject {
  const { shown, patchErrors = [], validation = fieldValidation(call.request), refusal } = options;
  const schema = requireSchema(services, schemaName);
  const expected = expectedKind(services, call, schemaName);
  const refuse = (message: string) =>
    statusError.invalid({ group: '', kind: '' }, '', [fieldError.invalid('patch', shown(), message)]);
  const isStrategic = contentTypeOf(call.request) === strategicPatchType;
  // Upstream merges a strategic patch as plain values, which it then converts: nothing is decoded by what it says to be.
  if (!isStrategic) checkPatchedKind(services, call, value, { schema, expected, shown, refuse });
  let decoded: Decoded<KubeObject>;
  try {
    const isConverted = isStrategic || refusal !== undefined;
    decoded = decodeMade(value, schema, validation, { ...options, isConverted });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw refusal?.(error) ?? refuse(isStrategic ? error.converted : firstProblem(shown(), schema, error));
  }
  report(call, validation, [...patchErrors, ...decoded.strictErrors], refuse);
  if (schema.native) keepReset(decoded);
  else checkCustomMetadata(decoded.object, refuse);
  return finish(decoded.object, schema, expected);
}

/** Of several values that cannot be decoded, upstream tells one by the order of the text that it has patched. */
function firstProblem(text: string, schema: ObjectSchema, { message }: DecodeError): string {
  try {
    decodeJson(text, schema, { fieldValidation: 'Ignore' });
    return message;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

function decodeMade(
  value: unknown,
  schema: ObjectSchema,
  fieldValidation: FieldValidation,
  { isText, isMerged, isConverted }: PatchedOptions & { isConverted: boolean },
): Decoded<KubeObject> {
  if (isMerged && !schema.native) return decodeMerged(value as KubeObject, schema);
  if (!isText) return decodeChecked(value, schema, fieldValidation, isConverted);
  return decodeJson(JSON.stringify(sorted(value)), schema, { fieldValidation });
}

/** Nulls stay, for validation to speak of. */
function decodeMerged(value: KubeObject, { fields }: ObjectSchema): Decoded<KubeObject> {
  const object = cloneJson(value);
  if (object.metadata)
    object.metadata = decodeKnown(object.metadata, fields.get('metadata')!.schema as ObjectSchema);
  return { object, strictErrors: [], resetsManagers: false };
}

interface PatchedKind {
  readonly schema: ObjectSchema;
  readonly expected: Expected;
  readonly shown: () => string;
  readonly refuse: (message: string) => StatusError;
}

/** What is patched as a text has to say what it is, as the body of any other write. */
function checkPatchedKind(
  services: Services,
  call: ResourceRequest,
  value: unknown,
  { schema, expected, shown, refuse }: PatchedKind,
): void {
  if (Array.isArray(value)) throw refuse(kindOfArray);
  const claim = value as Claim;
  if (schema.native) {
    const problem = mismatch(services, claim, expected);
    if (problem !== undefined) throw refuse(problem);
    // Without a version upstream reads it as its internal type, which knows no metadata.
    if (!claim.apiVersion) matchIdentity(call, { ...(value as KubeObject), metadata: {} });
    return;
  }
  if (!claim.kind) throw refuse(`Object 'Kind' is missing in '${shown()}'`);
  if (isOfStatus(call)) return;
  const object = value as KubeObject;
  checkCustomKind(object, expected);
  if (!claim.apiVersion || claim.apiVersion === expected.apiVersion) return;
  const error = fieldError.invalid('apiVersion', claim.apiVersion, `must be ${expected.apiVersion}`);
  const { group } = parseApiVersion(object.apiVersion);
  throw statusError.invalid({ group, kind: expected.kind }, object.metadata?.name ?? '', [error]);
}

const kindOfArray = `couldn't get version/kind; json parse error: ${cannotUnmarshal([], typeMeta)}`;

export const jsonPatchType = 'application/json-patch+json';
export const strategicPatchType = 'application/strategic-merge-patch+json';

/**
 * The body as plain JSON: for patches. Undefined where there is none. `withNumberTexts`: numbers that are not written as
 * integers by their texts. Throws DecodeError.
 */
export function decodeValue(request: ApiRequest): unknown {
  return atOnce(decodeValueInSteps(request));
}

/** The same in steps. */
export function* decodeValueInSteps(request: ApiRequest, withNumberTexts = false): Steps<unknown> {
  const { body } = request;
  if (body === undefined) return undefined;
  if (!(body instanceof Uint8Array)) return body.value;
  if (contentTypeOf(request).endsWith('yaml')) return yamlValueOf(request, body).value;
  const text = utf8.decode(body);
  yield;
  const value = yield* parseJsonInSteps(text);
  return withNumberTexts ? yield* parseNumberTextsInSteps(text) : value;
}

/**
 * Whether the request's patch may have numbers whose text matters. Upstream merges JSON patches and merge patches as
 * texts, which its decoder reads then; strategic ones it merges as values.
 */
export function isTextPatch(request: ApiRequest): boolean {
  const { body } = request;
  if (!(body instanceof Uint8Array) || contentTypeOf(request) === strategicPatchType) return false;
  return mayHaveFractions(utf8.decode(body));
}

/** What strict decoding says of a patch whatever it is put on: repeated members, and operations with unknown ones. */
export function* strictPatchErrors(request: ApiRequest, patch: unknown): Steps<readonly string[]> {
  const { body } = request;
  if (!(body instanceof Uint8Array) || fieldValidation(request) === 'Ignore') return [];
  const text = utf8.decode(body);
  if (contentTypeOf(request) === jsonPatchType) {
    const errors = yield* strictErrorsInSteps(text, jsonPatchSchema);
    return errors.map(error => `json patch ${error}`);
  }
  return hasRepeatedMembers(text, patch) ? yield* strictErrorsInSteps(text, { type: 'any' }) : [];
}

const jsonPatchSchema: Schema = {
  type: 'list',
  items: {
    type: 'object',
    name: 'JSONPatchOperation',
    fields: new Map(['op', 'path', 'from', 'value'].map(name => [name, { name, schema: { type: 'any' } }])),
  },
};

const internalMetaVersion = 'meta.k8s.io/__internal';
const deleteOptions = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

/** The body as DeleteOptions, by any group version's name; undefined where there is none. */
export function decodeDeleteOptions(services: Services, request: ApiRequest): object | undefined {
  const { body } = request;
  if (body === undefined || (body instanceof Uint8Array && body.length === 0)) return undefined;
  const expected = expecting({ group: '', version: 'v1', kind: 'DeleteOptions' });
  try {
    const schema = requireSchema(services, deleteOptions);
    const { object } = atOnce(decodeRaw(services, { request, body }, schema, expected, 'Ignore'));
    if (object.kind && object.kind !== expected.kind) throw notDeleteOptions(object);
    const { kind: _k, apiVersion: _v, ...options } = object;
    // Upstream tells it in the type that it has inside.
    request.trail?.sent({ kind: expected.kind, apiVersion: internalMetaVersion, ...options } as KubeObject);
    return options;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const claim = atOnce(claimOf(request));
    if (claim?.kind && claim.kind !== expected.kind) throw notDeleteOptions(claim as KubeObject);
    const isBinary = contentTypeOf(request) === protobuf;
    throw statusError.badRequest((isBinary ? undefined : atOnce(unclaimed(request))) ?? error.message);
  }
}

/** Why a body does not say what it is; undefined where it does. */
function* unclaimed(request: ApiRequest): Steps<string | undefined> {
  try {
    const value = yield* decodeValueInSteps(request);
    const isObject = typeof value === 'object' && !Array.isArray(value);
    return isObject ? undefined : kindProblem(value, () => '');
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return unreadable(request, error.message);
  }
}

/** What the scheme of options knows besides them (apimachinery's meta/internalversion/scheme): in any group, or in its own. */
const metaKinds =
  /^(?:(?:List|Get|Create|Update|Patch|Table)Options|WatchEvent|Table|PartialObjectMetadata(?:List)?)$/;

function notDeleteOptions({ kind, apiVersion }: KubeObject): StatusError {
  const version = apiVersion || 'meta.k8s.io/v1';
  const isKnown = unversioned.has(kind) || (version.startsWith('meta.k8s.io/') && metaKinds.test(kind));
  const where = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27';
  return statusError.badRequest(
    isKnown
      ? `converting (${parseApiVersion(version).version}.${kind}) to (v1.DeleteOptions): unknown conversion`
      : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "${where}"`,
  );
}

function requireSchema(services: Services, name: string): ObjectSchema {
  const schema = services.schemas.schemaOf(name);
  if (!schema) throw statusError.internal(`no schema of ${name}`);
  return schema;
}

/** What the bodies of served resources are. */
const expectedOf = new WeakMap<ServedResource, Expected>();

function expectedKind(services: Services, call: ResourceRequest, schemaName: string): Expected {
  if (schemaName !== call.served.version.schema) return expecting(services.schemas.kindOf(schemaName)!);
  let expected = expectedOf.get(call.served);
  if (!expected) {
    const { definition, version } = call.served;
    expected = expecting({ group: definition.group, version: version.version, kind: definition.kind });
    expectedOf.set(call.served, expected);
  }
  return expected;
}

function expecting({ group, version, kind }: Kind): Expected {
  return { group, version, kind, apiVersion: apiVersionOf({ group, version }) };
}

/** What becomes of unknown and repeated fields; the value is checked already (see options.ts). */
function fieldValidation(request: ApiRequest): FieldValidation {
  const text = request.query.get('fieldValidation');
  if (text) return text as FieldValidation;
  // Requests from inside the process are typed; theirs are not checked twice.
  return request.body instanceof Uint8Array ? 'Warn' : 'Ignore';
}

interface Sent {
  readonly request: ApiRequest;
  readonly body: ApiRequest['body'];
}

function* decodeBody(
  services: Services,
  sent: Sent,
  schema: ObjectSchema,
  expected: Expected,
  validation: FieldValidation,
): Steps<Decoded<KubeObject>> {
  try {
    return yield* decodeRaw(services, sent, schema, expected, validation);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    yield;
    const { request } = sent;
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    const claim = error.claim ?? (yield* claimOf(request));
    if (claim === undefined) {
      const isBinary = contentTypeOf(request) === protobuf;
      const why = isBinary ? undefined : yield* unclaimed(request);
      throw unrecognized(expected, why ?? unreadable(request, error.message), body);
    }
    throw unhandled(claim, expected, mismatch(services, claim, expected) ?? error.message);
  }
}

function* decodeRaw(
  services: Services,
  { request, body }: Sent,
  schema: ObjectSchema,
  expected: Expected,
  validation: FieldValidation,
): Steps<Decoded<KubeObject>> {
  const known = (value: unknown): Decoded<KubeObject> => ({
    object: decodeKnown<KubeObject>(value, schema),
    strictErrors: [],
    resetsManagers: hasNoManagers(value),
  });
  if (body === undefined) return known({});
  if (!(body instanceof Uint8Array)) return known(body.value);
  switch (bodyTypeOf(request)) {
    case json:
      return yield* decodeJsonInSteps<KubeObject>(body, schema, { fieldValidation: validation });
    case yaml:
      return yield* decodeYamlInSteps<KubeObject>(yamlReadingOf(request, body), schema, {
        fieldValidation: validation,
      });
    case protobuf: {
      // Custom resources have no protobuf form.
      if (!schema.native) throw statusError.unsupportedMediaType(accepted.filter(type => type !== protobuf));
      const fallback = { apiVersion: expected.apiVersion, kind: expected.kind };
      const object = services.protobuf.decode<KubeObject>(body, fallback);
      return { object, strictErrors: [], resetsManagers: false };
    }
    default:
      throw statusError.unsupportedMediaType(accepted);
  }
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameter = `\\s*;\\s*${token}=(?:${token}|"(?:[^"\\\\]|\\\\.)*")`;
/** No two of its parts take the same blanks: it is through in time that grows with the header's length. */
const wellFormedType = new RegExp(`^[^;\\s]*(?:${parameter})*\\s*(?:;\\s*)?$`);

/** The type of a body, which has to be well-formed up to its last parameter (Go's mime.ParseMediaType). */
function bodyTypeOf(request: ApiRequest): string | undefined {
  const type = request.headers['content-type'] ?? '';
  return type === json || wellFormedType.test(type) ? contentTypeOf(request) : undefined;
}

/** Throws UnsupportedMediaType where what is written is in no form that is read. */
export function checkBodyType(request: ApiRequest): void {
  if (!(request.body instanceof Uint8Array) || isReadable(bodyTypeOf(request))) return;
  throw statusError.unsupportedMediaType(accepted);
}

const isReadable = (type: string | undefined): boolean => type !== undefined && accepted.includes(type);

/** What a body that cannot be decoded says that it is; undefined where it says nothing that can be read. */
function* claimOf(request: ApiRequest): Steps<Claim | undefined> {
  if (contentTypeOf(request) === protobuf) return undefined;
  try {
    const value = yield* decodeValueInSteps(request);
    if (value === null) return {};
    return typeof value === 'object' && !Array.isArray(value) ? (value as Claim) : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function unreadable(request: ApiRequest, message: string): string {
  return contentTypeOf(request) === json
    ? `couldn't get version/kind; json parse error: ${message}`
    : message.replace(yamlHead, '');
}

/** With what errors of YAML begin that is no body. */
const yamlHead = /^error converting YAML to JSON: /;

function report(
  call: ResourceRequest,
  validation: FieldValidation,
  errors: readonly string[],
  refuse: (message: string) => StatusError,
): void {
  if (errors.length === 0) return;
  if (validation === 'Strict') throw refuse(strictErrorText(errors));
  for (const warning of errors.flatMap(warningsOf)) warn(call, warning);
}

/** Puts the kind first, as storage wants it, and applies the schema's defaults. */
function finish(object: KubeObject, schema: ObjectSchema, expected: Expected): KubeObject {
  applyDefaults(object, schema);
  const { apiVersion: _v, kind: _k, metadata, ...rest } = object;
  const finished = {
    kind: expected.kind,
    apiVersion: expected.apiVersion,
    metadata: metadata ?? {},
    ...rest,
  } as KubeObject;
  moveEmpties(object, finished);
  return finished;
}
