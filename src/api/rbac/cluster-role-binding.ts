import { defineResource } from '../definition.ts';
import type { ClusterRoleBinding } from '../generated/types/rbac.v1.ts';
import { roleBindingColumns, roleBindingRow } from '../role-binding-columns.ts';
import { setRoleBindingDefaults } from '../role-binding-defaults.ts';
import { validateRoleBinding, validateRoleRefUpdate } from '../rbac-validation.ts';

export const clusterRoleBindingResource = defineResource<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding' }],
  kind: 'ClusterRoleBinding',
  resource: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    nameRule: 'pathSegment',
    allowCreateOnUpdate: true,
    setDefaults: setRoleBindingDefaults,
    validate: object => validateRoleBinding(object, false),
    validateUpdate: validateRoleRefUpdate,
  },
  columns: roleBindingColumns,
  row: roleBindingRow,
});
