import { validateLabelSelector } from '#machinery/selectors.ts';
import { defineResource } from '../definition.ts';
import type { ClusterRole } from '../generated/types/rbac.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validateRules } from '../rbac-validation.ts';
import { isReadable } from '../validation.ts';

function validate({ rules, aggregationRule }: ClusterRole): FieldError[] {
  const errors = validateRules(rules, false);
  if (!aggregationRule) return errors;
  const path = FieldPath.of('aggregationRule', 'clusterRoleSelectors');
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    const detail = 'at least one clusterRoleSelector required if aggregationRule is non-nil';
    errors.push(fieldError.required(path, detail));
  }
  return [
    ...errors,
    ...selectors.flatMap((selector, i) => [
      ...validateLabelSelector(selector, path.index(i)),
      // Upstream shows what it could not make of it.
      ...(isReadable(selector) ? [] : [fieldError.invalid(path.index(i), null, 'invalid label selector.')]),
    ]),
  ];
}

export const clusterRoleResource = defineResource<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.rbac.v1.ClusterRole' }],
  kind: 'ClusterRole',
  resource: 'clusterroles',
  singular: 'clusterrole',
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    nameRule: 'pathSegment',
    allowCreateOnUpdate: true,
    validate,
  },
});
