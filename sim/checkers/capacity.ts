import { nodes, pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { quantityMilliValue } from '#machinery/quantity.ts';
import type { World } from '#explore/world.ts';
import type { Checker, Outcome } from './checker.ts';
import { isOver } from './pods.ts';

function requested(pod: Pod): number {
  return pod.spec!.containers.reduce((sum, c) => sum + milli(c.resources?.requests?.cpu), 0);
}

function milli(cpu: string | undefined): number {
  return cpu === undefined ? 0 : quantityMilliValue(cpu);
}

function overcommitment(world: World, nodeName: string): string | undefined {
  const node = world.get(nodes, nodeName);
  if (!node) return `${nodeName} does not exist`;
  const carried = world.list(pods).filter(pod => pod.spec?.nodeName === nodeName && !isOver(pod));
  const used = carried.reduce((sum, pod) => sum + requested(pod), 0);
  const { cpu, pods: podsMax } = node.status?.allocatable ?? {};
  if (used > milli(cpu)) return `${nodeName} has ${cpu} CPUs, and pods that ask for ${used}m`;
  if (carried.length > Number(podsMax)) return `${nodeName} carries ${carried.length} pods of ${podsMax}`;
  return undefined;
}

/** No pod is ever bound to a node that has no room for it. */
export const capacity: Checker<Outcome> = {
  name: 'capacity',
  inspect: ({ world, violated }) => {
    world.onChange(({ bucket, object, old, type, key }) => {
      const nodeName = (object as Pod).spec?.nodeName;
      if (bucket !== 'core/pods' || type !== 'updated' || !nodeName) return;
      if ((old as Pod | undefined)?.spec?.nodeName === nodeName) return;
      const problem = overcommitment(world, nodeName);
      if (problem) violated(`${problem}, since ${key} was bound`);
    });
    return {};
  },
};
