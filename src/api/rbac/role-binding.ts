import { defineResource } from '../definition.ts';
import type { RoleBinding } from '../generated/types/rbac.v1.ts';
import { roleBindingColumns, roleBindingRow } from '../role-binding-columns.ts';
import { setRoleBindingDefaults } from '../role-binding-defaults.ts';
import { validateRoleBinding, validateRoleRefUpdate } from '../rbac-validation.ts';

export const roleBindingResource = defineResource<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.rbac.v1.RoleBinding' }],
  kind: 'RoleBinding',
  resource: 'rolebindings',
  singular: 'rolebinding',
  namespaced: true,
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    nameRule: 'pathSegment',
    allowCreateOnUpdate: true,
    setDefaults: setRoleBindingDefaults,
    validate: object => validateRoleBinding(object, true),
    validateUpdate: validateRoleRefUpdate,
  },
  columns: roleBindingColumns,
  row: roleBindingRow,
});
