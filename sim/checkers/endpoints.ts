import { endpointSlices, endpoints as endpointsRef } from '#api/generated/refs.ts';
import type { World } from '#explore/world.ts';
import type { Checker, Outcome } from './checker.ts';
import { isReady, livePods } from './pods.ts';

function sorted(addresses: readonly (string | undefined)[]): string {
  return addresses.map(String).sort().join(' ');
}

function inSlices(world: World, namespace: string, name: string): string {
  const slices = world
    .list(endpointSlices, namespace)
    .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === name);
  // Endpoints that are mirrored stand in a slice of somebody else's.
  const own = slices.filter(
    slice =>
      slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] === 'endpointslice-controller.k8s.io',
  );
  const ready = own.flatMap(slice => slice.endpoints ?? []).filter(e => e.conditions?.ready !== false);
  return sorted(ready.flatMap(endpoint => endpoint.addresses));
}

function inEndpoints(world: World, namespace: string, name: string): string {
  const subsets = world.get(endpointsRef, `${namespace}/${name}`)?.subsets ?? [];
  return sorted(subsets.flatMap(subset => subset.addresses ?? []).map(address => address.ip));
}

/** Addresses in Endpoints, ready or not, that no pod has any more. */
function stale(world: World, namespace: string, name: string, app: string): string[] {
  const known = new Set(livePods(world, namespace, app).map(pod => pod.status?.podIP));
  const subsets = world.get(endpointsRef, `${namespace}/${name}`)?.subsets ?? [];
  const addresses = subsets.flatMap(subset => [
    ...(subset.addresses ?? []),
    ...(subset.notReadyAddresses ?? []),
  ]);
  return addresses.map(({ ip }) => ip).filter(ip => !known.has(ip));
}

/** A service leads to the pods that are ready, all of them and no others. */
export const endpoints: Checker<Outcome> = {
  name: 'endpoints',
  inspect: ({ world, intent }) => ({
    pending: () =>
      [...intent.services].flatMap(([key, { app }]) => {
        const [namespace, name] = key.split('/') as [string, string];
        const ready = livePods(world, namespace, app).filter(
          pod => isReady(pod) && !pod.metadata.deletionTimestamp,
        );
        const wanted = sorted(ready.map(pod => pod.status?.podIP));
        const actual = {
          slices: inSlices(world, namespace, name),
          Endpoints: inEndpoints(world, namespace, name),
        };
        const gone = stale(world, namespace, name, app).map(
          ip => `${key}: Endpoints have ${ip}, which is gone`,
        );
        return Object.entries(actual)
          .filter(([, addresses]) => addresses !== wanted)
          .map(([where, addresses]) => `${key}: ready are [${wanted}], ${where} have [${addresses}]`)
          .concat(gone);
      }),
  }),
};
