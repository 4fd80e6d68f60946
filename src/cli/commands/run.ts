import { isReference } from '#machinery/image-reference.ts';
import { type KubeObject, parseApiVersion } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import {
  detachKeysFlag,
  dryRunFlag,
  dryRunOf,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  propagationOf,
  replacedFlags,
  saveConfigFlag,
} from '../core/flag-groups.ts';
import { overridden, overrideFlags } from '../core/overrides.ts';
import { type Pod, podMapping, waitForRunning } from '../core/pods.ts';
import { recordFlag } from '../core/record.ts';
import { isNotFound } from '../core/resources.ts';
import { watchUntil } from '../core/waiting.ts';
import { CliError, ExitError } from '../errors.ts';
import { qualifiedKind } from '../print/printer.ts';
import { attachTo } from './attach.ts';
import { commandFrom, createObject, type NewObject } from './create/generator.ts';

export const runCommand = defineCommand({
  name: 'run',
  usage:
    'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  summary: 'Create and run a particular image in a pod.',
  examples: ['% run nginx --image=nginx', '% run -i -t busybox --image=busybox --restart=Never'],
  flags: [
    ...printFlags,
    recordFlag,
    dryRunFlag,
    saveConfigFlag,
    fieldManagerFlag('kubectl-run'),
    ...filenameFlags,
    ...replacedFlags,
    detachKeysFlag,
    { name: 'annotations', type: 'array', help: 'Annotations to apply to the pod.' },
    {
      name: 'attach',
      type: 'bool',
      help: 'If true, wait for the Pod to start running, and then attach to it.',
    },
    {
      name: 'command',
      type: 'bool',
      help: "If true and extra arguments are present, use them as the 'command' field.",
    },
    { name: 'env', type: 'array', help: 'Environment variables to set in the container.' },
    { name: 'expose', type: 'bool', help: 'If true, create a ClusterIP service associated with the pod.' },
    { name: 'image', type: 'string', help: 'The image for the container to run.' },
    { name: 'image-pull-policy', type: 'string', help: 'The image pull policy for the container.' },
    { name: 'labels', short: 'l', type: 'string', help: 'Comma separated labels to apply to the pod.' },
    {
      name: 'leave-stdin-open',
      type: 'bool',
      help: 'If the pod is started in interactive mode, leave stdin open after the first attach.',
    },
    ...overrideFlags,
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: 60_000,
      help: 'How long to wait until at least one pod is running',
    },
    { name: 'port', type: 'string', help: 'The port that this container exposes.' },
    { name: 'privileged', type: 'bool', help: 'If true, run the container in privileged mode.' },
    { name: 'quiet', short: 'q', type: 'bool', help: 'If true, suppress prompt messages.' },
    {
      name: 'restart',
      type: 'string',
      default: 'Always',
      help: 'The restart policy for this Pod. Legal values [Always, OnFailure, Never].',
    },
    { name: 'rm', type: 'bool', help: 'If true, delete the pod after it exits.' },
    { name: 'stdin', short: 'i', type: 'bool', help: 'Keep stdin open on the container in the pod.' },
    { name: 'tty', short: 't', type: 'bool', help: 'Allocate a TTY for the container in the pod.' },
  ],
  run: async context => {
    const { flags, args } = context;
    const before = context.dashAt < 0 ? args : args.slice(0, context.dashAt);
    const [name] = before;
    if (!name) throw context.usageError('NAME is required for run');
    const attach = flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin');
    checkFlags(context, attach);
    const pod = overridden(flags, podOf(context, name, [...before.slice(1), ...commandFrom(context)]));
    if (!attach) {
      await createObject(context, pod, false);
      if (flags.bool('expose')) await createObject(context, serviceOf(context, name), false);
      return;
    }
    const propagation = propagationOf(flags.string('cascade'));
    const made: KubeObject[] = [];
    const created = (await createQuietly(context, pod)) as Pod;
    made.push(created);
    if (flags.bool('expose')) made.push(await createObject(context, serviceOf(context, name), false));
    try {
      await attachAndFollow(context, created);
    } finally {
      if (flags.bool('rm')) await removeAfter(context, made, propagation);
    }
  },
});

