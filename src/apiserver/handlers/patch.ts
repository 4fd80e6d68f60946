import { cloneJson } from '#base/equal.ts';
import { applyJsonPatch } from '#machinery/patch/json-patch.ts';
import { applyMergePatch } from '#machinery/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '#machinery/patch/strategic-merge-patch.ts';
import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { decodeValue, normalize } from '../decode.ts';
import { toStorage } from '../resources/served.ts';
import { updateObject } from '../resources/update.ts';
import type { ApiResponse } from '../response.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { currentVersion } from './write.ts';

export const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const;

export async function patchHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const { served, info } = call;
  const { entry } = await updateObject(services, writeContext(call), info.name, current => {
    const object = applyPatch<KubeObject>(
      services,
      call,
      currentVersion(call, current),
      served.version.schema,
    );
    keepIdentity(call, object, current);
    toStorage(served, object);
    return object;
  });
  return { type: 'entry', status: 200, served, entry };
}

/** `current` with the request's patch on it, decoded and defaulted as if a client had sent it whole. */
export function applyPatch<T>(
  services: Services,
  call: ResourceRequest,
  current: KubeObject,
  schemaName: string,
): T {
  const patched = patchedValue(services, call, current, schemaName);
  return normalize(services, call, patched, schemaName) as T;
}

function patchedValue(
  services: Services,
  call: ResourceRequest,
  current: KubeObject,
  schemaName: string,
): unknown {
  const type = (call.request.headers['content-type'] ?? '').split(';')[0]!.trim();
  const patch = decodeValue(services, call.request);
  if (type === 'application/json-patch+json') return applyJsonPatch(current, patch);
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
    throw statusError.badRequest('error decoding patch: the patch is not a JSON object');
  }
  if (type === 'application/merge-patch+json') return applyMergePatch(current, patch);
  if (type === 'application/strategic-merge-patch+json') {
    const schema = services.schemas.schemaOf(schemaName);
    if (!schema)
      throw statusError.unsupportedMediaType(patchTypes.filter(t => !t.startsWith('application/strategic')));
    return applyStrategicMergePatch(current, patch as Record<string, unknown>, schema);
  }
  throw statusError.unsupportedMediaType(patchTypes);
}

/** A patch may state a resourceVersion as a precondition; it may not rename. */
function keepIdentity(call: ResourceRequest, object: KubeObject, current: KubeObject): void {
  const { name, namespace } = object.metadata;
  if (name !== current.metadata.name) {
    throw statusError.badRequest(
      `the name of the object (${name}) does not match the name on the URL (${call.info.name})`,
    );
  }
  if (namespace !== current.metadata.namespace) {
    throw statusError.badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  if (object.metadata.resourceVersion === current.metadata.resourceVersion) {
    object.metadata = cloneJson({ ...object.metadata, resourceVersion: undefined });
  }
}
