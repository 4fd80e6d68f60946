import { defineResource } from '../definition.ts';
import type { Role } from '../generated/types/rbac.v1.ts';
import { validateRules } from '../rbac-validation.ts';

export const roleResource = defineResource<Role>({
  group: 'rbac.authorization.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.rbac.v1.Role' }],
  kind: 'Role',
  resource: 'roles',
  singular: 'role',
  namespaced: true,
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    nameRule: 'pathSegment',
    allowCreateOnUpdate: true,
    validate: object => validateRules(object.rules, true),
  },
});
