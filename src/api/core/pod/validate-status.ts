/** The rules of what the kubelet and others report of a pod. */
import { append } from '#base/append.ts';
import { utf8Length } from '#machinery/bytes.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyIp, familyOf } from '#machinery/ip.ts';
import { checkDns1123Subdomain, checkQualifiedName, checkUserOrGroupId } from '#machinery/names.ts';
import type {
  Container,
  ContainerStatus,
  Pod,
  PodSpec,
  ResourceStatus,
} from '../../generated/types/core.v1.ts';
import { asInternal } from '../../internal-type.ts';
import {
  definedName,
  dns1123Label,
  immutable,
  invalidEach,
  optionalOneOf,
  repeats,
  requiredName,
} from '../../validation.ts';
import { requiredFeatures } from './required-features.ts';
import { validatePodAnnotationsUpdate } from './validate-annotations.ts';

const statusPath = FieldPath.of('status');
const annotationsPath = FieldPath.of('metadata', 'annotations');
const systemConditions = ['PodScheduled', 'Ready', 'Initialized'];
const healths = ['Healthy', 'Unhealthy', 'Unknown'];
/** The lists of containers, with their statuses' list. */
const lists = [
  ['containers', 'containerStatuses'],
  ['initContainers', 'initContainerStatuses'],
  ['ephemeralContainers', 'ephemeralContainerStatuses'],
] as const;
const messageMax = 1024;

type List = (typeof lists)[number][0];
type StatusList = (typeof lists)[number][1];
type RestartRule = NonNullable<Container['restartPolicyRules']>[number];

function isFor({ exitCodes }: RestartRule, exitCode: number): boolean {
  const isListed = exitCodes?.values?.includes(exitCode) ?? false;
  return exitCodes !== undefined && isListed === (exitCodes.operator === 'In');
}

/** Whether a container that ended so may start again: by its rules, its own policy, or the pod's. */
function mayRestart(container: Container | undefined, spec: PodSpec | undefined, exitCode: number): boolean {
  if (!container) return false;
  const { restartPolicy = spec?.restartPolicy, restartPolicyRules = [] } = container;
  if (restartPolicyRules.some(rule => isFor(rule, exitCode))) return true;
  return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
}

/** The first of each name. */
const byName = <T extends { name: string }>(named: readonly T[] | undefined) =>
  new Map((named ?? []).map(one => [one.name, one] as const).reverse());

/** One that was added to look into the pod (KEP-277) never starts again. */
function validateTransitions(list: List, name: StatusList, pod: Pod, { spec, status }: Pod): FieldError[] {
  if (list !== 'ephemeralContainers' && requiredFeatures(spec).length > 0) return [];
  const statuses = byName(pod.status?.[name]);
  const containers = list === 'ephemeralContainers' ? undefined : byName(spec?.[list]);
  return (status?.[name] ?? []).flatMap((before, i) => {
    const ended = before.state?.terminated;
    const now = statuses.get(before.name);
    if (!ended || !now || now.state?.terminated) return [];
    if (mayRestart(containers?.get(before.name), spec, ended.exitCode)) return [];
    const path = statusPath.child(name).index(i).child('state');
    return [fieldError.forbidden(path, 'may not be transitioned to non-terminated state')];
  });
}

function validateIps(name: 'podIPs' | 'hostIPs', pod: Pod): FieldError[] {
  const ips = (pod.status?.[name] ?? []).map(entry => entry.ip ?? '');
  const path = statusPath.child(name);
  const errors = ips.flatMap((ip, i) => invalidEach(path.index(i), ip, checkLegacyIp(ip)));
  if (name === 'hostIPs' && ips.length > 0 && ips[0] !== (pod.status?.hostIP ?? '')) {
    errors.unshift(fieldError.invalid(path.index(0).child('ip'), ips[0], 'must be equal to `hostIP`'));
  }
  const shown = ips.map(ip => asInternal('core.PodIP', { ip }));
  const families = new Set(ips.map(familyOf));
  if (ips.length > families.size) {
    errors.push(fieldError.invalid(path, shown, 'may specify no more than one IP for each IP family'));
  }
  return errors;
}

