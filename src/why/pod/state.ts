import type { Pod } from '#api/generated/types/core.v1.ts';

export function conditionOf(pod: Pod, type: string) {
  return pod.status?.conditions?.find(condition => condition.type === type);
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}
