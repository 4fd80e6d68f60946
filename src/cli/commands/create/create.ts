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
} from '../../core/flag-groups.ts';
import { refreshLastApplied, withLastApplied } from '../../core/last-applied.ts';
import { namesFiles } from '../../core/named-files.ts';
import { select } from '../../core/resources.ts';
import { matchesSelector } from '../../core/selection.ts';
import { WriteReporter } from '../../core/write.ts';
import { CliError, sourced, throwAll } from '../../errors.ts';
import { StatusError } from '#machinery/status.ts';
import { createSubcommands } from './registry.ts';

export const createCommand = defineCommand({
  name: 'create',
  usage: '-f FILENAME',
  summary: 'Create a resource from a file or from stdin.',
  examples: ['% create -f ./pod.json', 'cat pod.json | % create -f -'],
  subcommands: createSubcommands,
  flags: [
    ...printFlags,
    ...filenameFlags,
    selectorFlag,
    dryRunFlag,
    validateFlag,
    saveConfigFlag,
    fieldManagerFlag('kubectl-create'),
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
    const reporter = await WriteReporter.create(context);
    const errors: unknown[] = [];
    const { infos } = await select(context);
    const wanted = infos.filter(info => matchesSelector(info.object!, flags.string('selector')));
    if (wanted.length === 0) throw new CliError('no objects passed to create');
    const api = await context.api();
    for (const info of wanted) {
      const object = flags.bool('save-config')
        ? withLastApplied(info.object!)
        : refreshLastApplied(info.object!, false);
      try {
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
      } catch (error) {
        if (!(error instanceof StatusError || error instanceof CliError)) throw error;
        errors.push(error);
      }
    }
    reporter.finish();
    throwAll(errors);
    return 0;
  },
});
