import type { KubeObject } from '#machinery/object.ts';
import { decodeObject } from '../decode.ts';
import { reachOf } from '../resources/reach.ts';
import { storageVersionOf } from '../resources/served.ts';
import { keyOf } from '../resources/write-context.ts';
import type { ResourceRequest, Services } from './context.ts';

/**
 * The body of an update, decoded. Of what a client in this process sends, parts that are the stored object's own and that
 * the write cannot change are taken as they are, frozen: they were decoded once. Throws StatusError.
 */
export function decodeUpdate(services: Services, call: ResourceRequest): KubeObject {
  const { body } = call.request;
  const stored = storedObject(call);
  if (!stored || body === undefined || body instanceof Uint8Array) return decodeObject(services, call);
  const sent = body.value as KubeObject;
  const isReached = reachOf(call.served.stored, call.info.subresource);
  const own: Record<string, unknown> = {};
  for (const key in sent) {
    const part = sent[key as keyof KubeObject];
    if (!isReached(key) && part === stored[key as keyof KubeObject]) own[key] = part;
  }
  const managedFields = sent.metadata?.managedFields;
  const hasOwnManagers = managedFields !== undefined && managedFields === stored.metadata.managedFields;
  const value: KubeObject = { ...sent };
  for (const key in own) delete value[key as keyof KubeObject];
  if (hasOwnManagers) {
    const { managedFields: _, ...metadata } = sent.metadata;
    value.metadata = metadata;
  }
  const decoded = decodeObject(services, { ...call, request: { ...call.request, body: { value } } });
  if (hasOwnManagers) decoded.metadata.managedFields = managedFields;
  return inOrderOf(sent, { ...decoded, ...own });
}

/** What is stored, where a reader of this version is shown just that. */
function storedObject({ served, info }: ResourceRequest): KubeObject | undefined {
  if (served.definition.conversion || storageVersionOf(served.stored) !== served.version) return undefined;
  const namespace = served.definition.namespaced ? info.namespace : '';
  return served.cache.get(keyOf({ namespace }, info.name))?.object;
}

/** Members that the model has come in its order, the others after them. */
function inOrderOf(model: KubeObject, object: KubeObject): KubeObject {
  const ordered: Record<string, unknown> = {};
  for (const key in model) if (key in object) ordered[key] = object[key as keyof KubeObject];
  return Object.assign(ordered, object) as unknown as KubeObject;
}
