import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyIp } from '#machinery/ip.ts';
import { validateAnnotations, validateLabels } from '#machinery/metadata.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkDns1123SubdomainWithUnderscore,
  checkInRange,
  checkQualifiedName,
} from '#machinery/names.ts';
import type {
  PodDNSConfig,
  PodResourceClaim,
  PodSpec,
  PodTemplateSpec,
} from '../../generated/types/core.v1.ts';
import { asInternal } from '../../internal-type.ts';
import { definedName, dns1123Subdomain, invalidEach, optionalName, requiredOneOf } from '../../validation.ts';
import { type KnownSpec, knownSpec } from './known-specs.ts';
import { validatePodAnnotations, validateProfilesAgree } from './validate-annotations.ts';
import {
  restartPolicies,
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from './validate-containers.ts';
import { containersOf, validateOs } from './validate-os.ts';
import { validateOverhead, validatePodResources } from './validate-resources.ts';
import {
  validateAffinity,
  validateSchedulingGates,
  validateSpread,
  validateTolerations,
} from './validate-scheduling.ts';
import { validatePodSecurity } from './validate-security.ts';
import { validateVolumes } from './validate-volumes.ts';
import { validateHostProcess } from './validate-windows.ts';

const maxInt32 = 0x7fffffff;
const noSpec: PodSpec = { containers: [] };
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const hostnameLengthMax = 64;
const nameserversMax = 3;
const searchPathsMax = 32;
const searchListLengthMax = 2048;

function validateDnsConfig(
  path: FieldPath,
  config: PodDNSConfig | undefined,
  policy: string | undefined,
): FieldError[] {
  if (policy === 'None') {
    if (!config) return [fieldError.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if (!config.nameservers?.length) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      return [fieldError.required(path.child('nameservers'), detail)];
    }
  }
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  const errors: FieldError[] = [];
  const limit = (name: string, values: readonly string[], exceeded: boolean, what: string) => {
    if (exceeded)
      errors.push(fieldError.invalid(path.child(name), values, `must not have more than ${what}`));
  };
  limit('nameservers', nameservers, nameservers.length > nameserversMax, `${nameserversMax} nameservers`);
  nameservers.forEach((ip, i) => {
    append(errors, invalidEach(path.child('nameservers').index(i), ip, checkLegacyIp(ip)));
  });
  limit('searches', searches, searches.length > searchPathsMax, `${searchPathsMax} search paths`);
  const tooLong = searches.join(' ').length > searchListLengthMax;
  limit(
    'searches',
    searches,
    tooLong,
    `${searchListLengthMax} characters (including spaces) in the search list`,
  );
  searches.forEach((search, i) => {
    if (search === '.') return;
    const name = search.replace(/\.$/, '');
    append(
      errors,
      invalidEach(path.child('searches').index(i), name, checkDns1123SubdomainWithUnderscore(name)),
    );
  });
  options.forEach((option, i) => {
    if (!option.name) errors.push(fieldError.required(path.child('options').index(i), 'must not be empty'));
  });
  return errors;
}

function validateHostNetwork(path: FieldPath, spec: PodSpec, isPod: boolean): FieldError[] {
  if (!spec.hostNetwork) return [];
  const errors: FieldError[] = [];
  spec.containers?.forEach(({ ports = [] }, ci) => {
    ports.forEach(({ hostPort = 0, containerPort }, pi) => {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return;
      const at = path.child('containers').index(ci).child('ports').index(pi).child('hostPort');
      errors.push(fieldError.invalid(at, hostPort, 'must match `containerPort` when `hostNetwork` is true'));
    });
  });
  return errors;
}

/** What a pod with users of its own (KEP-127) may not have; two of the fields are called as upstream calls them. */
function validateHostUsers(path: FieldPath, spec: PodSpec): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const taken: FieldPath[] = [];
  if (spec.hostNetwork) taken.push(path.child('hostNetwork'));
  if (spec.hostPID) taken.push(path.child('HostPID'));
  if (spec.hostIPC) taken.push(path.child('HostIPC'));
  for (const [at, { volumeDevices }] of containersOf(path, spec)) {
    if (volumeDevices?.length) taken.push(at.child('volumeDevices'));
  }
  return taken.map(at => fieldError.forbidden(at, 'when `hostUsers` is false'));
}

