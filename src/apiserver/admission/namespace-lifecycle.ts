import { statusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

const immortal = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is created in a namespace that is missing or ending, and the system's own are never deleted. */
export function namespaceLifecycle(namespaces: ResourceCache): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    concerns: ({ served, operation }) =>
      operation === 'DELETE' ? served.bucket === 'core/namespaces' : served.definition.namespaced,
    mutate: request => checkNamespace(namespaces, request),
    // It may have ended while others looked at the request.
    complete: request => checkNamespace(namespaces, request),
    validate(request) {
      const { served, operation, name } = request;
      if (operation !== 'DELETE' || served.bucket !== 'core/namespaces' || !immortal.has(name)) return;
      throw forbidden(request, 'this namespace may not be deleted');
    },
  };
}

/** Throws NotFound or Forbidden where nothing can be created in the namespace. */
function checkNamespace(namespaces: ResourceCache, request: AdmissionRequest): void {
  const { served, operation, namespace } = request;
  if (!served.definition.namespaced || operation !== 'CREATE') return;
  // Its answer would tell whether the namespace is there.
  if (served.bucket === 'authorization.k8s.io/localsubjectaccessreviews') return;
  const found = namespaces.get(namespace);
  if (!found) throw statusError.notFound({ group: '', resource: 'namespaces' }, namespace);
  if (!found.object.metadata.deletionTimestamp) return;
  const refusal = forbidden(
    request,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  refusal.status.details!.causes = [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ];
  throw refusal;
}