function validateClaims({ spec, status }: Pod): FieldError[] {
  const path = statusPath.child('resourceClaimStatuses');
  const statuses = status?.resourceClaimStatuses ?? [];
  const claims = byName(spec?.resourceClaims);
  const isRepeated = repeats(statuses.map(({ name }) => name));
  return statuses.flatMap(({ name, resourceClaimName }, i) => {
    const at = path.index(i).child('name');
    const errors: FieldError[] = [];
    if (!claims.has(name)) {
      errors.push(fieldError.invalid(at, name, 'must match the name of an entry in `spec.resourceClaims`'));
    }
    if (isRepeated[i]) errors.push(fieldError.duplicate(at, name));
    const namePath = path.index(i).child('resourceClaimName');
    return [...errors, ...definedName(namePath, resourceClaimName, checkDns1123Subdomain)];
  });
}

function validateUser(path: FieldPath, { user }: ContainerStatus, os: string): FieldError[] {
  if (!user?.linux) return [];
  if (os === 'windows') return [fieldError.forbidden(path, 'cannot be set for a windows pod')];
  const { uid, gid, supplementalGroups = [] } = user.linux;
  return [
    ...invalidEach(path.child('uid'), uid, checkUserOrGroupId(uid)),
    ...invalidEach(path.child('gid'), gid, checkUserOrGroupId(gid)),
    ...supplementalGroups.flatMap((id, i) =>
      invalidEach(path.child('supplementalGroups').index(i), id, checkUserOrGroupId(id)),
    ),
  ];
}

/** The health of a resource that the container, where it is known, asked for by name or through a claim (KEP-4680). */
function validateHealth(
  path: FieldPath,
  { name, resources = [] }: ResourceStatus,
  container: Container | undefined,
): FieldError[] {
  const seen = new Set<string>();
  return [
    ...(container ? validateAsked(path.child('name'), name, container) : []),
    ...resources.flatMap(({ resourceID, health = '', message }, i) => {
      const at = path.child('resources').index(i);
      const errors = [
        ...optionalOneOf(at.child('health'), health, healths),
        ...validateMessage(at.child('message'), message),
      ];
      if (seen.has(resourceID)) errors.push(fieldError.duplicate(at.child('resourceID'), resourceID));
      seen.add(resourceID);
      return errors;
    }),
  ];
}

function validateMessage(path: FieldPath, message: string | undefined): FieldError[] {
  if (message === '') return [fieldError.required(path, 'must be non-empty if specified')];
  return utf8Length(message ?? '') > messageMax ? [fieldError.tooLong(path, messageMax)] : [];
}

function validateAsked(path: FieldPath, name: string, { resources }: Container): FieldError[] {
  const isClaim = name.startsWith('claim:');
  const asked = isClaim
    ? (resources?.claims ?? []).map(c => `claim:${c.name}${c.request ? `/${c.request}` : ''}`)
    : Object.keys(resources?.requests ?? {});
  const detail = isClaim
    ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
    : "must match one of the container's resource requests";
  return asked.includes(name) ? [] : [fieldError.invalid(path, name, detail)];
}

function validateAllocated(list: List, name: StatusList, { spec, status }: Pod): FieldError[] {
  const containers = byName(spec?.[list]);
  return (status?.[name] ?? []).flatMap((one, i) => {
    const path = statusPath.child(name).index(i).child('allocatedResourcesStatus');
    const allocated = one.allocatedResourcesStatus ?? [];
    if (list !== 'ephemeralContainers') {
      const container = containers.get(one.name);
      return allocated.flatMap((resource, j) => validateHealth(path.index(j), resource, container));
    }
    const detail = 'must not be specified in container status';
    return allocated.length > 0 ? [fieldError.forbidden(path, detail)] : [];
  });
}

