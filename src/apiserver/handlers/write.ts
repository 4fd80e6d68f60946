import { type KubeObject, apiVersionOf } from '#machinery/object.ts';
import { decodeObject } from '../decode.ts';
import { createObject } from '../resources/create.ts';
import { dropRepeatedOwners } from '../resources/owners.ts';
import { fromStorage, toStorage } from '../resources/served.ts';
import { updateObject } from '../resources/update.ts';
import { matchNamespace } from '../resources/request-namespace.ts';
import type { ApiResponse } from '../response.ts';
import { hasLargeBody, type ResourceRequest, type Services, warn, writeContext } from './context.ts';
import { decodeUpdate } from './decode-update.ts';
import { isConditional, matchIdentity, mayBeUnconditional } from './identity.ts';
import { mayCreate } from './may-create.ts';

export async function createHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const isLarge = hasLargeBody(call);
  if (isLarge) await services.slice.breathe();
  const object = decodeObject(services, call);
  if (isLarge) await services.slice.breathe();
  matchNamespace(call.served, call.info.namespace, object);
  dropRepeatedOwners(object, message => warn(call, message), false);
  toStorage(call.served, object);
  const entry = await createObject(services, writeContext(call), object);
  return { type: 'entry', status: 201, served: call.served, entry };
}

export async function updateHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const { served, info } = call;
  const decode = () => {
    const sent = decodeUpdate(services, call);
    matchIdentity(call, sent);
    dropRepeatedOwners(sent, message => warn(call, message), false);
    toStorage(served, sent);
    return sent;
  };
  const isLarge = hasLargeBody(call);
  if (isLarge) await services.slice.breathe();
  let decoded: KubeObject | undefined = decode();
  if (isLarge) await services.slice.breathe();
  const conditional = isConditional(decoded);
  // A try changes what it is given, and hardly any needs a second.
  const take = () => {
    const object = decoded ?? decode();
    decoded = undefined;
    return object;
  };
  const allowCreate = served.definition.strategy.allowCreateOnUpdate && info.subresource === '';
  const { entry, created } = await updateObject(
    services,
    writeContext(call),
    info.name,
    () => {
      if (!conditional) mayBeUnconditional(call);
      return take();
    },
    allowCreate ? () => mayCreate(services, call).then(take) : undefined,
  );
  return { type: 'entry', status: created ? 201 : 200, served, entry };
}

/** The current object as the served version shows it, to be patched. */
export function currentVersion(call: ResourceRequest, current: KubeObject): KubeObject {
  const shown = fromStorage(call.served, current);
  const apiVersion = apiVersionOf({
    group: call.served.definition.group,
    version: call.served.version.version,
  });
  return shown.apiVersion === apiVersion ? shown : { ...shown, apiVersion };
}
