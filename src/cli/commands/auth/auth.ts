import type { KubeObject } from '#machinery/object.ts';
import { defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import { allNamespacesFlag, printFlags, subresourceFlag } from '../../core/flag-groups.ts';
import { CliError } from '../../errors.ts';
import { tableTabs, tabbed } from '../../print/tabwriter.ts';
import { reconcileCommand } from './reconcile.ts';

interface Review extends KubeObject {
  status?: { allowed?: boolean; denied?: boolean; reason?: string; evaluationError?: string };
}

interface RulesReview extends KubeObject {
  status?: {
    incomplete?: boolean;
    evaluationError?: string;
    resourceRules?: {
      verbs: string[];
      apiGroups?: string[];
      resources?: string[];
      resourceNames?: string[];
    }[];
    nonResourceRules?: { verbs: string[]; nonResourceURLs?: string[] }[];
  };
}

const canI = defineCommand({
  name: 'can-i',
  usage: 'VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  summary: 'Check whether an action is allowed.',
  examples: [
    '% auth can-i create pods --all-namespaces',
    '% auth can-i list deployments.apps',
    '% auth can-i --list --namespace=foo',
  ],
  flags: [
    allNamespacesFlag,
    subresourceFlag,
    { name: 'list', type: 'bool', help: 'If true, prints all allowed actions.' },
    { name: 'no-headers', type: 'bool', help: 'If true, prints allowed actions without headers' },
    {
      name: 'quiet',
      short: 'q',
      type: 'bool',
      help: 'If true, suppress output and just return the exit code.',
    },
  ],
  run: async context => {
    if (context.flags.bool('list')) return listRules(context);
    const [verb, what] = context.args;
    if (context.args.length !== 2 || !verb || !what)
      throw new CliError(
        'you must specify two arguments: verb resource or verb resource/resourceName.\nSee '.concat(
          `'${context.commandPath} -h' for help and examples`,
        ),
      );
    const { spec, clusterScoped } = await attributesOf(context, verb, what);
    if (clusterScoped)
      context.error(
        `Warning: resource '${clusterScoped.resource}' is not namespace scoped${clusterScoped.group ? ` in group '${clusterScoped.group}'` : ''}\n\n`,
      );
    const review = (await post(
      context,
      'selfsubjectaccessreviews',
      'SelfSubjectAccessReview',
      spec,
    )) as Review;
    const { allowed = false, reason = '', evaluationError = '' } = review.status ?? {};
    if (!context.flags.bool('quiet')) {
      const details = [reason && ` - ${reason}`, evaluationError && ` - ${evaluationError}`]
        .filter(Boolean)
        .join('');
      context.out(`${allowed ? 'yes' : `no${details}`}\n`);
    }
    return allowed ? 0 : 1;
  },
});

async function attributesOf(
  context: CliContext,
  verb: string,
  what: string,
): Promise<{ spec: unknown; clusterScoped?: { resource: string; group: string } }> {
  if (what.startsWith('/')) return { spec: { nonResourceAttributes: { verb, path: what } } };
  const [type = '', name] = what.split('/');
  const mapping = type === '*' ? undefined : (await context.mapper()).find(type);
  if (!mapping && type !== '*')
    context.error(`Warning: the server doesn't have a resource type '${type.split('.')[0]}'\n\n`);
  const [resource = '', ...group] = type.split('.');
  const namespace = context.flags.bool('all-namespaces') ? '' : (await context.namespace()).name;
  const outside = mapping !== undefined && !mapping.namespaced;
  return {
    spec: {
      resourceAttributes: {
        verb,
        group: mapping?.group ?? group.join('.'),
        resource: mapping?.resource ?? resource,
        subresource: context.flags.string('subresource') || undefined,
        name,
        namespace,
      },
    },
    ...(outside && !context.flags.bool('all-namespaces')
      ? { clusterScoped: { resource: mapping.resource, group: mapping.group } }
      : {}),
  };
}

async function post(context: CliContext, resource: string, kind: string, spec: unknown): Promise<KubeObject> {
  const api = await context.api();
  const group = resource === 'selfsubjectreviews' ? 'authentication.k8s.io' : 'authorization.k8s.io';
  return (await api.request({
    method: 'POST',
    path: `/apis/${group}/v1/${resource}`,
    body: { apiVersion: `${group}/v1`, kind, metadata: {}, spec },
  })) as KubeObject;
}

async function listRules(context: CliContext): Promise<void> {
  const { name: namespace } = await context.namespace();
  const review = (await post(context, 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', {
    namespace,
  })) as RulesReview;
  const { incomplete, evaluationError, resourceRules = [], nonResourceRules = [] } = review.status ?? {};
  if (incomplete)
    context.error(`warning: the list may be incomplete${evaluationError ? `: ${evaluationError}` : ''}\n`);
  const rows = [
    ...resourceRules.flatMap(rule =>
      (rule.resources ?? []).flatMap(resource =>
        (rule.apiGroups ?? ['']).map(group => [
          group && resource !== '*' ? `${resource}.${group}` : group === '*' ? '*.*' : resource,
          '[]',
          `[${(rule.resourceNames ?? []).join(' ')}]`,
          `[${rule.verbs.join(' ')}]`,
        ]),
      ),
    ),
    ...nonResourceRules.flatMap(rule =>
      (rule.nonResourceURLs ?? []).map(url => ['', `[${url}]`, '[]', `[${rule.verbs.join(' ')}]`]),
    ),
  ];
  const head = context.flags.bool('no-headers')
    ? []
    : [['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']];
  context.out(tabbed([...head, ...rows].map(row => `${row.join('\t')}\n`).join(''), tableTabs));
}

interface SelfReview extends KubeObject {
  status?: {
    userInfo?: { username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> };
  };
}

const whoAmI = defineCommand({
  name: 'whoami',
  summary: 'Check self subject attributes.',
  flags: printFlags,
  run: async context => {
    const review = (await post(context, 'selfsubjectreviews', 'SelfSubjectReview', undefined)) as SelfReview;
    const printer = await context.printer();
    if (printer) return context.out(printer.print(review) + printer.flush());
    const { username = '', uid, groups, extra = {} } = review.status?.userInfo ?? {};
    const rows = [
      ['ATTRIBUTE', 'VALUE'],
      ['Username', username],
      ...(uid ? [['UID', uid]] : []),
      ...(groups?.length ? [['Groups', `[${groups.join(' ')}]`]] : []),
      ...Object.entries(extra)
        .sort()
        .map(([key, values]) => [`Extra: ${key}`, `[${values.join(' ')}]`]),
    ];
    context.out(tabbed(rows.map(row => `${row.join('\t')}\n`).join(''), tableTabs));
  },
});

export const authCommand = defineCommand({
  name: 'auth',
  summary: 'Inspect authorization.',
  subcommands: [canI, reconcileCommand, whoAmI],
});
