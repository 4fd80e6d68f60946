/** Which EndpointSlices a service should have: a pure function of its pods and of the slices that it has. */
import { familyOf } from '#machinery/ip.ts';
import { endpointSlices, services } from '#api/generated/refs.ts';
import type { Node, Pod, Service, ServicePort } from '#api/generated/types/core.v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { apiVersionOf } from '#machinery/object.ts';
import { controllerReference, isControlledBy } from '#runtime/ownership.ts';
import { isPodReady } from '../shared/pods.ts';
import { addressesOf, headlessLabel, hostnameIn, isHeadless, portOfPod } from '../shared/service-pods.ts';
import { asksForTopology, hintByDistribution, hintByTopology, zoneOf } from './hints.ts';
import { type Draft, pack } from './packing.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';

export interface SliceChanges {
  readonly create: EndpointSlice[];
  readonly update: EndpointSlice[];
  readonly remove: EndpointSlice[];
}

export interface SlicePlan extends SliceChanges {
  /** What became of the wish for hints by topology, by address type: undefined where it came true. */
  readonly topology: Map<string, string | undefined>;
  /** By address type: how many endpoints come, and go. */
  readonly moved: Map<string, { readonly added: number; readonly removed: number }>;
  /** Why pods are left out that should not be. */
  readonly problems: string[];
}

/** The nodes, as far as endpoints tell of them. */
export interface NodeFacts {
  readonly nodeOf: (name: string) => Node | undefined;
  readonly zoneShares: () => ReadonlyMap<string, number> | undefined;
}

/** Endpoints that share their ports, and so may share slices. */
interface Group {
  readonly ports: EndpointPort[];
  readonly endpoints: Endpoint[];
}

/** The changes that make `existing` (the slices that this controller manages) show `pods`. */
export function planSlices(
  service: Service,
  pods: readonly Pod[],
  existing: readonly EndpointSlice[],
  nodes: NodeFacts,
): SlicePlan {
  const plan: SlicePlan = {
    create: [],
    update: [],
    remove: [],
    topology: new Map(),
    moved: new Map(),
    problems: [],
  };
  const living = existing.filter(({ metadata }) => !metadata.deletionTimestamp);
  const families = addressTypes(service, pods);
  for (const addressType of families) {
    const slices = living.filter(slice => slice.addressType === addressType);
    const groups = groupPods(service, pods, addressType, nodes, plan);
    plan.moved.set(addressType, movedBetween(groups, slices));
    planFamily(service, addressType, groups, slices, nodes, plan);
  }
  plan.remove.push(...living.filter(slice => !families.includes(slice.addressType)));
  return plan;
}

/** An endpoint is another one at another address, of another pod, or with other ports. */
function movedBetween(groups: ReadonlyMap<string, Group>, slices: readonly EndpointSlice[]) {
  const identity = (ports: string, { addresses, hostname = '', targetRef }: Endpoint) =>
    `${ports} ${addresses.join()} ${hostname} ${targetRef?.namespace}/${targetRef?.name}`;
  const shown = slices.flatMap(({ ports, endpoints }) =>
    (endpoints ?? []).map(endpoint => identity(keyOfPorts(ports ?? []), endpoint)),
  );
  const wanted = [...groups].flatMap(([key, { endpoints }]) => endpoints.map(one => identity(key, one)));
  const [before, after] = [new Set(shown), new Set(wanted)];
  return { added: after.difference(before).size, removed: before.difference(after).size };
}

function addressTypes(service: Service, pods: readonly Pod[]): string[] {
  const { ipFamilies } = service.spec ?? {};
  if (ipFamilies?.length) return ipFamilies;
  return [...new Set(pods.flatMap(addressesOf).map(familyOf))];
}

function groupPods(
  service: Service,
  pods: readonly Pod[],
  addressType: string,
  { nodeOf }: NodeFacts,
  { problems }: SlicePlan,
): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    const addresses = addressesOf(pod).filter(ip => familyOf(ip) === addressType);
    if (addresses.length === 0) continue;
    const { nodeName = '' } = pod.spec ?? {};
    const node = nodeOf(nodeName);
    // A pod of a node that is gone is the pod garbage collector's; only a service that asks for all shows it.
    if (!node && !service.spec?.publishNotReadyAddresses) {
      const { namespace, name } = service.metadata;
      problems.push(
        `skipping Pod ${pod.metadata.name} for Service ${namespace}/${name}: Node ${nodeName} Not Found`,
      );
      continue;
    }
    const ports = portsFor(service, pod);
    const key = keyOfPorts(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod, addresses, node));
    groups.set(key, group);
  }
  return groups;
}

