import { type KubeObject, parseApiVersion } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { AdmissionChain } from '../admission/plugin.ts';
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
  const request = virtualRequest(services, call, operation, name, object, old);
  await services.admission.mutate(request);
  await services.admission.validate(request);
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
