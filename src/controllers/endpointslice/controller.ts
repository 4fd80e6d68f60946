import { endpointSlices, nodes, pods, services } from '#api/generated/refs.ts';
import type { Node, Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { type Change, defineController, observing, type ReconcileResult } from '#runtime/controller.ts';
import { Expectations } from '#runtime/expectations.ts';
import { isNamespaceTerminating, messageOf } from '../shared/pod-control.ts';
import { podsOnNode } from '../shared/pods-on-node.ts';
import { isSelecting, podsOfService, servicesOfPod } from '../shared/service-pods.ts';
import { TriggerTimes, withTriggerTime } from '../shared/trigger-times.ts';
import { asksForTopology, zoneFacts, zoneOf, zoneShares } from './hints.ts';
import { EndpointSliceMetrics } from './metrics.ts';
import {
  managedBy,
  managedByLabel,
  type NodeFacts,
  planSlices,
  serviceNameLabel,
  type SlicePlan,
} from './slices.ts';

const serviceIndex = 'endpointslice-controller/service';

/** Keeps the EndpointSlices of each selecting Service in step with its pods. */
export const endpointSliceController = defineController({
  name: 'endpointslice',
  component: 'endpoint-slice-controller',
  setup: ({ client, clock, events, informer, tell }) => {
    const serviceInformer = informer(services);
    const podInformer = informer(pods);
    const podsOn = podsOnNode(podInformer);
    const nodeInformer = informer(nodes);
    const sliceInformer = informer(endpointSlices);
    sliceInformer.addIndex(serviceIndex, slice => keysOfSlice(slice));
    // A slice has a generated name: one made on the word of a cache that is behind would be a second one.
    const expectations = new Expectations(clock);
    const nodeFacts: NodeFacts = {
      nodeOf: name => nodeInformer.get(name),
      zoneShares: () => zoneShares(nodeInformer.list()),
    };
    const triggerTimes = new TriggerTimes();
    const metrics = new EndpointSliceMetrics({
      services: () => serviceInformer.list().filter(isSelecting),
      slicesOf: service => sliceInformer.byIndex(serviceIndex, objectKey(service)),
    });
    tell(metrics.families);
    /** Keys of services whose endpoints have hints by topology. */
    const hinted = new Set<string>();

    const keysOfSliceChange = ({ type, object }: Change<EndpointSlice>) => {
      const keys = keysOfSlice(object);
      if (type === 'added') for (const key of keys) expectations.created(key);
      return keys;
    };

    const dated = (slice: EndpointSlice, time: string | undefined): EndpointSlice => {
      const annotations = withTriggerTime(slice.metadata.annotations, time);
      return { ...slice, metadata: { ...slice.metadata, annotations } };
    };

    const remove = ({ metadata }: EndpointSlice) =>
      orNotFound(client.delete(endpointSlices, metadata.namespace!, metadata.name!));

    const carryOut = async (key: string, service: Service, plan: SlicePlan, time: string | undefined) => {
      const failing = (what: string) => (error: unknown) => {
        const text = `failed to ${what}EndpointSlice for Service ${key}: ${messageOf(error)}`;
        throw new Error(text, { cause: error });
      };
      // The garbage collector would have to delete what is made for a service that goes.
      for (const slice of service.metadata.deletionTimestamp ? [] : plan.create) {
        expectations.expectCreations(key, 1);
        try {
          await client.create(endpointSlices, dated(slice, time));
        } catch (error) {
          expectations.created(key);
          if (isNamespaceTerminating(error)) return;
          failing('create ')(error);
        }
      }
      for (const slice of plan.update) {
        const { name } = slice.metadata;
        await client.update(endpointSlices, dated(slice, time)).catch(failing(`update ${name} `));
      }
      for (const slice of plan.remove) await remove(slice).catch(failing(`delete ${slice.metadata.name} `));
    };

    /** Says when hints by topology begin and end, and each time why they cannot be. */
    const tellTopology = (key: string, service: Service, { topology }: SlicePlan): void => {
      const tell = (type: 'Normal' | 'Warning', reason: string, text: string, addressType: string) =>
        events.event(service, type, reason, `${text}, addressType: ${addressType}`);
      for (const [addressType, failure] of topology) {
        if (failure !== undefined) {
          tell('Warning', 'TopologyAwareHintsDisabled', failure, addressType);
          hinted.delete(key);
        } else if (!hinted.has(key)) {
          tell('Normal', 'TopologyAwareHintsEnabled', 'Topology Aware Hints has been enabled', addressType);
          hinted.add(key);
        }
      }
      if (topology.size > 0 || !hinted.delete(key)) return;
      const [addressType] = service.spec?.ipFamilies ?? [];
      const text = 'Topology Aware Hints has been disabled';
      tell('Warning', 'TopologyAwareHintsDisabled', text, addressType ?? 'IPv4');
    };

    const reconcile = async (key: string): Promise<ReconcileResult> => {
      const service = serviceInformer.get(key);
      const existing = sliceInformer.byIndex(serviceIndex, key);
      if (!service || !isSelecting(service)) {
        expectations.forget(key);
        triggerTimes.forget(key);
        hinted.delete(key);
        // The slices of a service that is gone are the garbage collector's; those of one without selector, its user's.
        if (service?.spec?.type === 'ExternalName') for (const slice of existing) await remove(slice);
        return {};
      }
      if (!expectations.satisfied(key)) return { requeueAfterMs: expectations.leftMs(key) };
      const members = podsOfService(podInformer, service, true);
      const time = triggerTimes.next(key, service, members);
      const plan = planSlices(service, members, existing, nodeFacts);
      try {
        await carryOut(key, service, plan, time);
        metrics.synced(plan);
        tellTopology(key, service, plan);
        const { problems } = plan;
        if (problems.length > 0)
          throw new Error(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`);
      } catch (error) {
        const message = `Error updating Endpoint Slices for Service ${key}: ${messageOf(error)}`;
        events.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message);
        throw (error as Error).cause ?? error;
      }
      return {};
    };

    /** Endpoints say the zone of their node, and may be shared among zones by the size of their nodes. */
    const servicesOfNode = ({ object, old }: Change<Node>) => {
      if (!nodeInformer.synced) return [];
      const isResized = !old || !deepEqual(zoneFacts(old), zoneFacts(object));
      const sharing = isResized ? serviceInformer.list().filter(asksForTopology).map(objectKey) : [];
      if (old && zoneOf(object) === zoneOf(old)) return sharing;
      const there = podsOn(object.metadata.name!).flatMap(pod =>
        servicesOfPod(serviceInformer, { type: 'added', object: pod }),
      );
      return [...sharing, ...there];
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
