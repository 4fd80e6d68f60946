/** Every binding with the rules of its role, and whom it binds. */
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '#api/generated/refs.ts';
import type { ClusterRoleBinding, PolicyRule, RoleBinding, Subject } from '#api/generated/types/rbac.v1.ts';
import type { Facts } from '../facts.ts';
import { serviceAccountOf, type User } from './user.ts';

export interface Grant {
  readonly binding: ClusterRoleBinding | RoleBinding;
  /** '' is everywhere. */
  readonly namespace: string;
  /** Undefined: there is no such role. */
  readonly rules: readonly PolicyRule[] | undefined;
  /** By which of its subjects it binds the user, if it does. */
  readonly subject: Subject | undefined;
}

export function grantsOf(facts: Facts, user: User): Grant[] {
  const bindings: readonly (ClusterRoleBinding | RoleBinding)[] = [
    ...facts.all(clusterRoleBindings),
    ...facts.all(roleBindings),
  ];
  return bindings.map(binding => {
    const { namespace = '' } = binding.metadata;
    return {
      binding,
      namespace,
      rules: rulesOf(binding, facts),
      subject: binding.subjects?.find(subject => isBound(user, subject, namespace)),
    };
  });
}

function rulesOf({ roleRef, metadata }: ClusterRoleBinding | RoleBinding, facts: Facts) {
  const role =
    roleRef.kind === 'ClusterRole'
      ? facts.get(clusterRoles, '', roleRef.name)
      : facts.get(roles, metadata.namespace ?? '', roleRef.name);
  return role && (role.rules ?? []);
}

function isBound({ name, groups }: User, subject: Subject, namespace: string): boolean {
  if (subject.kind === 'User') return subject.name === name;
  if (subject.kind === 'Group') return groups.includes(subject.name);
  const account = serviceAccountOf(name);
  return account?.name === subject.name && account.namespace === (subject.namespace || namespace);
}

/** 'RoleBinding default/read' or 'ClusterRoleBinding read'. */
export function bindingText({ binding, namespace }: Grant): string {
  return namespace === ''
    ? `ClusterRoleBinding ${binding.metadata.name}`
    : `RoleBinding ${namespace}/${binding.metadata.name}`;
}

export function roleText({ binding: { roleRef } }: Grant): string {
  return `${roleRef.kind} ${roleRef.name}`;
}

export function subjectText({ kind, namespace, name }: Subject): string {
  return `${kind} ${kind === 'ServiceAccount' && namespace ? `${namespace}/` : ''}${name}`;
}
