import { pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { World } from '#explore/world.ts';

/** It has ended and takes up nothing any more. */
export function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') ?? false;
}

/** The pods with the label app=`app` that have not ended. */
export function livePods(world: World, namespace: string, app: string): Pod[] {
  return world.list(pods, namespace).filter(pod => pod.metadata.labels?.app === app && !isOver(pod));
}
