import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { matchNamespace } from '../resources/request-namespace.ts';
import type { ResourceRequest } from './context.ts';

/** An object that is written under a name and in a namespace has both of them. Throws BadRequest. */
export function matchIdentity(call: ResourceRequest, object: KubeObject): void {
  matchNamespace(call.served, call.info.namespace, object);
  const { name } = object.metadata;
  const wanted = call.info.name;
  if (name === wanted) return;
  throw statusError.badRequest(
    name
      ? `the name of the object (${name}) does not match the name on the URL (${wanted})`
      : `the name of the object (${wanted} based on URL) was undeterminable: name must be provided`,
  );
}

/**
 * A patch may state a resourceVersion as a precondition; it may not rename. `current` is undefined where the patch
 * creates the object.
 */
export function keepIdentity(
  call: ResourceRequest,
  object: KubeObject,
  current: KubeObject | undefined,
): void {
  matchIdentity(call, object);
  if (current && !isConditional(object)) mayBeUnconditional(call);
  const { resourceVersion, ...rest } = object.metadata;
  if (resourceVersion === current?.metadata.resourceVersion) object.metadata = rest;
}

/** Some kinds are only replaced by who says which version they saw; patches have one unless they take it away. */
export function mayBeUnconditional({ served, info }: ResourceRequest): void {
  const { strategy } = served.stored;
  if (strategy.allowUnconditionalUpdate !== false) return;
  // Upstream names the resource where the kind belongs.
  const { group, resource: kind } = served.what;
  throw statusError.invalid({ group, kind }, info.name, [
    {
      type: 'FieldValueInvalid',
      field: 'metadata.resourceVersion',
      message: 'Invalid value: 0: must be specified for an update',
    },
  ]);
}

/** Whether an object says which version of it was seen. */
export function isConditional({ metadata: { resourceVersion } }: KubeObject): boolean {
  return Boolean(resourceVersion) && resourceVersion !== '0';
}
