import { toRfc3339 } from '#base/clock.ts';
import { inSteps, waitFor, type Work } from '#base/steps.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { goValueName } from '#machinery/normalize.ts';
import type { KubeObject } from '#machinery/object.ts';
import { isObject } from '#machinery/patch/json-object.ts';
import { statusError } from '#machinery/status.ts';
import { yamlErrors } from '#machinery/yaml.ts';
import { type ApplyResult, applyTo, unconvertible } from '../apply/apply.ts';
import { setManagedFields } from '../apply/track.ts';
import { type TrackedKind, trackedKind } from '../apply/tracked-kind.ts';
import { contentTypeOf, decodePatched } from '../decode.ts';
import { isTrue } from '#machinery/query.ts';
import type { ApiRequest } from '../request.ts';
import { toStorage } from '../resources/served.ts';
import { type UpdateResult, updateObject } from '../resources/update.ts';
import type { WriteContext } from '../resources/write-context.ts';
import type { ApiResponse } from '../response.ts';
import { yamlValueOf } from '../yaml-reader.ts';
import { breatheOf, type ResourceRequest, type Services, warn, writeContext } from './context.ts';
import { createsMissing, mayCreate } from './may-create.ts';
import { keepIdentity } from './identity.ts';

export const applyPatchType = 'application/apply-patch+yaml';

export function isApply({ info, request }: ResourceRequest): boolean {
  return info.verb === 'patch' && contentTypeOf(request) === applyPatchType;
}

/** PATCH with an applied configuration: merges it, creates what is missing. */
export async function applyHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  // Who applies is found out here; nobody else's fields change by it.
  const context = { ...writeContext(services, call), fieldManager: undefined };
  const { entry, created } = await inSteps(apply(services, call, context), context.breathe);
  return { type: 'entry', status: created ? 201 : 200, served: call.served, entry };
}

function* apply(services: Services, call: ResourceRequest, context: WriteContext): Work<UpdateResult> {
  const { info } = call;
  yield;
  const config = readConfig(call);
  yield;
  const updating = updateObject(
    services,
    context,
    info.name,
    current => applied(services, call, config, current),
    info.subresource === '' || createsMissing(call) ? () => createByApply(services, call, config) : undefined,
  );
  return (yield updating) as UpdateResult;
}

/** What the configuration makes of an object of the served kind: decoded, of the storage version, with its managers. */
export function applied(
  services: Services,
  call: ResourceRequest,
  config: AppliedConfig,
  current: KubeObject | undefined,
): Promise<KubeObject> {
  return inSteps(applying(services, call, config, current), breatheOf(services, call));
}

function* applying(
  services: Services,
  call: ResourceRequest,
  config: AppliedConfig,
  current: KubeObject | undefined,
): Work<KubeObject> {
  const { served, info } = call;
  const kind = trackedKind(services, served, info.subresource);
  const { value, managedFields } = yield* waitFor(applyAs(services, call, kind, config, current));
  yield;
  const object = decodeApplied(services, call, config, value, served.version.schema);
  if (!current) refuseUid(call, object);
  keepIdentity(call, object, current);
  yield* waitFor(toStorage(served, object));
  setManagedFields(object, managedFields);
  return object;
}

/** The request's configuration applied to an object of any kind. */
export function applyAs(
  services: Services,
  call: ResourceRequest,
  kind: TrackedKind,
  config: AppliedConfig,
  current: KubeObject | undefined,
): Promise<ApplyResult> {
  const { query } = call.request;
  return applyTo(kind, current, {
    config: config.object,
    manager: query.get('fieldManager') ?? '',
    force: query.has('force') && isTrue(query.get('force')),
    time: toRfc3339(services.clock.now()),
    breathe: breatheOf(services, call),
  });
}

export function decodeApplied(
  services: Services,
  call: ResourceRequest,
  config: AppliedConfig,
  value: KubeObject,
  schemaName: string,
): KubeObject {
  // Fields that the type has not were refused with the configuration already.
  const decoded = decodePatched(services, call, value, schemaName, {
    shown: () => JSON.stringify(value),
    validation: 'Ignore',
    refusal: error => unconvertible(value, config.object, error),
    isMerged: true,
  });
  reportDuplicates(call, config.duplicates);
  return decoded;
}

async function createByApply(
  services: Services,
  call: ResourceRequest,
  config: AppliedConfig,
): Promise<KubeObject> {
  // Who applies what is not there yet needs the right to create it.
  await mayCreate(services, call);
  return applied(services, call, config, undefined);
}

/** Who says which object is meant does not mean a new one. */
function refuseUid({ served, info }: ResourceRequest, { metadata: { uid } }: KubeObject): void {
  if (!uid) return;
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw statusError.conflict(served.what, info.name, why);
}

/** What somebody applies. */
export interface AppliedConfig {
  readonly object: KubeObject;
  /** What is wrong with members that came twice: upstream tells of that last. */
  readonly duplicates: readonly string[];
}

/** The body of the request. Throws BadRequest. */
export function readConfig(call: ResourceRequest): AppliedConfig {
  try {
    const { value, duplicates } = readBody(call.request);
    if (value === null) throw statusError.badRequest('invalid object type: /, Kind=');
    if (!isObject(value)) throw new DecodeError(notAnObject(value));
    return { object: value as unknown as KubeObject, duplicates };
  } catch (error) {
    if (error instanceof DecodeError) throw statusError.badRequest(`error decoding YAML: ${error.message}`);
    throw error;
  }
}

function notAnObject(value: unknown): string {
  return `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goValueName(value)} into Go value of type map[string]interface {}`;
}

function readBody(request: ApiRequest): { value: unknown; duplicates: readonly string[] } {
  const { body } = request;
  if (!(body instanceof Uint8Array)) return { value: structuredClone(body?.value), duplicates: [] };
  return yamlValueOf(request, body);
}

function reportDuplicates(call: ResourceRequest, duplicates: readonly string[]): void {
  if (duplicates.length === 0) return;
  const validation = call.request.query.get('fieldValidation') || 'Warn';
  if (validation === 'Warn') for (const duplicate of duplicates) warn(call, duplicate);
  if (validation !== 'Strict') return;
  const problem = `error converting YAML to JSON: ${yamlErrors(duplicates)}`;
  throw statusError.badRequest(`error strict decoding YAML: ${problem}`);
}
