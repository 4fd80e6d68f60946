import type { PolicyRule, Subject } from '#api/generated/types/rbac.v1.ts';
import { hasReason, StatusError } from '#machinery/status.ts';
import { parseApiVersion } from '#machinery/object.ts';
import { type ApiClient, pathOf } from '../../core/api-client.ts';
import { defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import { dryRunFlag, dryRunOf, filenameFlags, printFlags } from '../../core/flag-groups.ts';
import { mustNameFiles, namedManifests } from '../../core/named-files.ts';
import { WriteReporter } from '../../core/write.ts';
import { CliError, throwAll } from '../../errors.ts';
import { type RbacObject, type Reconciled, reconciledBinding, reconciledRole } from './reconciled.ts';

const group = 'rbac.authorization.k8s.io';
const resources: Readonly<Record<string, string>> = {
  Role: 'roles',
  ClusterRole: 'clusterroles',
  RoleBinding: 'rolebindings',
  ClusterRoleBinding: 'clusterrolebindings',
};
/** As often as a write is begun anew when others write meanwhile. */
const attemptsMax = 3;

export const reconcileCommand = defineCommand({
  name: 'reconcile',
  usage: '-f FILENAME',
  summary: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  details: `Missing objects are created, and so are the namespaces of namespaced ones. Roles get the permissions of the file's, and
bindings its subjects; what they have beside is kept unless --remove-extra-permissions or --remove-extra-subjects is given.`,
  examples: ['% auth reconcile -f my-rbac-rules.yaml'],
  flags: [
    ...printFlags,
    ...filenameFlags,
    dryRunFlag,
    {
      name: 'remove-extra-permissions',
      type: 'bool',
      help: 'If true, removes extra permissions added to roles',
    },
    {
      name: 'remove-extra-subjects',
      type: 'bool',
      help: 'If true, removes extra subjects added to rolebindings',
    },
  ],
  run: async context => {
    const { flags, args, io } = context;
    mustNameFiles(flags);
    if (args.length > 0) throw new CliError('no arguments are allowed');
    if (dryRunOf(flags) === 'server')
      throw new CliError('--dry-run=server for command reconcile is not supported yet');
    const reporter = await WriteReporter.create(context);
    const errors: unknown[] = [];
    for (const { object } of await namedManifests(io, flags)) {
      const { group: itsGroup, version } = parseApiVersion(object.apiVersion);
      if (itsGroup !== group || !resources[object.kind]) continue;
      try {
        if (version !== 'v1')
          throw new CliError(`only ${group}/v1 is supported: not *${version}.${object.kind}`);
        const result = await reconcile(context, object as RbacObject);
        reporter.done(result.object, 'reconciled');
        context.error(described(context, result));
      } catch (error) {
        if (!(error instanceof StatusError || error instanceof CliError)) throw error;
        errors.push(error);
      }
    }
    reporter.finish();
    throwAll(errors);
  },
});

async function reconcile(context: CliContext, expected: RbacObject): Promise<Reconciled> {
  const { flags } = context;
  if (!expected.kind.startsWith('Cluster') && !expected.metadata.namespace)
    throw new CliError('resource name may not be empty');
  const api = await context.api();
  const isBinding = expected.kind.endsWith('Binding');
  for (let attempt = 1; ; attempt++) {
    try {
      const existing = await found(api, expected);
      const result = isBinding
        ? reconciledBinding(existing, expected, flags.bool('remove-extra-subjects'))
        : reconciledRole(existing, expected, flags.bool('remove-extra-permissions'));
      if (result.isProtected || dryRunOf(flags) === 'client') return result;
      return { ...result, object: await carriedOut(api, result, existing) };
    } catch (error) {
      // Somebody else has made, changed or removed it meanwhile.
      const isRace =
        hasReason(error, 'Conflict') || hasReason(error, 'AlreadyExists') || hasReason(error, 'NotFound');
      if (!isRace || attempt === attemptsMax) throw error;
    }
  }
}

function placeOf({ kind, metadata }: RbacObject) {
  const resource = resources[kind]!;
  const ref = { group, version: 'v1', resource, kind, namespaced: !kind.startsWith('Cluster') };
  return { ref, namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
}

async function found(api: ApiClient, object: RbacObject): Promise<RbacObject | undefined> {
  const { ref, namespace, name } = placeOf(object);
  try {
    return (await api.get(ref, namespace, name)) as RbacObject;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function carriedOut(
  api: ApiClient,
  { object, operation }: Reconciled,
  existing: RbacObject | undefined,
): Promise<RbacObject> {
  const { ref, namespace, name } = placeOf(object);
  if (operation === 'none') return object;
  if (operation === 'update') return (await api.replace(ref, namespace, name, object)) as RbacObject;
  if (operation === 'recreate') {
    const preconditions = { uid: existing?.metadata.uid };
    await api.delete(ref, namespace, name, { apiVersion: 'v1', kind: 'DeleteOptions', preconditions });
  }
  if (namespace !== '') await ensureNamespace(api, namespace);
  return (await api.create(ref, namespace, object)) as RbacObject;
}

/** Who may not see or make namespaces may still make roles in those that there are. */
async function ensureNamespace(api: ApiClient, name: string): Promise<void> {
  const ref = { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespaced: false };
  try {
    await api.request({ method: 'GET', path: pathOf(ref, '', name) });
    return;
  } catch (error) {
    if (!hasReason(error, 'NotFound') && !hasReason(error, 'Forbidden')) throw error;
  }
  try {
    await api.create(ref, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists') && !hasReason(error, 'Forbidden')) throw error;
  }
}

/** What was done, and what it added and took away. */
function described({ flags }: CliContext, result: Reconciled): string {
  if (result.operation === 'none') return '';
  const caveat = result.isProtected
    ? ', but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)'
    : '';
  const list = (what: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `\t${what}:\n${lines.map(line => `\t\t${line}\n`).join('')}`;
  const removed = (flag: string, lines: readonly string[]) => (flags.bool(flag) ? lines : []);
  return [
    `\treconciliation required ${result.operation}${caveat}\n`,
    list('missing subjects added', result.missingSubjects.map(subjectText)),
    list('extra subjects removed', removed('remove-extra-subjects', result.extraSubjects.map(subjectText))),
    list('missing rules added', result.missingRules.map(ruleText)),
    list('extra rules removed', removed('remove-extra-permissions', result.extraRules.map(ruleText))),
  ].join('');
}

/** As Go's %+v shows them. */
function subjectText({ kind, apiGroup = '', name, namespace = '' }: Subject): string {
  return `{Kind:${kind} APIGroup:${apiGroup} Name:${name} Namespace:${namespace}}`;
}

function ruleText({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  const list = (texts: readonly string[] = []) => `[${texts.join(' ')}]`;
  return `{Verbs:${list(verbs)} APIGroups:${list(apiGroups)} Resources:${list(resources)} ResourceNames:${list(resourceNames)} NonResourceURLs:${list(nonResourceURLs)}}`;
}
