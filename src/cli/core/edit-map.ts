import type { KubeObject } from '#machinery/object.ts';
import { checkLabelValue, checkQualifiedName } from '#machinery/names.ts';
import { CliError, throwAll } from '../errors.ts';
import type { CliContext } from './context.ts';
import {
  allNamespacesFlag,
  dryRunFlag,
  fieldManagerFlag,
  fieldSelectorFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
} from './flag-groups.ts';
import type { Flag } from './flags.ts';
import { type PairChanges, parsePairs, splitPairs } from './pairs.ts';
import { type Annotated, recordFlag, recorded } from './record.ts';
import { fetchSelected, localObjects, visitEach } from './resources.ts';
import { WriteReporter } from './write.ts';

/** What label and annotate differ in. */
export interface MapEdit {
  readonly field: 'labels' | 'annotations';
  /** 'label', in messages. */
  readonly noun: string;
  /** 'labeled'; and what a removal alone is called. */
  readonly done: string;
  readonly removed: string;
}

/** The flags of 'label' and 'annotate', which change a `field` ('labels', 'annotations'). */
export function editMapFlags(command: string, field: MapEdit['field']): readonly Flag[] {
  return [
    ...printFlags,
    ...filenameFlags,
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    dryRunFlag,
    recordFlag,
    fieldManagerFlag(`kubectl-${command}`),
    {
      name: 'all',
      type: 'bool',
      help: 'Select all resources, in the namespace of the specified resource types.',
    },
    { name: 'list', type: 'bool', help: `If true, display the ${field} for a given resource.` },
    { name: 'local', type: 'bool', help: 'If true, work on the files alone, without a server.' },
    { name: 'overwrite', type: 'bool', help: `If true, allow ${field} to be overwritten.` },
    {
      name: 'resource-version',
      type: 'string',
      help: 'Only succeed if this is the current version of the object.',
    },
  ];
}

/** Changes a map of metadata in every object selected. */
export async function editMap(context: CliContext, edit: MapEdit): Promise<void> {
  const { flags, args } = context;
  const { resources, pairs } = splitPairs(args, edit.noun);
  const changes = parsePairs(pairs, edit.noun);
  if (flags.bool('list') && pairs.length > 0 && edit.noun === 'label')
    throw new CliError(`--list and ${edit.noun} changes can not be used at the same time`);
  if (!flags.bool('list') && pairs.length === 0)
    throw new CliError(`at least one ${edit.noun} update is required`);
  if (edit.noun === 'label') checkLabels(changes);
  const reporter = await WriteReporter.create(context);
  if (flags.bool('local')) return editLocal(context, edit, changes, resources, reporter);
  const api = await context.api();
  let several = false;
  const { errors } = await visitEach(
    async onError => {
      const found = await fetchSelected(context, { args: resources, onError });
      several = found.length > 1;
      return found;
    },
    async ({ mapping, namespace, name, object }) => {
      if (flags.bool('list')) return listMap(context, object, edit, several);
      const next = changed(context, object, edit, changes, reporter);
      const operation = operationOf(object, next, edit, changes);
      const patch = recorded(context, patchOf(object, changes, edit, flags.string('resource-version')));
      const result =
        reporter.dryRun === 'client' || (operation.startsWith('not') && !flags.bool('record'))
          ? next
          : await api.patch(mapping, namespace, name, 'merge', patch, {
              dryRun: reporter.dryRun,
              fieldManager: flags.string('field-manager'),
            });
      reporter.done(result, operation);
    },
  );
  reporter.finish();
  throwAll(errors);
}

async function editLocal(
  context: CliContext,
  edit: MapEdit,
  changes: PairChanges,
  words: readonly string[],
  reporter: WriteReporter,
): Promise<void> {
  const [example, other] = edit.noun === 'label' ? ['pod.yaml', 'pod.json'] : ['rsrc.yaml', 'rsrc.json'];
  const refusal = `can only use local files by -f ${example} or --filename=${other} when --local=true is set`;
  for (const object of await localObjects(context, words, refusal)) {
    const next = changed(context, object, edit, changes, reporter);
    reporter.done(next, operationOf(object, next, edit, changes));
  }
  reporter.finish();
}

function listMap(context: CliContext, object: KubeObject, edit: MapEdit, several: boolean): void {
  const indent = several ? ' ' : '';
  if (several)
    context.out(`Listing ${edit.field} for ${object.kind}.${object.apiVersion}/${object.metadata.name}:\n`);
  const entries = Object.entries(object.metadata[edit.field] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, value] of entries) context.out(`${indent}${key}=${value}\n`);
}

function changed(
  context: CliContext,
  object: KubeObject,
  edit: MapEdit,
  { set, remove }: PairChanges,
  reporter: WriteReporter,
): KubeObject {
  const map: Record<string, string> = { ...object.metadata[edit.field] };
  for (const [key, value] of Object.entries(set)) {
    const before = map[key];
    if (before !== undefined && before !== value && !context.flags.bool('overwrite'))
      throw new CliError(`'${key}' already has a value (${before}), and --overwrite is false`);
    map[key] = value;
  }
  for (const key of remove) {
    if (map[key] === undefined && !reporter.printsObjects)
      context.out(`${edit.noun} ${JSON.stringify(key)} not found.\n`);
    delete map[key];
  }
  return { ...object, metadata: { ...object.metadata, [edit.field]: map } };
}

function operationOf(
  before: KubeObject,
  after: KubeObject,
  edit: MapEdit,
  { set, remove }: PairChanges,
): string {
  const old = before.metadata[edit.field] ?? {};
  const now = after.metadata[edit.field] ?? {};
  const added = Object.keys(set).some(key => old[key] !== now[key]);
  const dropped = remove.some(key => old[key] !== undefined);
  if (edit.noun === 'annotation') return edit.done;
  if (!added && !dropped) return `not ${edit.done}`;
  return added ? edit.done : edit.removed;
}

function patchOf(
  object: KubeObject,
  { set, remove }: PairChanges,
  edit: MapEdit,
  resourceVersion: string,
): Annotated {
  const old = object.metadata[edit.field] ?? {};
  const map: Record<string, string | null> = {};
  for (const [key, value] of Object.entries(set)) if (old[key] !== value) map[key] = value;
  for (const key of remove) if (old[key] !== undefined) map[key] = null;
  return { metadata: { [edit.field]: map, ...(resourceVersion ? { resourceVersion } : {}) } };
}

function checkLabels({ set }: PairChanges): void {
  for (const [key, value] of Object.entries(set)) {
    const [problem] = checkQualifiedName(key);
    if (problem) throw new CliError(`invalid label key ${JSON.stringify(key)}: ${problem}`);
    const problems = checkLabelValue(value);
    if (problems.length > 0)
      throw new CliError(`invalid label value: ${JSON.stringify(`${key}=${value}`)}: ${problems.join('; ')}`);
  }
}