function checkFlags(context: CliContext, attach: boolean): void {
  const { flags } = context;
  const image = flags.string('image');
  if (image === '') {
    throw new CliError(flags.changed('image') ? '--image is required' : 'required flag(s) "image" not set');
  }
  if (!isReference(image)) {
    throw new CliError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  }
  if (flags.bool('tty') && !flags.bool('stdin'))
    throw context.usageError('-i/--stdin is required for containers with -t/--tty=true');
  if (flags.bool('expose') && flags.string('port') === '')
    throw context.usageError('--port must be set when exposing a service');
  if (flags.bool('rm') && !attach)
    throw context.usageError('--rm should only be used for attached containers');
  if (attach && dryRunOf(flags) !== 'none')
    throw context.usageError(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  if (!['Always', 'OnFailure', 'Never'].includes(flags.string('restart')))
    throw context.usageError(`invalid restart policy: ${flags.string('restart')}`);
}

function podOf(context: CliContext, name: string, words: string[]): NewObject {
  const { flags } = context;
  const labels = flags.string('labels') ? pairs(flags.string('labels').split(',')) : { run: name };
  const command = flags.bool('command');
  const port = flags.string('port');
  const env = flags.list('env').map(text => {
    const [key, value] = splitOnce(text);
    if (value === undefined) throw new CliError(`invalid env: ${text}`);
    return { name: key, value };
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels,
      ...(flags.changed('annotations') ? { annotations: pairs(flags.list('annotations')) } : {}),
    },
    spec: {
      containers: [
        {
          name,
          image: flags.string('image'),
          resources: {},
          ...(words.length > 0 ? { [command ? 'command' : 'args']: words } : {}),
          ...(env.length > 0 ? { env } : {}),
          ...(port ? { ports: [{ containerPort: Number(port) }] } : {}),
          ...(flags.string('image-pull-policy')
            ? { imagePullPolicy: flags.string('image-pull-policy') }
            : {}),
          ...(flags.bool('stdin')
            ? { stdin: true, ...(flags.bool('leave-stdin-open') ? {} : { stdinOnce: true }) }
            : {}),
          ...(flags.bool('tty') ? { tty: true } : {}),
          ...(flags.bool('privileged') ? { securityContext: { privileged: true } } : {}),
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: flags.string('restart'),
    },
    status: {},
  };
}

function splitOnce(text: string): [string, string | undefined] {
  const equals = text.indexOf('=');
  return equals <= 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map(text => {
      const [key, value] = splitOnce(text);
      if (value === undefined) throw new CliError(`unexpected label spec: ${text}`);
      return [key, value];
    }),
  );
}

function serviceOf(context: CliContext, name: string): NewObject {
  const port = Number(context.flags.string('port'));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ port, protocol: 'TCP', targetPort: port }], selector: { run: name } },
    status: { loadBalancer: {} },
  };
}

async function createQuietly(context: CliContext, pod: NewObject): Promise<KubeObject> {
  const api = await context.api();
  const { name } = await context.namespace();
  const placed = { ...pod, metadata: { ...pod.metadata, namespace: name } };
  return api.create(await podMapping(context), name, placed, {
    fieldManager: context.flags.string('field-manager'),
  });
}

async function attachAndFollow(context: CliContext, created: Pod): Promise<void> {
  const { flags } = context;
  const running = await waitForRunning(context, created, flags.duration('pod-running-timeout'));
  if (running.status?.phase === 'Running') {
    await attachTo(context, running, {
      container: '',
      stdin: flags.bool('stdin'),
      tty: flags.bool('tty'),
      quiet: flags.bool('quiet'),
    });
  } else await printLog(context, running);
  if (flags.string('restart') === 'Always' || flags.bool('leave-stdin-open')) return;
  const code = await exitCode(context, created);
  if (code > 0) {
    context.error(`pod ${created.metadata.namespace}/${created.metadata.name} terminated (Error)\n`);
    throw new ExitError(code);
  }
}

/** The container ended before anything could be attached to it. */
async function printLog(context: CliContext, pod: Pod): Promise<void> {
  const api = await context.api();
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/log`;
  for await (const chunk of await api.stream({ method: 'GET', path })) context.io.stdout.write(chunk);
}

async function exitCode(context: CliContext, pod: Pod): Promise<number> {
  const mapping = await podMapping(context);
  const info = { mapping, namespace: pod.metadata.namespace!, name: pod.metadata.name!, source: '' };
  const ended = (await watchUntil(
    context,
    info,
    0,
    object => object === undefined || ['Succeeded', 'Failed'].includes((object as Pod).status?.phase ?? ''),
  )) as Pod | undefined;
  const state = ended?.status?.containerStatuses?.[0]?.state?.terminated as { exitCode?: number } | undefined;
  return state?.exitCode ?? 0;
}

/** Removes what was made, as it is there still; --grace-period and --wait make no difference, as with kubectl. */
async function removeAfter(
  context: CliContext,
  made: readonly KubeObject[],
  propagationPolicy: string,
): Promise<void> {
  const api = await context.api();
  const mapper = await context.mapper();
  for (const { apiVersion, kind, metadata } of made) {
    const { namespace = '', name = '' } = metadata;
    const { group, version } = parseApiVersion(apiVersion);
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy };
    try {
      await api.delete(mapper.kind(group, version, kind)!, namespace, name, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      continue;
    }
    if (!context.flags.bool('quiet'))
      context.out(
        `${qualifiedKind(kind, group)} ${JSON.stringify(name)} deleted from ${namespace} namespace\n`,
      );
  }
}
