import type { ClusterRoleBinding, RoleBinding } from './generated/types/rbac.v1.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

/** API groups of the role and the subjects, where the kind says which. */
export function setRoleBindingDefaults(object: RoleBinding | ClusterRoleBinding): void {
  if (object.roleRef) object.roleRef.apiGroup ||= rbacGroup;
  for (const subject of object.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup;
  }
}
