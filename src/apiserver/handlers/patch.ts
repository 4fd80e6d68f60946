import { inSteps, type Steps, type Work } from '#base/steps.ts';
import type { Breathe } from '#base/time-slice.ts';
import { escapeHtml, sorted } from '#machinery/go-json.ts';
import { applyJsonPatch } from '#machinery/patch/json-patch.ts';
import { applyMergePatch } from '#machinery/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '#machinery/patch/strategic-merge-patch.ts';
import type { KubeObject } from '#machinery/object.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { goText, type JsonObject } from '#machinery/patch/json-object.ts';
import { spentPatch } from '#machinery/patch/spent-patch.ts';
import { goValueName } from '#machinery/normalize.ts';
import { statusError } from '#machinery/status.ts';
import {
  contentTypeOf,
  decodePatched,
  decodeValue,
  decodeValueInSteps,
  isTextPatch,
  jsonPatchType,
  strategicPatchType,
  strictPatchErrors,
} from '../decode.ts';
import type { ApiRequest } from '../request.ts';
import { toStorage } from '../resources/served.ts';
import { updateObject } from '../resources/update.ts';
import type { ApiResponse } from '../response.ts';
import { applyHandler, applyPatchType, isApply } from './apply.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { decodeOver, isShownAsStored } from './decode-update.ts';
import { keepIdentity } from './identity.ts';
import { currentVersion } from './write.ts';

const patchTypes = [
  jsonPatchType,
  'application/merge-patch+json',
  strategicPatchType,
  applyPatchType,
] as const;

export async function patchHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  if (isApply(call)) return applyHandler(services, call);
  const { served, info } = call;
  const context = writeContext(services, call);
  const { entry } = await updateObject(services, context, info.name, async (current, breathe) => {
    const shown = currentVersion(call, current);
    const object = await applyPatch<KubeObject>(services, call, shown, served.version.schema, breathe);
    keepIdentity(call, object, current);
    toStorage(served, object);
    return object;
  });
  return { type: 'entry', status: 200, served, entry };
}

/** Tells the audit log of a patch as it was sent, whatever comes of it. What cannot be read is left out. */
export function tellPatch(request: ApiRequest): void {
  if (!request.trail?.tells('Request')) return;
  try {
    request.trail.sentPatch(decodeValue(request));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

/** Throws UnsupportedMediaType before anything is looked at. Custom resources have no strategic merge. */
export function checkPatchType({ request, served }: ResourceRequest): void {
  const isCustom = served.definition.conversion !== undefined;
  const types = isCustom ? patchTypes.filter(type => type !== strategicPatchType) : patchTypes;
  // Patches are told by the very text, up to its parameters.
  const type = request.headers['content-type']?.split(';')[0];
  if ((types as readonly (string | undefined)[]).includes(type)) return;
  throw isCustom ? statusError.unsupportedMediaType(types) : statusError.unroutedMediaType();
}

/** `current` with the request's patch on it, decoded and defaulted as if a client had sent it whole. */
export function applyPatch<T>(
  services: Services,
  call: ResourceRequest,
  current: KubeObject,
  schemaName: string,
  breathe: Breathe | undefined,
): Promise<T> {
  return inSteps(patched<T>(services, call, current, schemaName), breathe);
}

function* patched<T>(
  services: Services,
  call: ResourceRequest,
  current: KubeObject,
  schemaName: string,
): Work<T> {
  const { native } = services.schemas.schemaOf(schemaName) ?? {};
  const isText = native === true && isTextPatch(call.request);
  yield;
  const patch = yield* readPatch(call, isText);
  yield;
  const opened = new Set<unknown>();
  const value = patchedValue(services, call, patch, current, schemaName, opened);
  const isStrategic = contentTypeOf(call.request) === strategicPatchType;
  const shown = () => (isStrategic ? spentText(patch, current) : patchedText(call, value, current, opened));
  const patchErrors = yield* strictPatchErrors(call.request, patch);
  const options = { shown, patchErrors, isText };
  yield;
  const decode = (part: unknown) => decodePatched(services, call, part, schemaName, options);
  // Which parts are the stored object's own, only identity tells: another kind's (Scale), or one that was converted, has none.
  const isOver = !isText && isShownAsStored(call) && !Array.isArray(value);
  return (isOver ? decodeOver(call, value as KubeObject, current, decode) : decode(value)) as T;
}

function spentText(patch: unknown, current: object): string {
  return goText(spentPatch(patch as JsonObject, current as JsonObject));
}

/** What patching made of a text: only what it looked into was read, and has its members sorted. */
function patchedText(
  { request }: ResourceRequest,
  value: unknown,
  current: KubeObject,
  opened: ReadonlySet<unknown>,
): string {
  if (contentTypeOf(request) === jsonPatchType) {
    return escapeHtml(JSON.stringify(sorted(value, part => !opened.has(part))));
  }
  const untouched = new Set<object>();
  addParts(current, untouched);
  return escapeHtml(JSON.stringify(sorted(value, part => untouched.has(part))));
}

function addParts(value: unknown, parts: Set<object>): void {
  if (typeof value !== 'object' || value === null) return;
  parts.add(value);
  for (const part of Object.values(value)) addParts(part, parts);
}

/** Throws BadRequest for what is no patch. */
function* readPatch({ request }: ResourceRequest, isText: boolean): Steps<unknown> {
  const type = contentTypeOf(request);
  const prefix = type === strategicPatchType ? '' : 'error decoding patch: ';
  const wanted = type === jsonPatchType ? '[]handlers.jsonPatchOp' : 'map[string]interface {}';
  try {
    const patch = yield* decodeValueInSteps(request, isText);
    if (patch === null) return nullPatch(type);
    if (patch !== undefined && isOf(type, patch)) return patch;
    throw new DecodeError(
      patch === undefined
        ? 'unexpected end of JSON input'
        : `json: cannot unmarshal ${goValueName(patch)} into Go value of type ${wanted}`,
    );
  } catch (error) {
    if (error instanceof DecodeError) throw statusError.badRequest(prefix + error.message);
    throw error;
  }
}

/** Go decodes null to an empty list or object; the merge patch of its library refuses it. */
function nullPatch(type: string): unknown {
  if (type === jsonPatchType) return [];
  if (type === strategicPatchType) return {};
  throw statusError.badRequest('Invalid JSON Patch');
}

function isOf(type: string, patch: unknown): boolean {
  if (type === jsonPatchType) return Array.isArray(patch);
  return typeof patch === 'object' && patch !== null && !Array.isArray(patch);
}

function patchedValue(
  services: Services,
  call: ResourceRequest,
  patch: unknown,
  current: KubeObject,
  schemaName: string,
  opened: Set<unknown>,
): unknown {
  const type = contentTypeOf(call.request);
  if (type === jsonPatchType) return applyJsonPatch(current, patch, opened);
  if (type === 'application/merge-patch+json') return applyMergePatch(current, patch as object);
  const schema = services.schemas.schemaOf(schemaName);
  if (!schema) throw statusError.internal(`no schema of ${schemaName}`);
  return applyStrategicMergePatch(current, patch as Record<string, unknown>, schema);
}
