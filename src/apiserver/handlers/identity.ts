import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { ResourceRequest } from './context.ts';

/**
 * A patch may state a resourceVersion as a precondition; it may not rename. `current` is undefined where the patch
 * creates the object.
 */
export function keepIdentity(
  call: ResourceRequest,
  object: KubeObject,
  current: KubeObject | undefined,
): void {
  const { metadata } = object;
  if (!metadata.name) {
    throw statusError.badRequest(
      `the name of the object (${call.info.name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (metadata.name !== call.info.name) {
    throw statusError.badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${call.info.name})`,
    );
  }
  if (!current && call.served.definition.namespaced) metadata.namespace ||= call.info.namespace;
  if (
    metadata.namespace !== (current ? current.metadata.namespace : metadata.namespace && call.info.namespace)
  ) {
    throw statusError.badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  if (metadata.resourceVersion === current?.metadata.resourceVersion) {
    const { resourceVersion: _, ...rest } = metadata;
    object.metadata = rest;
  }
}
