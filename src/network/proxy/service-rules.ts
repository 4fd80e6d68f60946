import type { Service, ServicePort } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { endpointsOf, near, type ProxyEndpoint, usable } from './endpoints.ts';

/**
 * What one service contributes to the table: chains, sets, and elements of the maps that `table.ts` declares. A pure
 * function of the service, its slices and the node. Chain names are 'service-NAMESPACE/NAME/PROTOCOL/PORT' and the like.
 */
export interface ServiceRules {
  /** Rules by chain. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Declarations by set. */
  readonly sets: ReadonlyMap<string, string>;
  readonly elements: readonly MapElement[];
  /** UDP has no end of connection that the kernel sees: flows are forgotten by these when endpoints go. */
  readonly udp: readonly UdpTarget[];
}

export type MapName =
  | 'cluster-ips'
  | 'service-ips'
  | 'service-nodeports'
  | 'no-endpoint-services'
  | 'no-endpoint-nodeports';

export interface MapElement {
  readonly map: MapName;
  readonly key: string;
  /** A verdict; '' in a set. */
  readonly verdict: string;
}

export interface UdpTarget {
  /** '' for a node port. */
  readonly ip: string;
  readonly port: number;
  /** 'IP:PORT' */
  readonly endpoints: readonly string[];
}

export interface RuleOptions {
  readonly nodeName: string;
  /** The node's, where it has one: endpoints may be meant for the clients of a zone. */
  readonly zone?: string | undefined;
  /** Traffic from outside of it is masqueraded on its way to a cluster IP. */
  readonly podCidr: string;
}

/** Of services that are none of this proxy's business, whatever their values. */
const foreignLabels = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'];
const defaultAffinitySeconds = 10800;

/** The IPv4 cluster IP; undefined for a service that is not proxied: headless, external, or another proxy's. */
export function clusterIpOf(service: Service): string | undefined {
  const spec = service.spec ?? {};
  const { labels = {} } = service.metadata;
  if (spec.type === 'ExternalName' || foreignLabels.some(label => labels[label] !== undefined))
    return undefined;
  const ips = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return ips.find(ip => ip !== 'None' && ip.includes('.'));
}

class Builder {
  readonly chains = new Map<string, readonly string[]>();
  readonly sets = new Map<string, string>();
  readonly elements: MapElement[] = [];
  readonly udp: UdpTarget[] = [];

  element(map: MapName, key: string, verdict: string): void {
    this.elements.push({ map, key, verdict });
  }
}

interface PortContext {
  readonly name: string;
  readonly protocol: string;
  readonly affinitySeconds: number | undefined;
  readonly podCidr: string;
}

function endpointChain({ name }: PortContext, { ip, port }: ProxyEndpoint): string {
  return `endpoint-${name}__${ip}/${port}`;
}

function affinitySet({ name }: PortContext, { ip, port }: ProxyEndpoint): string {
  return `affinity-${name}__${ip}/${port}`;
}

function addEndpoint(builder: Builder, context: PortContext, endpoint: ProxyEndpoint): void {
  const { ip, port } = endpoint;
  const rules = [`ip saddr ${ip} jump mark-for-masquerade`];
  if (context.affinitySeconds !== undefined) {
    const set = affinitySet(context, endpoint);
    builder.sets.set(set, 'type ipv4_addr; size 65535; flags dynamic,timeout;');
    rules.push(`update @${set} { ip saddr timeout ${context.affinitySeconds}s }`);
  }
  rules.push(`meta l4proto ${context.protocol} dnat to ${ip}:${port}`);
  builder.chains.set(endpointChain(context, endpoint), rules);
}

/**
 * Sends each new connection to the next endpoint in turn, or to the client's own where it has one. A packet that is on its way
 * through these rules when a transaction replaces them finds the map's elements gone: it goes to the first.
 */
