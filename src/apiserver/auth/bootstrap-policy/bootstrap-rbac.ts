import type { PolicyRule, Subject } from '#api/generated/types/rbac.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { accounts, adminBinding, clusterBindings, namespaceBindings } from './bindings.ts';
import { componentRoles } from './component-roles.ts';
import { controllerRoles } from './controller-roles.ts';
import { namespaceRoles } from './namespace-roles.ts';
import { aggregatedRoles, aggregatedRules, userRoles } from './user-roles.ts';

const group = 'rbac.authorization.k8s.io';
const apiVersion = `${group}/v1`;
const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };
const controllerPrefix = 'system:controller:';

function make(
  kind: string,
  name: string,
  more: object,
  namespace?: string,
  extraLabels?: object,
): KubeObject {
  const metadata = {
    name,
    ...(namespace ? { namespace } : {}),
    labels: { ...labels, ...extraLabels },
    annotations: { ...annotations },
  };
  return { apiVersion, kind, metadata, ...more } as KubeObject;
}

const aggregationLabel = (role: string) => ({ [`${group}/aggregate-to-${role}`]: 'true' });

function clusterRole(name: string, rules: readonly PolicyRule[], extraLabels?: object): KubeObject {
  return make('ClusterRole', name, { rules: structuredClone(rules) }, undefined, extraLabels);
}

/** The rules that the aggregation controller would find: the role's own part, and those of the roles below it. */
function aggregated(role: string): PolicyRule[] {
  const below = Object.entries(aggregatedRoles).filter(([, { aggregateTo }]) => aggregateTo === role);
  return [...below.flatMap(([name]) => aggregated(name)), ...structuredClone(aggregatedRules[role] ?? [])];
}

function aggregatedRole(role: string): KubeObject {
  const { aggregateTo } = aggregatedRoles[role]!;
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: aggregationLabel(role) }] };
  const extraLabels = aggregateTo ? aggregationLabel(aggregateTo) : {};
  return make('ClusterRole', role, { aggregationRule, rules: aggregated(role) }, undefined, extraLabels);
}

function binding(
  name: string,
  kind: 'ClusterRole' | 'Role',
  role: string,
  subjects: readonly Subject[],
  namespace?: string,
): KubeObject {
  const roleRef = { apiGroup: group, kind, name: role };
  const more = { roleRef, ...(subjects.length > 0 ? { subjects: structuredClone(subjects) } : {}) };
  return make(kind === 'Role' ? 'RoleBinding' : 'ClusterRoleBinding', name, more, namespace);
}

/** The roles and bindings that every cluster starts with, as upstream's API server and kubeadm make them. */
export function bootstrapRbac(): KubeObject[] {
  return [
    ...Object.entries(userRoles).map(([name, rules]) => clusterRole(name, rules)),
    ...Object.keys(aggregatedRoles).map(aggregatedRole),
    ...Object.entries(aggregatedRules).map(([role, rules]) =>
      clusterRole(`system:aggregate-to-${role}`, rules, aggregationLabel(role)),
    ),
    ...Object.entries(componentRoles).map(([name, rules]) => clusterRole(name, rules)),
    ...Object.entries(controllerRoles).map(([name, rules]) => clusterRole(controllerPrefix + name, rules)),
    ...Object.entries(clusterBindings).map(([role, subjects]) =>
      binding(role, 'ClusterRole', role, subjects),
    ),
    ...Object.keys(controllerRoles).map(name =>
      binding(controllerPrefix + name, 'ClusterRole', controllerPrefix + name, accounts(name)),
    ),
    withoutDefaults(binding(adminBinding.name, 'ClusterRole', adminBinding.role, adminBinding.subjects)),
    ...namespaceRoles.map(({ namespace, name, rules }) =>
      make('Role', name, { rules: structuredClone(rules) }, namespace),
    ),
    ...namespaceBindings.map(({ namespace, name, role, subjects }) =>
      binding(name, 'Role', role, subjects, namespace),
    ),
  ];
}

/** kubeadm's objects carry no bootstrapping label. */
function withoutDefaults(object: KubeObject): KubeObject {
  return { ...object, metadata: { name: object.metadata.name! } };
}
