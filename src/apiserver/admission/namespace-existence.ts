import { namespaces as namespacesRef } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { hasReason, statusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin, RequestKind } from './plugin.ts';

const isNamespaced = ({ served }: RequestKind) => served.definition.namespaced;

/** Whoever creates something in a namespace that there is not has it made. */
export function namespaceAutoProvision(
  namespaces: ResourceCache,
  client: () => Client | undefined,
): AdmissionPlugin {
  return {
    name: 'NamespaceAutoProvision',
    concerns: kind => isNamespaced(kind) && kind.operation === 'CREATE',
    mutate(request) {
      if (request.dryRun || namespaces.get(request.namespace)) return undefined;
      return client()
        ?.create(namespacesRef, { metadata: { name: request.namespace } })
        .then(
          () => undefined,
          (error: Error) => {
            if (!hasReason(error, 'AlreadyExists')) throw forbidden(request, error.message);
          },
        );
    },
  };
}

/** Nothing is written or deleted in a namespace that there is not. */
export function namespaceExists(namespaces: ResourceCache): AdmissionPlugin {
  return {
    name: 'NamespaceExists',
    concerns: kind => isNamespaced(kind) && kind.operation !== 'CONNECT',
    validate({ namespace }) {
      if (namespaces.get(namespace)) return;
      throw statusError.notFound({ group: '', resource: 'namespaces' }, namespace);
    },
  };
}
