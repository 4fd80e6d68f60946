import { pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { isOver } from './pods.ts';
import type { Checker, Outcome } from './checker.ts';

/** No two pods that run have the same address. */
export const addresses: Checker<Outcome> = {
  name: 'addresses',
  inspect: ({ world, violated }) => {
    world.onChange(({ bucket, type, key, object, old }) => {
      if (bucket !== 'core/pods' || type === 'deleted') return;
      const pod = object as Pod;
      const ip = pod.status?.podIP;
      if (!ip || ip === (old as Pod | undefined)?.status?.podIP || isOver(pod)) return;
      for (const other of world.list(pods)) {
        if (other.metadata.uid === pod.metadata.uid || other.status?.podIP !== ip || isOver(other)) continue;
        violated(`${key} and ${other.metadata.namespace}/${other.metadata.name} both have address ${ip}`);
      }
    });
    return {};
  },
};
