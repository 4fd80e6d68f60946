import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Checker, Outcome } from './checker.ts';
import { isOver } from './pods.ts';

/** A pod is on one node for all its life, and what has ended never runs again. */
export const placement: Checker<Outcome> = {
  name: 'placement',
  inspect: ({ world, violated }) => {
    world.onChange(({ bucket, type, key, object, old }) => {
      if (bucket !== 'core/pods' || type !== 'updated') return;
      const [pod, before] = [object as Pod, old as Pod];
      const was = before.spec?.nodeName;
      if (was && was !== pod.spec?.nodeName) violated(`${key} moved from ${was} to ${pod.spec?.nodeName}`);
      if (isOver(before) && before.status?.phase !== pod.status?.phase) {
        violated(`${key} went from ${before.status?.phase} to ${pod.status?.phase}`);
      }
    });
    return {};
  },
};
