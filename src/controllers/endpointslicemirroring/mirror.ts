/** Which EndpointSlices mirror hand-made Endpoints: a pure function of both. */
import { endpoints as endpointsRef, endpointSlices } from '#api/generated/refs.ts';
import type { EndpointAddress, Endpoints, EndpointSubset } from '#api/generated/types/core.v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { familyOf, ipToString, parseIpSloppy } from '#machinery/ip.ts';
import { apiVersionOf } from '#machinery/object.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { managedByLabel, serviceNameLabel, type SliceChanges } from '../endpointslice/slices.ts';
import { deepEqual } from '#base/equal.ts';
import { canonicalJson } from '../shared/hash.ts';
import { triggerTimeAnnotation } from '../shared/trigger-times.ts';

export const mirrorManagedBy = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';
/** The flag --mirroring-max-endpoints-per-subset of upstream: what is beyond it is not mirrored. */
export const endpointsPerSubsetMax = 1000;

/** Endpoints that ask not to be mirrored, or only hold a leader's lease, are left alone. */
export function isMirrored({ metadata }: Endpoints): boolean {
  return metadata.labels?.[skipLabel] !== 'true' && !(leaderAnnotation in (metadata.annotations ?? {}));
}

/** What one subset has beyond what is mirrored, over all subsets. */
export function unmirrored({ subsets = [] }: Endpoints): number {
  const sizes = subsets.map(
    ({ addresses = [], notReadyAddresses = [] }) => addresses.length + notReadyAddresses.length,
  );
  return sizes.reduce((total, size) => total + Math.max(0, size - endpointsPerSubsetMax), 0);
}

/**
 * The changes that make `existing` (the slices that mirror these Endpoints) show their subsets and be owned by them, though
 * they may have been made for Endpoints of the same name that are gone.
 */
export function planMirror(source: Endpoints, existing: readonly EndpointSlice[]): SliceChanges {
  const changes: SliceChanges = { create: [], update: [], remove: [] };
  const unused = [...existing];
  for (const wanted of wantedSlices(source)) {
    const slice = take(unused, one => contentKey(one) === contentKey(wanted));
    if (!slice) changes.create.push(wanted);
    else if (!isUpToDate(slice, wanted)) changes.update.push(refreshed(slice, wanted));
  }
  // What is to be made takes the names of what would go, so that clients see a change and no gap.
  for (const wanted of changes.create.splice(0)) {
    const slice = take(unused, one => one.addressType === wanted.addressType);
    if (slice) changes.update.push(refreshed(slice, wanted));
    else changes.create.push(wanted);
  }
  changes.remove.push(...unused);
  return changes;
}

/** The first slice that fits, taken out of `slices`. */
function take(slices: EndpointSlice[], fits: (slice: EndpointSlice) => boolean): EndpointSlice | undefined {
  const at = slices.findIndex(fits);
  return at < 0 ? undefined : slices.splice(at, 1)[0];
}

/** A slice's ports and address type never change. */
function contentKey({ addressType, ports }: EndpointSlice): string {
  return `${addressType} ${canonicalJson(ports ?? [])}`;
}

function isUpToDate(slice: EndpointSlice, wanted: EndpointSlice): boolean {
  return (
    deepEqual(slice.endpoints ?? [], wanted.endpoints) &&
    deepEqual(slice.metadata.labels, wanted.metadata.labels) &&
    deepEqual(slice.metadata.annotations ?? {}, wanted.metadata.annotations ?? {}) &&
    deepEqual(slice.metadata.ownerReferences, wanted.metadata.ownerReferences)
  );
}

function refreshed(slice: EndpointSlice, wanted: EndpointSlice): EndpointSlice {
  const { labels, annotations, ownerReferences } = wanted.metadata;
  const metadata = { ...slice.metadata, labels, annotations, ownerReferences };
  return { ...slice, metadata, endpoints: wanted.endpoints, ports: wanted.ports };
}

/** One slice for each address type and set of ports. */
function wantedSlices(source: Endpoints): EndpointSlice[] {
  const groups = new Map<string, { slice: EndpointSlice; endpoints: Endpoint[] }>();
  for (const subset of source.subsets ?? []) {
    const ports = portsOf(subset);
    for (const endpoint of endpointsOf(subset)) {
      const addressType = familyOf(endpoint.addresses[0]!);
      const slice = sliceFor(source, addressType, ports);
      const key = contentKey(slice);
      const group = groups.get(key) ?? { slice, endpoints: [] };
      group.endpoints.push(endpoint);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ slice, endpoints }) => ({ ...slice, endpoints }));
}

function portsOf({ ports = [] }: EndpointSubset): EndpointPort[] {
  return ports.map(({ name = '', protocol = 'TCP', port, appProtocol }) => ({
    name,
    protocol,
    port,
    ...(appProtocol ? { appProtocol } : {}),
  }));
}

function endpointsOf({ addresses = [], notReadyAddresses = [] }: EndpointSubset): Endpoint[] {
  const all = [
    ...addresses.map(address => endpointOf(address, true)),
    ...notReadyAddresses.map(address => endpointOf(address, false)),
  ];
  return all.slice(0, endpointsPerSubsetMax).filter(endpoint => endpoint !== undefined);
}

/** With its address in the only form that slices take; Endpoints take others. */
function endpointOf(
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  ready: boolean,
): Endpoint | undefined {
  const address = parseIpSloppy(ip);
  if (!address) return undefined;
  return {
    addresses: [ipToString(address)],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef ? { targetRef } : {}),
    ...(nodeName ? { nodeName } : {}),
  };
}

function sliceFor(source: Endpoints, addressType: string, ports: EndpointPort[]): EndpointSlice {
  const { name, namespace, labels, annotations = {} } = source.metadata;
  const kept = Object.entries(annotations).filter(
    ([key]) => key !== triggerTimeAnnotation && key !== lastAppliedAnnotation,
  );
  return {
    apiVersion: apiVersionOf(endpointSlices),
    kind: endpointSlices.kind,
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [serviceNameLabel]: name!, [managedByLabel]: mirrorManagedBy },
      ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}),
      ownerReferences: [controllerReference(endpointsRef, source)],
    },
    addressType,
    endpoints: [],
    ports,
  };
}
