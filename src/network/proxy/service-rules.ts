import type { Service, ServicePort } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { type TableFamily, tableFamilyOf, targetOf } from './families.ts';
import { endpointsOf, near, type ProxyEndpoint, usable, isForeign } from './endpoints.ts';

/**
 * What one service contributes to the table of one IP family: chains, sets, and elements of the maps that `table.ts` declares. A
 * pure function of the service, its slices and the node. Chain names are 'service-NAMESPACE/NAME/PROTOCOL/PORT' and the like.
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
  readonly endpoints: readonly Pick<ProxyEndpoint, 'ip' | 'port'>[];
}

export interface RuleOptions {
  readonly nodeName: string;
  /** The node's, where it has one: endpoints may be meant for the clients of a zone. */
  readonly zone?: string | undefined;
  /** Traffic from outside of it is masqueraded on its way to a cluster IP. Its family is that of the rules. */
  readonly podCidr: string;
}

const defaultAffinitySeconds = 10800;

/** The cluster IP of a family; undefined for a service that is not proxied in it: headless, external, or another proxy's. */
export function clusterIpOf(service: Service, family: TableFamily): string | undefined {
  const spec = service.spec ?? {};
  if (spec.type === 'ExternalName' || isForeign(service)) return undefined;
  const ips = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return ips.find(ip => ip !== '' && ip !== 'None' && tableFamilyOf(ip) === family);
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
  readonly family: TableFamily;
  readonly name: string;
  readonly protocol: string;
  readonly affinitySeconds: number | undefined;
  readonly podCidr: string;
}

/** `nft` takes no colons in names. */
function endpointName({ name }: PortContext, { ip, port }: ProxyEndpoint): string {
  return `${name}__${ip.replaceAll(':', '.')}/${port}`;
}

function endpointChain(context: PortContext, endpoint: ProxyEndpoint): string {
  return `endpoint-${endpointName(context, endpoint)}`;
}

function affinitySet(context: PortContext, endpoint: ProxyEndpoint): string {
  return `affinity-${endpointName(context, endpoint)}`;
}

function addEndpoint(builder: Builder, context: PortContext, endpoint: ProxyEndpoint): void {
  const { keyword, addressType } = context.family;
  const rules = [`${keyword} saddr ${endpoint.ip} jump mark-for-masquerade`];
  if (context.affinitySeconds !== undefined) {
    const set = affinitySet(context, endpoint);
    builder.sets.set(set, `type ${addressType}; size 65535; flags dynamic,timeout;`);
    rules.push(`update @${set} { ${keyword} saddr timeout ${context.affinitySeconds}s }`);
  }
  rules.push(`meta l4proto ${context.protocol} dnat to ${targetOf(endpoint)}`);
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
          endpoint =>
            `${context.family.keyword} saddr @${affinitySet(context, endpoint)} goto ${endpointChain(context, endpoint)}`,
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
  const { protocol, podCidr, family } = context;
  const toClusterIp = `${family.keyword} daddr ${clusterIp} ${protocol} dport ${port}`;
  builder.chains.set(chain, [
    `${toClusterIp} ${family.keyword} saddr != ${podCidr} jump mark-for-masquerade`,
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

function externalAddresses(service: Service, port: ServicePort, family: TableFamily): ExternalAddresses {
  const isOurs = (ip: string | undefined): ip is string => !!ip && tableFamilyOf(ip) === family;
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  return {
    nodePort: port.nodePort || undefined,
    externalIps: (service.spec?.externalIPs ?? []).filter(isOurs),
    loadBalancerIps: ingress
      .filter(one => one.ipMode !== 'Proxy')
      .map(one => one.ip)
      .filter(isOurs),
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
    `${context.family.keyword} saddr ${context.podCidr} goto ${anywhere}`,
    'fib saddr type local jump mark-for-masquerade',
    `fib saddr type local goto ${anywhere}`,
    ...(local === undefined ? [] : [`goto ${local}`]),
  ];
}

function sourceRangeRules(
  service: Service,
  { loadBalancerIps }: ExternalAddresses,
  family: TableFamily,
): string[] {
  const ranges = (service.spec?.loadBalancerSourceRanges ?? []).map(range => range.trim());
  const allowed = ranges.filter(range => tableFamilyOf(range) === family);
  if (ranges.length === 0 || loadBalancerIps.length === 0) return [];
  const from = allowed.length === 0 ? '' : ` ${family.keyword} saddr != { ${allowed.join(', ')} }`;
  return [`${family.keyword} daddr { ${loadBalancerIps.join(', ')} }${from} drop`];
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
  const family = tableFamilyOf(clusterIp);
  const context: PortContext = {
    family,
    name: `${namespace}/${name}/${protocol}/${port.name ?? ''}`,
    protocol,
    affinitySeconds: affinity
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds)
      : undefined,
    podCidr: options.podCidr,
  };
  const all = endpointsOf(slices, port.name ?? '', transport, options.nodeName, family);
  const anywhere = usable(near(all, options.nodeName, options.zone));
  const here = usable(all.filter(endpoint => endpoint.local));
  const addresses = externalAddresses(service, port, family);
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
    ...sourceRangeRules(service, addresses, family),
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
    const family = tableFamilyOf(clusterIp);
    const endpoints = usable(endpointsOf(slices, port.name ?? '', 'UDP', options.nodeName, family));
    const addresses = externalAddresses(service, port, family);
    for (const ip of [clusterIp, ...allAddresses(addresses)]) {
      builder.udp.push({ ip, port: port.port, endpoints });
    }
    if (addresses.nodePort !== undefined) builder.udp.push({ ip: '', port: addresses.nodePort, endpoints });
  }
}

/** The rules of one service in the family of the pods' network; empty for one that is not proxied. */
export function serviceRules(
  service: Service,
  slices: readonly EndpointSlice[],
  options: RuleOptions,
): ServiceRules {
  const builder = new Builder();
  const clusterIp = clusterIpOf(service, tableFamilyOf(options.podCidr));
  if (clusterIp === undefined) return builder;
  builder.element('cluster-ips', clusterIp, '');
  for (const port of service.spec?.ports ?? []) addPort(builder, service, port, clusterIp, slices, options);
  addUdp(builder, service, clusterIp, slices, options);
  return builder;
}
