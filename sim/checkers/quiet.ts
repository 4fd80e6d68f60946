import type { WorldChange } from '#explore/world.ts';
import type { Checker } from './checker.ts';

const heartbeats = new Set(['coordination.k8s.io/leases', 'core/events', 'core/nodes']);

/** A cluster that is as it should be stays as it is: no controller works against another, or for nothing. */
export const quiet: Checker = {
  name: 'quiet',
  inspect: ({ world, violated }) => {
    let settled = false;
    world.onChange(({ bucket, type, key }: WorldChange) => {
      if (settled && !heartbeats.has(bucket)) violated(`${bucket} ${key} was ${type} in a cluster at rest`);
    });
    return {
      converged: () => {
        settled = true;
      },
    };
  },
};
