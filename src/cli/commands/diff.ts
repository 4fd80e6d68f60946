import type { KubeObject } from '#machinery/object.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { ApplyPatcher } from '../core/apply-patch.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import type { Mapping } from '../core/discovery.ts';
import { fieldManagerFlag, filenameFlags, selectorFlag, serverSideManager } from '../core/flag-groups.ts';
import { lastApplied, withoutLastApplied } from '../core/last-applied.ts';
import { mustNameFiles } from '../core/named-files.ts';
import { pruneAllowlistFlag, prunedObjects, prunedTypes } from '../core/prune.ts';
import { isNotFound, type ResourceInfo, select } from '../core/resources.ts';
import { matchesSelector } from '../core/selection.ts';
import { warnIfDeleting } from '../core/write.ts';
import { CliError } from '../errors.ts';

export const diffCommand = defineCommand({
  name: 'diff',
  usage: '-f FILENAME',
  summary:
    'Diff configurations specified by file name or stdin between the current online configuration, and the configuration as it would be if applied.',
  examples: ['% diff -f pod.json', 'cat service.yaml | % diff -f -'],
  flags: [
    ...filenameFlags,
    selectorFlag,
    fieldManagerFlag('kubectl-client-side-apply'),
    {
      name: 'concurrency',
      type: 'int',
      default: 1,
      help: 'Number of objects to process in parallel when diffing against the live version.',
    },
    {
      name: 'force-conflicts',
      type: 'bool',
      help: 'If true, server-side apply will force the changes against conflicts.',
    },
    {
      name: 'prune',
      type: 'bool',
      help: 'Include resources that would be deleted by pruning. Can be used with -l and default shows all resources would be pruned',
    },
    pruneAllowlistFlag,
    { name: 'server-side', type: 'bool', help: 'If true, apply runs in the server instead of the client.' },
    { name: 'show-managed-fields', type: 'bool', help: 'If true, include managed fields in the diff.' },
    { name: 'show-secrets', type: 'bool', help: 'If true, do not mask secret values in the diff.' },
  ],
  // An exit code of 1 means that there are differences.
  usageExitCode: 2,
  failureExitCode: 2,
  run: diff,
});

/** One object of a file: what is in the server, if anything is, and what an apply would make of it. */
interface Versions {
  readonly live: KubeObject | undefined;
  readonly merged: KubeObject;
}

async function diff(context: CliContext): Promise<number> {
  const { flags } = context;
  const { fs } = context.io;
  if (context.args.length > 0) throw context.usageError(`Unexpected args: [${context.args.join(' ')}]`);
  mustNameFiles(flags);
  if (flags.bool('force-conflicts') && !flags.bool('server-side'))
    throw new CliError('--force-conflicts only works with --server-side');
  const prunable = await prunedTypes(context);
  const { infos } = await select(context);
  const wanted = infos.filter(info => matchesSelector(info.object!, flags.string('selector')));
  const patcher = new ApplyPatcher();
  const before = await fs.temporaryDirectory('LIVE-');
  const after = await fs.temporaryDirectory('MERGED-');
  try {
    const kept = new Set<string | undefined>();
    await inParallel(wanted, flags.int('concurrency'), async info => {
      const versions = await versionsOf(context, info, patcher);
      kept.add(versions.live?.metadata.uid);
      const { live, merged } = masked(context, info.mapping, versions);
      const file = fileOf(info.mapping, info.namespace, info.name);
      await fs.write(`${before}/${file}`, live === undefined ? '' : toYaml(shown(context, live)));
      await fs.write(`${after}/${file}`, toYaml(shown(context, merged)));
      if (versions.live) warnIfDeleting(context, versions.live);
    });
    for await (const { mapping, object } of prunedObjects(context, prunable, wanted, kept)) {
      const { namespace = '', name = '' } = object.metadata;
      await fs.write(`${before}/${fileOf(mapping, namespace, name)}`, toYaml(object));
    }
    return await compare(context, before, after);
  } finally {
    await fs.remove(before);
    await fs.remove(after);
  }
}

/** Does the work of all items, of so many at a time. */
async function inParallel<T>(
  items: readonly T[],
  count: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(count, items.length)) }, worker));
}

function fileOf({ group, version, kind }: Mapping, namespace: string, name: string): string {
  return `${group ? `${group}.` : ''}${version}.${kind}.${namespace}.${name}`;
}

async function compare(context: CliContext, before: string, after: string): Promise<number> {
  const own = context.io.env.KUBECTL_EXTERNAL_DIFF;
  const [tool = '', ...words] = own ? own.split(' ') : ['diff'];
  // Of the user's words those alone that can be options of a diff.
  const options = words.filter(word => /^[a-zA-Z0-9-=]+$/.test(word));
  const args = own ? [before, after, ...options] : ['-u', '-N', before, after];
  const failed = (why: string) => new CliError(`failed to run ${JSON.stringify(tool)}: ${why}`);
  const result = await context.io.run(tool, args, { capture: true }).catch(error => {
    throw failed(error.code === 'ENOENT' ? 'executable file not found in $PATH' : error.message);
  });
  context.io.stdout.write(result.stdout);
  if (result.code > 1) throw failed(`exit status ${result.code}`);
  return result.code;
}

async function versionsOf(context: CliContext, info: ResourceInfo, patcher: ApplyPatcher): Promise<Versions> {
  const { flags } = context;
  const { mapping, namespace, name } = info;
  const api = await context.api();
  const live = await api.get(mapping, namespace, name).catch(error => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  const options = { dryRun: 'server' as const, fieldManager: flags.string('field-manager') };
  if (flags.bool('server-side')) {
    const merged = await api.patch(mapping, namespace, name, 'apply', info.object!, {
      ...options,
      fieldManager: serverSideManager(flags),
      force: flags.bool('force-conflicts'),
    });
    return { live, merged };
  }
  if (!live) return { live, merged: await api.create(mapping, namespace, info.object!, options) };
  const modified = withoutLastApplied(info.object!);
  // It is compared with what is there now, whatever version the file tells of.
  const { resourceVersion } = live.metadata;
  const wanted = { ...modified, metadata: { ...modified.metadata, resourceVersion } } as KubeObject;
  const { kind, patch } = patcher.patch(mapping, lastApplied(live), wanted, live);
  return { live, merged: await api.patch(mapping, namespace, name, kind, patch, options) };
}

function shown(context: CliContext, object: KubeObject | null): KubeObject | null {
  if (object === null || context.flags.bool('show-managed-fields')) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

interface Data {
  data?: Readonly<Record<string, string>>;
}

/** Both with stars for the values of a Secret, which tell where one changes. What is not there is null then, as in kubectl. */
function masked(
  context: CliContext,
  { version, kind }: Mapping,
  versions: Versions,
): { live: KubeObject | null | undefined; merged: KubeObject } {
  if (kind !== 'Secret' || version !== 'v1' || context.flags.bool('show-secrets')) return versions;
  const { live, merged } = versions as { live?: KubeObject & Data; merged: KubeObject & Data };
  const withMask = (
    object: KubeObject & Data,
    other: Data | undefined,
    changed: string,
  ): KubeObject & Data => {
    if (!object.data) return object;
    const maskOf = ([key, value]: [string, string]) => {
      const isChanged = other?.data?.[key] !== undefined && other.data[key] !== value;
      return [key, isChanged ? `*** (${changed})` : '***'];
    };
    return { ...object, data: Object.fromEntries(Object.entries(object.data).map(maskOf)) };
  };
  return {
    live: live ? withMask(live, merged, 'before') : null,
    merged: withMask(merged, live, 'after'),
  };
}
