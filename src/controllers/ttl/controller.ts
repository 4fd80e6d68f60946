import { nodes as nodesRef } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController, observing } from '#runtime/controller.ts';

const annotation = 'node.alpha.kubernetes.io/ttl';

/** Sizes overlap, so that a cluster that grows and shrinks around a bound does not change every node each time. */
const steps = [
  { min: 0, max: 100, seconds: 0 },
  { min: 90, max: 500, seconds: 15 },
  { min: 450, max: 1000, seconds: 30 },
  { min: 900, max: 2000, seconds: 60 },
  { min: 1800, max: Number.POSITIVE_INFINITY, seconds: 300 },
] as const;

/** Tells nodes how long they may keep what they have read of Secrets and ConfigMaps, by the size of the cluster. */
export const ttlController = defineController({
  name: 'ttl',
  setup: ({ client, informer, enqueue }) => {
    const nodes = informer(nodesRef);
    let count = 0;
    let step = 0;

    const counted = (change: 1 | -1) => {
      count += change;
      const before = step;
      if (count > steps[step]!.max) step++;
      else if (count < steps[step]!.min) step--;
      if (step !== before) for (const { metadata } of nodes.list()) enqueue(metadata.name!);
    };

    return {
      watches: [
        observing(nodesRef, ({ type, object }) => {
          if (type !== 'updated') counted(type === 'added' ? 1 : -1);
          return type === 'deleted' ? [] : [object.metadata.name!];
        }),
      ],
      reconcile: async name => {
        const node = nodes.get(name);
        const wanted = String(steps[step]!.seconds);
        if (!node || node.metadata.annotations?.[annotation] === wanted) return;
        const metadata = { annotations: { [annotation]: wanted } };
        await orNotFound(client.patch(nodesRef, '', name, 'strategic', { metadata }));
      },
    };
  },
});
