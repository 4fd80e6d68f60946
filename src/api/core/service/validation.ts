import { append } from '#base/append.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyCidr, checkLegacyIp, parseIpSloppy } from '#machinery/ip.ts';
import { validateLabels } from '#machinery/metadata.ts';
import { checkDns1123Subdomain, checkPortNumber, checkQualifiedName } from '#machinery/names.ts';
import type { Service, ServicePort, ServiceSpec } from '../../generated/types/core.v1.ts';
import {
  definedName,
  dns1123Label,
  dns1123Subdomain,
  invalidEach,
  optionalName,
  optionalOneOf,
  portNumberOrName,
  requiredOneOf,
} from '../../validation.ts';
import { asInternal } from '../../internal-type.ts';
import { validateAddressScope } from '../../address-validation.ts';
import { validateClusterIps } from './validate-cluster-ips.ts';

const path = FieldPath.of('spec');
const portsPath = path.child('ports');
const protocols = ['SCTP', 'TCP', 'UDP'];
const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
export const trafficPolicies: readonly string[] = ['Cluster', 'Local'];
const affinitySecondsMax = 86_400;
const annotationsPath = FieldPath.of('metadata', 'annotations');
const sourceRanges = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const topologyMode = 'service.kubernetes.io/topology-mode';
const topologyHints = 'service.kubernetes.io/topology-aware-hints';
const onlyLoadBalancer = "may only be used when `type` is 'LoadBalancer'";

export const isHeadless = ({ clusterIPs, clusterIP }: ServiceSpec) =>
  clusterIPs?.length === 1 ? clusterIPs[0] === 'None' : clusterIP === 'None';
export const isExternal = ({ type, externalIPs }: ServiceSpec) =>
  type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && (externalIPs?.length ?? 0) > 0);
export const needsHealthCheck = ({ type, externalTrafficPolicy }: ServiceSpec) =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';

function validateType(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.ports?.length && !isHeadless(spec) && spec.type !== 'ExternalName') {
    errors.push(fieldError.required(portsPath));
  }
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    const detail = `may not be set to 'None' for ${spec.type} services`;
    errors.push(fieldError.invalid(path.child('clusterIPs').index(0), 'None', detail));
  }
  if (spec.type === 'ExternalName') append(errors, validateExternalName(spec));
  return errors;
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (name: string, isSet: boolean) => {
    if (isSet)
      errors.push(fieldError.forbidden(path.child(name), 'may not be set for ExternalName services'));
  };
  forbid('clusterIPs', (spec.clusterIPs?.length ?? 0) > 0);
  forbid('ipFamilies', (spec.ipFamilies?.length ?? 0) > 0);
  forbid('ipFamilyPolicy', spec.ipFamilyPolicy !== undefined);
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  return name
    ? [...errors, ...dns1123Subdomain(path.child('externalName'), name)]
    : [...errors, fieldError.required(path.child('externalName'))];
}

function validatePort(at: FieldPath, port: ServicePort, needsName: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (port.name) append(errors, dns1123Label(at.child('name'), port.name));
  else if (needsName) errors.push(fieldError.required(at.child('name')));
  return [
    ...errors,
    ...invalidEach(at.child('port'), port.port, checkPortNumber(port.port)),
    ...requiredOneOf(at.child('protocol'), port.protocol, protocols),
    ...portNumberOrName(at.child('targetPort'), port.targetPort),
    ...definedName(at.child('appProtocol'), port.appProtocol, checkQualifiedName),
  ];
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = portsPath.index(i);
    const errors = validatePort(at, port, ports.length > 1);
    if (port.name && names.has(port.name)) errors.push(fieldError.duplicate(at.child('name'), port.name));
    if (port.name) names.add(port.name);
    return errors;
  });
}

function validatePortNumbers(spec: ServiceSpec): FieldError[] {
  const nodePorts = new Set<string>();
  const numbers = new Set<string>();
  const errors: FieldError[] = [];
  (spec.ports ?? []).forEach(({ protocol, port, nodePort }, i) => {
    const at = portsPath.index(i);
    if (nodePort && spec.type === 'ClusterIP') {
      errors.push(fieldError.forbidden(at.child('nodePort'), "may not be used when `type` is 'ClusterIP'"));
    }
    if (nodePort && nodePorts.has(`${protocol}/${nodePort}`)) {
      errors.push(fieldError.duplicate(at.child('nodePort'), nodePort));
    }
    nodePorts.add(`${protocol}/${nodePort}`);
    if (numbers.has(`${protocol}/${port}`))
      errors.push(fieldError.duplicate(at, asInternal('core.ServicePort', { protocol, port })));
    numbers.add(`${protocol}/${port}`);
  });
  return errors;
}

