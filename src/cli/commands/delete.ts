import type { KubeObject } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import {
  allNamespacesFlag,
  dryRunFlag,
  propagationOf,
  fieldSelectorFlag,
  filenameFlags,
  selectorFlag,
} from '../core/flag-groups.ts';
import { sendRaw } from '../core/raw.ts';
import { fetchSelected, hasSelector, isNotFound, type ResourceInfo, select } from '../core/resources.ts';
import { WriteReporter } from '../core/write.ts';
import { waitUntilGone } from '../core/waiting.ts';
import { CliError, throwAll, withSource } from '../errors.ts';
import { qualifiedKind } from '../print/printer.ts';

export const deleteCommand = defineCommand({
  name: 'delete',
  suggestFor: ['rm', 'remove'],
  usage: '([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  summary: 'Delete resources by file names, stdin, resources and names, or by resources and label selector.',
  examples: ['% delete -f ./pod.json', '% delete pods,services -l name=myLabel', '% delete pod foo --now'],
  flags: [
    ...filenameFlags,
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    dryRunFlag,
    { name: 'output', short: 'o', type: 'string', help: 'Output mode. Use "-o name" for shorter output.' },
    {
      name: 'all',
      type: 'bool',
      help: 'Delete all resources, in the namespace of the specified resource types.',
    },
    {
      name: 'cascade',
      type: 'string',
      default: 'background',
      bare: 'background',
      help: 'Must be "background", "orphan", or "foreground".',
    },
    {
      name: 'force',
      type: 'bool',
      help: 'If true, immediately remove resources from API and bypass graceful deletion.',
    },
    {
      name: 'grace-period',
      type: 'int',
      default: -1,
      help: 'Period of time in seconds given to the resource to terminate gracefully.',
    },
    { name: 'ignore-not-found', type: 'bool', help: 'Treat "resource not found" as a successful delete.' },
    {
      name: 'interactive',
      short: 'i',
      type: 'bool',
      help: 'If true, delete resource only when user confirms.',
    },
    {
      name: 'now',
      type: 'bool',
      help: 'If true, resources are signaled for immediate shutdown (same as --grace-period=1).',
    },
    { name: 'raw', type: 'string', help: 'Raw URI to DELETE to the server.' },
    {
      name: 'timeout',
      type: 'duration',
      help: 'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object.',
    },
    {
      name: 'wait',
      type: 'bool',
      default: true,
      help: 'If true, wait for resources to be gone before returning.',
    },
  ],
  run: async context => {
    const { flags } = context;
    if (flags.string('raw')) {
      if (flags.bool('interactive')) throw new CliError('--interactive can not be used with --raw');
      return sendRaw(context, 'DELETE');
    }
    const mode = modeOf(context);
    const unread: unknown[] = [];
    const targets = await targetsOf(context, error => unread.push(error));
    if (flags.bool('interactive') && !(await confirmed(context, targets))) return;
    const failed = await deleteAll(context, targets, mode);
    throwAll([...failed, ...unread]);
    if (targets.length === 0) context.out('No resources found\n');
  },
});

interface DeleteMode {
  readonly options: Record<string, unknown>;
  readonly operation: string;
  readonly wait: boolean;
  readonly timeoutMs: number;
}

function modeOf(context: CliContext): DeleteMode {
  const { flags } = context;
  const selector = flags.string('selector') !== '' || flags.string('field-selector') !== '';
  if (flags.bool('all') && selector)
    throw new CliError("setting 'all' parameter but found a non empty selector. ");
  const force = flags.bool('force');
  if (flags.bool('now') && flags.int('grace-period') !== -1)
    throw new CliError('--now and --grace-period cannot be specified together');
  const asked = flags.bool('now') ? 1 : flags.int('grace-period');
  if (force && asked > 0)
    throw new CliError('--force and --grace-period greater than 0 cannot be specified together');
  // Only --force skips the grace period; a bare --grace-period=0 means as soon as possible.
  const grace = force ? 0 : asked === 0 ? 1 : asked;
  if (force)
    context.warn(
      'Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.',
    );
  const options: Record<string, unknown> = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: propagationOf(flags.string('cascade')),
  };
  if (grace >= 0) options.gracePeriodSeconds = grace;
  return {
    options,
    operation: force ? 'force deleted' : 'deleted',
    wait: flags.bool('wait'),
    timeoutMs: flags.duration('timeout'),
  };
}

