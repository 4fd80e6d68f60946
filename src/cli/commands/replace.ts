import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import {
  dryRunFlag,
  dryRunOf,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  replacedFlags,
  saveConfigFlag,
  subresourceFlag,
  validateFlag,
  validationOf,
} from '../core/flag-groups.ts';
import { sendRaw } from '../core/raw.ts';
import { refreshLastApplied } from '../core/last-applied.ts';
import { namesFiles } from '../core/named-files.ts';
import { recordFlag, recorded } from '../core/record.ts';
import { isNotFound, type ResourceInfo, select, visitEach } from '../core/resources.ts';
import { waitUntilGone } from '../core/waiting.ts';
import { WriteReporter } from '../core/write.ts';
import { CliError, sourced, throwAll } from '../errors.ts';
import { qualifiedKind } from '../print/printer.ts';

export const replaceCommand = defineCommand({
  name: 'replace',
  usage: '-f FILENAME',
  summary: 'Replace a resource by file name or stdin.',
  examples: ['% replace -f ./pod.json', '% replace --force -f ./pod.json'],
  flags: [
    ...printFlags,
    recordFlag,
    ...filenameFlags,
    dryRunFlag,
    validateFlag,
    saveConfigFlag,
    subresourceFlag,
    fieldManagerFlag('kubectl-replace'),
    { name: 'raw', type: 'string', help: 'Raw URI to PUT to the server.' },
    ...replacedFlags,
  ],
  run: async context => {
    const { flags } = context;
    if (!namesFiles(flags)) throw new CliError('must specify --filename to replace');
    if (flags.int('grace-period') >= 0 && !flags.bool('force'))
      throw new CliError('--grace-period must have --force specified');
    if (flags.duration('timeout') !== 0 && !flags.bool('force'))
      throw new CliError('--timeout must have --force specified');
    if (flags.bool('force') && dryRunOf(flags) !== 'none')
      throw new CliError('--dry-run can not be used when --force is set');
    if (flags.string('raw')) return sendRaw(context, 'PUT');
    const reporter = await WriteReporter.create(context);
    const { errors } = await visitEach(
      async onError => {
        const { infos } = await select(context, { onError });
        if (flags.bool('force')) await deleteFirst(context, infos);
        return infos;
      },
      info => replaceOne(context, info, reporter),
    );
    reporter.finish();
    throwAll(errors);
  },
});

async function replaceOne(context: CliContext, info: ResourceInfo, reporter: WriteReporter): Promise<void> {
  const { flags } = context;
  const api = await context.api();
  const object = recorded(context, refreshLastApplied(info.object!, flags.bool('save-config')));
  const force = flags.bool('force');
  const operation = 'replaced';
  if (reporter.dryRun === 'client') return reporter.done(object, operation);
  const options = {
    dryRun: reporter.dryRun,
    fieldManager: flags.string('field-manager'),
    fieldValidation: validationOf(flags),
    subresource: flags.string('subresource') || undefined,
  };
  const written = force
    ? api.create(info.mapping, info.namespace, object, options)
    : api.replace(info.mapping, info.namespace, info.name, object, options);
  const result = await sourced(force ? 'creating' : 'replacing', info.source, written);
  reporter.done(result, operation);
}

async function deleteFirst(context: CliContext, infos: readonly ResourceInfo[]): Promise<void> {
  const { flags } = context;
  const api = await context.api();
  const gracePeriodSeconds = Math.max(0, flags.int('grace-period'));
  for (const info of infos) {
    const kind = qualifiedKind(info.mapping.kind, info.mapping.group);
    try {
      await api.delete(info.mapping, info.namespace, info.name, {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        gracePeriodSeconds,
        propagationPolicy: 'Background',
      });
      const where = info.namespace ? ` from ${info.namespace} namespace` : '';
      context.out(
        `${kind} ${JSON.stringify(info.name)} ${gracePeriodSeconds === 0 ? 'force ' : ''}deleted${where}\n`,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
      continue;
    }
    await waitUntilGone(context, info, undefined, flags.duration('timeout'));
  }
}
