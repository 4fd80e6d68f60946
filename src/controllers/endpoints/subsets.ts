/** The subsets of an Endpoints object: a pure function of a service's pods. */
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Pod,
  Service,
} from '#api/generated/types/core.v1.ts';
import { canonicalJson } from '../shared/hash.ts';
import { isPodReady } from '../shared/pods.ts';
import { addressesOf, hostnameIn, isHeadless, portOfPod } from '../shared/service-pods.ts';
import { compareText } from '../shared/time.ts';

// Upstream's maxCapacity: the rest is cut off and the object says so.
export const addressesMax = 1000;

export interface Computed {
  readonly subsets: EndpointSubset[];
  readonly truncated: boolean;
}

/** Addresses that share their ports share a subset, whatever the order of pods and ports. */
export function computeSubsets(service: Service, pods: readonly Pod[]): Computed {
  const byPorts = new Map<
    string,
    { ports: EndpointPort[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }
  >();
  const addressed = pods.filter(pod => primaryAddress(service, pod) !== undefined);
  for (const pod of capped(addressed, service)) {
    const ports = portsFor(service, pod);
    if (ports.length === 0 && !(isHeadless(service) && !service.spec?.ports?.length)) continue;
    const key = canonicalJson(ports);
    const subset = byPorts.get(key) ?? { ports, ready: [], notReady: [] };
    byPorts.set(key, subset);
    (isReady(service, pod) ? subset.ready : subset.notReady).push(addressFor(service, pod));
  }
  const subsets = [...byPorts.entries()]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, subset]) => toSubset(subset));
  return { subsets, truncated: addressed.length > addressesMax };
}

function isReady(service: Service, pod: Pod): boolean {
  return Boolean(service.spec?.publishNotReadyAddresses) || isPodReady(pod);
}

/** Ready ones stay where there are too many. */
function capped(pods: readonly Pod[], service: Service): readonly Pod[] {
  if (pods.length <= addressesMax) return pods;
  const ready = pods.filter(pod => isReady(service, pod));
  return [...ready, ...pods.filter(pod => !isReady(service, pod))].slice(0, addressesMax);
}

function portsFor(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec?.ports ?? []) {
    const number = portOfPod(pod, port);
    if (number === undefined) continue;
    ports.push({
      ...(port.name ? { name: port.name } : {}),
      port: number,
      protocol: port.protocol ?? 'TCP',
      ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
    });
  }
  return ports.sort((a, b) => compareText(a.name ?? '', b.name ?? ''));
}

/** Endpoints have one family: the service's first. */
function primaryAddress(service: Service, pod: Pod): string | undefined {
  const family = service.spec?.ipFamilies?.[0];
  const ips = addressesOf(pod);
  return family ? ips.find(ip => ip.includes(':') === (family === 'IPv6')) : ips[0];
}

function addressFor(service: Service, pod: Pod): EndpointAddress {
  const { namespace, name, uid } = pod.metadata;
  const hostname = hostnameIn(service, pod);
  return {
    ip: primaryAddress(service, pod)!,
    ...(hostname ? { hostname } : {}),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function toSubset(from: {
  ports: EndpointPort[];
  ready: EndpointAddress[];
  notReady: EndpointAddress[];
}): EndpointSubset {
  const sorted = (addresses: EndpointAddress[]) =>
    addresses.sort(
      (a, b) => compareText(a.ip, b.ip) || compareText(a.targetRef?.uid ?? '', b.targetRef?.uid ?? ''),
    );
  return {
    ...(from.ready.length > 0 ? { addresses: sorted(from.ready) } : {}),
    ...(from.notReady.length > 0 ? { notReadyAddresses: sorted(from.notReady) } : {}),
    ...(from.ports.length > 0 ? { ports: from.ports } : {}),
  };
}
