import { type KubeObject, parseApiVersion } from '#machinery/object.ts';
import { canonicalQuantity } from '#machinery/quantity.ts';
import { defineCommand } from '../../core/command.ts';
import { fileFlags, filenameFlags } from '../../core/flag-groups.ts';
import { sameJson } from '../../core/merge.ts';
import { splitPairs } from '../../core/pairs.ts';
import { selectorObject } from '../../core/selection.ts';
import { fetchSelected, type LiveResource, localObjects, visitEach } from '../../core/resources.ts';
import { WriteReporter } from '../../core/write.ts';
import { CliError, throwAll } from '../../errors.ts';
import { qualifiedKind } from '../../print/printer.ts';
import { env } from './env.ts';
import {
  containersFlag,
  editPodSpecs,
  matching,
  selectingFlags,
  setFlags,
  splitOnce,
} from './pod-spec-edit.ts';

const image = defineCommand({
  name: 'image',
  usage:
    '(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  summary: 'Update existing container image(s) of resources.',
  examples: ['% set image deployment/nginx busybox=busybox nginx=nginx:1.9.1'],
  flags: selectingFlags,
  run: async context => {
    const { resources, pairs } = splitPairs(context.args, 'image');
    if (pairs.length === 0) throw new CliError('at least one image update is required');
    await editPodSpecs(context, resources, 'image updated', spec => {
      for (const pair of pairs) {
        const [pattern = '', reference = ''] = splitOnce(pair);
        const found = [...matching(spec.initContainers, pattern), ...matching(spec.containers, pattern)];
        if (found.length === 0)
          throw new CliError(`unable to find container named ${JSON.stringify(pattern)}`);
        for (const container of found) container.image = reference;
      }
    });
  },
});

const resources = defineCommand({
  name: 'resources',
  usage: '(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]',
  summary:
    'Specify compute resource requirements (CPU, memory) for any resource that defines a pod template.',
  examples: ['% set resources deployment nginx -c=nginx --limits=cpu=200m,memory=512Mi'],
  flags: [
    ...selectingFlags,
    containersFlag,
    { name: 'limits', type: 'string', help: 'The resource requirement limits for this container.' },
    { name: 'requests', type: 'string', help: 'The resource requirement requests for this container.' },
  ],
  run: async context => {
    const { flags } = context;
    const limits = parseResources(flags.string('limits'));
    const requests = parseResources(flags.string('requests'));
    if (!limits && !requests)
      throw new CliError(
        'you must specify an update to requests or limits (in the form of --requests/--limits)',
      );
    await editPodSpecs(context, context.args, 'resource requirements updated', spec => {
      const found = matching(spec.containers, flags.string('containers'));
      if (found.length === 0)
        throw new CliError(`unable to find container named ${flags.string('containers')}`);
      for (const container of found)
        container.resources = {
          ...container.resources,
          ...(limits ? { limits: { ...container.resources?.limits, ...limits } } : {}),
          ...(requests ? { requests: { ...container.resources?.requests, ...requests } } : {}),
        };
    });
  },
});

function parseResources(text: string): Record<string, string> | undefined {
  if (text === '') return undefined;
  return Object.fromEntries(
    text.split(',').map(pair => {
      const [name = '', amount] = pair.split('=');
      if (amount === undefined)
        throw new CliError(`invalid argument syntax ${pair}, expected <resource>=<value>`);
      return [name, canonicalQuantity(amount)];
    }),
  );
}

const serviceAccount = defineCommand({
  name: 'serviceaccount',
  aliases: ['sa'],
  usage: '(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  summary: 'Update the service account of pod template resources.',
  flags: [...setFlags, ...filenameFlags],
  run: async context => {
    if (context.args.length === 0) throw new CliError('serviceaccount is required');
    const account = context.args.at(-1)!;
    await editPodSpecs(context, context.args.slice(0, -1), 'serviceaccount updated', spec => {
      spec.serviceAccountName = account;
    });
  },
});

