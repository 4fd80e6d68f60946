import { append } from '#base/append.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressServiceBackend,
  IngressTLS,
} from '../generated/types/networking.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyIp, parseIpSloppy } from '#machinery/ip.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPortName,
  checkPortNumber,
  checkWildcardDns1123Subdomain,
} from '#machinery/names.ts';
import {
  definedName,
  invalidEach,
  optionalName,
  requiredName,
  validateTypedReference,
} from '../validation.ts';

const shownMax = 3;

function hostsText(object: Ingress): string {
  const rules = object.spec?.rules ?? [];
  const shown: string[] = [];
  let isMore = false;
  for (const { host } of rules) {
    // Any rule that follows counts, with a host or without.
    if (shown.length === shownMax) isMore = true;
    else if (host) shown.push(host);
  }
  if (shown.length === 0) return '*';
  return isMore ? `${shown.join(',')} + ${rules.length - shownMax} more...` : shown.join(',');
}

function addressText(object: Ingress): string {
  const addresses = (object.status?.loadBalancer?.ingress ?? []).map(i => i.ip || i.hostname || '');
  return [...new Set(addresses.filter(Boolean))].sort().join(',');
}

const path = FieldPath.of('spec');
const classAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badSuffixes = ['/..', '/.'];

function validateHost(at: FieldPath, host: string): FieldError[] {
  const check = host.includes('*') ? checkWildcardDns1123Subdomain : checkDns1123Subdomain;
  return invalidEach(at, host, check(host));
}

function refuseAddress(at: FieldPath, host: string): FieldError[] {
  return parseIpSloppy(host) ? [fieldError.invalid(at, host, 'must be a DNS name, not an IP address')] : [];
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
  return validateTypedReference(at.child('resource'), resource, () => '');
}

function validatePath(
  at: FieldPath,
  { path: target = '', pathType, backend }: HTTPIngressPath,
): FieldError[] {
  const errors: FieldError[] = [];
  const pathPath = at.child('path');
  if (typeof pathType !== 'string')
    return [fieldError.required(at.child('pathType'), 'pathType must be specified')];
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
  const hostPath = at.child('host');
  const errors = host ? [...refuseAddress(hostPath, host), ...validateHost(hostPath, host)] : [];
  if (!http) return errors;
  const pathsPath = at.child('http', 'paths');
  if (!http.paths?.length) return [...errors, fieldError.required(pathsPath)];
  return [...errors, ...http.paths.flatMap((one, i) => validatePath(pathsPath.index(i), one))];
}

const hasBadSecret = ({ secretName }: IngressTLS) =>
  Boolean(secretName) && checkDns1123Subdomain(secretName!).length > 0;

/** Names of secrets were not looked at once, so an ingress keeps the ones that it has. */
function validateTls({ spec }: Ingress, old: Ingress | undefined): FieldError[] {
  const keepsSecrets = old?.spec?.tls?.some(hasBadSecret) ?? false;
  return (spec?.tls ?? []).flatMap(({ hosts = [], secretName }, i) => {
    const at = path.child('tls').index(i);
    return [
      ...hosts.flatMap((host, j) => validateHost(at.child('hosts').index(j), host)),
      ...(keepsSecrets ? [] : optionalName(at.child('secretName'), secretName, checkDns1123Subdomain)),
    ];
  });
}

/** The class was an annotation once; both may stand where they agree. */
function validateClassAnnotation({ metadata, spec }: Ingress): FieldError[] {
  const annotated = metadata.annotations?.[classAnnotation];
  const named = spec?.ingressClassName;
  if (annotated === undefined || named === undefined || annotated === named) return [];
  const at = FieldPath.of('annotations', classAnnotation);
  return [fieldError.invalid(at, annotated, 'must match `ingressClassName` when both are specified')];
}

function validateStatusUpdate({ status }: Ingress): FieldError[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const at = FieldPath.of('status', 'loadBalancer', 'ingress').index(i);
    const hostPath = at.child('hostname');
    return [
      ...optionalName(at.child('ip'), ip, checkLegacyIp),
      ...optionalName(hostPath, hostname, checkDns1123Subdomain),
      ...(hostname ? refuseAddress(hostPath, hostname) : []),
    ];
  });
}

function validate(ingress: Ingress, _context: StrategyContext, old?: Ingress): FieldError[] {
  const { rules, defaultBackend, ingressClassName } = ingress.spec ?? {};
  const errors: FieldError[] = [];
  if (!rules?.length && !defaultBackend) {
    errors.push(
      fieldError.invalid(path, rules ?? null, 'either `defaultBackend` or `rules` must be specified'),
    );
  }
  if (defaultBackend) append(errors, validateBackend(path.child('defaultBackend'), defaultBackend));
  return [
    ...errors,
    ...(rules ?? []).flatMap((rule, i) => validateRule(path.child('rules').index(i), rule)),
    ...validateTls(ingress, old),
    ...definedName(path.child('ingressClassName'), ingressClassName, checkDns1123Subdomain),
    ...(old ? [] : validateClassAnnotation(ingress)),
  ];
}

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
    metadataPasses: { update: ['update', 'create'] },
    prepareForCreate: object => {
      object.status = { loadBalancer: {} };
    },
    warnings: ({ metadata, spec }, old) =>
      old || spec?.ingressClassName !== undefined || metadata.annotations?.[classAnnotation] === undefined
        ? []
        : [
            `annotation ${JSON.stringify(classAnnotation)} is deprecated, please use 'spec.ingressClassName' instead`,
          ],
    validate,
    validateStatusUpdate,
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