/** Which requests of a claim stand for the devices that containers asked for by name (KEP-5004). */
function validateExtended({ spec, status }: Pod): FieldError[] {
  const claim = status?.extendedResourceClaimStatus;
  if (!claim) return [];
  const path = statusPath.child('extendedResourceClaimStatus');
  const { resourceClaimName = '' } = claim;
  const requestMappings = claim.requestMappings ?? [];
  const listPath = path.child('requestMappings');
  const containers = new Map(
    [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(c => [c.name, c]),
  );
  const seen = new Set<string>();
  return [
    ...(requestMappings.length > 0
      ? []
      : [fieldError.required(listPath, 'at least one request mapping is required')]),
    ...requestMappings.flatMap((mapping, i) => {
      const { containerName = '', resourceName = '', requestName = '' } = mapping;
      const at = listPath.index(i);
      const container = containers.get(containerName);
      const named = 'in spec.initContainers.resources.requests or spec.containers.resources.requests';
      const errors: FieldError[] = [];
      if (!container) {
        const detail = 'must match the name of an entry in spec.initContainers.name or spec.containers.name';
        errors.push(fieldError.invalid(at.child('containerName'), containerName, detail));
      } else if (container.resources?.requests?.[resourceName] === undefined) {
        const detail = `must match the extended resource name of an entry ${named}`;
        errors.push(fieldError.invalid(at.child('resourceName'), resourceName, detail));
      }
      append(errors, dns1123Label(path.child('requestName'), requestName));
      const key = JSON.stringify([containerName, resourceName, requestName]);
      if (seen.has(key)) {
        for (const [name, value] of Object.entries({ containerName, resourceName, requestName })) {
          errors.push(fieldError.duplicate(at.child(name), value));
        }
      }
      seen.add(key);
      return errors;
    }),
    ...requiredName(path.child('resourceClaimName'), resourceClaimName, checkDns1123Subdomain),
  ];
}

function validateGeneration(path: FieldPath, generation = 0): FieldError[] {
  const detail = 'must be a non-negative integer';
  return generation < 0 ? [fieldError.invalid(path.child('observedGeneration'), generation, detail)] : [];
}

function validateConditions({ status }: Pod): FieldError[] {
  return (status?.conditions ?? []).flatMap(({ type, observedGeneration }, i) => {
    const at = statusPath.child('conditions').index(i);
    const errors = validateGeneration(at, observedGeneration);
    if (systemConditions.includes(type)) return errors;
    return [...errors, ...invalidEach(at.child('Type'), type, checkQualifiedName(type))];
  });
}

function validateNominated(pod: Pod, old: Pod): FieldError[] {
  const name = pod.status?.nominatedNodeName;
  if (!name || name === old.status?.nominatedNodeName) return [];
  const path = statusPath.child('nominatedNodeName');
  const errors = invalidEach(path, name, checkDns1123Subdomain(name));
  if (!old.spec?.nodeName) return errors;
  return [...errors, fieldError.forbidden(path, 'may not be set on pods that are already bound to a node')];
}

/** What the kubelet and others may report. */
export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const { status } = pod;
  const os = pod.spec?.os?.name ?? 'linux';
  return [
    ...validatePodAnnotationsUpdate(annotationsPath, pod.metadata.annotations, old.metadata.annotations),
    ...validateConditions(pod),
    ...validateNominated(pod, old),
    ...validateGeneration(statusPath, status?.observedGeneration),
    ...immutable(statusPath.child('qosClass'), status?.qosClass ?? '', old.status?.qosClass ?? ''),
    ...lists.flatMap(([list, name]) => validateTransitions(list, name, pod, old)),
    ...validateClaims(pod),
    ...validateExtended(pod),
    ...validateIps('podIPs', pod),
    ...validateIps('hostIPs', pod),
    ...lists.flatMap(([, name]) =>
      (status?.[name] ?? []).flatMap((one, i) =>
        validateUser(statusPath.child(name).index(i).child('user', 'linux'), one, os),
      ),
    ),
    ...lists.flatMap(([list, name]) => validateAllocated(list, name, pod)),
  ];
}