const selector = defineCommand({
  name: 'selector',
  usage: '(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  summary: 'Set the selector on a resource.',
  flags: [
    ...setFlags,
    ...fileFlags,
    {
      name: 'resource-version',
      type: 'string',
      help: 'If non-empty, the selectors update will only succeed if this is the current resource-version for the object.',
    },
  ],
  run: async context => {
    const expression = context.args.at(-1);
    if (expression === undefined) throw new CliError('one selector is required');
    const words = context.args.slice(0, -1);
    const { matchLabels = {}, matchExpressions } = selectorObject(expression);
    const wanted = matchLabels as Record<string, string>;
    const check = ({ kind }: KubeObject) => {
      if (kind !== 'Service') throw new CliError('setting a selector is only supported for Services');
      if (matchExpressions) throw new CliError(`match expression ${expression} not supported on this object`);
    };
    const reporter = await WriteReporter.create(context);
    const local = (object: Selecting) => {
      check(object);
      reporter.done(
        { ...object, spec: { ...object.spec, selector: wanted } } as KubeObject,
        'selector updated',
      );
    };
    if (context.flags.bool('local')) {
      for (const object of await localObjects(context, words)) local(object);
      return reporter.finish();
    }
    const api = await context.api();
    const { errors } = await visitEach(
      onError => fetchSelected(context, { args: words, onError }),
      async ({ mapping, namespace, name, object }) => {
        if (reporter.dryRun === 'client') return local(object);
        check(object);
        const cleared = Object.fromEntries(
          Object.keys((object as Selecting).spec?.selector ?? {}).map(key => [key, null]),
        );
        const resourceVersion = context.flags.string('resource-version');
        const patch = {
          ...(resourceVersion ? { metadata: { resourceVersion } } : {}),
          spec: { selector: { ...cleared, ...wanted } },
        };
        const result = await api.patch(mapping, namespace, name, 'merge', patch, {
          dryRun: reporter.dryRun,
          fieldManager: context.flags.string('field-manager'),
        });
        reporter.done(result, 'selector updated');
      },
    );
    reporter.finish();
    throwAll(errors);
  },
});

interface Selecting extends KubeObject {
  readonly spec?: { readonly selector?: Readonly<Record<string, string>> };
}

const subject = defineCommand({
  name: 'subject',
  usage:
    '(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]',
  summary: 'Update the user, group, or service account in a role binding or cluster role binding.',
  flags: [
    ...selectingFlags,
    { name: 'user', type: 'array', help: 'Usernames to bind to the role' },
    { name: 'group', type: 'array', help: 'Groups to bind to the role' },
    { name: 'serviceaccount', type: 'array', help: 'Service accounts to bind to the role' },
  ],
  run: async context => {
    const { flags } = context;
    const apiGroup = 'rbac.authorization.k8s.io';
    const { name: ownNamespace } = await context.namespace();
    const subjects: readonly Subject[] = [
      ...distinct(flags.list('user')).map(name => ({ kind: 'User', apiGroup, name })),
      ...distinct(flags.list('group')).map(name => ({ kind: 'Group', apiGroup, name })),
      ...distinct(flags.list('serviceaccount')).map(text => {
        const [namespace, name, ...rest] = text.split(':');
        if (!name || rest.length > 0) throw new CliError('serviceaccount must be <namespace>:<name>');
        return { kind: 'ServiceAccount', namespace: namespace || ownNamespace, name };
      }),
    ];
    const found = flags.bool('local')
      ? (await localObjects(context, context.args)).map(object => ({ object }))
      : await fetchSelected(context);
    if (subjects.length === 0)
      throw new CliError('you must specify at least one value of user, group or serviceaccount');
    const reporter = await WriteReporter.create(context);
    const { errors } = await visitEach<{ object: Binding } & Partial<LiveResource>>(
      () => Promise.resolve(found),
      async ({ object, mapping, namespace, name }) => {
        if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding')
          throw new CliError(
            `error: ${qualifiedKind(object.kind, parseApiVersion(object.apiVersion).group)}/${object.metadata.name} setting subjects is only supported for RoleBinding/ClusterRoleBinding\n`,
          );
        const old = object.subjects ?? [];
        const added = subjects.filter(subject => !old.some(other => sameJson(other, subject)));
        if (added.length === 0) return;
        const changed = { ...object, subjects: [...old, ...added] };
        const result =
          !mapping || reporter.dryRun === 'client'
            ? changed
            : await (await context.api()).patch(
                mapping,
                namespace!,
                name!,
                'merge',
                { subjects: changed.subjects },
                { dryRun: reporter.dryRun, fieldManager: flags.string('field-manager') },
              );
        reporter.done(result, 'subjects updated');
      },
    );
    reporter.finish();
    throwAll(errors);
  },
});

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly apiGroup?: string;
}

interface Binding extends KubeObject {
  readonly subjects?: readonly Subject[];
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

export const setCommand = defineCommand({
  name: 'set',
  usage: 'SUBCOMMAND',
  summary: 'Configure application resources.',
  subcommands: [env, image, resources, selector, serviceAccount, subject],
});
