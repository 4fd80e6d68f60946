import { toRfc3339 } from '#base/clock.ts';
import { type KubeObject, parseApiVersion } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { AdmissionChain } from '../admission/plugin.ts';
import { setManagedFields, trackedFields } from '../apply/track.ts';
import { trackedKind } from '../apply/tracked-kind.ts';
import type { AdmissionRequest } from '../admission/request.ts';
import { admissionRequest } from '../resources/write-context.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';

/** A request about an object that is not one of the resource itself: what a subresource takes, or a review. */
function virtualRequest(
  services: Services,
  call: ResourceRequest,
  operation: AdmissionRequest['operation'],
  name: string,
  object: KubeObject,
  old?: KubeObject,
): AdmissionRequest {
  const request = admissionRequest(writeContext(services, call), operation, name, object, old);
  return { ...request, kind: { ...parseApiVersion(object.apiVersion), kind: object.kind } };
}

/** Has admission look at an object that is never stored, which it may change in place. Throws StatusError. */
export async function admit(
  services: Services,
  call: ResourceRequest,
  operation: 'CREATE' | 'UPDATE' | 'CONNECT',
  object: KubeObject,
  { name = call.info.name, old }: { name?: string; old?: KubeObject } = {},
): Promise<void> {
  const admission = virtualAdmission(services, call, operation, object, { name, ...(old ? { old } : {}) });
  await admission.mutate();
  await admission.validate();
}

/** The same in two steps, for objects that change between them. */
export function virtualAdmission(
  services: Services,
  call: ResourceRequest,
  operation: 'CREATE' | 'UPDATE' | 'CONNECT',
  object: KubeObject,
  { name = call.info.name, old }: { name?: string; old?: KubeObject } = {},
) {
  const request = virtualRequest(services, call, operation, name, object, old);
  return {
    mutate: () => services.admission.mutate(request),
    validate: () => services.admission.validate(request),
  };
}

/** Writes into a new object that is never stored who manages its fields; it is of `type`, or of the resource's own. */
export async function trackNew(
  services: Services,
  call: ResourceRequest,
  object: KubeObject,
  type?: string,
): Promise<void> {
  const { fieldManager } = writeContext(services, call);
  if (fieldManager === undefined) return;
  const own = trackedKind(services, call.served, call.info.subresource);
  const schema = type === undefined ? own.schema : services.schemas.schemaOf(type)!;
  const { apiVersion, kind } = object;
  const tracked = { ...own, schema, apiVersion, kind, shown: (value: KubeObject) => value };
  const time = toRfc3339(services.clock.now());
  object.metadata ??= {};
  setManagedFields(object, await trackedFields(tracked, object, undefined, fieldManager, time));
}

const nothingElse = new AdmissionChain([]);

/** For the writes that carry out what admission has let through already. */
export function withoutAdmission(services: Services): Services {
  return { ...services, admission: nothingElse };
}

/** The options of a connection, as an object of their kind. What is connected to is no rehearsal. */
export async function admitConnection(
  services: Services,
  call: ResourceRequest,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (call.request.query.has('dryRun')) throw statusError.badRequest('dryRun is not supported');
  const { definition } = call.served;
  const subresource = definition.extraSubresources?.find(extra => extra.name === call.info.subresource);
  const object = { kind: subresource?.kind ?? '', apiVersion: 'v1', ...fields } as unknown as KubeObject;
  await admit(services, call, 'CONNECT', object);
}
