import { append } from '#base/append.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Subdomain, checkPathSegment } from '#machinery/names.ts';
import type { ClusterRoleBinding, PolicyRule, RoleBinding, Subject } from './generated/types/rbac.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { invalidEach } from './validation.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

function validateRule(path: FieldPath, rule: PolicyRule, namespaced: boolean): FieldError[] {
  const verbs = rule.verbs ?? [];
  const { nonResourceURLs: urls = [], apiGroups = [], resources = [], resourceNames = [] } = rule;
  const errors: FieldError[] = [];
  if (verbs.length === 0)
    errors.push(fieldError.required(path.child('verbs'), 'verbs must contain at least one value'));
  if (urls.length > 0) {
    const at = path.child('nonResourceURLs');
    if (namespaced) {
      errors.push(fieldError.invalid(at, urls, 'namespaced rules cannot apply to non-resource URLs'));
    }
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(fieldError.invalid(at, urls, detail));
    }
    return errors;
  }
  if (apiGroups.length === 0) {
    errors.push(
      fieldError.required(path.child('apiGroups'), 'resource rules must supply at least one api group'),
    );
  }
  if (resources.length === 0) {
    errors.push(
      fieldError.required(path.child('resources'), 'resource rules must supply at least one resource'),
    );
  }
  return errors;
}

/** The rules of a Role or a ClusterRole. */
export function validateRules(rules: readonly PolicyRule[] | undefined, namespaced: boolean): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => validateRule(FieldPath.of('rules').index(i), rule, namespaced));
}

function validateSubject(path: FieldPath, subject: Subject, namespaced: boolean): FieldError[] {
  const { kind, name, namespace, apiGroup = '' } = subject;
  const errors: FieldError[] = name ? [] : [fieldError.required(path.child('name'))];
  if (kind === 'ServiceAccount') {
    if (name) append(errors, invalidEach(path.child('name'), name, checkDns1123Subdomain(name)));
    if (apiGroup !== '') errors.push(fieldError.notSupported(path.child('apiGroup'), apiGroup, ['']));
    if (!namespaced && !namespace) errors.push(fieldError.required(path.child('namespace')));
    return errors;
  }
  if (kind !== 'User' && kind !== 'Group') {
    return [
      ...errors,
      fieldError.notSupported(path.child('kind'), kind, ['ServiceAccount', 'User', 'Group']),
    ];
  }
  return apiGroup === rbacGroup
    ? errors
    : [...errors, fieldError.notSupported(path.child('apiGroup'), apiGroup, [rbacGroup])];
}

/** A RoleBinding (`namespaced`) or a ClusterRoleBinding. */
export function validateRoleBinding(
  object: RoleBinding | ClusterRoleBinding,
  namespaced: boolean,
): FieldError[] {
  const path = FieldPath.of('roleRef');
  const { apiGroup = '', kind = '', name = '' } = object.roleRef ?? {};
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  return [
    ...(apiGroup === rbacGroup
      ? []
      : [fieldError.notSupported(path.child('apiGroup'), apiGroup, [rbacGroup])]),
    ...(kinds.includes(kind) ? [] : [fieldError.notSupported(path.child('kind'), kind, kinds)]),
    ...(name
      ? invalidEach(path.child('name'), name, checkPathSegment(name))
      : [fieldError.required(path.child('name'))]),
    ...(object.subjects ?? []).flatMap((subject, i) =>
      validateSubject(FieldPath.of('subjects').index(i), subject, namespaced),
    ),
  ];
}

/** What a binding grants never changes; only to whom. */
export function validateRoleRefUpdate(
  object: RoleBinding | ClusterRoleBinding,
  old: RoleBinding | ClusterRoleBinding,
): FieldError[] {
  if (deepEqual(object.roleRef, old.roleRef)) return [];
  const { apiGroup, kind, name } = object.roleRef;
  // Upstream shows its internal type, whose fields have no JSON names.
  const shown = { APIGroup: apiGroup, Kind: kind, Name: name };
  return [fieldError.invalid(FieldPath.of('roleRef'), shown, 'cannot change roleRef')];
}
