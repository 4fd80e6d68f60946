import { endpoints, pods, services } from '#api/generated/refs.ts';
import type { Endpoints, Service } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController, itself, observing, watching } from '#runtime/controller.ts';
import { deepEqual } from '#base/equal.ts';
import { isNamespaceTerminating, messageOf } from '../shared/pod-control.ts';
import {
  headlessLabel,
  isHeadless,
  isSelecting,
  podsOfService,
  servicesOfPod,
} from '../shared/service-pods.ts';
import { TriggerTimes, withTriggerTime } from '../shared/trigger-times.ts';
import { type Computed, computeSubsets } from './subsets.ts';

const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';

/** Keeps the Endpoints of each selecting Service in step with its pods, for clients older than EndpointSlices. */
export const endpointsController = defineController({
  name: 'endpoints',
  component: 'endpoint-controller',
  setup: ({ client, events, informer }) => {
    const serviceInformer = informer(services);
    const podInformer = informer(pods);
    const endpointsInformer = informer(endpoints);
    const triggerTimes = new TriggerTimes();

    const reconcile = async (key: string): Promise<void> => {
      const service = serviceInformer.get(key);
      const current = endpointsInformer.get(key);
      if (!service) {
        triggerTimes.forget(key);
        // Leader election of old kept its lock in Endpoints: those have no service and are no leftovers.
        if (!current || current.metadata.annotations?.[leaderAnnotation] !== undefined) return;
        if (current.metadata.labels?.[managedByLabel] === undefined) return;
        const { namespace, name } = current.metadata;
        await orNotFound(client.delete(endpoints, namespace!, name!));
        return;
      }
      if (!isSelecting(service)) return;
      const members = podsOfService(podInformer, service, Boolean(service.spec?.publishNotReadyAddresses));
      const wanted = wantedEndpoints(service, current, computeSubsets(service, members));
      const time = triggerTimes.next(key, service, members);
      if (current && isUpToDate(current, wanted)) return;
      const annotations = withTriggerTime(wanted.metadata.annotations, time);
      const dated = { ...wanted, metadata: { ...wanted.metadata, annotations } };
      try {
        if (current) await client.update(endpoints, dated);
        else await client.create(endpoints, dated);
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        const doing = current ? 'update endpoint' : 'create endpoint for service';
        const reason = current ? 'FailedToUpdateEndpoint' : 'FailedToCreateEndpoint';
        const message = `Failed to ${doing} ${key}: ${messageOf(error)}`;
        events.event(dated, 'Warning', reason, message);
        throw error;
      }
    };

    return {
      for: services,
      watches: [
        observing(pods, change => servicesOfPod(serviceInformer, change)),
        watching(endpoints, itself),
      ],
      reconcile,
    };
  },
});

function wantedEndpoints(service: Service, current: Endpoints | undefined, computed: Computed): Endpoints {
  const { [headlessLabel]: _, ...serviceLabels } = service.metadata.labels ?? {};
  const { [overCapacityAnnotation]: __, ...annotations } = current?.metadata.annotations ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...current?.metadata,
      name: service.metadata.name,
      namespace: service.metadata.namespace,
      labels: {
        ...serviceLabels,
        [managedByLabel]: 'endpoint-controller',
        ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
      },
      annotations: {
        ...annotations,
        ...(computed.truncated ? { [overCapacityAnnotation]: 'truncated' } : {}),
      },
    },
    subsets: computed.subsets,
  };
}

function isUpToDate(current: Endpoints, wanted: Endpoints): boolean {
  return (
    deepEqual(current.subsets ?? [], wanted.subsets) &&
    deepEqual(current.metadata.labels ?? {}, wanted.metadata.labels) &&
    deepEqual(current.metadata.annotations ?? {}, wanted.metadata.annotations)
  );
}
