/** The subsets of an Endpoints object: a pure function of a service's pods. */
import { familyOf } from '#machinery/ip.ts';
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

/** The pods that offer one port, by their names: an address stands once. */
type Offer = Map<string, { readonly address: EndpointAddress; readonly ready: boolean }>;

/** Ports offered by the very same addresses share a subset, whatever the order of pods and ports. */
export function computeSubsets(service: Service, pods: readonly Pod[]): Computed {
  const offers = new Map<string, { port?: EndpointPort; offer: Offer }>();
  for (const pod of pods) {
    const ip = primaryAddress(service, pod);
    if (ip === undefined) continue;
    const address = addressFor(service, pod, ip);
    const ready = isReady(service, pod);
    for (const port of portsFor(service, pod)) {
      const key = port ? JSON.stringify([port.name, port.port, port.protocol, port.appProtocol]) : '';
      const entry = offers.get(key) ?? { ...(port ? { port } : {}), offer: new Map() };
      offers.set(key, entry);
      entry.offer.set(`${address.ip} ${pod.metadata.uid}`, { address, ready });
    }
  }
  const byOffer = new Map<string, { ports: EndpointPort[]; offer: Offer }>();
  for (const { port, offer } of offers.values()) {
    // What is alone has nobody to share with.
    const key = offers.size === 1 ? '' : nameOf(offer);
    const entry = byOffer.get(key) ?? { ports: [], offer };
    byOffer.set(key, entry);
    if (port) entry.ports.push(port);
  }
  const subsets = [...byOffer.values()]
    .map(({ ports, offer }) => ({ ports: sortedPorts(ports), offer: [...offer.values()] }))
    .sort((a, b) => compareText(canonicalJson(a.ports), canonicalJson(b.ports)))
    .map(({ ports, offer }) =>
      toSubset({
        ports,
        ready: offer.filter(({ ready }) => ready).map(({ address }) => address),
        notReady: offer.filter(({ ready }) => !ready).map(({ address }) => address),
      }),
    );
  return truncate(subsets);
}

/** Equal for the very same addresses. */
function nameOf(offer: Offer): string {
  return canonicalJson([...offer].map(([name, { ready }]) => `${name} ${ready}`).sort(compareText));
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

/** The ports of one pod; a headless service without any has its addresses alone (undefined). */
function portsFor(service: Service, pod: Pod): (EndpointPort | undefined)[] {
  if (!service.spec?.ports?.length) return isHeadless(service) ? [undefined] : [];
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports) {
    const number = portOfPod(pod, port);
    if (number === undefined) continue;
    ports.push({
      ...(port.name ? { name: port.name } : {}),
      port: number,
      protocol: port.protocol ?? 'TCP',
      ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
    });
  }
  return ports;
}

const sortedPorts = (ports: EndpointPort[]) => ports.sort((a, b) => compareText(a.name ?? '', b.name ?? ''));

/** Endpoints have one family: the service's first. */
function primaryAddress(service: Service, pod: Pod): string | undefined {
  const family = service.spec?.ipFamilies?.[0];
  const ips = addressesOf(pod);
  return family ? ips.find(ip => familyOf(ip) === family) : ips[0];
}

function addressFor(service: Service, pod: Pod, ip: string): EndpointAddress {
  const { namespace, name, uid } = pod.metadata;
  const hostname = hostnameIn(service, pod);
  return {
    ip,
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
