import type { Pod } from '../types.ts';

/** Where in its pod a container stands, as events point to it: spec.containers{main}. */
export function containerFieldPath(pod: Pod, name: string): string {
  const lists = ['initContainers', 'ephemeralContainers'] as const;
  const list = lists.find(key => pod.spec?.[key]?.some(container => container.name === name));
  return `spec.${list ?? 'containers'}{${name}}`;
}
