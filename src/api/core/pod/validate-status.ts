/** The rules of what the kubelet and others report of a pod. */
import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyIp } from '#machinery/ip.ts';
import { checkDns1123Subdomain, checkQualifiedName, checkUserOrGroupId } from '#machinery/names.ts';
import type { Container, ContainerStatus, Pod, ResourceStatus } from '../../generated/types/core.v1.ts';
import { definedName, immutable, invalidEach, optionalOneOf } from '../../validation.ts';

const statusPath = FieldPath.of('status');
const conditionsPath = FieldPath.of('metadata', 'conditions');
const systemConditions = ['PodScheduled', 'Ready', 'Initialized'];
const healths = ['Healthy', 'Unhealthy', 'Unknown'];
/** The lists of containers, with their statuses' list. */
const lists = [
  ['containers', 'containerStatuses'],
  ['initContainers', 'initContainerStatuses'],
  ['ephemeralContainers', 'ephemeralContainerStatuses'],
] as const;

function mayRestart(status: ContainerStatus, policy: string | undefined): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && status.state?.terminated?.exitCode !== 0);
}

function validateTransitions(
  path: FieldPath,
  statuses: readonly ContainerStatus[] = [],
  old: readonly ContainerStatus[] = [],
  policyOf: (name: string) => string | undefined,
): FieldError[] {
  return old.flatMap((before, i) => {
    if (!before.state?.terminated || mayRestart(before, policyOf(before.name))) return [];
    const revived = statuses.some(now => now.name === before.name && !now.state?.terminated);
    return revived
      ? [
          fieldError.forbidden(
            path.index(i).child('state'),
            'may not be transitioned to non-terminated state',
          ),
        ]
      : [];
  });
}

/** Where a container that ended may start again; one added to look into the pod (KEP-277) never does. */
function restartPolicies({ spec }: Pod): (name: string) => string | undefined {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const policies = new Map(containers.map(c => [c.name, c.restartPolicy]));
  const hasRules = (spec?.containers ?? []).some(c => c.restartPolicyRules?.length);
  return name => (hasRules ? 'Always' : (policies.get(name) ?? spec?.restartPolicy));
}

function validateIps(name: 'podIPs' | 'hostIPs', pod: Pod, old: Pod): FieldError[] {
  if (deepEqual(pod.status?.[name], old.status?.[name])) return [];
  const ips = (pod.status?.[name] ?? []).map(entry => entry.ip ?? '');
  const path = statusPath.child(name);
  const errors = ips.flatMap((ip, i) => invalidEach(path.index(i), ip, checkLegacyIp(ip)));
  if (name === 'hostIPs' && ips.length > 0 && ips[0] !== (pod.status?.hostIP ?? '')) {
    errors.unshift(fieldError.invalid(path.index(0).child('ip'), ips[0], 'must be equal to `hostIP`'));
  }
  // Upstream shows its internal type, whose fields have no JSON names.
  const shown = ips.map(ip => ({ IP: ip }));
  const families = new Set(ips.map(ip => ip.includes(':')));
  if (ips.length > families.size) {
    errors.push(fieldError.invalid(path, shown, 'may specify no more than one IP for each IP family'));
  }
  ips.forEach((ip, i) => {
    if (ips.indexOf(ip) < i) errors.push(fieldError.duplicate(path.index(i), shown[i]));
  });
  return errors;
}

function validateClaims({ spec, status }: Pod): FieldError[] {
  const path = statusPath.child('resourceClaimStatuses');
  const statuses = status?.resourceClaimStatuses ?? [];
  return statuses.flatMap(({ name, resourceClaimName }, i) => {
    const at = path.index(i).child('name');
    const errors: FieldError[] = [];
    if (!spec?.resourceClaims?.some(claim => claim.name === name)) {
      errors.push(fieldError.invalid(at, name, 'must match the name of an entry in `spec.resourceClaims`'));
    }
    if (statuses.findIndex(other => other.name === name) < i) errors.push(fieldError.duplicate(at, name));
    return [...errors, ...definedName(at, resourceClaimName, checkDns1123Subdomain)];
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

/** The health of a resource that the container asked for, by name or through a claim (KEP-4680). */
function validateHealth(path: FieldPath, status: ResourceStatus, container: Container): FieldError[] {
  const { name, resources = [] } = status;
  const isClaim = name.startsWith('claim:');
  const asked = isClaim
    ? (container.resources?.claims ?? []).map(c => `claim:${c.name}${c.request ? `/${c.request}` : ''}`)
    : Object.keys(container.resources?.requests ?? {});
  const detail = isClaim
    ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
    : "must match one of the container's resource requests";
  const errors = asked.includes(name) ? [] : [fieldError.invalid(path.child('name'), name, detail)];
  resources.forEach(({ resourceID, health = '' }, i) => {
    const at = path.child('resources').index(i);
    append(errors, optionalOneOf(at.child('health'), health, healths));
    if (resources.findIndex(other => other.resourceID === resourceID) < i) {
      errors.push(fieldError.duplicate(at.child('resourceID'), resourceID));
    }
  });
  return errors;
}

function validateAllocated(path: FieldPath, status: ContainerStatus, { spec }: Pod): FieldError[] {
  const container = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find(
    ({ name }) => name === status.name,
  );
  const at = path.child('allocatedResourcesStatus');
  return (status.allocatedResourcesStatus ?? []).flatMap((resource, i) =>
    container ? validateHealth(at.index(i), resource, container) : [],
  );
}

function validateContainerStatuses(pod: Pod, old: Pod): FieldError[] {
  const policyOf = restartPolicies(old);
  return lists.flatMap(([list, name]) => {
    const path = statusPath.child(name);
    const isEphemeral = list === 'ephemeralContainers';
    const policy = isEphemeral ? () => 'Never' : policyOf;
    const statuses = pod.status?.[name];
    return [
      ...validateTransitions(path, statuses, old.status?.[name], policy),
      ...(statuses ?? []).flatMap((status, i) => [
        ...validateUser(path.index(i).child('linux'), status, pod.spec?.os?.name ?? 'linux'),
        ...(isEphemeral
          ? forbidAllocated(path.index(i), status)
          : validateAllocated(path.index(i), status, pod)),
      ]),
    ];
  });
}

function forbidAllocated(path: FieldPath, { allocatedResourcesStatus = [] }: ContainerStatus): FieldError[] {
  if (allocatedResourcesStatus.length === 0) return [];
  const at = path.child('allocatedResourcesStatus');
  return [fieldError.forbidden(at, 'must not be specified in container status')];
}

/** What the kubelet and others may report. */
export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const { status } = pod;
  const nominated = status?.nominatedNodeName;
  return [
    ...(status?.conditions ?? []).flatMap(({ type }, i) => {
      if (systemConditions.includes(type)) return [];
      return invalidEach(conditionsPath.index(i).child('Type'), type, checkQualifiedName(type));
    }),
    ...(nominated && nominated !== old.status?.nominatedNodeName
      ? invalidEach(statusPath.child('nominatedNodeName'), nominated, checkDns1123Subdomain(nominated))
      : []),
    ...immutable(statusPath.child('qosClass'), status?.qosClass ?? '', old.status?.qosClass ?? ''),
    ...validateContainerStatuses(pod, old),
    ...validateClaims(pod),
    ...validateIps('podIPs', pod, old),
    ...validateIps('hostIPs', pod, old),
  ];
}
