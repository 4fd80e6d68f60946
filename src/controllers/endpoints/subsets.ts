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
  for (const pod of pods.filter(each => primaryAddress(service, each) !== undefined)) {
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
  return truncate(subsets);
}

const sizeOf = (addresses: readonly EndpointAddress[] | undefined) => addresses?.length ?? 0;

/** Where there are too many, ready ones stay, and of those that do not all fit each subset keeps its share, rounded up. */
function truncate(subsets: EndpointSubset[]): Computed {
  const total = (of: (subset: EndpointSubset) => number) => subsets.reduce((sum, one) => sum + of(one), 0);
  const ready = total(({ addresses }) => sizeOf(addresses));
  const notReady = total(({ notReadyAddresses }) => sizeOf(notReadyAddresses));
  if (ready + notReady <= addressesMax) return { subsets, truncated: false };
  const cutsReady = ready > addressesMax;
  const [room, whole] = cutsReady ? [addressesMax, ready] : [addressesMax - ready, notReady];
  let left = room;
  const cut = (addresses: EndpointAddress[] = []) => {
    const kept = addresses.slice(0, Math.min(left, Math.ceil((addresses.length / whole) * room)));
    left -= kept.length;
    return kept;
  };
  const shortened = subsets.map(({ addresses, notReadyAddresses, ports }) => {
    const keptReady = cutsReady ? cut(addresses) : (addresses ?? []);
    const keptNotReady = cutsReady ? [] : cut(notReadyAddresses);
    return {
      ...(keptReady.length > 0 ? { addresses: keptReady } : {}),
      ...(keptNotReady.length > 0 ? { notReadyAddresses: keptNotReady } : {}),
      ...(ports ? { ports } : {}),
    };
  });
  return { subsets: shortened, truncated: true };
}

function isReady(service: Service, pod: Pod): boolean {
  return Boolean(service.spec?.publishNotReadyAddresses) || isPodReady(pod);
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