function validateAffinity(spec: ServiceSpec): FieldError[] {
  const errors = requiredOneOf(path.child('sessionAffinity'), spec.sessionAffinity, ['ClientIP', 'None']);
  const at = path.child('sessionAffinityConfig');
  const config = spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'None' && config) {
    errors.push(fieldError.forbidden(at, 'must not be set when session affinity is None'));
  }
  if (spec.sessionAffinity !== 'ClientIP') return errors;
  const detail = 'when session affinity type is ClientIP';
  const seconds = config?.clientIP?.timeoutSeconds;
  if (!config) errors.push(fieldError.required(at, detail));
  else if (!config.clientIP) errors.push(fieldError.required(at.child('clientIP'), detail));
  else if (seconds === undefined)
    errors.push(fieldError.required(at.child('clientIP', 'timeoutSeconds'), detail));
  else if (seconds <= 0 || seconds > affinitySecondsMax) {
    const range = `must be greater than 0 and less than ${affinitySecondsMax}`;
    errors.push(fieldError.invalid(at.child('clientIP', 'timeoutSeconds'), seconds, range));
  }
  return errors;
}

/** Whom a load balancer serves: a field or, where that says nothing, the annotation that came before it. */
function validateSourceRanges({ spec, metadata }: Service, isLoadBalancer: boolean): FieldError[] {
  const ranges = spec?.loadBalancerSourceRanges ?? [];
  const text = metadata.annotations?.[sourceRanges];
  if (ranges.length === 0 && text === undefined) return [];
  const at = ranges.length > 0 ? path.child('LoadBalancerSourceRanges') : annotationsPath.key(sourceRanges);
  const list = ranges.length > 0 ? ranges : text?.trim() ? text.split(',') : [];
  return [
    ...(isLoadBalancer ? [] : [fieldError.forbidden(at, onlyLoadBalancer)]),
    ...list.flatMap((range, i) => {
      const place = ranges.length > 0 ? at.index(i) : at;
      return invalidEach(place, range.trim(), checkLegacyCidr(range.trim()));
    }),
  ];
}

/** Two names of one annotation. */
function validateTopologyMode({ metadata }: Service): FieldError[] {
  const mode = metadata.annotations?.[topologyMode];
  const hints = metadata.annotations?.[topologyHints];
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const detail = `must match annotations[${topologyHints}] when both are specified`;
  return [fieldError.invalid(annotationsPath.key(topologyMode), mode, detail)];
}

function validateLoadBalancer(service: Service, spec: ServiceSpec): FieldError[] {
  const isLoadBalancer = spec.type === 'LoadBalancer';
  const errors = validateSourceRanges(service, isLoadBalancer);
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isLoadBalancer) {
    errors.push(fieldError.forbidden(path.child('allocateLoadBalancerNodePorts'), onlyLoadBalancer));
  }
  return [...errors, ...validateLoadBalancerClass(spec)];
}

function validateLoadBalancerClass({ type, loadBalancerClass: name }: ServiceSpec): FieldError[] {
  if (name === undefined) return [];
  const at = path.child('loadBalancerClass');
  if (type !== 'LoadBalancer') return [fieldError.forbidden(at, onlyLoadBalancer)];
  return invalidEach(at, name, checkQualifiedName(name));
}

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const external = spec.externalTrafficPolicy;
  const at = path.child('externalTrafficPolicy');
  if (isExternal(spec)) append(errors, requiredOneOf(at, external, trafficPolicies));
  else if (external) {
    errors.push(fieldError.invalid(at, external, 'may only be set for externally-accessible services'));
  }
  const health = spec.healthCheckNodePort;
  if (health && !needsHealthCheck(spec)) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(fieldError.invalid(path.child('healthCheckNodePort'), health, detail));
  } else if (health)
    append(errors, invalidEach(path.child('healthCheckNodePort'), health, checkPortNumber(health)));
  append(
    errors,
    optionalOneOf(path.child('internalTrafficPolicy'), spec.internalTrafficPolicy, trafficPolicies),
  );
  return [
    ...errors,
    ...optionalOneOf(path.child('trafficDistribution'), spec.trafficDistribution, [
      'PreferClose',
      'PreferSameZone',
      'PreferSameNode',
    ]),
  ];
}

/** A new service. One that is updated is judged after what the update changes. */
export function validateService(service: Service, _context: unknown, old?: Service): FieldError[] {
  return old ? [] : validateWhole(service);
}

