import { nodes as nodesRef } from '#api/generated/refs.ts';
import type { Checker, Outcome } from './checker.ts';

/** Every node is ready, and keeps no pod away. */
export const nodes: Checker<Outcome> = {
  name: 'nodes',
  inspect: ({ world }) => ({
    pending: () =>
      world.list(nodesRef).flatMap(({ metadata, spec, status }) => {
        const ready = status?.conditions?.find(condition => condition.type === 'Ready');
        const taints = (spec?.taints ?? []).map(taint => `${metadata.name} is tainted ${taint.key}`);
        return ready?.status === 'True' ? taints : [`${metadata.name} is not ready`, ...taints];
      }),
  }),
};
