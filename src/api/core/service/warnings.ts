import { FieldPath } from '#machinery/field.ts';
import { cidrWarnings, ipWarnings } from '../../address-warnings.ts';
import type { Service } from '../../generated/types/core.v1.ts';

const oldHints = 'service.kubernetes.io/topology-aware-hints';
const topologyMode = 'service.kubernetes.io/topology-mode';
const path = FieldPath.of('spec');

/** What a service holds that is deprecated, or that its type has no use for. */
export function serviceWarnings({ metadata, spec }: Service): string[] {
  if (!spec) return [];
  const { externalIPs = [], clusterIPs = [], loadBalancerIP = '', type, trafficDistribution } = spec;
  const isHeadless = type === 'ClusterIP' && spec.clusterIP === 'None';
  const isExternal = type === 'ExternalName';
  const when = (applies: boolean, message: string) => (applies ? [message] : []);
  const addresses = (name: string, list: readonly string[]) =>
    list.flatMap((address, i) => ipWarnings(path.child(name).index(i), address));
  return [
    ...when(
      metadata.annotations?.[oldHints] !== undefined,
      `annotation ${oldHints} is deprecated, please use ${topologyMode} instead`,
    ),
    ...(isHeadless ? [] : addresses('clusterIPs', clusterIPs)),
    ...when(isHeadless && loadBalancerIP !== '', 'spec.loadBalancerIP is ignored for headless services'),
    ...when(isHeadless && externalIPs.length > 0, 'spec.externalIPs is ignored for headless services'),
    ...when(
      isHeadless && spec.sessionAffinity !== 'None',
      'spec.SessionAffinity is ignored for headless services',
    ),
    ...addresses('externalIPs', externalIPs),
    ...when(
      externalIPs.length > 0 && !isHeadless && !isExternal,
      'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
    ),
    ...ipWarnings(path.child('loadBalancerIP'), loadBalancerIP),
    ...(spec.loadBalancerSourceRanges ?? []).flatMap((range, i) =>
      cidrWarnings(path.child('loadBalancerSourceRanges').index(i), range),
    ),
    ...when(
      isExternal && externalIPs.length > 0,
      'spec.externalIPs is ignored when spec.type is "ExternalName"',
    ),
    ...when(
      !isExternal && Boolean(spec.externalName),
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ),
    ...when(
      trafficDistribution === 'PreferClose',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ),
  ];
}

/** The same of the addresses that a load balancer reports. */
export function serviceStatusWarnings({ status }: Service): string[] {
  const at = FieldPath.of('status', 'loadBalancer', 'ingress');
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip = '' }, i) => ipWarnings(at.index(i), ip));
}
