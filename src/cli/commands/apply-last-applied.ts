import type { Command } from '../core/command.ts';
import { defineCommand } from '../core/command.ts';
import { editObjects } from '../core/edit-session.ts';
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
  validateFlag,
  validationOf,
  windowsLineEndingsFlag,
} from '../core/flag-groups.ts';
import { lastApplied, lastAppliedKey, withLastApplied } from '../core/last-applied.ts';
import { sameJson } from '../core/merge.ts';
import { fetchSelected, select } from '../core/resources.ts';
import { WriteReporter } from '../core/write.ts';
import { CliError } from '../errors.ts';
import { toJson } from '../print/json.ts';
import { toYaml } from '#machinery/yaml-write.ts';

const view = defineCommand({
  name: 'view-last-applied',
  usage: '(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  summary: 'View the latest last-applied-configuration annotations by type/name or file.',
  flags: [
    ...filenameFlags,
    selectorFlag,
    {
      name: 'all',
      type: 'bool',
      help: 'Select all resources in the namespace of the specified resource types',
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: 'yaml',
      help: 'Output format. Must be one of (yaml, json)',
    },
  ],
  run: async context => {
    const format = context.flags.string('output');
    if (format !== 'yaml' && format !== 'json')
      throw context.usageError(
        `Unexpected -o output mode: ${format}, the flag 'output' must be one of yaml|json`,
      );
    for (const { object, name } of await fetchSelected(context)) {
      const applied = lastApplied(object);
      if (!applied) throw new CliError(`no last-applied-configuration annotation found on resource: ${name}`);
      context.out(format === 'json' ? toJson(applied, '  ') : toYaml(applied));
    }
  },
});

const set = defineCommand({
  name: 'set-last-applied',
  usage: '-f FILENAME',
  summary: 'Set the last-applied-configuration annotation on a live object to match the contents of a file.',
  flags: [
    ...printFlags,
    filenameFlag,
    dryRunFlag,
    { name: 'create-annotation', type: 'bool', help: 'Create the annotation where the object has none.' },
  ],
  run: async context => {
    const reporter = await WriteReporter.create(context);
    const api = await context.api();
    for (const info of (await select(context)).infos) {
      const live = await api.get(info.mapping, info.namespace, info.name);
      if (!lastApplied(live) && !context.flags.bool('create-annotation'))
        throw new CliError(
          `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
        );
      const text = withLastApplied(info.object!).metadata.annotations![lastAppliedKey];
      const patch = { metadata: { annotations: { [lastAppliedKey]: text } } };
      const result =
        reporter.dryRun === 'client'
          ? live
          : await api.patch(info.mapping, info.namespace, info.name, 'merge', patch, {
              dryRun: reporter.dryRun,
            });
      reporter.done(result, 'configured');
    }
    reporter.finish();
  },
});

const edit = defineCommand({
  name: 'edit-last-applied',
  usage: '(RESOURCE/NAME | -f FILENAME)',
  summary: 'Edit latest last-applied-configuration annotations of a resource/object.',
  flags: [
    ...printFlags,
    ...filenameFlags,
    validateFlag,
    windowsLineEndingsFlag,
    fieldManagerFlag('kubectl-client-side-apply'),
  ],
  run: async context => {
    const applied = (await fetchSelected(context)).flatMap(({ object }) => lastApplied(object) ?? []);
    if (applied.length === 0)
      throw new CliError(
        'no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`',
      );
    await editObjects(context, applied, {
      header: `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`,
      async save({ mapping, namespace, name, object }, before) {
        const reporter = await WriteReporter.create(context);
        if (sameJson(object, before)) return reporter.done(object, 'skipped');
        const text = withLastApplied(object).metadata.annotations![lastAppliedKey];
        const api = await context.api();
        await api.patch(
          mapping,
          namespace,
          name,
          'merge',
          { metadata: { annotations: { [lastAppliedKey]: text } } },
          {
            fieldManager: context.flags.string('field-manager'),
            fieldValidation: validationOf(context.flags),
          },
        );
        reporter.done(object, 'edited');
      },
    });
  },
});

export const applySubcommands: readonly Command[] = [edit, set, view];
