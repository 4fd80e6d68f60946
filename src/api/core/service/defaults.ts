import type { Service, ServiceSpec } from '../../generated/types/core.v1.ts';

const affinityTimeoutSeconds = 10_800;

function setAffinityDefaults(spec: ServiceSpec): void {
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinity === 'ClientIP' && timeout === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: affinityTimeoutSeconds } };
  }
}

function setTrafficDefaults(spec: ServiceSpec): void {
  const isOutside = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  const hasExternalIps = spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0;
  if (isOutside || hasExternalIps) spec.externalTrafficPolicy ||= 'Cluster';
  if (isOutside || spec.type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

/** Defaults of a service; addresses, families and node ports are allocated, not defaulted. */
export function setServiceDefaults({ spec, status }: Service): void {
  for (const ingress of status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
  if (!spec) return;
  setAffinityDefaults(spec);
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    port.targetPort ||= port.port;
  }
  setTrafficDefaults(spec);
}
