import { joinHostPort } from '#machinery/ip.ts';
import type { Endpoints, Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import type { Ingress, IngressBackend } from '#api/generated/types/networking.v1.ts';
import { labelsText } from '../print/table.ts';
import { type DescribeWorld, defineDescriber } from './describer.ts';
import type { DescriptionText } from './text.ts';

export const serviceDescriber = defineDescriber<Service>('', 'Service', async (text, service, world) => {
  const { metadata, spec, status } = service;
  text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
  text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
  text.field(0, 'Selector', labelsText(spec?.selector)).field(0, 'Type', spec?.type);
  if (spec?.ipFamilyPolicy) text.field(0, 'IP Family Policy', spec.ipFamilyPolicy);
  text.field(0, 'IP Families', spec?.ipFamilies?.join(',') || '<none>');
  text.field(0, 'IP', spec?.clusterIP).field(0, 'IPs', spec?.clusterIPs?.join(',') || '<none>');
  if (spec?.externalIPs?.length) text.field(0, 'External IPs', spec.externalIPs.join(','));
  if (spec?.loadBalancerIP) text.field(0, 'Desired LoadBalancer IP', spec.loadBalancerIP);
  if (spec?.externalName) text.field(0, 'External Name', spec.externalName);
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (ingress.length > 0)
    text.field(0, 'LoadBalancer Ingress', ingress.map(({ ip, hostname }) => ip ?? hostname).join(', '));
  const slices = await slicesOf(world, metadata.name!);
  for (const port of spec?.ports ?? []) describePort(text, port, slices);
  text.field(0, 'Session Affinity', spec?.sessionAffinity);
  if (spec?.externalTrafficPolicy) text.field(0, 'External Traffic Policy', spec.externalTrafficPolicy);
  if (spec?.internalTrafficPolicy) text.field(0, 'Internal Traffic Policy', spec.internalTrafficPolicy);
  if (spec?.healthCheckNodePort) text.field(0, 'HealthCheck NodePort', spec.healthCheckNodePort);
  if (spec?.loadBalancerSourceRanges?.length)
    text.field(0, 'LoadBalancer Source Ranges', spec.loadBalancerSourceRanges.join(','));
  if (spec?.trafficDistribution) text.field(0, 'Traffic Distribution', spec.trafficDistribution);
});

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

function describePort(text: DescriptionText, port: ServicePort, slices: readonly EndpointSlice[]): void {
  const name = port.name || '<unset>';
  text.line(0, `Port:\t${name}\t${port.port}/${port.protocol}`);
  text.field(0, 'TargetPort', `${port.targetPort ?? port.port}/${port.protocol}`);
  if (port.appProtocol) text.field(0, 'AppProtocol', port.appProtocol);
  if (port.nodePort) text.line(0, `NodePort:\t${name}\t${port.nodePort}/${port.protocol}`);
  text.field(0, 'Endpoints', endpointsText(slices, port.name ?? ''));
}

async function slicesOf(world: DescribeWorld, service: string): Promise<EndpointSlice[]> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  return (await world.list('endpointslices.discovery.k8s.io', world.namespace, {
    labelSelector,
  })) as EndpointSlice[];
}

const endpointsMax = 3;

