import { cloneJson } from '#base/equal.ts';
import type { KubeObject } from '#machinery/object.ts';
import { decodeObject } from '../decode.ts';
import { reachOf } from '../resources/reach.ts';
import { storageVersionOf } from '../resources/served.ts';
import { keyOf } from '../resources/write-context.ts';
import type { ResourceRequest, Services } from './context.ts';

/** The body of an update, decoded, see `decodeOver`. Throws StatusError. */
export function decodeUpdate(services: Services, call: ResourceRequest): KubeObject {
  const { body } = call.request;
  const stored = storedObject(call);
  if (!stored || body === undefined || body instanceof Uint8Array) return decodeObject(services, call);
  return decodeOver(call, body.value as KubeObject, stored, value =>
    decodeObject(services, { ...call, request: { ...call.request, body: { value } } }),
  );
}

/**
 * The new object of an update, decoded by `decode`. Parts of it that are the stored object's own were decoded once: they
 * are copied, or taken as they are, frozen, where the write cannot change them.
 */
export function decodeOver(
  { served, info }: ResourceRequest,
  sent: KubeObject,
  stored: KubeObject,
  decode: (value: unknown) => KubeObject,
): KubeObject {
  const isReached = reachOf(served.stored, info.subresource);
  const own: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  for (const key in sent) {
    const part = sent[key as keyof KubeObject] as unknown;
    if (typeof part !== 'object' || part !== stored[key as keyof KubeObject]) rest[key] = part;
    else if (key !== 'metadata') own[key] = isReached(key) ? cloneJson(part) : part;
  }
  const { managedFields, ...metadata } = sent.metadata ?? {};
  const hasOwnManagers = managedFields !== undefined && managedFields === stored.metadata.managedFields;
  if (sent.metadata === stored.metadata) own.metadata = cloneJson(metadata);
  else if (hasOwnManagers) rest.metadata = metadata;
  const decoded = inOrderOf(sent, { ...decode(rest), ...own });
  if (hasOwnManagers) decoded.metadata.managedFields = managedFields;
  return decoded;
}

/** What is stored, where a reader of this version is shown just that. */
function storedObject({ served, info }: ResourceRequest): KubeObject | undefined {
  if (!isShownAsStored({ served })) return undefined;
  const namespace = served.definition.namespaced ? info.namespace : '';
  return served.cache.get(keyOf({ namespace }, info.name))?.object;
}

/** Whether what readers of this version are shown is what is stored. */
export function isShownAsStored({ served }: Pick<ResourceRequest, 'served'>): boolean {
  return !served.definition.conversion && storageVersionOf(served.stored) === served.version;
}

/** Members that the model has come in its order, the others after them. */
function inOrderOf(model: KubeObject, object: KubeObject): KubeObject {
  const ordered: Record<string, unknown> = {};
  for (const key in model) if (key in object) ordered[key] = object[key as keyof KubeObject];
  return Object.assign(ordered, object) as unknown as KubeObject;
}
