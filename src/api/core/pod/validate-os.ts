import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import type { PodSpec } from '../../generated/types/core.v1.ts';

const systems = ['linux', 'windows'];
const linuxPodFields = ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const;
const linuxPodSecurity = [
  ...(['appArmorProfile', 'seLinuxOptions', 'seccompProfile'] as const),
  ...(['fsGroup', 'fsGroupChangePolicy', 'sysctls', 'runAsUser', 'runAsGroup'] as const),
  ...(['supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy'] as const),
];
const linuxContainerSecurity = [
  ...([
    'appArmorProfile',
    'seLinuxOptions',
    'seccompProfile',
    'capabilities',
    'readOnlyRootFilesystem',
  ] as const),
  ...(['privileged', 'allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'] as const),
];

/** A pod that says its system sets nothing that only the other one knows (KEP-2802). */
export function validateOs(path: FieldPath, spec: PodSpec): FieldError[] {
  if (!spec.os) return [];
  const { name } = spec.os;
  if (name === 'windows') return refuseLinux(path, spec);
  if (name === 'linux') return refuseWindows(path, spec);
  const at = path.child('os');
  return [name ? fieldError.notSupported(at, name, systems) : fieldError.required(at.child('name'))];
}

function refuseLinux(path: FieldPath, spec: PodSpec): FieldError[] {
  return [
    ...setOf(path, spec, linuxPodFields),
    ...setOf(path.child('securityContext'), spec.securityContext, linuxPodSecurity),
    ...containersOf(path, spec).flatMap(([at, { securityContext }]) =>
      setOf(at.child('securityContext'), securityContext, linuxContainerSecurity),
    ),
  ];
}

/** Go has plain booleans and lists where nothing and false, or an empty one, are the same. */
function setOf<T extends object>(
  path: FieldPath,
  object: T | undefined,
  names: readonly (keyof T & string)[],
) {
  const isSet = (name: keyof T & string, value: unknown) => {
    if (name === 'hostPID' || name === 'hostIPC') return value === true;
    return name === 'sysctls'
      ? (value as unknown[] | undefined)?.length
      : value !== undefined && value !== null;
  };
  return names
    .filter(name => isSet(name, object?.[name]))
    .map(name => fieldError.forbidden(path.child(name), 'cannot be set for a windows pod'));
}

function refuseWindows(path: FieldPath, spec: PodSpec): FieldError[] {
  const places = [[path, spec] as const, ...containersOf(path, spec)];
  return places
    .filter(([, { securityContext }]) => securityContext?.windowsOptions)
    .map(([at]) =>
      fieldError.forbidden(
        at.child('securityContext', 'windowsOptions'),
        'windows options cannot be set for a linux pod',
      ),
    );
}

/** All containers of a pod, with their places. */
export function containersOf(path: FieldPath, spec: PodSpec) {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(list =>
    (spec[list] ?? []).map((container, i) => [path.child(list).index(i), container] as const),
  );
}
