import { defineResource } from '../definition.ts';
import type { ClusterRole } from '../generated/types/rbac.v1.ts';

export const clusterRoleResource = defineResource<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.rbac.v1.ClusterRole' }],
  kind: 'ClusterRole',
  resource: 'clusterroles',
  singular: 'clusterrole',
  namespaced: false,
  strategy: { nameRule: 'pathSegment', allowCreateOnUpdate: true },
});
