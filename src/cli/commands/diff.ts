import type { KubeObject } from '#machinery/object.ts';
import { ApplyPatcher } from '../core/apply-patch.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { fieldManagerFlag, filenameFlags, selectorFlag, serverSideManager } from '../core/flag-groups.ts';
import { lastApplied, withLastApplied } from '../core/last-applied.ts';
import { mustNameFiles } from '../core/named-files.ts';
import { isNotFound, type ResourceInfo, select } from '../core/resources.ts';
import { matchesSelector } from '../core/selection.ts';
import { CliError } from '../errors.ts';
import { toYaml } from '#machinery/yaml-write.ts';

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
      name: 'force-conflicts',
      type: 'bool',
      help: 'If true, server-side apply will force the changes against conflicts.',
    },
    { name: 'server-side', type: 'bool', help: 'If true, apply runs in the server instead of the client.' },
    { name: 'show-managed-fields', type: 'bool', help: 'If true, include managed fields in the diff.' },
  ],
  // An exit code of 1 means that there are differences.
  failureExitCode: 2,
  run: diff,
});

async function diff(context: CliContext): Promise<number> {
  mustNameFiles(context.flags);
  const { infos } = await select(context);
  const patcher = new ApplyPatcher();
  const directory = await context.io.fs.temporaryDirectory('coxswain-diff-');
  try {
    await context.io.fs.makeDirectory(`${directory}/LIVE`);
    await context.io.fs.makeDirectory(`${directory}/MERGED`);
    for (const info of infos) {
      if (!matchesSelector(info.object!, context.flags.string('selector'))) continue;
      const { live, merged } = await versionsOf(context, info, patcher);
      const { group, version, kind } = info.mapping;
      const name = [group, version, kind, info.namespace, info.name].filter(Boolean).join('.');
      await context.io.fs.write(`${directory}/LIVE/${name}`, live ? toYaml(shown(context, info, live)) : '');
      await context.io.fs.write(`${directory}/MERGED/${name}`, toYaml(shown(context, info, merged)));
    }
    return await compare(context, directory);
  } finally {
    await context.io.fs.remove(directory);
  }
}

async function compare(context: CliContext, directory: string): Promise<number> {
  const tool = (context.io.env.KUBECTL_EXTERNAL_DIFF || 'diff -u -N').split(/\s+/);
  const result = await context.io.run(
    tool[0]!,
    [...tool.slice(1), `${directory}/LIVE`, `${directory}/MERGED`],
    {
      capture: true,
    },
  );
  context.io.stdout.write(result.stdout);
  if (result.code > 1)
    throw new CliError(`failed to run ${JSON.stringify(tool[0])}: exit status ${result.code}`);
  return result.code;
}

/** What is in the server, and what an apply would make of it. */
async function versionsOf(
  context: CliContext,
  info: ResourceInfo,
  patcher: ApplyPatcher,
): Promise<{ live: KubeObject | undefined; merged: KubeObject }> {
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
  const modified = withLastApplied(info.object!);
  if (!live) return { live, merged: await api.create(mapping, namespace, modified, options) };
  // It is compared with what is there now, whatever version the file tells of.
  const { resourceVersion } = live.metadata;
  const wanted = { ...modified, metadata: { ...modified.metadata, resourceVersion } } as KubeObject;
  const { kind, patch } = patcher.patch(mapping, lastApplied(live), wanted, live);
  return { live, merged: await api.patch(mapping, namespace, name, kind, patch, options) };
}

/** Without what an apply is not about; values of Secrets as stars. */
function shown(context: CliContext, info: ResourceInfo, object: KubeObject): KubeObject {
  const { managedFields: _, ...bare } = object.metadata;
  const metadata = context.flags.bool('show-managed-fields') ? object.metadata : bare;
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(
      ([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration',
    ),
  );
  const next = {
    ...object,
    metadata: { ...metadata, annotations: Object.keys(annotations).length > 0 ? annotations : undefined },
  } as KubeObject & { data?: Record<string, string> };
  if (info.mapping.kind !== 'Secret' || !next.data) return next;
  return { ...next, data: Object.fromEntries(Object.keys(next.data).map(key => [key, '***'])) } as KubeObject;
}
