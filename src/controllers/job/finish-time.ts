import type { ContainerStatus, Pod } from '#api/generated/types/core.v1.ts';
import { podCondition } from '../shared/pods.ts';
import { timeMs } from '../shared/time.ts';

/**
 * When a pod ended, in ms since the epoch: as its last container did; else as it stopped being ready; else as it was
 * asked to go; else, where nobody says anything, as it was made.
 */
export function finishedAtMs(pod: Pod): number {
  const { status, metadata } = pod;
  const ends = endedContainers(pod).map(({ state }) => timeMs(state?.terminated?.finishedAt));
  if (ends.length > 0 && ends.every(end => end > 0)) return Math.max(...ends);
  const ready = status && podCondition(pod, 'Ready');
  if (ready?.status === 'False' && ready.lastTransitionTime) return timeMs(ready.lastTransitionTime);
  if (metadata.deletionTimestamp) {
    return timeMs(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  }
  return timeMs(metadata.creationTimestamp);
}

/** Sidecars end after the containers that they serve; other init containers before. */
function endedContainers({ spec, status }: Pod): ContainerStatus[] {
  const sidecars = new Set(
    (spec?.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  );
  const init = (status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name));
  return [...(status?.containerStatuses ?? []), ...init];
}
