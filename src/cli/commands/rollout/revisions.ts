import type { KubeObject } from '#machinery/object.ts';
import { parseSelectorObject } from '#machinery/selectors.ts';
import type { CliContext } from '../../core/context.ts';
import { applyMergePatch } from '../../core/merge.ts';
import type { LiveResource } from '../../core/resources.ts';
import { CliError } from '../../errors.ts';

const revisionKey = 'deployment.kubernetes.io/revision';
const changeCauseKey = 'kubernetes.io/change-cause';

/** One entry of an object's rollout history. */
export interface Revision {
  readonly number: number;
  readonly changeCause: string;
  /** Its pod template. */
  readonly template: Template;
  /** The object that keeps it: a ReplicaSet or a ControllerRevision. */
  readonly holder: KubeObject;
}

export interface Template {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: Record<string, unknown>;
}

interface Workload extends KubeObject {
  spec?: { selector?: { matchLabels?: Record<string, string> }; template?: Template };
}

interface ControllerRevision extends KubeObject {
  revision: number;
  data?: unknown;
}

/** The history of a deployment, daemon set or stateful set, oldest first. */
export async function revisionsOf(context: CliContext, live: LiveResource): Promise<Revision[]> {
  const { kind } = live.mapping;
  const workload = live.object as Workload;
  if (kind === 'Deployment') return fromReplicaSets(await owned(context, live, 'replicasets.apps'));
  if (kind === 'DaemonSet' || kind === 'StatefulSet')
    return fromControllerRevisions(workload, await owned(context, live, 'controllerrevisions.apps'));
  throw new CliError(
    `error retrieving history for "${kind}", no visitor method exists for {${live.mapping.group} ${kind}}`,
  );
}

async function owned(context: CliContext, live: LiveResource, resource: string): Promise<KubeObject[]> {
  const api = await context.api();
  const mapping = (await context.mapper()).resource(resource);
  const labelSelector = parseSelectorObject((live.object as Workload).spec?.selector).toString();
  const { items } = await api.listAll(mapping, live.namespace, { labelSelector });
  const uid = live.object.metadata.uid;
  return items.filter(item =>
    item.metadata.ownerReferences?.some(owner => owner.controller && owner.uid === uid),
  );
}

function fromReplicaSets(sets: readonly KubeObject[]): Revision[] {
  return sets
    .map(holder => ({
      number: Number(holder.metadata.annotations?.[revisionKey] ?? 0),
      changeCause: holder.metadata.annotations?.[changeCauseKey] ?? '',
      template: (holder as Workload).spec?.template ?? {},
      holder,
    }))
    .filter(revision => revision.number > 0)
    .sort((a, b) => a.number - b.number);
}

/** A ControllerRevision holds a patch of the object's template. */
function fromControllerRevisions(workload: Workload, revisions: readonly KubeObject[]): Revision[] {
  return (revisions as readonly ControllerRevision[])
    .map(holder => ({
      number: holder.revision,
      changeCause: holder.metadata.annotations?.[changeCauseKey] ?? '',
      template: (applyMergePatch(workload, withoutDirectives(holder.data)) as Workload).spec?.template ?? {},
      holder,
    }))
    .sort((a, b) => a.number - b.number);
}

function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '$patch')
      .map(([key, part]) => [key, withoutDirectives(part)]),
  );
}

/** The revision to go back to: the one asked for, or the one before the latest. */
export function rollbackTarget(revisions: readonly Revision[], asked: number, name: string): Revision {
  if (asked > 0) {
    const found = revisions.find(revision => revision.number === asked);
    if (!found) throw new CliError(`unable to find specified revision ${asked} in history`);
    return found;
  }
  const previous = revisions.at(-2);
  if (!previous) throw new CliError(`no rollout history found for deployment ${JSON.stringify(name)}`);
  return previous;
}