/** Files that variables are read from are in an emptyDir (KEP-3721). */
function validateFileVolumes(path: FieldPath, spec: PodSpec): FieldError[] {
  const volumes = new Map(spec.volumes?.map(volume => [volume.name, volume]));
  return containersOf(path, spec).flatMap(([at, { env = [] }]) =>
    env.flatMap(({ valueFrom }, i) => {
      if (!valueFrom?.fileKeyRef) return [];
      const { volumeName } = valueFrom.fileKeyRef;
      const place = at.child('env').index(i).child('valueFrom', 'fileKeyRef', 'volumeName');
      const volume = volumes.get(volumeName);
      if (!volume) return [fieldError.notFound(place, volumeName)];
      const detail = 'referenced volume must be of type emptyDir';
      return volume.emptyDir ? [] : [fieldError.invalid(place, volumeName, detail)];
    }),
  );
}

function validateClaim(path: FieldPath, claim: PodResourceClaim, names: Set<string>): FieldError[] {
  const { name, resourceClaimName, resourceClaimTemplateName } = claim;
  const errors: FieldError[] = [];
  if (!name) errors.push(fieldError.required(path.child('name')));
  else if (names.has(name)) errors.push(fieldError.duplicate(path.child('name'), name));
  else append(errors, invalidEach(path.child('name'), name, checkDns1123Label(name)));
  names.add(name);
  if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
    const detail = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
    errors.push(fieldError.invalid(path, asInternal('core.PodResourceClaim', claim), detail));
  }
  if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
    const detail = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
    errors.push(fieldError.invalid(path, asInternal('core.PodResourceClaim', claim), detail));
  }
  return [
    ...errors,
    ...definedName(path.child('resourceClaimName'), resourceClaimName, checkDns1123Subdomain),
    ...definedName(path.child('resourceClaimTemplateName'), resourceClaimTemplateName, checkDns1123Subdomain),
  ];
}

/** A host name of the pod's own choice excludes other ways to choose it (KEP-4762). */
function validateHostnameOverride(path: FieldPath, spec: PodSpec): FieldError[] {
  const { hostnameOverride: name, setHostnameAsFQDN, hostNetwork } = spec;
  if (name === undefined) return [];
  const excluding = [setHostnameAsFQDN && 'setHostnameAsFQDN', hostNetwork && 'hostNetwork'];
  return [
    ...excluding
      .filter(field => !!field)
      .map(field => fieldError.forbidden(path, `may not be specified when ${field} is true`)),
    ...(name.length > hostnameLengthMax ? [fieldError.tooLong(path, hostnameLengthMax)] : []),
    ...dns1123Subdomain(path, name),
  ];
}

function validateNames(path: FieldPath, spec: PodSpec): FieldError[] {
  const deadline = spec.activeDeadlineSeconds;
  return [
    ...optionalName(path.child('serviceAccountName'), spec.serviceAccountName, checkDns1123Subdomain),
    ...optionalName(path.child('nodeName'), spec.nodeName, checkDns1123Subdomain),
    ...(deadline === undefined
      ? []
      : invalidEach(path.child('activeDeadlineSeconds'), deadline, checkInRange(deadline, 1, maxInt32))),
    ...optionalName(path.child('hostname'), spec.hostname, checkDns1123Label),
    ...optionalName(path.child('subdomain'), spec.subdomain, checkDns1123Label),
    ...validateTolerations(path.child('tolerations'), spec.tolerations),
    ...(spec.hostAliases ?? []).flatMap(({ ip, hostnames = [] }, i) => {
      const at = path.child('hostAliases').index(i);
      return [
        ...invalidEach(at.child('ip'), ip, checkLegacyIp(ip)),
        ...hostnames.flatMap((name, j) => dns1123Subdomain(at.child('hostnames').index(j), name)),
      ];
    }),
    ...optionalName(path.child('priorityClassName'), spec.priorityClassName, checkDns1123Subdomain),
    ...definedName(path.child('runtimeClassName'), spec.runtimeClassName, checkDns1123Subdomain),
    ...(spec.preemptionPolicy === undefined
      ? []
      : requiredOneOf(path.child('preemptionPolicy'), spec.preemptionPolicy, [
          'PreemptLowerPriority',
          'Never',
        ])),
    ...validateOverhead(path.child('overhead'), spec.overhead),
  ];
}

