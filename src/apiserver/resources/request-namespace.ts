import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { ServedResource } from './served.ts';

/** An object is in the namespace of its request, unless it says that it is in another one. Throws BadRequest. */
export function matchNamespace(served: ServedResource, namespace: string, { metadata }: KubeObject): void {
  if (!served.definition.namespaced) {
    delete metadata.namespace;
    return;
  }
  metadata.namespace ||= namespace;
  if (metadata.namespace === namespace) return;
  throw statusError.badRequest(
    'the namespace of the provided object does not match the namespace sent on the request',
  );
}