/** Equal for equal ports, whatever their order. */
export function keyOfPorts(ports: readonly EndpointPort[]): string {
  const texts = ports.map(({ name, protocol, port, appProtocol }) =>
    JSON.stringify([name, protocol, port, appProtocol]),
  );
  return texts.sort().join();
}

function portsFor(service: Service, pod: Pod): EndpointPort[] {
  const known = (service.spec?.ports ?? []).map((port): [ServicePort, number | undefined] => [
    port,
    portOfPod(pod, port),
  ]);
  return known
    .filter(([, number]) => number !== undefined)
    .map(([port, number]) => ({
      name: port.name ?? '',
      protocol: port.protocol ?? 'TCP',
      port: number,
      ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
    }));
}

function endpointOf(service: Service, pod: Pod, addresses: string[], node: Node | undefined): Endpoint {
  const { namespace, name, uid } = pod.metadata;
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = Boolean(service.spec?.publishNotReadyAddresses) || (serving && !terminating);
  const zone = node && zoneOf(node);
  const hostname = hostnameIn(service, pod);
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

function planFamily(
  service: Service,
  addressType: string,
  groups: ReadonlyMap<string, Group>,
  existing: readonly EndpointSlice[],
  nodes: NodeFacts,
  plan: SlicePlan,
): void {
  const { drafts, remove } = draftFamily(service, groups, existing);
  if (asksForTopology(service)) {
    plan.topology.set(addressType, hintByTopology(drafts, nodes.zoneShares()));
  } else hintByDistribution(service, drafts);
  // What is to be made takes the names of what would go, so that clients see a change and no gap.
  const reusable = remove.filter(slice => isControlledBy(slice, service));
  const created = drafts.filter(({ before }) => !before);
  for (const draft of created) {
    const before = reusable.shift();
    if (before) remove.splice(remove.indexOf(before), 1);
    if (before) plan.update.push(written(service, before, draft));
    else plan.create.push(newSlice(service, addressType, draft));
  }
  for (const draft of drafts) {
    if (draft.before && draft.changed) plan.update.push(written(service, draft.before, draft));
  }
  plan.remove.push(...remove);
}

/** Slices of an older service of this name go: they are on the garbage collector's list. */
function draftFamily(
  service: Service,
  groups: ReadonlyMap<string, Group>,
  existing: readonly EndpointSlice[],
): { drafts: Draft[]; remove: EndpointSlice[] } {
  const byPorts = Map.groupBy(
    existing.filter(slice => isControlledBy(slice, service)),
    slice => keyOfPorts(slice.ports ?? []),
  );
  const isLabelled = (slice: EndpointSlice) => deepEqual(slice.metadata.labels, labelsFor(service));
  const drafts: Draft[] = [];
  for (const [key, { ports, endpoints }] of groups) {
    drafts.push(...pack(ports, endpoints, byPorts.get(key) ?? [], isLabelled));
  }
  // A service without endpoints still shows one slice, so that consumers can tell "none" from "not known yet".
  if (drafts.length === 0) drafts.push(placeholder(byPorts.get('') ?? [], isLabelled));
  const kept = new Set(drafts.map(({ before }) => before));
  return { drafts, remove: existing.filter(slice => !kept.has(slice)) };
}

function placeholder(
  candidates: readonly EndpointSlice[],
  isLabelled: (slice: EndpointSlice) => boolean,
): Draft {
  const before = candidates.find(slice => !slice.endpoints?.length && isLabelled(slice));
  return { before, ports: [], endpoints: [], changed: !before };
}

function written(service: Service, before: EndpointSlice, { ports, endpoints }: Draft): EndpointSlice {
  return { ...before, metadata: { ...before.metadata, labels: labelsFor(service) }, ports, endpoints };
}

function newSlice(service: Service, addressType: string, { ports, endpoints }: Draft): EndpointSlice {
  return {
    apiVersion: apiVersionOf(endpointSlices),
    kind: endpointSlices.kind,
    metadata: {
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels: labelsFor(service),
      ownerReferences: [controllerReference(services, service)],
    },
    addressType,
    endpoints,
    ports,
  };
}

function labelsFor(service: Service): Record<string, string> {
  const labels = { ...service.metadata.labels };
  delete labels[headlessLabel];
  labels[serviceNameLabel] = service.metadata.name!;
  labels[managedByLabel] = managedBy;
  if (isHeadless(service)) labels[headlessLabel] = '';
  return labels;
}