/** The first three ready endpoints of a port, and how many more there are. */
function endpointsText(slices: readonly EndpointSlice[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const all = slices.flatMap(slice => {
    const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    const ports = slice.ports ?? [];
    if (ports.length === 0) return ready.map(({ addresses }) => addresses[0]!);
    return ports
      .filter(port => (port.name ?? '') === portName)
      .flatMap(port => ready.map(({ addresses }) => joinHostPort(addresses[0]!, port.port ?? 0)));
  });
  const shown = all.slice(0, endpointsMax).join(',');
  return all.length > endpointsMax ? `${shown} + ${all.length - endpointsMax} more...` : shown;
}

export const endpointsDescriber = defineDescriber<Endpoints>('', 'Endpoints', (text, endpoints) => {
  const { metadata, subsets = [] } = endpoints;
  text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
  text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
  text.line(0, 'Subsets:');
  for (const subset of subsets) {
    const list = (addresses: readonly { ip: string }[] | undefined) =>
      addresses?.map(({ ip }) => ip).join(',') || '<none>';
    text
      .field(1, 'Addresses', list(subset.addresses))
      .field(1, 'NotReadyAddresses', list(subset.notReadyAddresses));
    if (!subset.ports?.length) {
      text.line(0, '');
      continue;
    }
    text.line(1, 'Ports:').line(2, 'Name\tPort\tProtocol').line(2, '----\t----\t--------');
    for (const port of subset.ports)
      text.line(2, `${port.name || '<unset>'}\t${port.port}\t${port.protocol ?? ''}`);
    text.line(0, '');
  }
});

export const endpointSliceDescriber = defineDescriber<EndpointSlice>(
  'discovery.k8s.io',
  'EndpointSlice',
  (text, slice) => {
    const { metadata } = slice;
    text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    text.field(0, 'AddressType', slice.addressType);
    if (!slice.ports?.length) text.line(0, 'Ports: <unset>');
    else {
      text.line(0, 'Ports:').line(1, 'Name\tPort\tProtocol').line(1, '----\t----\t--------');
      for (const port of slice.ports)
        text.line(1, `${port.name || '<unset>'}\t${port.port ?? '<unset>'}\t${port.protocol ?? ''}`);
    }
    const endpoints = slice.endpoints ?? [];
    if (endpoints.length === 0) {
      text.line(0, 'Endpoints: <none>');
      return;
    }
    text.line(0, 'Endpoints:');
    for (const endpoint of endpoints) {
      text.field(1, '- Addresses', endpoint.addresses.join(', ') || '<none>');
      text.line(2, 'Conditions:').field(3, 'Ready', endpoint.conditions?.ready ?? '<unset>');
      text.field(2, 'Hostname', endpoint.hostname ?? '<unset>');
      if (endpoint.targetRef)
        text.field(2, 'TargetRef', `${endpoint.targetRef.kind}/${endpoint.targetRef.name}`);
      text.field(2, 'NodeName', endpoint.nodeName ?? '<unset>').field(2, 'Zone', endpoint.zone ?? '<unset>');
    }
  },
);

export const ingressDescriber = defineDescriber<Ingress>(
  'networking.k8s.io',
  'Ingress',
  async (text, ingress, world) => {
    const { metadata, spec, status } = ingress;
    text
      .field(0, 'Name', metadata.name)
      .pairs('Labels', metadata.labels)
      .field(0, 'Namespace', metadata.namespace);
    const addresses = status?.loadBalancer?.ingress?.map(({ ip, hostname }) => ip ?? hostname ?? '') ?? [];
    text.field(0, 'Address', [...new Set(addresses)].join(','));
    text.field(0, 'Ingress Class', spec?.ingressClassName ?? '<none>');
    const fallback = spec?.defaultBackend ? await backendText(world, spec.defaultBackend) : '<default>';
    text.field(0, 'Default backend', fallback);
    if (spec?.tls?.length) {
      text.line(0, 'TLS:');
      for (const { secretName, hosts } of spec.tls)
        text.line(1, `${secretName ? `${secretName} terminates` : 'SNI routes'} ${hosts?.join(',') ?? ''}`);
    }
    text.line(0, 'Rules:').line(1, 'Host\tPath\tBackends').line(1, '----\t----\t--------');
    const rules = (spec?.rules ?? []).filter(rule => rule.http);
    for (const { host, http } of rules) {
      text.line(1, `${host || '*'}\t`);
      for (const path of http!.paths)
        text.line(2, `\t${path.path ?? ''} \t${await backendText(world, path.backend)}`);
    }
    if (rules.length === 0) text.line(1, `*\t*\t${fallback}`);
    text.annotations('Annotations', metadata.annotations);
  },
);

async function backendText(world: DescribeWorld, backend: IngressBackend): Promise<string> {
  if (backend.resource) {
    const { apiGroup, kind, name } = backend.resource;
    return `APIGroup: ${apiGroup ?? '<none>'}, Kind: ${kind}, Name: ${name}`;
  }
  const { name = '', port } = backend.service ?? {};
  const shownPort = port?.name || String(port?.number ?? '');
  const service = (await world.get('services', world.namespace, name)) as Service | undefined;
  if (!service) return `${name}:${shownPort} (<error: services ${JSON.stringify(name)} not found>)`;
  const found = service.spec?.ports?.find(p => (port?.name ? p.name === port.name : p.port === port?.number));
  return `${name}:${shownPort} (${endpointsText(await slicesOf(world, name), found?.name ?? '')})`;
}