function spread(context: PortContext, endpoints: readonly ProxyEndpoint[]): string[] {
  const rules =
    context.affinitySeconds === undefined
      ? []
      : endpoints.map(
          endpoint => `ip saddr @${affinitySet(context, endpoint)} goto ${endpointChain(context, endpoint)}`,
        );
  const targets = endpoints.map((endpoint, i) => `${i} : goto ${endpointChain(context, endpoint)}`);
  if (targets.length > 1) rules.push(`numgen inc mod ${targets.length} vmap { ${targets.join(', ')} }`);
  return [...rules, `goto ${endpointChain(context, endpoints[0]!)}`];
}

/** A chain that spreads over `endpoints`; traffic to the cluster IP from outside the pods is masqueraded. */
function addSpread(
  builder: Builder,
  context: PortContext,
  kind: 'service' | 'local',
  endpoints: readonly ProxyEndpoint[],
  clusterIp: string,
  port: number,
): string {
  const chain = `${kind}-${context.name}`;
  const { protocol, podCidr } = context;
  const toClusterIp = `ip daddr ${clusterIp} ${protocol} dport ${port}`;
  builder.chains.set(chain, [
    `${toClusterIp} ip saddr != ${podCidr} jump mark-for-masquerade`,
    ...spread(context, endpoints),
  ]);
  for (const endpoint of endpoints) addEndpoint(builder, context, endpoint);
  return chain;
}

interface ExternalAddresses {
  readonly nodePort: number | undefined;
  readonly externalIps: readonly string[];
  readonly loadBalancerIps: readonly string[];
}

function externalAddresses(service: Service, port: ServicePort): ExternalAddresses {
  const isIpv4 = (ip: string | undefined): ip is string => ip?.includes('.') === true;
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  return {
    nodePort: port.nodePort || undefined,
    externalIps: (service.spec?.externalIPs ?? []).filter(isIpv4),
    loadBalancerIps: ingress
      .filter(one => one.ipMode !== 'Proxy')
      .map(one => one.ip)
      .filter(isIpv4),
  };
}

function allAddresses({ externalIps, loadBalancerIps }: ExternalAddresses): string[] {
  return [...new Set([...externalIps, ...loadBalancerIps])];
}

function addExternalVerdict(
  builder: Builder,
  addresses: ExternalAddresses,
  context: PortContext,
  port: number,
  verdict: string,
  where: { readonly ips: MapName; readonly nodePorts: MapName },
): void {
  for (const ip of allAddresses(addresses)) {
    builder.element(where.ips, `${ip} . ${context.protocol} . ${port}`, verdict);
  }
  if (addresses.nodePort !== undefined) {
    builder.element(where.nodePorts, `${context.protocol} . ${addresses.nodePort}`, verdict);
  }
}

const reachable = { ips: 'service-ips', nodePorts: 'service-nodeports' } as const;
const unreachable = { ips: 'no-endpoint-services', nodePorts: 'no-endpoint-nodeports' } as const;
const rejectVerdict = 'goto reject-traffic';

/** Traffic from outside with externalTrafficPolicy Local keeps its source and stays on the node; ours goes anywhere. */
function localPolicyRules(context: PortContext, anywhere: string, local: string | undefined): string[] {
  return [
    `ip saddr ${context.podCidr} goto ${anywhere}`,
    'fib saddr type local jump mark-for-masquerade',
    `fib saddr type local goto ${anywhere}`,
    ...(local === undefined ? [] : [`goto ${local}`]),
  ];
}

function sourceRangeRules(service: Service, { loadBalancerIps }: ExternalAddresses): string[] {
  const ranges = (service.spec?.loadBalancerSourceRanges ?? []).map(range => range.trim());
  const allowed = ranges.filter(range => range.includes('.'));
  if (ranges.length === 0 || loadBalancerIps.length === 0) return [];
  const from = allowed.length === 0 ? '' : ` ip saddr != { ${allowed.join(', ')} }`;
  return [`ip daddr { ${loadBalancerIps.join(', ')} }${from} drop`];
}

