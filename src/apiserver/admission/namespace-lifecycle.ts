import { statusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import type { AdmissionPlugin } from './plugin.ts';

const immortal = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);

/** Nothing is created in a namespace that is missing or ending, and the system's own are never deleted. */
export function namespaceLifecycle(namespaces: ResourceCache): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    concerns: ({ served, operation }) =>
      operation === 'DELETE' ? served.bucket === 'core/namespaces' : served.definition.namespaced,
    mutate(request) {
      const { served, operation, namespace } = request;
      if (!served.definition.namespaced || operation !== 'CREATE') return;
      // Its answer would tell whether the namespace is there.
      if (served.bucket === 'authorization.k8s.io/localsubjectaccessreviews') return;
      const found = namespaces.get(namespace);
      if (!found) throw statusError.notFound({ group: '', resource: 'namespaces' }, namespace);
      if (!found.object.metadata.deletionTimestamp) return;
      const refusal = statusError.forbidden(
        served.what,
        request.name,
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
    },
    validate({ served, operation, name }) {
      if (operation !== 'DELETE' || served.bucket !== 'core/namespaces' || !immortal.has(name)) return;
      throw statusError.forbidden(served.what, name, 'this namespace may not be deleted');
    },
  };
}
