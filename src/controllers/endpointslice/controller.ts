import { endpointSlices, nodes, pods, services } from '#api/generated/refs.ts';
import type { Node } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { type Change, defineController, observing, type ReconcileResult } from '#runtime/controller.ts';
import { Expectations } from '#runtime/expectations.ts';
import { podsOnNode } from '../shared/pods-on-node.ts';
import {
  isSelecting,
  podsOfService,
  servicesOfPod,
  triggerTime,
  triggerTimeAnnotation,
} from '../shared/service-pods.ts';
import { managedBy, managedByLabel, planSlices, serviceNameLabel, zoneOf } from './slices.ts';

const serviceIndex = 'endpointslice-controller/service';

/** Keeps the EndpointSlices of each selecting Service in step with its pods. */
export const endpointSliceController = defineController({
  name: 'endpointslice',
  component: 'endpoint-slice-controller',
  setup: ({ client, clock, events, informer }) => {
    const serviceInformer = informer(services);
    const podInformer = informer(pods);
    const podsOn = podsOnNode(podInformer);
    const nodeInformer = informer(nodes);
    const sliceInformer = informer(endpointSlices);
    sliceInformer.addIndex(serviceIndex, slice => keysOfSlice(slice));
    // A slice has a generated name: one made on the word of a cache that is behind would be a second one.
    const expectations = new Expectations(clock);

    const keysOfSliceChange = ({ type, object }: Change<EndpointSlice>) => {
      const keys = keysOfSlice(object);
      if (type === 'added') for (const key of keys) expectations.created(key);
      return keys;
    };

    const write = async (slice: EndpointSlice, time: string | undefined): Promise<void> => {
      const annotations = {
        ...slice.metadata.annotations,
        ...(time ? { [triggerTimeAnnotation]: time } : {}),
      };
      const dated = { ...slice, metadata: { ...slice.metadata, annotations } };
      if (slice.metadata.name) await client.update(endpointSlices, dated);
      else await client.create(endpointSlices, dated);
    };

    const remove = ({ metadata }: EndpointSlice) =>
      orNotFound(client.delete(endpointSlices, metadata.namespace!, metadata.name!));

    const reconcile = async (key: string): Promise<ReconcileResult> => {
      const service = serviceInformer.get(key);
      const existing = sliceInformer.byIndex(serviceIndex, key);
      if (!service || !isSelecting(service)) {
        expectations.forget(key);
        // The slices of a service that is gone are the garbage collector's; those of one without selector, its user's.
        if (service?.spec?.type === 'ExternalName') for (const slice of existing) await remove(slice);
        return {};
      }
      if (service.metadata.deletionTimestamp) return {};
      if (!expectations.satisfied(key)) return { requeueAfterMs: expectations.leftMs(key) };
      const members = podsOfService(podInformer, service, true);
      const changes = planSlices(service, members, existing, name => nodeInformer.get(name));
      const time = triggerTime(service, members);
      try {
        for (const slice of changes.create) {
          expectations.expectCreations(key, 1);
          await write(slice, time).catch(error => {
            expectations.created(key);
            throw error;
          });
        }
        for (const slice of changes.update) await write(slice, time);
        for (const slice of changes.remove) await remove(slice);
      } catch (error) {
        const message = `Error updating Endpoint Slices for Service ${key}: ${error instanceof Error ? error.message : error}`;
        events.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message);
        throw error;
      }
      return {};
    };

    /** Endpoints say the zone of their node. */
    const servicesOfNode = ({ object, old }: Change<Node>) => {
      const known = old ? zoneOf(old) : undefined;
      if (!nodeInformer.synced || zoneOf(object) === known) return [];
      return podsOn(object.metadata.name!).flatMap(pod =>
        servicesOfPod(serviceInformer, { type: 'added', object: pod }),
      );
    };

    return {
      for: services,
      watches: [
        observing(pods, change => servicesOfPod(serviceInformer, change)),
        observing(nodes, servicesOfNode),
        observing(endpointSlices, keysOfSliceChange),
      ],
      reconcile,
    };
  },
});

/** The service of a slice that this controller manages. */
function keysOfSlice(slice: EndpointSlice): string[] {
  const { namespace, labels } = slice.metadata;
  const service = labels?.[serviceNameLabel];
  return service && labels?.[managedByLabel] === managedBy ? [`${namespace}/${service}`] : [];
}
