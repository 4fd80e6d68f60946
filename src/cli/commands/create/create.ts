import { defineCommand } from '../../core/command.ts';
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
  selectorFlag,
  validateFlag,
  validationOf,
  windowsLineEndingsFlag,
} from '../../core/flag-groups.ts';
import type { CliContext } from '../../core/context.ts';
import { editObjects } from '../../core/edit-session.ts';
import { sendRaw } from '../../core/raw.ts';
import { refreshLastApplied } from '../../core/last-applied.ts';
import { recordFlag, recorded } from '../../core/record.ts';
import { type ResourceInfo, select, visitEach } from '../../core/resources.ts';
import { namesFiles } from '../../core/named-files.ts';
import { matchesSelector } from '../../core/selection.ts';
import { WriteReporter } from '../../core/write.ts';
import { CliError, sourced, throwAll } from '../../errors.ts';
import { createSubcommands } from './registry.ts';

export const createCommand = defineCommand({
  name: 'create',
  usage: '-f FILENAME',
  summary: 'Create a resource from a file or from stdin.',
  examples: ['% create -f ./pod.json', 'cat pod.json | % create -f -'],
  subcommands: createSubcommands,
  flags: [
    ...printFlags,
    recordFlag,
    ...filenameFlags,
    selectorFlag,
    dryRunFlag,
    validateFlag,
    saveConfigFlag,
    fieldManagerFlag('kubectl-create'),
    windowsLineEndingsFlag,
    { name: 'edit', type: 'bool', help: 'Edit the API resource before creating it.' },
    { name: 'raw', type: 'string', help: 'Raw URI to POST to the server.' },
  ],
  run: async context => {
    const { flags, args } = context;
    if (!namesFiles(flags)) {
      if (args.length > 0) throw context.usageError(`Unexpected args: [${args.join(' ')}]`);
      context.error('error: must specify one of -f and -k\n');
      return 1;
    }
    if (args.length > 0) throw context.usageError(`Unexpected args: [${args.join(' ')}]`);
    if (flags.string('raw')) {
      if (flags.bool('edit')) throw new CliError('--raw and --edit are mutually exclusive');
      await sendRaw(context, 'POST');
      return 0;
    }
    const reporter = await WriteReporter.create(context);
    const { visited, errors } = await visitEach(
      async onError => {
        const { infos } = await select(context, { onError });
        return infos.filter(info => matchesSelector(info.object!, flags.string('selector')));
      },
      info =>
        flags.bool('edit') ? createEdited(context, info, reporter) : createOne(context, info, reporter),
    );
    if (visited === 0 && errors.length === 0) throw new CliError('no objects passed to create');
    reporter.finish();
    throwAll(errors);
    return 0;
  },
});

async function createOne(context: CliContext, info: ResourceInfo, reporter: WriteReporter): Promise<void> {
  const { flags } = context;
  const api = await context.api();
  const object = recorded(context, refreshLastApplied(info.object!, flags.bool('save-config')));
  const result =
    reporter.dryRun === 'client'
      ? object
      : await sourced(
          'creating',
          info.source,
          api.create(info.mapping, info.namespace, object, {
            dryRun: reporter.dryRun,
            fieldManager: flags.string('field-manager'),
            fieldValidation: validationOf(flags),
          }),
        );
  reporter.done(result, 'created');
}

/** Creates an object as the user has made it in an editor. */
function createEdited(context: CliContext, info: ResourceInfo, reporter: WriteReporter): Promise<void> {
  const { flags } = context;
  return editObjects(context, [info.object!], {
    async save({ mapping, namespace, object }) {
      const api = await context.api();
      const created = await api.create(mapping, namespace, object, {
        fieldManager: 'kubectl-create',
        fieldValidation: validationOf(flags),
      });
      reporter.done(created, 'created');
    },
  });
}
