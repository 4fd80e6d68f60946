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
import { recordFlag, recorded } from '../core/record.ts';
import { select, visitEach } from '../core/resources.ts';
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
    const kind = flags.string('type');
    if (kind !== 'json' && kind !== 'merge' && kind !== 'strategic')
      throw new CliError(`--type must be one of [json merge strategic], not ${JSON.stringify(kind)}`);
    if (flags.string('patch') === '' && flags.string('patch-file') === '')
      throw new CliError('must specify --patch or --patch-file containing the contents of the patch');
    if (flags.string('patch') !== '' && flags.string('patch-file') !== '')
      throw new CliError('cannot specify --patch and --patch-file together');
    const text =
      flags.string('patch') || new TextDecoder().decode(await context.io.fs.read(flags.string('patch-file')));
    const body = parsePatch(text);
    const reporter = await WriteReporter.create(context);
    const api = await context.api();
    const { errors } = await visitEach(
      async onError => (await select(context, { onError })).infos,
      async ({ mapping, namespace, name }) => {
        const before = await api.get(mapping, namespace, name);
        const after = await api.patch(mapping, namespace, name, kind, body, {
          dryRun: reporter.dryRun === 'client' ? 'server' : reporter.dryRun,
          fieldManager: flags.string('field-manager'),
          subresource: flags.string('subresource') || undefined,
        });
        if (flags.bool('record') && reporter.dryRun === 'none')
          await api.patch(mapping, namespace, name, 'merge', recorded(context, {}));
        const changed = before.metadata.resourceVersion !== after.metadata.resourceVersion;
        const operation = reporter.dryRun === 'none' && !changed ? 'patched (no change)' : 'patched';
        reporter.done(after, operation);
      },
    );
    reporter.finish();
    throwAll(errors);
  },
});

function parsePatch(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const [why] = (error as Error).message.split('\n');
    throw new CliError(`unable to parse ${JSON.stringify(text)}: yaml: ${why}`);
  }
}
