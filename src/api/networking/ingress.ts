import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressServiceBackend,
} from '../generated/types/networking.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { parseIp } from '#machinery/ip.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPortName,
  checkPortNumber,
  checkWildcardDns1123Subdomain,
} from '#machinery/names.ts';
import { invalidEach, optionalName, requiredName } from '../validation.ts';

const shownMax = 3;

function hostsText(object: Ingress): string {
  const rules = object.spec?.rules ?? [];
  const hosts = rules.map(rule => rule.host ?? '').filter(Boolean);
  if (hosts.length === 0) return '*';
  const shown = hosts.slice(0, shownMax).join(',');
  return hosts.length >= shownMax && rules.length > shownMax
    ? `${shown} + ${rules.length - shownMax} more...`
    : shown;
}

function addressText(object: Ingress): string {
  const addresses = (object.status?.loadBalancer?.ingress ?? []).map(i => i.ip || i.hostname || '');
  return [...new Set(addresses.filter(Boolean))].sort().join(',');
}

const path = FieldPath.of('spec');
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badSuffixes = ['/..', '/.'];

function validateHost(at: FieldPath, host: string): FieldError[] {
  if (parseIp(host)) return [fieldError.invalid(at, host, 'must be a DNS name, not an IP address')];
  const check = host.includes('*') ? checkWildcardDns1123Subdomain : checkDns1123Subdomain;
  return invalidEach(at, host, check(host));
}

function validateServiceBackend(backend: FieldPath, service: IngressServiceBackend): FieldError[] {
  const at = backend.child('service');
  const errors = requiredName(at.child('name'), service.name, checkDns1123Label);
  const { name = '', number = 0 } = service.port ?? {};
  if (name && number) {
    return [...errors, fieldError.invalid(backend, '', 'cannot set both port name & port number')];
  }
  if (name) return [...errors, ...invalidEach(at.child('port', 'name'), name, checkPortName(name))];
  if (number) return [...errors, ...invalidEach(at.child('port', 'number'), number, checkPortNumber(number))];
  return [...errors, fieldError.required(backend, 'port name or number is required')];
}

function validateBackend(at: FieldPath, backend: IngressBackend | undefined): FieldError[] {
  const { service, resource } = backend ?? {};
  if (service && resource) {
    return [fieldError.invalid(at, '', 'cannot set both resource and service backends')];
  }
  if (service) return validateServiceBackend(at, service);
  if (!resource) return [fieldError.invalid(at, '', 'resource or service backend is required')];
  return [
    ...(resource.kind ? [] : [fieldError.required(at.child('resource', 'kind'))]),
    ...(resource.name ? [] : [fieldError.required(at.child('resource', 'name'))]),
  ];
}

function validatePath(
  at: FieldPath,
  { path: target = '', pathType, backend }: HTTPIngressPath,
): FieldError[] {
  const errors: FieldError[] = [];
  const pathPath = at.child('path');
  if (!pathType) return [fieldError.required(at.child('pathType'), 'pathType must be specified')];
  if (pathType === 'ImplementationSpecific') {
    if (target && !target.startsWith('/')) {
      errors.push(fieldError.invalid(pathPath, target, 'must be an absolute path'));
    }
  } else if (pathTypes.includes(pathType)) {
    if (!target.startsWith('/'))
      errors.push(fieldError.invalid(pathPath, target, 'must be an absolute path'));
    for (const part of badSequences.filter(sequence => target.includes(sequence))) {
      errors.push(fieldError.invalid(pathPath, target, `must not contain '${part}'`));
    }
    for (const part of badSuffixes.filter(suffix => target.endsWith(suffix))) {
      errors.push(fieldError.invalid(pathPath, target, `cannot end with '${part}'`));
    }
  } else errors.push(fieldError.notSupported(at.child('pathType'), pathType, pathTypes));
  return [...errors, ...validateBackend(at.child('backend'), backend)];
}

function validateRule(at: FieldPath, { host, http }: IngressRule): FieldError[] {
  const errors = host ? validateHost(at.child('host'), host) : [];
  if (!http) return errors;
  const pathsPath = at.child('http', 'paths');
  if (!http.paths?.length) return [...errors, fieldError.required(pathsPath)];
  return [...errors, ...http.paths.flatMap((one, i) => validatePath(pathsPath.index(i), one))];
}

function validate({ spec }: Ingress): FieldError[] {
  const { rules = [], tls = [], defaultBackend, ingressClassName } = spec ?? {};
  const errors: FieldError[] = [];
  if (rules.length === 0 && !defaultBackend) {
    errors.push(fieldError.invalid(path, rules, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (defaultBackend) errors.push(...validateBackend(path.child('defaultBackend'), defaultBackend));
  return [
    ...errors,
    ...rules.flatMap((rule, i) => validateRule(path.child('rules').index(i), rule)),
    ...tls.flatMap(({ hosts = [] }, i) =>
      hosts.flatMap((host, j) => validateHost(path.child('tls').index(i).child('hosts').index(j), host)),
    ),
    ...optionalName(path.child('ingressClassName'), ingressClassName, checkDns1123Subdomain),
  ];
}

const classAnnotation = 'kubernetes.io/ingress.class';

export const ingressResource = defineResource<Ingress>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.Ingress' }],
  kind: 'Ingress',
  resource: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  namespaced: true,
  statusSubresource: true,
  strategy: {
    prepareForCreate: (object, context) => {
      object.status = { loadBalancer: {} };
      if (object.metadata.annotations?.[classAnnotation] === undefined) return;
      context.warn(
        `annotation ${JSON.stringify(classAnnotation)} is deprecated, please use 'spec.ingressClassName' instead`,
      );
    },
    validate,
  },
  columns: [nameColumn, column('Class'), column('Hosts'), column('Address'), column('Ports'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec?.ingressClassName ?? '<none>',
    hostsText(object),
    addressText(object),
    object.spec?.tls?.length ? '80, 443' : '80',
    age(object, nowMs),
  ],
});
