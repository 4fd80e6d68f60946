import type { KubeObject } from '#machinery/object.ts';
import { withoutNulls } from '#machinery/patch/merge-patch.ts';
import { hasReason, StatusError } from '#machinery/status.ts';
import { sleep } from '#base/clock.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import {
  dryRunFlag,
  dryRunOf,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  replacedFlags,
  selectorFlag,
  serverSideManager,
  subresourceFlag,
  validateFlag,
  validationOf,
} from '../core/flag-groups.ts';
import type { FlagValues } from '../core/flags.ts';
import { ApplyPatcher } from '../core/apply-patch.ts';
import { migrateToServerSide } from '../core/apply-migration.ts';
import { lastApplied, lastAppliedKey, withLastApplied } from '../core/last-applied.ts';
import { mustNameFiles } from '../core/named-files.ts';
import { prune, pruneAllowlistFlag, prunedTypes } from '../core/prune.ts';
import { recordFlag, recorded } from '../core/record.ts';
import { isNotFound, type ResourceInfo, select } from '../core/resources.ts';
import { waitUntilGone } from '../core/waiting.ts';
import { warnIfDeleting, WriteReporter } from '../core/write.ts';
import { CliError, messageOf, sourced, throwAll, withSource } from '../errors.ts';
import { toCompactJson } from '../print/json.ts';
import { matchesSelector } from '../core/selection.ts';
import { applySubcommands } from './apply-last-applied.ts';

export const applyCommand = defineCommand({
  name: 'apply',
  usage: '(-f FILENAME | -k DIRECTORY)',
  summary: 'Apply a configuration to a resource by file name or stdin.',
  examples: [
    '% apply -f ./pod.json',
    '% apply --server-side -f manifest.yaml',
    'cat pod.json | % apply -f -',
  ],
  subcommands: applySubcommands,
  flags: [
    ...printFlags,
    recordFlag,
    ...filenameFlags,
    selectorFlag,
    dryRunFlag,
    validateFlag,
    subresourceFlag,
    fieldManagerFlag('kubectl-client-side-apply'),
    {
      name: 'all',
      type: 'bool',
      help: 'Select all resources in the namespace of the specified resource types.',
    },
    { name: 'server-side', type: 'bool', help: 'If true, apply runs in the server instead of the client.' },
    {
      name: 'force-conflicts',
      type: 'bool',
      help: 'If true, server-side apply will force the changes against conflicts.',
    },
    {
      name: 'overwrite',
      type: 'bool',
      default: true,
      help: 'Resolve conflicts between the modified and live configuration by using values from the modified one.',
    },
    {
      name: 'openapi-patch',
      type: 'bool',
      default: true,
      help: 'Kept for compatibility; the built-in schemas are used.',
    },
    {
      name: 'prune',
      type: 'bool',
      help: 'Automatically delete resource objects that do not appear in the configs and are created by either apply or create --save-config.',
    },
    pruneAllowlistFlag,
    ...replacedFlags,
  ],
  run: async context => {
    const { flags } = context;
    checkFlags(context);
    const reporter = await WriteReporter.create(context);
    const prunable = await prunedTypes(context);
    const errors: unknown[] = [];
    const { infos } = await select(context, { onError: error => errors.push(error) });
    const wanted = infos.filter(info => matchesSelector(info.object!, flags.string('selector')));
    if (wanted.length === 0 && errors.length === 0) throw new CliError('no objects passed to apply');
    const patcher = new ApplyPatcher();
    const applied: KubeObject[] = [];
    for (const info of wanted) {
      try {
        mustHaveName(info);
        const { object, operation } = flags.bool('server-side')
          ? await applyOnServer(context, info)
          : await applyOne(context, info, reporter, patcher);
        applied.push(object);
        warnIfDeleting(context, object);
        reporter.done(object, operation);
      } catch (error) {
        if (!(error instanceof StatusError || error instanceof CliError)) throw error;
        errors.push(error);
      }
    }
    if (flags.bool('prune') && errors.length === 0) await prune(context, prunable, wanted, applied, reporter);
    reporter.finish();
    throwAll(errors);
  },
});

function checkFlags(context: CliContext): void {
  const { flags } = context;
  if (context.args.length > 0) throw context.usageError(`Unexpected args: [${context.args.join(' ')}]`);
  mustNameFiles(flags);
  if (flags.bool('force-conflicts') && !flags.bool('server-side'))
    throw new CliError('--force-conflicts only works with --server-side');
  if (dryRunOf(flags) === 'client' && flags.bool('server-side'))
    throw new CliError(
      `--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)`,
    );
  if (flags.bool('force') && flags.bool('server-side'))
    throw new CliError('--force cannot be used with --server-side');
  if (flags.bool('force') && dryRunOf(flags) === 'server')
    throw new CliError('--dry-run=server cannot be used with --force');
  if (flags.bool('all') && flags.string('selector') !== '')
    throw new CliError('cannot set --all and --selector at the same time');
  if (flags.bool('prune')) checkPrune(flags);
  if (flags.string('subresource') && !flags.bool('server-side'))
    throw new CliError('--subresource can only be specified for --server-side');
}

function checkPrune(flags: FlagValues): void {
  if (flags.bool('force')) throw new CliError('--force cannot be used with --prune');
  if (flags.string('selector') === '' && !flags.bool('all'))
    throw new CliError(
      'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
    );
  if (flags.bool('server-side'))
    throw new CliError(
      "--prune is in alpha and doesn't currently work on objects created by server-side apply",
    );
}

function mustHaveName({ name, object }: ResourceInfo): void {
  const { generateName } = object!.metadata;
  if (name === '' && generateName)
    throw new CliError(`from ${generateName}: cannot use generate name with apply`);
}