function addPort(
  builder: Builder,
  service: Service,
  port: ServicePort,
  clusterIp: string,
  slices: readonly EndpointSlice[],
  options: RuleOptions,
): void {
  const { namespace, name } = service.metadata;
  const spec = service.spec ?? {};
  const transport = port.protocol ?? 'TCP';
  const protocol = transport.toLowerCase();
  const affinity = spec.sessionAffinity === 'ClientIP';
  const context: PortContext = {
    name: `${namespace}/${name}/${protocol}/${port.name ?? ''}`,
    protocol,
    affinitySeconds: affinity
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds)
      : undefined,
    podCidr: options.podCidr,
  };
  const all = endpointsOf(slices, port.name ?? '', transport, options.nodeName);
  const anywhere = usable(near(all, options.nodeName, options.zone));
  const here = usable(all.filter(endpoint => endpoint.local));
  const addresses = externalAddresses(service, port);
  const isExternal = addresses.nodePort !== undefined || allAddresses(addresses).length > 0;
  const internalLocal = spec.internalTrafficPolicy === 'Local';
  const externalLocal = spec.externalTrafficPolicy === 'Local';
  const clusterKey = `${clusterIp} . ${protocol} . ${port.port}`;

  if (anywhere.length === 0) {
    builder.element('no-endpoint-services', clusterKey, rejectVerdict);
    addExternalVerdict(builder, addresses, context, port.port, rejectVerdict, unreachable);
    return;
  }
  const needsAnywhere = !internalLocal || isExternal;
  const needsHere = (internalLocal || (isExternal && externalLocal)) && here.length > 0;
  const service_ = needsAnywhere
    ? addSpread(builder, context, 'service', anywhere, clusterIp, port.port)
    : undefined;
  const local = needsHere ? addSpread(builder, context, 'local', here, clusterIp, port.port) : undefined;
  const internal = internalLocal ? local : service_;
  if (internal !== undefined) builder.element('service-ips', clusterKey, `goto ${internal}`);
  else builder.element('no-endpoint-services', clusterKey, 'drop');
  if (!isExternal) return;
  const external = `external-${context.name}`;
  builder.chains.set(external, [
    ...sourceRangeRules(service, addresses),
    ...(externalLocal
      ? localPolicyRules(context, service_!, local)
      : ['jump mark-for-masquerade', `goto ${service_!}`]),
  ]);
  addExternalVerdict(builder, addresses, context, port.port, `goto ${external}`, reachable);
  if (externalLocal && local === undefined) {
    addExternalVerdict(builder, addresses, context, port.port, 'drop', unreachable);
  }
}

function addUdp(
  builder: Builder,
  service: Service,
  clusterIp: string,
  slices: readonly EndpointSlice[],
  options: RuleOptions,
): void {
  for (const port of service.spec?.ports ?? []) {
    if (port.protocol !== 'UDP') continue;
    const endpoints = usable(endpointsOf(slices, port.name ?? '', 'UDP', options.nodeName)).map(
      endpoint => `${endpoint.ip}:${endpoint.port}`,
    );
    const addresses = externalAddresses(service, port);
    for (const ip of [clusterIp, ...allAddresses(addresses)]) {
      builder.udp.push({ ip, port: port.port, endpoints });
    }
    if (addresses.nodePort !== undefined) builder.udp.push({ ip: '', port: addresses.nodePort, endpoints });
  }
}

/** The rules of one service; empty for one that is not proxied. */
export function serviceRules(
  service: Service,
  slices: readonly EndpointSlice[],
  options: RuleOptions,
): ServiceRules {
  const builder = new Builder();
  const clusterIp = clusterIpOf(service);
  if (clusterIp === undefined) return builder;
  builder.element('cluster-ips', clusterIp, '');
  for (const port of service.spec?.ports ?? []) addPort(builder, service, port, clusterIp, slices, options);
  addUdp(builder, service, clusterIp, slices, options);
  return builder;
}
