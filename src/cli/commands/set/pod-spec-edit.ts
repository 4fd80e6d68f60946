import type { KubeObject } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import type { CliContext } from '../../core/context.ts';
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
} from '../../core/flag-groups.ts';
import type { Flag } from '../../core/flags.ts';
import { sameJson } from '../../core/merge.ts';
import { fetchSelected, localObjects } from '../../core/resources.ts';
import { WriteReporter } from '../../core/write.ts';
import { CliError, throwAll } from '../../errors.ts';

export interface EditableContainer {
  name: string;
  image?: string;
  env?: { name: string; value?: string; valueFrom?: unknown }[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
}

export interface EditablePodSpec {
  containers?: EditableContainer[];
  initContainers?: EditableContainer[];
  serviceAccountName?: string;
}

/** Of all commands that set something. */
export const setFlags: readonly Flag[] = [
  ...printFlags,
  dryRunFlag,
  fieldManagerFlag('kubectl-set'),
  {
    name: 'all',
    type: 'bool',
    help: 'Select all resources in the namespace of the specified resource types',
  },
  { name: 'local', type: 'bool', help: 'If true, work on the files alone, without a server.' },
];

/** Of those that find their objects by a label too. */
export const selectingFlags: readonly Flag[] = [...setFlags, ...filenameFlags, selectorFlag];

export const containersFlag: Flag = {
  name: 'containers',
  short: 'c',
  type: 'string',
  default: '*',
  help: 'The names of containers in the selected pod templates to change',
};

/** Changes the pod spec of every object selected and sends what changed as a strategic patch. */
export async function editPodSpecs(
  context: CliContext,
  resources: readonly string[],
  operation: string,
  edit: (spec: EditablePodSpec, object: KubeObject) => void,
): Promise<void> {
  const reporter = await WriteReporter.create(context);
  const errors: unknown[] = [];
  if (context.flags.bool('local')) {
    for (const object of await localObjects(context, resources))
      reporter.done(edited(object, edit), operation);
    return reporter.finish();
  }
  const found = await fetchSelected(context, { args: resources });
  const api = await context.api();
  for (const { mapping, namespace, name, object } of found) {
    try {
      const next = edited(object, edit);
      // An edit that changes nothing is not reported, as with kubectl.
      if (sameJson(next, object)) {
        if (reporter.printsObjects) reporter.done(object, operation);
        continue;
      }
      const path = specPath(object);
      const patch = path.reduceRight<unknown>(
        (value, key) => ({ [key]: value }),
        changes(podSpecOf(object), podSpecOf(next)),
      );
      const result =
        reporter.dryRun === 'client'
          ? next
          : await api.patch(mapping, namespace, name, 'strategic', patch, {
              dryRun: reporter.dryRun,
              fieldManager: context.flags.string('field-manager'),
            });
      reporter.done(result, operation);
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof CliError)) throw error;
      errors.push(error);
    }
  }
  reporter.finish();
  throwAll(errors);
}

function edited(object: KubeObject, edit: (spec: EditablePodSpec, object: KubeObject) => void): KubeObject {
  const next = structuredClone(object);
  edit(podSpecOf(next), next);
  return next;
}

/** Where a kind keeps its pod spec. */
function specPath(object: KubeObject): string[] {
  if (object.kind === 'Pod') return ['spec'];
  if (object.kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
  return ['spec', 'template', 'spec'];
}

export function podSpecOf(object: KubeObject): EditablePodSpec {
  let at: unknown = object;
  for (const key of specPath(object)) at = (at as Record<string, unknown> | undefined)?.[key];
  if (typeof at !== 'object' || at === null)
    throw new CliError(`the object is not a pod or does not have a pod template: ${object.kind}`);
  return at as EditablePodSpec;
}

/** The containers that changed, by name, and other fields that did. */
function changes(before: EditablePodSpec, after: EditablePodSpec): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const key of ['containers', 'initContainers'] as const) {
    const changed = (after[key] ?? []).flatMap(container => {
      const old = before[key]?.find(({ name }) => name === container.name);
      return old && !sameJson(old, container) ? [containerPatch(old, container)] : [];
    });
    if (changed.length > 0) patch[key] = changed;
  }
  if (after.serviceAccountName !== before.serviceAccountName) {
    patch.serviceAccountName = after.serviceAccountName;
    patch.serviceAccount = after.serviceAccountName;
  }
  return patch;
}

function containerPatch(before: EditableContainer, after: EditableContainer): Record<string, unknown> {
  const patch: Record<string, unknown> = { name: after.name };
  if (after.image !== before.image) patch.image = after.image;
  if (!sameJson(after.resources, before.resources)) patch.resources = after.resources;
  if (!sameJson(after.env, before.env)) {
    const gone = (before.env ?? []).filter(
      ({ name }) => !after.env?.some(variable => variable.name === name),
    );
    const kept = (after.env ?? []).map(variable =>
      variable.value !== undefined && before.env?.find(({ name }) => name === variable.name)?.valueFrom
        ? { ...variable, valueFrom: null }
        : variable,
    );
    patch.env = [...kept, ...gone.map(({ name }) => ({ name, $patch: 'delete' }))];
  }
  return patch;
}

/** Containers whose names a pattern ('*' and '?') matches. */
export function matching(
  containers: readonly EditableContainer[] | undefined,
  pattern: string,
): EditableContainer[] {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`);
  return (containers ?? []).filter(({ name }) => expression.test(name));
}

/** Parted at the first '='; alone where there is none. */
export function splitOnce(text: string): string[] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text] : [text.slice(0, equals), text.slice(equals + 1)];
}
