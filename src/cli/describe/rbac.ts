import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
} from '#api/generated/types/rbac.v1.ts';
import { type Describer, defineDescriber } from './describer.ts';
import type { DescriptionText } from './text.ts';

const group = 'rbac.authorization.k8s.io';

const describeRole: Describer<Role> = (text, { metadata, rules }) => {
  text.field(0, 'Name', metadata.name);
  text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
  text.line(0, 'PolicyRule:');
  text.line(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs');
  text.line(1, '---------\t-----------------\t--------------\t-----');
  for (const row of ruleRows(rules ?? [])) text.line(1, row);
};

/** One row for each resource of each group; rows that differ in their verbs alone are one. */
function ruleRows(rules: readonly PolicyRule[]): string[] {
  const verbs = new Map<string, Set<string>>();
  for (const rule of rules)
    for (const what of subjectsOf(rule)) {
      const known = verbs.get(what) ?? new Set();
      for (const verb of rule.verbs) known.add(verb);
      verbs.set(what, known);
    }
  return [...verbs].map(([what, set]) => `${what}\t[${[...set].join(' ')}]`).sort();
}

function subjectsOf(rule: PolicyRule): string[] {
  if (rule.nonResourceURLs?.length) return rule.nonResourceURLs.map(url => `\t[${url}]\t[]`);
  const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
  return (rule.apiGroups ?? ['']).flatMap(apiGroup =>
    (rule.resources ?? []).flatMap(resource =>
      names.map(name => {
        const [plural, ...sub] = resource.split('/');
        const qualified = apiGroup ? `${plural}.${apiGroup}` : plural!;
        return `${[qualified, ...sub].join('/')}\t[]\t[${name ?? ''}]`;
      }),
    ),
  );
}

export const roleDescriber = defineDescriber<Role>(group, 'Role', describeRole, { events: false });
export const clusterRoleDescriber = defineDescriber<ClusterRole>(
  group,
  'ClusterRole',
  describeRole as Describer<ClusterRole>,
  { events: false },
);

const describeBinding = (text: DescriptionText, { metadata, roleRef, subjects }: RoleBinding): void => {
  text.field(0, 'Name', metadata.name);
  text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
  text.line(0, 'Role:').field(1, 'Kind', roleRef?.kind).field(1, 'Name', roleRef?.name);
  text.line(0, 'Subjects:').line(1, 'Kind\tName\tNamespace').line(1, '----\t----\t---------');
  for (const subject of subjects ?? [])
    text.line(1, `${subject.kind}\t${subject.name}\t${subject.namespace ?? ''}`);
};

export const roleBindingDescriber = defineDescriber<RoleBinding>(group, 'RoleBinding', describeBinding, {
  events: false,
});
export const clusterRoleBindingDescriber = defineDescriber<ClusterRoleBinding>(
  group,
  'ClusterRoleBinding',
  describeBinding as Describer<ClusterRoleBinding>,
  { events: false },
);
