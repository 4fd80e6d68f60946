import { endpoints, endpointSlices, services } from '#api/generated/refs.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { type Change, defineController, observing, type ReconcileResult } from '#runtime/controller.ts';
import { Expectations } from '#runtime/expectations.ts';
import { managedByLabel, serviceNameLabel, type SliceChanges } from '../endpointslice/slices.ts';
import { endpointsPerSubsetMax, isMirrored, mirrorManagedBy, planMirror, unmirrored } from './mirror.ts';

const sourceIndex = 'endpointslicemirroring-controller/source';

/** Shows the Endpoints that users make for Services without a selector as EndpointSlices. */
export const endpointSliceMirroringController = defineController({
  name: 'endpointslicemirroring',
  component: 'endpoint-slice-mirroring-controller',
  setup: ({ client, clock, events, informer }) => {
    const endpointsInformer = informer(endpoints);
    const serviceInformer = informer(services);
    const sliceInformer = informer(endpointSlices);
    sliceInformer.addIndex(sourceIndex, keysOfSlice);
    // A slice has a generated name: one made on the word of a cache that is behind would be a second one.
    const expectations = new Expectations(clock);

    const keysOfSliceChange = ({ type, object }: Change<EndpointSlice>) => {
      const keys = keysOfSlice(object);
      if (type === 'added') for (const key of keys) expectations.created(key);
      return keys;
    };

    const plan = (key: string): SliceChanges => {
      const source = endpointsInformer.get(key);
      const service = serviceInformer.get(key);
      const existing = sliceInformer.byIndex(sourceIndex, key);
      const mirrored = source && service && !hasSelector(service) && isMirrored(source);
      if (!mirrored) return { create: [], update: [], remove: [...existing] };
      const skipped = unmirrored(source);
      if (skipped > 0) {
        const message = `A max of ${endpointsPerSubsetMax} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`;
        events.event(source, 'Warning', 'TooManyAddressesToMirror', message);
      }
      return planMirror(source, existing);
    };

    const reconcile = async (key: string): Promise<ReconcileResult> => {
      if (!expectations.satisfied(key)) return { requeueAfterMs: expectations.leftMs(key) };
      const changes = plan(key);
      for (const slice of changes.create) {
        expectations.expectCreations(key, 1);
        await client.create(endpointSlices, slice).catch(error => {
          expectations.created(key);
          throw error;
        });
      }
      for (const slice of changes.update) await client.update(endpointSlices, slice);
      for (const { metadata } of changes.remove) {
        await orNotFound(client.delete(endpointSlices, metadata.namespace!, metadata.name!));
      }
      if (!endpointsInformer.get(key)) expectations.forget(key);
      return {};
    };

    return {
      for: endpoints,
      watches: [
        observing(services, ({ object }) => [objectKey(object)]),
        observing(endpointSlices, keysOfSliceChange),
      ],
      reconcile,
    };
  },
});

/** Whatever the service's type, with a selector its endpoints are not made by hand. */
const hasSelector = ({ spec }: Service) => Object.keys(spec?.selector ?? {}).length > 0;

/** The Endpoints of a slice that this controller manages. */
function keysOfSlice({ metadata: { namespace, labels } }: EndpointSlice): string[] {
  const source = labels?.[serviceNameLabel];
  return source && labels?.[managedByLabel] === mirrorManagedBy ? [`${namespace}/${source}`] : [];
}
