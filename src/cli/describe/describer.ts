import type { Event, Pod } from '#api/generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { controllerOf } from '#machinery/object.ts';
import { parseSelectorObject } from '#machinery/selectors.ts';
import type { CliContext } from '../core/context.ts';
import { chunkSizeOf, type LiveResource } from '../core/resources.ts';
import { describeEvents } from './events.ts';
import { DescriptionText } from './text.ts';

/** What a describer may look at besides its object. */
export interface DescribeWorld {
  readonly nowMs: number;
  readonly namespace: string;
  /** Objects of a type, '' as namespace for all; empty where they may not be read. */
  list(resource: string, namespace: string, query?: Record<string, string>): Promise<KubeObject[]>;
  /** One object, or undefined where it is not or may not be read. */
  get(resource: string, namespace: string, name: string): Promise<KubeObject | undefined>;
}

/** Writes an object's description, events aside. */
export type Describer<T extends KubeObject> = (
  text: DescriptionText,
  object: T,
  world: DescribeWorld,
) => void | Promise<void>;

/** A kind's describer, and whether its description ends with events. */
export interface KindDescriber {
  readonly kind: string;
  readonly group: string;
  readonly events: boolean;
  readonly describe: Describer<KubeObject>;
}

export function defineDescriber<T extends KubeObject>(
  group: string,
  kind: string,
  describe: Describer<T>,
  options: { events?: boolean } = {},
): KindDescriber {
  return {
    group,
    kind,
    events: options.events ?? true,
    describe: describe as unknown as Describer<KubeObject>,
  };
}

/** The whole description of one object. */
export async function describeObject(
  context: CliContext,
  live: LiveResource,
  describer: KindDescriber,
  showEvents: boolean,
): Promise<string> {
  const text = new DescriptionText();
  const world = worldOf(context, live);
  await describer.describe(text, live.object, world);
  if (describer.events && showEvents) describeEvents(text, await eventsOf(world, live), world.nowMs);
  return text.toString();
}

function worldOf(context: CliContext, live: LiveResource): DescribeWorld {
  return {
    nowMs: context.io.clock.now(),
    namespace: live.namespace,
    async list(resource, namespace, query = {}) {
      const mapping = (await context.mapper()).find(resource);
      if (!mapping) return [];
      const api = await context.api();
      return api.listAll(mapping, namespace, query, chunkSizeOf(context)).then(
        list => list.items,
        () => [],
      );
    },
    async get(resource, namespace, name) {
      const mapping = (await context.mapper()).find(resource);
      if (!mapping) return undefined;
      const api = await context.api();
      return api.get(mapping, namespace, name).catch(() => undefined);
    },
  };
}

async function eventsOf(world: DescribeWorld, live: LiveResource): Promise<Event[]> {
  const { metadata, kind } = live.object;
  const fieldSelector = [
    `involvedObject.name=${metadata.name}`,
    `involvedObject.namespace=${metadata.namespace ?? ''}`,
    `involvedObject.kind=${kind}`,
    `involvedObject.uid=${kind === 'Node' ? metadata.name : metadata.uid}`,
  ];
  const namespace = metadata.namespace ?? '';
  const events = await world.list('events', namespace, { fieldSelector: fieldSelector.join(',') });
  if (kind !== 'Node') return events as Event[];
  // Events of a node name it by its name or by its uid, depending on who reports.
  fieldSelector[3] = `involvedObject.uid=${metadata.uid}`;
  return [
    ...events,
    ...(await world.list('events', '', { fieldSelector: fieldSelector.join(',') })),
  ] as Event[];
}

/** 'ReplicaSet/web-1', or '' for an object without a controller. */
export function controllerText(object: KubeObject): string {
  const owner = controllerOf(object);
  return owner ? `${owner.kind}/${owner.name}` : '';
}

/** 'n Running / n Waiting / n Succeeded / n Failed' of the pods that an object controls. */
export async function podCounts(
  world: DescribeWorld,
  owner: KubeObject,
  selector: Parameters<typeof parseSelectorObject>[0],
): Promise<string> {
  const labelSelector = parseSelectorObject(selector).toString();
  const pods = (await world.list('pods', world.namespace, { labelSelector })) as Pod[];
  const counts: Record<string, number> = { Running: 0, Pending: 0, Succeeded: 0, Failed: 0 };
  for (const pod of pods) {
    if (controllerOf(pod)?.uid !== owner.metadata.uid) continue;
    const phase = pod.status?.phase ?? 'Pending';
    counts[phase] = (counts[phase] ?? 0) + 1;
  }
  return `${counts.Running} Running / ${counts.Pending} Waiting / ${counts.Succeeded} Succeeded / ${counts.Failed} Failed`;
}
