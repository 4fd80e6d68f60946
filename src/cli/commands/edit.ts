import type { KubeObject } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import {
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
  subresourceFlag,
  validateFlag,
  validationOf,
} from '../core/flag-groups.ts';
import { parseDocuments } from '../core/manifests.ts';
import { sameJson, threeWayJsonMergePatch } from '../core/merge.ts';
import { fetchSelected, type LiveResource } from '../core/resources.ts';
import { WriteReporter } from '../core/write.ts';
import { CliError, messageOf } from '../errors.ts';
import { toJson } from '../print/json.ts';
import { toYaml } from '#machinery/yaml-write.ts';

export const editCommand = defineCommand({
  name: 'edit',
  usage: '(RESOURCE/NAME | -f FILENAME)',
  summary: 'Edit a resource from the default editor.',
  examples: ['% edit svc/registry', '% edit job.v1.batch/myjob'],
  flags: [
    ...printFlags,
    ...filenameFlags,
    selectorFlag,
    subresourceFlag,
    validateFlag,
    fieldManagerFlag('kubectl-edit'),
    { name: 'windows-line-endings', type: 'bool', help: 'Kept for compatibility.' },
  ],
  run: async context => {
    const found = await fetchSelected(context, { allowTypeAlone: true });
    if (found.length === 0) throw new CliError('edit cancelled, no objects found');
    const json = context.flags.string('output') === 'json';
    const directory = await context.io.fs.temporaryDirectory('coxswain-edit-');
    try {
      for (const live of found)
        await editOne(context, live, `${directory}/${live.name}.${json ? 'json' : 'yaml'}`, json);
    } finally {
      await context.io.fs.remove(directory);
    }
  },
});

const header = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

async function editOne(context: CliContext, live: LiveResource, path: string, json: boolean): Promise<void> {
  const original = withoutManagedFields(live.object);
  const serialized = json ? toJson(original) : toYaml(original);
  let text = serialized;
  let failure = '';
  for (;;) {
    const notes =
      failure === ''
        ? ''
        : `${failure
            .split('\n')
            .map(line => `# ${line}`)
            .join('\n')}\n#\n`;
    const offered = header + notes + text;
    await context.io.fs.write(path, offered, 0o600);
    await openEditor(context, path);
    const saved = new TextDecoder().decode(await context.io.fs.read(path));
    text = saved
      .split('\n')
      .filter(line => !line.startsWith('#'))
      .join('\n');
    if (text.trim() === '') return context.error('Edit cancelled, saved file was empty.\n');
    if (saved === offered)
      return context.error(
        failure === ''
          ? 'Edit cancelled, no changes made.\n'
          : 'Edit cancelled, no valid changes were saved.\n',
      );
    try {
      return await submit(context, live, original, text);
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof CliError)) throw error;
      failure = messageOf(error);
      context.error(`error: ${failure}\n`);
    }
  }
}

async function submit(
  context: CliContext,
  live: LiveResource,
  original: KubeObject,
  text: string,
): Promise<void> {
  const [edited] = parseDocuments(text, 'edited-file') as KubeObject[];
  if (!edited) throw new CliError('the edited file holds no object');
  if (
    edited.kind !== original.kind ||
    edited.apiVersion !== original.apiVersion ||
    edited.metadata?.name !== live.name
  )
    throw new CliError('At least one of apiVersion, kind and name was changed');
  if (sameJson(edited, original)) return context.error('Edit cancelled, no changes made.\n');
  const api = await context.api();
  const patch = threeWayJsonMergePatch(original, edited, original);
  const result = await api.patch(live.mapping, live.namespace, live.name, 'merge', patch, {
    fieldManager: context.flags.string('field-manager'),
    fieldValidation: validationOf(context.flags),
    subresource: context.flags.string('subresource') || undefined,
  });
  const reporter = await WriteReporter.create(context);
  reporter.done(result, 'edited');
}

async function openEditor(context: CliContext, path: string): Promise<void> {
  const { env } = context.io;
  const editor = env.KUBE_EDITOR || env.EDITOR || 'vi';
  const result = await context.io.run('sh', ['-c', `${editor} "$1"`, 'sh', path]);
  if (result.code !== 0) throw new CliError(`there was a problem with the editor ${JSON.stringify(editor)}`);
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
