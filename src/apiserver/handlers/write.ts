import { inSteps, type Steps, type Work } from '#base/steps.ts';
import { type KubeObject, apiVersionOf } from '#machinery/object.ts';
import { decodeObject } from '../decode.ts';
import { createObject } from '../resources/create.ts';
import type { Entry } from '../resources/entry.ts';
import { dropRepeatedOwners } from '../resources/owners.ts';
import { fromStorage, toStorage } from '../resources/served.ts';
import { type UpdateResult, updateObject } from '../resources/update.ts';
import { matchNamespace } from '../resources/request-namespace.ts';
import type { WriteContext } from '../resources/write-context.ts';
import type { ApiResponse } from '../response.ts';
import { type ResourceRequest, type Services, warn, writeContext } from './context.ts';
import { decodeUpdate } from './decode-update.ts';
import { isConditional, matchIdentity, mayBeUnconditional } from './identity.ts';
import { createsMissing, mayCreate } from './may-create.ts';

export async function createHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const context = writeContext(services, call);
  const entry = await inSteps(create(services, call, context), context.breathe);
  return { type: 'entry', status: 201, served: call.served, entry };
}

function* create(services: Services, call: ResourceRequest, context: WriteContext): Work<Entry> {
  yield;
  const object = yield* decodeObject(services, call);
  yield;
  matchNamespace(call.served, call.info.namespace, object);
  dropRepeatedOwners(object, message => warn(call, message), false);
  toStorage(call.served, object);
  return (yield createObject(services, context, object)) as Entry;
}

export async function updateHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const context = writeContext(services, call);
  const { entry, created } = await inSteps(update(services, call, context), context.breathe);
  return { type: 'entry', status: created ? 201 : 200, served: call.served, entry };
}

function* update(services: Services, call: ResourceRequest, context: WriteContext): Work<UpdateResult> {
  const { info } = call;
  yield;
  let decoded: KubeObject | undefined = yield* decodeSent(services, call);
  yield;
  const conditional = isConditional(decoded);
  const { uid } = decoded.metadata;
  // A try changes what it is given, and hardly any needs a second.
  const take = () => {
    const object = decoded ?? inSteps(decodeSent(services, call), context.breathe);
    decoded = undefined;
    return object;
  };
  const updating = updateObject(
    services,
    context,
    info.name,
    current => {
      // Who means another object is told that before.
      if (!conditional && (!uid || uid === current.metadata.uid)) mayBeUnconditional(call);
      return take();
    },
    createsMissing(call) ? () => mayCreate(services, call).then(take) : undefined,
  );
  return (yield updating) as UpdateResult;
}

function* decodeSent(services: Services, call: ResourceRequest): Steps<KubeObject> {
  const sent = yield* decodeUpdate(services, call);
  matchIdentity(call, sent);
  dropRepeatedOwners(sent, message => warn(call, message), false);
  toStorage(call.served, sent);
  return sent;
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
