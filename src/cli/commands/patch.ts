import { loadSchemas } from '#api/schemas.ts';
import { type KubeObject, parseApiVersion } from '#machinery/object.ts';
import { patchFailure } from '#machinery/patch/errors.ts';
import { applyJsonPatch } from '#machinery/patch/json-patch.ts';
import { applyMergePatch } from '#machinery/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '#machinery/patch/strategic-merge-patch.ts';
import type { PatchKind } from '../core/api-client.ts';
import { parse } from 'yaml';
import { defineCommand } from '../core/command.ts';
import {
  allNamespacesFlag,
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  subresourceFlag,
} from '../core/flag-groups.ts';
import { sameJson } from '../core/merge.ts';
import { recordFlag, recorded } from '../core/record.ts';
import { localObjects, select, visitEach } from '../core/resources.ts';
import { WriteReporter } from '../core/write.ts';
import { CliError, throwAll } from '../errors.ts';

export const patchCommand = defineCommand({
  name: 'patch',
  usage: '(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  summary: 'Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.',
  examples: [`% patch node k8s-node-1 -p '{"spec":{"unschedulable":true}}'`],
  flags: [
    ...printFlags,
    recordFlag,
    ...filenameFlags,
    dryRunFlag,
    fieldManagerFlag('kubectl-patch'),
    subresourceFlag,
    { ...allNamespacesFlag, hidden: true },
    {
      name: 'patch',
      short: 'p',
      type: 'string',
      help: 'The patch to be applied to the resource JSON file.',
    },
    { name: 'patch-file', type: 'string', help: 'A file containing a patch to be applied to the resource.' },
    {
      name: 'type',
      type: 'string',
      default: 'strategic',
      help: 'The type of patch being provided; one of [json merge strategic]',
    },
    { name: 'local', type: 'bool', help: 'If true, patch will operate on the content of the file.' },
  ],
  run: async context => {
    const { flags } = context;
    if (flags.string('patch') === '' && flags.string('patch-file') === '')
      throw new CliError('must specify --patch or --patch-file containing the contents of the patch');
    if (flags.string('patch') !== '' && flags.string('patch-file') !== '')
      throw new CliError('cannot specify --patch and --patch-file together');
    const text =
      flags.string('patch') || new TextDecoder().decode(await context.io.fs.read(flags.string('patch-file')));
    if (flags.bool('local') && context.args.length > 0)
      throw new CliError('cannot specify --local and server resources');
    const kind = flags.string('type').toLowerCase();
    if (kind !== 'json' && kind !== 'merge' && kind !== 'strategic')
      throw new CliError(
        `--type must be one of [json merge strategic], not ${JSON.stringify(flags.string('type'))}`,
      );
    const body = parsePatch(text);
    const reporter = await WriteReporter.create(context);
    // As in kubectl, nothing is said of --dry-run.
    const report = (before: KubeObject, after: KubeObject) =>
      reporter.done(after, sameJson(before, after) ? 'patched (no change)' : 'patched', '');
    if (flags.bool('local')) {
      for (const object of await localObjects(context, [])) report(object, patched(object, kind, body));
      return reporter.finish();
    }
    const api = await context.api();
    const { errors } = await visitEach(
      async onError => (await select(context, { onError })).infos,
      async ({ mapping, namespace, name, object }) => {
        const before = object ?? (await api.get(mapping, namespace, name));
        if (reporter.dryRun === 'client') return report(before, patched(before, kind, body));
        const after = await api.patch(mapping, namespace, name, kind, body, {
          dryRun: reporter.dryRun,
          fieldManager: flags.string('field-manager'),
          subresource: flags.string('subresource') || undefined,
        });
        if (flags.bool('record') && reporter.dryRun === 'none')
          await api.patch(mapping, namespace, name, 'merge', recorded(context, {}));
        report(before, after);
      },
    );
    reporter.finish();
    throwAll(errors);
  },
});

/** What the patch makes of an object, found here rather than by the server. */
function patched(object: KubeObject, kind: PatchKind, patch: unknown): KubeObject {
  if (kind === 'merge') return applyMergePatch(object, patch);
  if (kind === 'json') {
    try {
      return applyJsonPatch(object, patch);
    } catch (error) {
      throw new CliError(patchFailure(error));
    }
  }
  const { group, version } = parseApiVersion(object.apiVersion);
  const schema = loadSchemas().schemaOfKind(group, version, object.kind);
  if (!schema)
    throw new CliError(
      `strategic merge patch is not supported for ${object.apiVersion}, Kind=${object.kind} locally, try --type merge`,
    );
  return applyStrategicMergePatch(object, patch as Record<string, unknown>, schema);
}

function parsePatch(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const [why] = (error as Error).message.split('\n');
    throw new CliError(`unable to parse ${JSON.stringify(text)}: yaml: ${why}`);
  }
}
