/** Which EndpointSlices a service should have: a pure function of its pods and of the slices that it has. */
import type { Node, Pod, Service, ServicePort } from '#api/generated/types/core.v1.ts';
import type {
  Endpoint,
  EndpointHints,
  EndpointPort,
  EndpointSlice,
} from '#api/generated/types/discovery.v1.ts';
import { endpointSlices, services } from '#api/generated/refs.ts';
import { apiVersionOf } from '#machinery/object.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { deepEqual } from '#base/equal.ts';
import { canonicalJson } from '../shared/hash.ts';
import { isPodReady } from '../shared/pods.ts';
import { addressesOf, headlessLabel, hostnameIn, isHeadless, portOfPod } from '../shared/service-pods.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';
// The flag --max-endpoints-per-slice of upstream.
const endpointsPerSliceMax = 100;
const zoneLabel = 'topology.kubernetes.io/zone';

export interface SliceChanges {
  readonly create: EndpointSlice[];
  readonly update: EndpointSlice[];
  readonly remove: EndpointSlice[];
}

export function zoneOf(node: Node): string | undefined {
  return node.metadata.labels?.[zoneLabel];
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
  nodeOf: (name: string) => Node | undefined,
): SliceChanges {
  const changes: SliceChanges = { create: [], update: [], remove: [] };
  const families = addressTypes(service, pods);
  for (const addressType of families) {
    const slices = existing.filter(slice => slice.addressType === addressType);
    planFamily(service, addressType, groupPods(service, pods, addressType, nodeOf), slices, changes);
  }
  changes.remove.push(...existing.filter(slice => !families.includes(slice.addressType)));
  return changes;
}

function addressTypes(service: Service, pods: readonly Pod[]): string[] {
  const { ipFamilies } = service.spec ?? {};
  if (ipFamilies?.length) return ipFamilies;
  return [...new Set(pods.flatMap(addressesOf).map(familyOf))];
}

function familyOf(ip: string): string {
  return ip.includes(':') ? 'IPv6' : 'IPv4';
}

function groupPods(
  service: Service,
  pods: readonly Pod[],
  addressType: string,
  nodeOf: (name: string) => Node | undefined,
): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    const addresses = addressesOf(pod).filter(ip => familyOf(ip) === addressType);
    if (addresses.length === 0) continue;
    const ports = portsFor(service, pod);
    const key = canonicalJson(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod, addresses, nodeOf(pod.spec?.nodeName ?? '')));
    groups.set(key, group);
  }
  return groups;
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
    ...hintsFor(service, pod.spec?.nodeName, zone),
  };
}

/** spec.trafficDistribution (KEP-4444, KEP-3015): whose traffic an endpoint would rather have. */
function hintsFor(
  { spec }: Service,
  node: string | undefined,
  zone: string | undefined,
): { hints?: EndpointHints } {
  const forZones = zone ? { forZones: [{ name: zone }] } : {};
  switch (spec?.trafficDistribution) {
    case 'PreferClose':
    case 'PreferSameZone':
      return zone ? { hints: forZones } : {};
    case 'PreferSameNode':
      return node ? { hints: { ...forZones, forNodes: [{ name: node }] } } : {};
    default:
      return {};
  }
}

/** Endpoints stay in the slice that they are in; what is new fills those slices first, then new ones. */
function planFamily(
  service: Service,
  addressType: string,
  groups: Map<string, Group>,
  existing: readonly EndpointSlice[],
  changes: SliceChanges,
): void {
  // A service without endpoints still shows one slice, so that consumers can tell "none" from "not known yet".
  if (groups.size === 0) groups.set('[]', { ports: [], endpoints: [] });
  const byPorts = new Map([...groups.keys()].map(key => [key, [] as EndpointSlice[]]));
  for (const slice of existing) {
    const home = byPorts.get(canonicalJson(slice.ports ?? []));
    if (home && !slice.metadata.deletionTimestamp) home.push(slice);
    else if (!slice.metadata.deletionTimestamp) changes.remove.push(slice);
  }
  for (const [key, group] of groups) planGroup(service, addressType, group, byPorts.get(key)!, changes);
}

function planGroup(
  service: Service,
  addressType: string,
  group: Group,
  existing: readonly EndpointSlice[],
  changes: SliceChanges,
): void {
  const wanted = new Map(group.endpoints.map(endpoint => [endpoint.targetRef?.uid ?? '', endpoint]));
  const contents = existing.map(slice => ({ slice, endpoints: takeWanted(slice, wanted) }));
  const missing = [...wanted.values()];
  for (const { endpoints } of contents)
    endpoints.push(...missing.splice(0, endpointsPerSliceMax - endpoints.length));
  const placeholderNeeded = group.endpoints.length === 0;
  contents.forEach(({ slice, endpoints }, i) => {
    if (endpoints.length === 0 && !(placeholderNeeded && i === 0)) changes.remove.push(slice);
    else if (!isUpToDate(slice, service, endpoints))
      changes.update.push(refreshed(slice, service, endpoints));
  });
  const creations =
    placeholderNeeded && existing.length === 0 ? 1 : Math.ceil(missing.length / endpointsPerSliceMax);
  for (let i = 0; i < creations; i++) {
    const endpoints = missing.slice(i * endpointsPerSliceMax, (i + 1) * endpointsPerSliceMax);
    changes.create.push(newSlice(service, addressType, group.ports, endpoints));
  }
}

/** The slice's endpoints that are still wanted, as they should be now; taken out of `wanted`. */
function takeWanted(slice: EndpointSlice, wanted: Map<string, Endpoint>): Endpoint[] {
  const kept: Endpoint[] = [];
  for (const { targetRef } of slice.endpoints ?? []) {
    const uid = targetRef?.uid ?? '';
    const endpoint = wanted.get(uid);
    if (!endpoint) continue;
    wanted.delete(uid);
    kept.push(endpoint);
  }
  return kept;
}

function isUpToDate(slice: EndpointSlice, service: Service, endpoints: readonly Endpoint[]): boolean {
  return deepEqual(slice.endpoints ?? [], endpoints) && deepEqual(slice.metadata.labels, labelsFor(service));
}

function refreshed(slice: EndpointSlice, service: Service, endpoints: Endpoint[]): EndpointSlice {
  return { ...slice, metadata: { ...slice.metadata, labels: labelsFor(service) }, endpoints };
}

function newSlice(
  service: Service,
  addressType: string,
  ports: EndpointPort[],
  endpoints: Endpoint[],
): EndpointSlice {
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