/** A pod's spec: in a pod (`isPod`), or in a template. One like those that were found in order is not judged again. */
export function validatePodSpec(
  path: FieldPath,
  given: PodSpec | undefined,
  isPod: boolean,
  podName = '',
  lookedUp?: KnownSpec,
): FieldError[] {
  if (!given) return [fieldError.required(path.child('containers'))];
  const known = lookedUp ?? knownSpec(given);
  const verdict = isPod ? 'isValid' : 'isValidInTemplate';
  if (known?.[verdict]) return [];
  const errors = judgePodSpec(path, given, isPod, podName);
  if (known && errors.length === 0) known[verdict] = true;
  return errors;
}

function judgePodSpec(path: FieldPath, given: PodSpec, isPod: boolean, podName: string): FieldError[] {
  const volumes = validateVolumes(path.child('volumes'), given.volumes, isPod, podName);
  const spec = { ...given, volumes: volumes.valid };
  const claimNames = new Set<string>();
  const claims = spec.resourceClaims ?? [];
  return [
    ...volumes.errors,
    ...claims.flatMap((claim, i) => validateClaim(path.child('resourceClaims').index(i), claim, claimNames)),
    ...validateContainers(path.child('containers'), spec),
    ...validateInitContainers(path.child('initContainers'), spec),
    ...validateEphemeralContainers(path.child('ephemeralContainers'), spec),
    ...validatePodResources(path.child('resources'), spec),
    ...validateHostNetwork(path, spec, isPod),
    ...requiredOneOf(path.child('restartPolicy'), spec.restartPolicy, restartPolicies),
    ...requiredOneOf(path.child('dnsPolicy'), spec.dnsPolicy, dnsPolicies),
    ...validateLabels(spec.nodeSelector, path.child('nodeSelector')),
    ...validatePodSecurity(path, spec),
    ...validateAffinity(path.child('affinity'), spec.affinity),
    ...validateDnsConfig(path.child('dnsConfig'), spec.dnsConfig, spec.dnsPolicy),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, i) => {
      const at = path.child('readinessGates').index(i).child('conditionType');
      return invalidEach(at, conditionType, checkQualifiedName(conditionType));
    }),
    ...validateSchedulingGates(path.child('schedulingGates'), spec.schedulingGates),
    ...validateSpread(path.child('topologySpreadConstraints'), spec.topologySpreadConstraints),
    ...validateHostProcess(path, spec),
    ...validateHostUsers(path, spec),
    ...validateHostnameOverride(path.child('hostnameOverride'), spec),
    ...validateNames(path, spec),
    ...validateOs(path, spec),
    ...validateFileVolumes(path, { ...spec, volumes: given.volumes ?? [] }),
  ];
}

/** The pod template of a workload. */
export function validatePodTemplate(path: FieldPath, template: PodTemplateSpec | undefined): FieldError[] {
  const metadata = template?.metadata;
  const errors = [
    ...validateLabels(metadata?.labels, path.child('labels')),
    ...validateAnnotations(metadata?.annotations, path.child('annotations')),
    ...validatePodAnnotations(path.child('annotations'), metadata?.annotations, template?.spec ?? noSpec),
    ...validatePodSpec(path.child('spec'), template?.spec, false),
    ...validateProfilesAgree(path.child('spec'), metadata?.annotations, template?.spec ?? noSpec),
  ];
  if (template?.spec?.ephemeralContainers?.length) {
    const at = path.child('spec', 'ephemeralContainers');
    errors.push(fieldError.forbidden(at, 'ephemeral containers not allowed in pod template'));
  }
  return errors;
}
