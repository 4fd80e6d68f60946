import { createTwoWayMergePatch } from '#machinery/patch/strategic-diff.ts';
import type { KubeObject } from '#machinery/object.ts';
import { loadSchemas } from '#api/schemas.ts';
import type { PatchKind } from '../core/api-client.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import type { Mapping } from '../core/discovery.ts';
import { type EditedInfo, editObjects } from '../core/edit-session.ts';
import {
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
  subresourceFlag,
  validateFlag,
  validationOf,
  windowsLineEndingsFlag,
} from '../core/flag-groups.ts';
import { recordFlag } from '../core/record.ts';
import { sameJson, threeWayJsonMergePatch } from '../core/merge.ts';
import { fetchSelected } from '../core/resources.ts';
import { WriteReporter } from '../core/write.ts';
import { CliError } from '../errors.ts';
import { toCompactJson } from '../print/json.ts';

export const editCommand = defineCommand({
  name: 'edit',
  usage: '(RESOURCE/NAME | -f FILENAME)',
  summary: 'Edit a resource from the default editor.',
  examples: ['% edit svc/registry', '% edit job.v1.batch/myjob'],
  flags: [
    ...printFlags,
    recordFlag,
    ...filenameFlags,
    subresourceFlag,
    saveConfigFlag,
    validateFlag,
    windowsLineEndingsFlag,
    fieldManagerFlag('kubectl-edit'),
    { name: 'output-patch', type: 'bool', help: 'Output the patch if the resource is edited.' },
  ],
  run: async context => {
    const subresource = context.flags.string('subresource') || undefined;
    const found = await fetchSelected(context, { allowTypeAlone: true, subresource });
    if (found.length === 0) throw new CliError('edit cancelled, no objects found');
    await editObjects(
      context,
      found.map(live => live.object),
      { retries: true, save: (edited, before) => patchEdited(context, edited, before) },
    );
  },
});

/** The patch from what was offered to what it was made. */
async function patchEdited(
  context: CliContext,
  { mapping, namespace, name, object }: EditedInfo,
  before: KubeObject | undefined,
): Promise<void> {
  const { flags } = context;
  if (!before) throw new CliError(`no original object found for ${mapping.kind} ${JSON.stringify(name)}`);
  const reporter = await WriteReporter.create(context);
  if (sameJson(object, before)) return reporter.done(object, 'skipped');
  if (object.apiVersion !== before.apiVersion || object.kind !== before.kind || name !== before.metadata.name)
    throw new CliError('At least one of apiVersion, kind and name was changed');
  const { kind, patch } = editPatch(mapping, before, object);
  if (flags.bool('output-patch')) context.out(`Patch: ${toCompactJson(patch)}\n`);
  const api = await context.api();
  const result = await api.patch(mapping, namespace, name, kind, patch, {
    fieldManager: flags.string('field-manager'),
    fieldValidation: validationOf(flags),
    subresource: flags.string('subresource') || undefined,
  });
  reporter.done(result, 'edited');
}

/** By the kind's merge schema where it is built in, by JSON merge where it is not. */
function editPatch(
  { group, version, kind }: Mapping,
  before: KubeObject,
  after: KubeObject,
): { kind: PatchKind; patch: unknown } {
  const schema = loadSchemas().schemaOfKind(group, version, kind);
  if (!schema) return { kind: 'merge', patch: threeWayJsonMergePatch(before, after, before) };
  type Json = Record<string, unknown>;
  const json = (object: KubeObject) => object as unknown as Json;
  return { kind: 'strategic', patch: createTwoWayMergePatch(json(before), json(after), schema) };
}
