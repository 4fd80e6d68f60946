import { setMember } from '#base/members.ts';
import { atOnce, type Steps } from '#base/steps.ts';
import { cloneJson } from '#base/equal.ts';
import { moveEmpties } from '#machinery/empties.ts';
import type { KubeObject, ObjectMeta } from '#machinery/object.ts';
import { decodeObject, tellSent } from '../decode.ts';
import { reachOf } from '../resources/reach.ts';
import { storageVersionOf } from '../resources/served.ts';
import { keyOf } from '../resources/write-context.ts';
import type { ResourceRequest, Services } from './context.ts';

/** The body of an update, decoded, see `decodeOver`. Throws StatusError. */
export function* decodeUpdate(services: Services, call: ResourceRequest): Steps<KubeObject> {
  const { body } = call.request;
  const stored = storedObject(call);
  if (!stored || body === undefined || body instanceof Uint8Array) return yield* decodeObject(services, call);
  const decode = (value: unknown) => atOnce(decodeObject(services, call, { value }));
  const decoded = decodeOver(call, body.value as KubeObject, stored, decode);
  tellSent(call, decoded);
  return decoded;
}

/**
 * The new object of an update, decoded by `decode`. Parts of it that are the stored object's own were decoded once: they
 * are copied, or taken as they are, frozen, where the write cannot change them. Those of metadata are taken in any case:
 * whoever changes one puts another in its place.
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
    if (typeof part !== 'object' || part !== stored[key as keyof KubeObject]) setMember(rest, key, part);
    else if (key !== 'metadata') setMember(own, key, isReached(key) ? cloneJson(part) : part);
  }
  if (sent.metadata === stored.metadata) own.metadata = { ...stored.metadata };
  const parts = own.metadata ? undefined : splitMetadata(sent.metadata, stored.metadata);
  if (parts) rest.metadata = parts.rest;
  const decoded = joined(sent, decode(rest), own);
  if (parts) decoded.metadata = joined(sent.metadata, decoded.metadata, parts.own);
  return decoded;
}

/** What of the metadata is the stored object's own, and what has to be decoded; undefined where all has. */
function splitMetadata(
  sent: ObjectMeta | undefined,
  stored: ObjectMeta,
): { own: ObjectMeta; rest: ObjectMeta } | undefined {
  const own: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  let isShared = false;
  for (const key in sent) {
    const part = sent[key as keyof ObjectMeta];
    const isOwn = typeof part === 'object' && part === stored[key as keyof ObjectMeta];
    (isOwn ? own : rest)[key] = part;
    isShared ||= isOwn;
  }
  return isShared ? { own, rest } : undefined;
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

/** What was decoded of `sent` and what is the stored object's `own`, in the order in which they were sent; then what decoding added. */
function joined<T extends object>(sent: T, decoded: T, own: Partial<T>): T {
  const whole: Record<string, unknown> = {};
  const add = (key: string, from: object) => setMember(whole, key, (from as Record<string, unknown>)[key]);
  for (const key in sent) {
    if (Object.hasOwn(own, key)) add(key, own);
    else if (Object.hasOwn(decoded, key)) add(key, decoded);
  }
  for (const key in decoded) if (!Object.hasOwn(whole, key)) add(key, decoded);
  moveEmpties(decoded, whole);
  return whole as T;
}
