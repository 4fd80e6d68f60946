import { endpointSlices, namespaces, services } from '#api/generated/refs.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import type { InformerFactory } from '#client/informer.ts';
import { objectKey } from '#machinery/object.ts';

/** What the cluster's names are made of. */
export interface DnsState {
  hasNamespace(name: string): boolean;
  service(namespace: string, name: string): Service | undefined;
  slicesOf(namespace: string, service: string): readonly EndpointSlice[];
  servicesByIp(ip: string): readonly Service[];
  /** Slices with an endpoint of this address. */
  slicesByIp(ip: string): readonly EndpointSlice[];
}

export interface InformedState extends DnsState {
  readonly ready: Promise<void>;
}

const serviceNameLabel = 'kubernetes.io/service-name';

export function serviceOfSlice(slice: EndpointSlice): string | undefined {
  return slice.metadata.labels?.[serviceNameLabel];
}

/** The addresses of a service, of either family; none for a headless or external one. */
export function clusterIpsOf(service: Service): string[] {
  const { clusterIP, clusterIPs } = service.spec ?? {};
  return (clusterIPs ?? (clusterIP ? [clusterIP] : [])).filter(ip => ip !== 'None' && ip !== '');
}

/** The state as informers have it. Their owner starts them. */
export function informedState(informers: InformerFactory): InformedState {
  const serviceInformer = informers.informer(services);
  const sliceInformer = informers.informer(endpointSlices);
  const namespaceInformer = informers.informer(namespaces);
  serviceInformer.addIndex('dns/clusterIp', clusterIpsOf);
  sliceInformer.addIndex('dns/service', slice => {
    const name = serviceOfSlice(slice);
    return name === undefined ? [] : [objectKey({ metadata: { namespace: slice.metadata.namespace, name } })];
  });
  sliceInformer.addIndex('dns/address', slice => [
    ...new Set((slice.endpoints ?? []).flatMap(endpoint => endpoint.addresses)),
  ]);
  const synced = [serviceInformer, sliceInformer, namespaceInformer].map(informer => informer.whenSynced());
  return {
    ready: Promise.all(synced).then(() => {}),
    hasNamespace: name => namespaceInformer.get(name) !== undefined,
    service: (namespace, name) => serviceInformer.get(`${namespace}/${name}`),
    slicesOf: (namespace, service) => sliceInformer.byIndex('dns/service', `${namespace}/${service}`),
    servicesByIp: ip => serviceInformer.byIndex('dns/clusterIp', ip),
    slicesByIp: ip => sliceInformer.byIndex('dns/address', ip),
  };
}