async function targetsOf(context: CliContext, onError: (error: unknown) => void): Promise<ResourceInfo[]> {
  const { flags, args } = context;
  if (hasSelector(context)) return fetchSelected(context);
  if (flags.bool('all-namespaces') && args.length > 0)
    throw new CliError('a resource cannot be retrieved by name across all namespaces');
  const { infos } = await select(context, { onError });
  const nameless = infos.filter(({ name }) => name === '');
  for (const { source } of nameless)
    onError(withSource('deleting', source, new CliError('resource name may not be empty')));
  return infos.filter(({ name }) => name !== '');
}

async function confirmed(context: CliContext, targets: readonly ResourceInfo[]): Promise<boolean> {
  context.out('You are about to delete the following '.concat(String(targets.length), ' resource(s):\n'));
  for (const { mapping, name } of targets)
    context.out(`${qualifiedKind(mapping.kind, mapping.group)}/${name}\n`);
  context.out('Do you want to continue? (y/N): ');
  let answer = '';
  for await (const chunk of context.io.stdin.chunks()) {
    answer += new TextDecoder().decode(chunk);
    if (answer.includes('\n')) break;
  }
  const yes = /^(y|yes)$/i.test(answer.trim());
  if (!yes) context.out('deletion is cancelled\n');
  return yes;
}

/** Answers what failed. */
async function deleteAll(
  context: CliContext,
  targets: readonly ResourceInfo[],
  mode: DeleteMode,
): Promise<unknown[]> {
  const { flags } = context;
  const reporter = await WriteReporter.create(context);
  const api = await context.api();
  const ignore = flags.bool('ignore-not-found') || hasSelector(context);
  const errors: unknown[] = [];
  const gone: { info: ResourceInfo; uid: string | undefined }[] = [];
  for (const info of targets) {
    const { mapping, namespace, name } = info;
    if (!mapping.namespaced && info.source === '' && flags.changed('namespace'))
      context.warn('deleting cluster-scoped resources, not scoped to the provided namespace');
    try {
      const answer =
        reporter.dryRun === 'client'
          ? await api.get(mapping, namespace, name)
          : await api.delete(mapping, namespace, name, {
              ...mode.options,
              ...(reporter.dryRun === 'server' ? { dryRun: ['All'] } : {}),
            });
      report(context, info, mode.operation, reporter);
      gone.push({ info, uid: uidOf(answer) });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (!(ignore && isNotFound(error))) errors.push(withSource('deleting', info.source, error));
    }
  }
  if (mode.wait && reporter.dryRun === 'none')
    for (const { info, uid } of gone) await waitUntilGone(context, info, uid, mode.timeoutMs);
  return errors;
}

function report(context: CliContext, info: ResourceInfo, operation: string, reporter: WriteReporter) {
  const kind = qualifiedKind(info.mapping.kind, info.mapping.group);
  if (context.flags.string('output') === 'name') return context.out(`${kind}/${info.name}\n`);
  const where = info.namespace ? ` from ${info.namespace} namespace` : '';
  context.out(`${kind} ${JSON.stringify(info.name)} ${operation}${where}${reporter.suffix}\n`);
}

/** The uid stands in the object, or in the details of a Status. */
function uidOf(answer: unknown): string | undefined {
  const { metadata, details } = answer as Partial<KubeObject> & { details?: { uid?: string } };
  return metadata?.uid ?? details?.uid;
}
