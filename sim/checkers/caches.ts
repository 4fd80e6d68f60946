import { endpointSlices, jobs, leases, nodes, pods, replicaSets } from '#api/generated/refs.ts';
import type { Informer } from '#client/informer.ts';
import type { InformerOptions } from '#client/informer-options.ts';
import { objectKey, type ResourceRef } from '#machinery/object.ts';
import type { ComponentName } from '#sim/components.ts';
import type { World } from '#explore/world.ts';
import type { Checker } from './checker.ts';

const nodeLeases = 'kube-node-lease';

const cached: readonly (readonly [ComponentName, readonly ResourceRef[]])[] = [
  ['controllers', [pods, nodes, leases, replicaSets, jobs, endpointSlices]],
  ['nodes', [pods]],
  ['scheduler', [pods, nodes]],
];

/** As the component asks for it. */
function scopeOf(ref: ResourceRef): InformerOptions {
  return ref === leases ? { namespace: nodeLeases } : {};
}

/** The entries that the cache lacks, has too many of, or has in a state of its own. */
function differences(world: World, informer: Informer): string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const object of world.list(informer.ref)) {
    const key = objectKey(object);
    seen.add(key);
    const known = informer.get(key);
    if (!known) wrong.push(`${key} is missing`);
    else if (Number(known.metadata.resourceVersion) !== world.revisionOf(object)) {
      wrong.push(`${key} is out of date`);
    }
  }
  for (const object of informer.list())
    if (!seen.has(objectKey(object))) wrong.push(`${objectKey(object)} is gone`);
  return wrong;
}

/** What the components believe is so. */
export const caches: Checker = {
  name: 'caches',
  inspect: ({ world, cluster }) => ({
    pending: () =>
      cached.flatMap(([name, refs]) => {
        const informers = cluster.component(name)?.informers;
        if (!informers) return [`${name} does not run`];
        return refs.flatMap(ref =>
          differences(world, informers.informer(ref, scopeOf(ref))).map(
            text => `${name}: ${ref.resource} ${text}`,
          ),
        );
      }),
  }),
};
