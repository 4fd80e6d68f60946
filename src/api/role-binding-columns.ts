import { age, ageColumn, column, nameColumn, wideColumn } from './columns.ts';
import type { Column } from './definition.ts';
import type { ClusterRoleBinding, RoleBinding } from './generated/types/rbac.v1.ts';

export const roleBindingColumns: readonly Column[] = [
  nameColumn,
  column('Role'),
  ageColumn,
  wideColumn('Users'),
  wideColumn('Groups'),
  wideColumn('ServiceAccounts'),
];

/** The cells of a RoleBinding or ClusterRoleBinding. */
export function roleBindingRow(object: RoleBinding | ClusterRoleBinding, nowMs: number): unknown[] {
  const subjects = object.subjects ?? [];
  const named = (kind: string) => subjects.filter(s => s.kind === kind);
  return [
    object.metadata.name,
    `${object.roleRef?.kind}/${object.roleRef?.name}`,
    age(object, nowMs),
    named('User')
      .map(s => s.name)
      .join(', '),
    named('Group')
      .map(s => s.name)
      .join(', '),
    named('ServiceAccount')
      .map(s => (s.namespace ? `${s.namespace}/${s.name}` : s.name))
      .join(', '),
  ];
}
