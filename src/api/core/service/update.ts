import type { Service, ServiceSpec } from '../../generated/types/core.v1.ts';
import { isExternal, needsHealthCheck, trafficPolicies } from './validation.ts';

const hasClusterIp = ({ type }: ServiceSpec) => type !== 'ExternalName';
const hasNodePorts = ({ type }: ServiceSpec) => type === 'NodePort' || type === 'LoadBalancer';

/** Those that are set, each once. */
function nodePorts({ ports }: ServiceSpec): Set<number> {
  return new Set((ports ?? []).flatMap(({ nodePort }) => nodePort || []));
}

function getsNodePorts(spec: ServiceSpec): boolean {
  return hasNodePorts(spec) && (spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false);
}

function keepClusterIps(spec: ServiceSpec, old: ServiceSpec): void {
  if (!hasClusterIp(spec) || !hasClusterIp(old)) return;
  if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
  if (!spec.clusterIPs?.length && old.clusterIPs?.length) spec.clusterIPs = [...old.clusterIPs];
}

/** A port is the same one as long as its name is, whatever its number. */
function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  if (!getsNodePorts(spec) || !getsNodePorts(old)) return;
  const taken = nodePorts(spec);
  const before = new Map((old.ports ?? []).map(port => [port.name ?? '', port.nodePort]));
  for (const port of spec.ports ?? []) {
    const nodePort = before.get(port.name ?? '');
    if (!port.nodePort && nodePort && !taken.has(nodePort)) port.nodePort = nodePort;
  }
}

/** What the old type had allocated goes when the new type has no use for it and the client left it as it was. */
function dropUnused(spec: ServiceSpec, old: ServiceSpec): void {
  if (hasClusterIp(old) && !hasClusterIp(spec)) {
    if (spec.clusterIP === old.clusterIP) delete spec.clusterIP;
    if (spec.clusterIPs?.join() === old.clusterIPs?.join()) delete spec.clusterIPs;
    if (spec.ipFamilies?.join() === old.ipFamilies?.join()) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === old.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  if (hasNodePorts(old) && !hasNodePorts(spec) && nodePorts(spec).isSubsetOf(nodePorts(old))) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (isExternal(old) && !isExternal(spec) && spec.externalTrafficPolicy === old.externalTrafficPolicy) {
    delete spec.externalTrafficPolicy;
  }
  if (
    needsHealthCheck(old) &&
    !needsHealthCheck(spec) &&
    spec.healthCheckNodePort === old.healthCheckNodePort
  ) {
    delete spec.healthCheckNodePort;
  }
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) {
      delete spec.allocateLoadBalancerNodePorts;
    }
    if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass;
  }
}

/** Lets clients set `clusterIP` alone: the list follows it, unless they set that too. */
export function normalizeClusterIps(spec: ServiceSpec, old?: ServiceSpec): void {
  const { clusterIP = '', clusterIPs = [] } = spec;
  const before = old?.clusterIPs ?? [];
  if (clusterIP === (old?.clusterIP ?? '')) return;
  if (clusterIPs.length !== before.length || clusterIPs.some((ip, i) => ip !== before[i])) return;
  if (clusterIP) spec.clusterIPs = [clusterIP];
  else delete spec.clusterIPs;
}

/** Who has no endpoints has no traffic to keep within a node: the field is taken, and never shown. */
export function dropInternalPolicy({ spec }: Service): void {
  if (spec?.type !== 'ExternalName') return;
  if (trafficPolicies.includes(spec.internalTrafficPolicy ?? '')) delete spec.internalTrafficPolicy;
}

/** An update that leaves out what the server had allocated keeps it, so that a client need not read it first. */
export function patchAllocated(object: Service, { spec: old }: Service): void {
  const { spec } = object;
  dropInternalPolicy(object);
  // Its load balancer goes later; nobody is to reach it by its addresses any more.
  if (spec?.type !== 'LoadBalancer' && object.status?.loadBalancer?.ingress)
    object.status = { ...object.status, loadBalancer: {} };
  if (!spec || !old) return;
  keepClusterIps(spec, old);
  normalizeClusterIps(spec, old);
  keepNodePorts(spec, old);
  if (needsHealthCheck(spec) && needsHealthCheck(old)) spec.healthCheckNodePort ||= old.healthCheckNodePort;
  dropUnused(spec, old);
}
