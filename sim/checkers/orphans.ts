import type { Checker } from './checker.ts';

/** Nothing outlives its owner. */
export const orphans: Checker = {
  name: 'orphans',
  inspect: ({ world }) => ({
    pending: () => {
      const uids = new Set([...world.all()].map(({ object }) => object.metadata.uid));
      return [...world.all()].flatMap(({ bucket, key, object }) => {
        const owners = object.metadata.ownerReferences ?? [];
        const lost = owners.length > 0 && owners.every(owner => !uids.has(owner.uid));
        return lost ? [`${bucket} ${key} has outlived its owner ${owners[0]!.kind} ${owners[0]!.name}`] : [];
      });
    },
  }),
};