function validateWhole(service: Service, old?: ServiceSpec): FieldError[] {
  const { spec } = service;
  if (!spec) return [fieldError.required(portsPath)];
  return [
    ...validateTopologyMode(service),
    ...validateType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, path.child('selector')),
    ...validateAffinity(spec),
    ...validateClusterIps(path, spec, old),
    ...(spec.externalIPs ?? []).flatMap((ip, i) => {
      const at = path.child('externalIPs').index(i);
      const errors = invalidEach(at, ip, checkLegacyIp(ip));
      return errors.length > 0 ? errors : validateAddressScope(at, ip);
    }),
    ...requiredOneOf(path.child('type'), spec.type, types),
    ...validatePortNumbers(spec),
    ...validateLoadBalancer(service, spec),
    ...validateTraffic(spec),
  ];
}

/**
 * Addresses, or their families: the first stays; the second may come, and go where the policy says so. Headless services
 * have no addresses to keep. Where families come or go, upstream shows the addresses instead.
 */
function validateFamilyChange(
  name: 'clusterIPs' | 'ipFamilies',
  spec: ServiceSpec,
  old: ServiceSpec,
  what: string,
): FieldError[] {
  const now: readonly string[] = spec[name] ?? [];
  const before: readonly string[] = old[name] ?? [];
  const invalid = (i: number, detail: string) =>
    fieldError.invalid(path.child(name).index(i), spec[name] ?? null, detail);
  const changed = 'may not change once set';
  if (now.length === before.length) {
    return before.flatMap((value, i) =>
      value === now[i] ? [] : [invalid(name === 'clusterIPs' ? i : 0, changed)],
    );
  }
  const errors: FieldError[] = [];
  if (now.length === 0) errors.push(invalid(0, `primary ${what} can not be unset`));
  if (before[0] && now[0] && before[0] !== now[0]) {
    errors.push(fieldError.invalid(path.child(name).index(0), spec.clusterIPs ?? null, changed));
  }
  if (now.length === 1 && before.length > 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`;
    errors.push(fieldError.invalid(path.child('ipFamilyPolicy'), spec.ipFamilyPolicy ?? null, detail));
  }
  return errors;
}

function validateClusterIpChange(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  const [is, was] = [isHeadless(spec), isHeadless(old)];
  return [
    ...(is && was ? [] : validateFamilyChange('clusterIPs', spec, old, 'clusterIP')),
    ...(is || was ? [] : validateFamilyChange('ipFamilies', spec, old, 'ipFamily')),
  ];
}

/** What a service's update may not change, and the service as it would be. */
export function validateServiceUpdate(service: Service, { spec: old }: Service): FieldError[] {
  const { spec } = service;
  if (!spec || !old) return validateWhole(service);
  const errors = validateClusterIpChange(spec, old);
  if (
    spec.type === 'LoadBalancer' &&
    old.type === 'LoadBalancer' &&
    spec.loadBalancerClass !== old.loadBalancerClass
  ) {
    const at = path.child('loadBalancerClass');
    errors.push(fieldError.invalid(at, spec.loadBalancerClass ?? null, 'may not change once set'));
  }
  append(errors, validateLoadBalancerClass(spec));
  if (
    needsHealthCheck(spec) &&
    needsHealthCheck(old) &&
    spec.healthCheckNodePort !== old.healthCheckNodePort
  ) {
    errors.push(fieldError.forbidden(path.child('healthCheckNodePort'), 'field is immutable'));
  }
  append(errors, validateWhole(service, old));
  return errors;
}

/** The addresses that a load balancer's controller reports. */
export function validateServiceStatusUpdate({ spec, status }: Service): FieldError[] {
  const at = FieldPath.of('status', 'loadBalancer', 'ingress');
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (ingress.length > 0 && spec?.type !== 'LoadBalancer') {
    return [fieldError.forbidden(at, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return ingress.flatMap(({ ip, hostname, ipMode }, i) => {
    const errors = optionalName(at.index(i).child('ip'), ip, checkLegacyIp);
    if (ip && ipMode === undefined) {
      errors.push(fieldError.required(at.index(i).child('ipMode'), 'must be specified when `ip` is set'));
    }
    if (!ip && ipMode !== undefined) {
      errors.push(
        fieldError.forbidden(at.index(i).child('ipMode'), 'may not be specified when `ip` is not set'),
      );
    } else append(errors, optionalOneOf(at.index(i).child('ipMode'), ipMode, ['Proxy', 'VIP']));
    const hostPath = at.index(i).child('hostname');
    append(errors, optionalName(hostPath, hostname, checkDns1123Subdomain));
    if (!hostname || !parseIpSloppy(hostname)) return errors;
    return [...errors, fieldError.invalid(hostPath, hostname, 'must be a DNS name, not an IP address')];
  });
}