/** An object of a file as messages describe it in full. */
function described(info: ResourceInfo): string {
  const { group, version, resource, kind } = info.mapping;
  const groupVersion = `${group ? `${group}/` : '/'}${version}`;
  return `Resource: "${groupVersion}, Resource=${resource}", GroupVersionKind: "${groupVersion}, Kind=${kind}"\nName: ${JSON.stringify(info.name)}, Namespace: ${JSON.stringify(info.namespace)}`;
}

async function applyOnServer(
  context: CliContext,
  info: ResourceInfo,
): Promise<{ object: KubeObject; operation: string }> {
  const { flags } = context;
  const api = await context.api();
  const configuration = recorded(context, info.object!);
  const options = {
    dryRun: dryRunOf(flags),
    fieldManager: serverSideManager(flags),
    fieldValidation: validationOf(flags),
    subresource: flags.string('subresource') || undefined,
  };
  const applied = () =>
    api.patch(info.mapping, info.namespace, info.name, 'apply', configuration, {
      ...options,
      force: flags.bool('force-conflicts'),
    });
  const object = await applied().catch(error => {
    if (!hasReason(error, 'Conflict')) throw error;
    throw new CliError(`${error.message}
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`);
  });
  const warn = (text: string) => context.error(text);
  return {
    object: await migrateToServerSide({ api, info, options, reapply: applied, warn }, object),
    operation: 'serverside-applied',
  };
}

async function applyOne(
  context: CliContext,
  info: ResourceInfo,
  reporter: WriteReporter,
  patcher: ApplyPatcher,
): Promise<{ object: KubeObject; operation: string }> {
  const modified = withLastApplied(recorded(context, info.object!));
  for (let attempt = 0; ; attempt++) {
    const api = await context.api();
    const current = await api.get(info.mapping, info.namespace, info.name).catch(error => {
      if (isNotFound(error)) return undefined;
      throw withSource(
        `retrieving current configuration of:\n${described(info)}\nfrom server for:`,
        info.source,
        error,
      );
    });
    if (!current) return { object: await createNew(context, info, modified, reporter), operation: 'created' };
    try {
      return await patchExisting(context, info, modified, current, reporter, patcher);
    } catch (error) {
      if (hasReason(error, 'Conflict') && attempt < 5) {
        if (attempt > 0) await sleep(context.io.clock, 1000, context.io.interrupted);
        continue;
      }
      if (context.flags.bool('force') && (hasReason(error, 'Conflict') || hasReason(error, 'Invalid')))
        return { object: await recreate(context, info, modified, current), operation: 'configured' };
      throw error;
    }
  }
}

async function createNew(
  context: CliContext,
  info: ResourceInfo,
  modified: KubeObject,
  reporter: WriteReporter,
): Promise<KubeObject> {
  if (reporter.dryRun === 'client') return modified;
  const api = await context.api();
  // As the patch would, were it there: a null is no value.
  const created = api.create(info.mapping, info.namespace, withoutNulls(modified), {
    dryRun: reporter.dryRun,
    fieldManager: context.flags.string('field-manager'),
    fieldValidation: validationOf(context.flags),
  });
  return sourced('creating', info.source, created);
}

async function patchExisting(
  context: CliContext,
  info: ResourceInfo,
  modified: KubeObject,
  current: KubeObject,
  reporter: WriteReporter,
  patcher: ApplyPatcher,
): Promise<{ object: KubeObject; operation: string }> {
  if (current.metadata.annotations?.[lastAppliedKey] === undefined)
    context.error(
      `Warning: resource ${info.mapping.resource}/${info.name} is missing the ${lastAppliedKey} annotation which is required by ${context.program} apply. ${context.program} apply should only be used on resources created declaratively by either ${context.program} create --save-config or ${context.program} apply. The missing annotation will be patched automatically.\n`,
    );
  const { kind, patch, result } = patcher.patch(info.mapping, lastApplied(current), modified, current);
  if (reporter.dryRun === 'client') return { object: result, operation: 'configured' };
  if (Object.keys(patch).length === 0) return { object: current, operation: 'unchanged' };
  const api = await context.api();
  const verb = `applying patch:\n${toCompactJson(patch)}\nto:\n${described(info)}\nfor:`;
  const patched = api.patch(info.mapping, info.namespace, info.name, kind, patch, {
    dryRun: reporter.dryRun,
    fieldManager: context.flags.string('field-manager'),
    fieldValidation: validationOf(context.flags),
  });
  const object = await sourced(verb, info.source, patched);
  return { object, operation: 'configured' };
}

/** Deletes the object and creates it anew; where that fails, what was there is there again. */
async function recreate(
  context: CliContext,
  info: ResourceInfo,
  modified: KubeObject,
  current: KubeObject,
): Promise<KubeObject> {
  const api = await context.api();
  const { mapping, namespace, name } = info;
  await api.delete(mapping, namespace, name, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Background',
    gracePeriodSeconds: Math.max(0, context.flags.int('grace-period')),
  });
  await waitUntilGone(context, info, undefined, context.flags.duration('timeout'));
  const fieldManager = context.flags.string('field-manager');
  return api.create(mapping, namespace, modified, { fieldManager }).catch(async error => {
    await api.create(mapping, namespace, current, { fieldManager }).catch(second => {
      throw new CliError(
        `An error occurred force-replacing the existing object with the newly provided one:\n\n${messageOf(error)}.\n\nAdditionally, an error occurred attempting to restore the original object:\n\n${messageOf(second)}`,
      );
    });
    throw error;
  });
}
