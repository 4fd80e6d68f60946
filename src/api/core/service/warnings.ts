import { ipToString, isIpv4Mapped, parseIp, parseIpSloppy } from '#machinery/ip.ts';
import type { StrategyContext } from '../../definition.ts';
import type { Service } from '../../generated/types/core.v1.ts';

const oldHints = 'service.kubernetes.io/topology-aware-hints';
const topologyMode = 'service.kubernetes.io/topology-mode';

/** An address that is valid for old times' sake alone, or not in its canonical form. */
function addressWarnings(path: string, text: string): string[] {
  const sloppy = parseIpSloppy(text);
  if (!sloppy) return [];
  const canonical = ipToString(sloppy);
  const strict = parseIp(text);
  if (!strict || (text.includes(':') && isIpv4Mapped(strict))) {
    return [
      `${path}: non-standard IP address ${JSON.stringify(text)} is invalid: use ${JSON.stringify(canonical)}`,
    ];
  }
  return text.includes(':') && canonical !== text
    ? [
        `${path}: IPv6 address ${JSON.stringify(text)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
      ]
    : [];
}

/** Warnings of what a service holds that is deprecated, or that its type has no use for. */
export function warnOfService({ metadata, spec }: Service, context: StrategyContext): void {
  if (!spec) return;
  const { externalIPs = [], clusterIPs = [], loadBalancerIP = '', type, trafficDistribution } = spec;
  const warn = (applies: boolean, message: string) => {
    if (applies) context.warn(message);
  };
  const warnOfAddresses = (name: string, addresses: readonly string[]) => {
    addresses.forEach((address, i) => {
      for (const warning of addressWarnings(`spec.${name}[${i}]`, address)) context.warn(warning);
    });
  };
  const isHeadless = type === 'ClusterIP' && spec.clusterIP === 'None';
  const isExternal = type === 'ExternalName';
  const hints = `annotation ${oldHints} is deprecated, please use ${topologyMode} instead`;
  warn(metadata.annotations?.[oldHints] !== undefined, hints);
  if (!isHeadless) warnOfAddresses('clusterIPs', clusterIPs);
  warn(isHeadless && loadBalancerIP !== '', 'spec.loadBalancerIP is ignored for headless services');
  warn(isHeadless && externalIPs.length > 0, 'spec.externalIPs is ignored for headless services');
  warn(
    isHeadless && spec.sessionAffinity !== 'None',
    'spec.SessionAffinity is ignored for headless services',
  );
  warnOfAddresses('externalIPs', externalIPs);
  warn(
    externalIPs.length > 0 && !isHeadless && !isExternal,
    'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
  );
  for (const warning of addressWarnings('spec.loadBalancerIP', loadBalancerIP)) context.warn(warning);
  warn(isExternal && externalIPs.length > 0, 'spec.externalIPs is ignored when spec.type is "ExternalName"');
  warn(
    !isExternal && Boolean(spec.externalName),
    'spec.externalName is ignored when spec.type is not "ExternalName"',
  );
  warn(
    trafficDistribution === 'PreferClose',
    'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
  );
}
