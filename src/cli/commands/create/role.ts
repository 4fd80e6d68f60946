import type { CliContext } from '../../core/context.ts';
import { BareError, CliError, NoResourceMatchError } from '../../errors.ts';
import type { Flag } from '../../core/flags.ts';
import { defineGenerator } from './generator.ts';

const ruleFlags: readonly Flag[] = [
  { name: 'verb', type: 'list', help: 'Verb that applies to the resources contained in the rule' },
  { name: 'resource', type: 'list', help: 'Resource that the rule applies to' },
  { name: 'resource-name', type: 'array', help: 'Resource in the white list that the rule applies to' },
];

interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** One rule a group, as kubectl sorts them out by discovery. */
async function resourceRules(context: CliContext): Promise<Rule[]> {
  const { flags } = context;
  const verbs = [...new Set(flags.list('verb'))];
  const names = [...new Set(flags.list('resource-name'))];
  const groups = new Map<string, string[]>();
  for (const text of new Set(flags.list('resource'))) {
    const [word = '', subresource] = text.split('/');
    if (word === '*') {
      groups.set('*', ['*']);
      continue;
    }
    const mapping = (await context.mapper()).find(word);
    if (!mapping) {
      const [type = '', ...group] = word.split('.');
      throw new BareError(new NoResourceMatchError(type, group.join('.')).message);
    }
    const resource = subresource ? `${mapping.resource}/${subresource}` : mapping.resource;
    groups.set(mapping.group, [...(groups.get(mapping.group) ?? []), resource]);
  }
  return [...groups].map(([group, resources]) => ({
    apiGroups: [group],
    resources,
    ...(names.length > 0 ? { resourceNames: names } : {}),
    verbs,
  }));
}

export const createRole = defineGenerator({
  name: 'role',
  usage: 'NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename]',
  summary: 'Create a role with single rule.',
  flags: ruleFlags,
  build: async (context, name) => {
    if (context.flags.list('verb').length === 0) throw new CliError('at least one verb must be specified');
    if (context.flags.list('resource').length === 0)
      throw new CliError('at least one resource must be specified');
    const rules = await resourceRules(context);
    return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name }, rules };
  },
});

export const createClusterRole = defineGenerator({
  name: 'clusterrole',
  usage: 'NAME --verb=verb --resource=resource.group [--resource-name=resourcename]',
  summary: 'Create a cluster role.',
  clusterScoped: true,
  flags: [
    ...ruleFlags,
    { name: 'non-resource-url', type: 'list', help: 'A partial url that user should have access to.' },
    {
      name: 'aggregation-rule',
      type: 'list',
      help: 'An aggregation label selector for combining ClusterRoles.',
    },
  ],
  build: async (context, name) => {
    const { flags } = context;
    const head = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name } };
    const aggregation = flags.list('aggregation-rule');
    if (aggregation.length > 0) {
      const matchLabels = Object.fromEntries(aggregation.map(pair => pair.split('=') as [string, string]));
      return { ...head, rules: null, aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } };
    }
    const urls = flags.list('non-resource-url');
    if (flags.list('verb').length === 0) throw new CliError('at least one verb must be specified');
    if (flags.list('resource').length === 0 && urls.length === 0)
      throw new CliError('one of resource or nonResourceURL must be specified');
    const rules = await resourceRules(context);
    if (urls.length > 0) rules.push({ nonResourceURLs: urls, verbs: flags.list('verb') });
    return { ...head, rules };
  },
});
