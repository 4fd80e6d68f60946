import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Label, checkPortName, checkPortNumber } from '#machinery/names.ts';
import type {
  Container,
  ContainerPort,
  ContainerRestartRule,
  EphemeralContainer,
  PodSpec,
  Volume,
  VolumeDevice,
  VolumeMount,
} from '../../generated/types/core.v1.ts';
import { descendingPath, invalidEach, optionalOneOf, requiredName, requiredOneOf } from '../../validation.ts';
import { validateEnv, validateEnvFrom } from './validate-env.ts';
import { validateLifecycle, validateProbe } from './validate-probes.ts';
import { type ClaimNames, claimNamesOf, validateRequirements } from './validate-resources.ts';
import { validateSecurityContext } from './validate-security.ts';

export const protocols = ['SCTP', 'TCP', 'UDP'];
/** Of a pod; since KEP-5307 of each container too. */
export const restartPolicies = ['Always', 'OnFailure', 'Never'];
const restartRulesMax = 20;
const exitCodesMax = 255;
const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const probeNames = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const ephemeralFields = new Set([
  ...['name', 'image', 'command', 'args', 'workingDir', 'env', 'envFrom', 'volumeMounts', 'volumeDevices'],
  ...['terminationMessagePath', 'terminationMessagePolicy', 'imagePullPolicy', 'securityContext'],
  ...['stdin', 'stdinOnce', 'tty', 'targetContainerName'],
]);

type VolumesByName = ReadonlyMap<string, Volume>;

/** What containers name of the rest of their pod. */
interface Surroundings {
  spec: PodSpec;
  volumes: VolumesByName;
  claims: ClaimNames;
}

function surroundingsOf(spec: PodSpec): Surroundings {
  const volumes = new Map((spec.volumes ?? []).map(volume => [volume.name, volume]));
  return { spec, volumes, claims: claimNamesOf(spec) };
}

type AnyContainer = Container | EphemeralContainer;

function validatePorts(path: FieldPath, ports: readonly ContainerPort[] | undefined): FieldError[] {
  const names = new Set<string>();
  return (ports ?? []).flatMap(({ name, containerPort, hostPort, protocol }, i) => {
    const at = path.index(i);
    const errors: FieldError[] = [];
    if (name) {
      const messages = checkPortName(name);
      append(errors, invalidEach(at.child('name'), name, messages));
      if (messages.length === 0 && names.has(name)) errors.push(fieldError.duplicate(at.child('name'), name));
      names.add(name);
    }
    if (!containerPort) errors.push(fieldError.required(at.child('containerPort')));
    else
      append(errors, invalidEach(at.child('containerPort'), containerPort, checkPortNumber(containerPort)));
    if (hostPort) append(errors, invalidEach(at.child('hostPort'), hostPort, checkPortNumber(hostPort)));
    return [...errors, ...requiredOneOf(at.child('protocol'), protocol, protocols)];
  });
}

function validatePropagation(path: FieldPath, mount: VolumeMount, container: AnyContainer): FieldError[] {
  const { mountPropagation: mode, recursiveReadOnly, readOnly } = mount;
  const errors = optionalOneOf(path.child('mountPropagation'), mode, [
    'Bidirectional',
    'HostToContainer',
    'None',
  ]);
  if (mode === 'Bidirectional' && !container.securityContext?.privileged) {
    const detail = 'Bidirectional mount propagation is available only to privileged containers';
    errors.push(fieldError.forbidden(path.child('mountPropagation'), detail));
  }
  const at = path.child('recursiveReadOnly');
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible') {
    return [...errors, ...optionalOneOf(at, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible'])];
  }
  if (!readOnly) errors.push(fieldError.forbidden(at, 'may only be specified when readOnly is true'));
  if (mode !== undefined && mode !== 'None') {
    errors.push(
      fieldError.forbidden(at, 'may only be specified when mountPropagation is None or not specified'),
    );
  }
  return errors;
}

function validateSubPaths(
  path: FieldPath,
  list: FieldPath,
  { subPath, subPathExpr }: VolumeMount,
): FieldError[] {
  const errors = subPath ? descendingPath(list.child('subPath'), subPath) : [];
  if (!subPathExpr) return errors;
  if (subPath) {
    const detail = 'subPathExpr and subPath are mutually exclusive';
    errors.push(fieldError.invalid(path.child('subPathExpr'), subPathExpr, detail));
  }
  return [...errors, ...descendingPath(list.child('subPathExpr'), subPathExpr)];
}

function validateMounts(path: FieldPath, container: AnyContainer, volumes: VolumesByName): FieldError[] {
  const devices = container.volumeDevices ?? [];
  const deviceNames = new Set(devices.map(device => device.name));
  const devicePaths = new Set(devices.map(device => device.devicePath));
  const taken = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const at = path.index(i);
    const { name, mountPath } = mount;
    const errors: FieldError[] = [];
    if (!name) errors.push(fieldError.required(at.child('name')));
    if (!volumes.has(name)) errors.push(fieldError.notFound(at.child('name'), name));
    if (!mountPath) errors.push(fieldError.required(at.child('mountPath')));
    if (taken.has(mountPath))
      errors.push(fieldError.invalid(at.child('mountPath'), mountPath, 'must be unique'));
    taken.add(mountPath);
    if (deviceNames.has(name)) {
      errors.push(fieldError.invalid(at.child('name'), name, 'must not already exist in volumeDevices'));
    }
    if (devicePaths.has(mountPath)) {
      const detail = 'must not already exist as a path in volumeDevices';
      errors.push(fieldError.invalid(at.child('mountPath'), mountPath, detail));
    }
    append(errors, validateSubPaths(at, path, mount), validatePropagation(path, mount, container));
    return errors;
  });
}

function validateDevice(
  path: FieldPath,
  { name, devicePath }: VolumeDevice,
  volume: Volume | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(fieldError.required(path.child('name')));
  if (!volume) errors.push(fieldError.notFound(path.child('name'), name));
  else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
    const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
    errors.push(fieldError.invalid(path.child('name'), name, detail));
  }
  if (!devicePath) errors.push(fieldError.required(path.child('devicePath')));
  else if (devicePath.split('/').includes('..')) {
    errors.push(fieldError.invalid(path.child('devicePath'), devicePath, "can not contain backsteps ('..')"));
  }
  return errors;
}

function validateDevices(
  path: FieldPath,
  { volumeDevices, volumeMounts = [] }: AnyContainer,
  volumes: VolumesByName,
): FieldError[] {
  const mounted = new Set(volumeMounts.map(({ name }) => name));
  const mountPaths = new Set(volumeMounts.map(({ mountPath }) => mountPath));
  const names = new Set<string>();
  const paths = new Set<string>();
  return (volumeDevices ?? []).flatMap((device, i) => {
    const at = path.index(i);
    const errors = validateDevice(at, device, volumes.get(device.name));
    if (mounted.has(device.name)) {
      const detail = 'must not already exist in volumeMounts';
      errors.push(fieldError.invalid(at.child('name'), device.name, detail));
    }
    if (mountPaths.has(device.devicePath)) {
      const detail = 'must not already exist as a path in volumeMounts';
      errors.push(fieldError.invalid(at.child('devicePath'), device.devicePath, detail));
    }
    if (names.has(device.name))
      errors.push(fieldError.invalid(at.child('name'), device.name, 'must be unique'));
    if (paths.has(device.devicePath)) {
      errors.push(fieldError.invalid(at.child('devicePath'), device.devicePath, 'must be unique'));
    }
    if (device.name) names.add(device.name);
    if (!device.devicePath?.split('/').includes('..')) paths.add(device.devicePath);
    return errors;
  });
}

function validateResizePolicy(path: FieldPath, container: AnyContainer, spec: PodSpec): FieldError[] {
  const seen = new Set<string>();
  return (container.resizePolicy ?? []).flatMap(({ resourceName, restartPolicy }, i) => {
    const errors: FieldError[] = [];
    if (seen.has(resourceName)) errors.push(fieldError.duplicate(path.index(i), resourceName));
    seen.add(resourceName);
    append(errors, requiredOneOf(path, resourceName, ['cpu', 'memory']));
    append(errors, requiredOneOf(path, restartPolicy, ['NotRequired', 'RestartContainer']));
    if (spec.restartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      const detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
      errors.push(fieldError.invalid(path, restartPolicy, detail));
    }
    return errors;
  });
}

function validateCommon(
  path: FieldPath,
  container: AnyContainer,
  { spec, volumes, claims }: Surroundings,
): FieldError[] {
  return [
    ...requiredName(path.child('name'), container.name, checkDns1123Label),
    ...(container.image ? [] : [fieldError.required(path.child('image'))]),
    ...requiredOneOf(path.child('terminationMessagePolicy'), container.terminationMessagePolicy, [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...validatePorts(path.child('ports'), container.ports),
    ...validateEnv(path.child('env'), container.env),
    ...validateEnvFrom(path.child('envFrom'), container.envFrom),
    ...validateMounts(path.child('volumeMounts'), container, volumes),
    ...validateDevices(path.child('volumeDevices'), container, volumes),
    ...requiredOneOf(path.child('imagePullPolicy'), container.imagePullPolicy, pullPolicies),
    ...validateRequirements(path.child('resources'), container.resources, claims),
    ...validateResizePolicy(path.child('resizePolicy'), container, spec),
    ...validateSecurityContext(
      path.child('securityContext'),
      container.securityContext,
      spec.hostUsers !== false,
    ),
  ];
}

function validateHooks(path: FieldPath, container: Container, gracePeriod: number | undefined): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  return [
    ...validateLifecycle(path.child('lifecycle'), lifecycle, gracePeriod),
    ...validateProbe(path.child('livenessProbe'), livenessProbe, 'liveness', gracePeriod),
    ...validateProbe(path.child('readinessProbe'), readinessProbe, 'readiness', gracePeriod),
    ...validateProbe(path.child('startupProbe'), startupProbe, 'startup', gracePeriod),
  ];
}

/** When a container starts again, where it says so itself (KEP-5307). */
function validateRestarts(path: FieldPath, container: Container): FieldError[] {
  const { restartPolicy, restartPolicyRules: rules = [] } = container;
  const errors = optionalOneOf(path.child('restartPolicy'), restartPolicy, [...restartPolicies].sort());
  if (rules.length === 0) return errors;
  if (restartPolicy === undefined) errors.push(policyMissing(path));
  const at = path.child('restartPolicyRules');
  if (rules.length > restartRulesMax) {
    errors.push(fieldError.tooMany(at, rules.length, restartRulesMax));
  }
  return [...errors, ...rules.flatMap((rule, i) => validateRestartRule(at.index(i), rule))];
}

/** Of an init container without a policy, no more is said of its rules. */
function validateInitRestarts(path: FieldPath, container: Container): FieldError[] {
  const { restartPolicy, restartPolicyRules } = container;
  const isBare = restartPolicy === undefined && restartPolicyRules?.length;
  return isBare ? [policyMissing(path)] : validateRestarts(path, container);
}

function policyMissing(path: FieldPath): FieldError {
  const detail = 'must specify restartPolicy when restart rules are used';
  return fieldError.required(path.child('restartPolicy'), detail);
}

function validateRestartRule(
  path: FieldPath,
  { action = '', exitCodes }: ContainerRestartRule,
): FieldError[] {
  const errors = optionalOneOf(path.child('action'), action, ['Restart', 'RestartAllContainers']);
  const at = path.child('exitCodes');
  if (!exitCodes) return [...errors, fieldError.required(at, 'must be specified')];
  const { operator = '', values = [] } = exitCodes;
  append(errors, optionalOneOf(at.child('operator'), operator, ['In', 'NotIn']));
  if (values.length > exitCodesMax) {
    errors.push(fieldError.tooMany(at.child('values'), values.length, exitCodesMax));
  }
  return errors;
}

function validateHostPorts(path: FieldPath, containers: readonly Container[]): FieldError[] {
  const taken = new Set<string>();
  const errors: FieldError[] = [];
  containers.forEach(({ ports = [] }, ci) => {
    ports.forEach(({ hostPort, protocol, hostIP = '' }, pi) => {
      if (!hostPort) return;
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) {
        errors.push(fieldError.duplicate(path.index(ci).child('ports').index(pi).child('hostPort'), key));
      }
      taken.add(key);
    });
  });
  return errors;
}

/** The containers that run side by side. */
export function validateContainers(path: FieldPath, spec: PodSpec): FieldError[] {
  if (!spec.containers?.length) return [fieldError.required(path)];
  const surroundings = surroundingsOf(spec);
  const names = new Set<string>();
  return [
    ...spec.containers.flatMap((container, i) => {
      const at = path.index(i);
      const errors = validateCommon(at, container, surroundings);
      if (names.has(container.name)) errors.push(fieldError.duplicate(at.child('name'), container.name));
      names.add(container.name);
      append(errors, validateHooks(at, container, spec.terminationGracePeriodSeconds));
      return [...errors, ...validateRestarts(at, container)];
    }),
    ...validateHostPorts(path, spec.containers),
  ];
}

/** The containers that run one by one before the others; those that restart always run beside them (KEP-753). */
export function validateInitContainers(path: FieldPath, spec: PodSpec): FieldError[] {
  const surroundings = surroundingsOf(spec);
  const names = new Set((spec.containers ?? []).map(container => container.name));
  return (spec.initContainers ?? []).flatMap((container, i) => {
    const at = path.index(i);
    const errors = validateCommon(at, container, surroundings);
    append(errors, validateInitRestarts(at, container));
    if (names.has(container.name)) errors.push(fieldError.duplicate(at.child('name'), container.name));
    else if (container.name) names.add(container.name);
    append(errors, validateHostPorts(path, [container]));
    if (container.restartPolicy === 'Always') {
      return [...errors, ...validateHooks(at, container, spec.terminationGracePeriodSeconds)];
    }
    for (const name of ['lifecycle', ...probeNames] as const) {
      if (container[name] === undefined) continue;
      const detail = 'may not be set for init containers without restartPolicy=Always';
      errors.push(fieldError.forbidden(at.child(name), detail));
    }
    return [...errors, ...forbidRestart(at.child('resizePolicy'), container)];
  });
}

/** A step that has not ended is not started again because its resources changed. */
function forbidRestart(path: FieldPath, { resizePolicy }: Container): FieldError[] {
  return (resizePolicy ?? []).flatMap(({ restartPolicy }, i) => {
    if (restartPolicy !== 'RestartContainer') return [];
    const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
    return [fieldError.invalid(path.index(i).child('restartPolicy'), restartPolicy, detail)];
  });
}

/** Of Go's members, `resources` alone is a struct that is there always. */
function isSet(name: string, value: unknown): boolean {
  if (name === 'resources' && typeof value === 'object') return Object.keys(value ?? {}).length > 0;
  return value !== undefined && value !== null && value !== '' && value !== false;
}

/** The containers that are added to a running pod to look into it (KEP-277). */
export function validateEphemeralContainers(path: FieldPath, spec: PodSpec): FieldError[] {
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(c => c.name));
  const surroundings = surroundingsOf(spec);
  const names = new Set(others);
  return (spec.ephemeralContainers ?? []).flatMap((container, i) => {
    const at = path.index(i);
    const errors = [...validateCommon(at, container, surroundings), ...validateImageSpace(at, container)];
    if (names.has(container.name)) errors.push(fieldError.duplicate(at.child('name'), container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !others.has(target)) {
      errors.push(fieldError.notFound(at.child('targetContainerName'), target));
    }
    for (const [name, value] of Object.entries(container)) {
      if (!ephemeralFields.has(name) && isSet(name, value)) {
        errors.push(fieldError.forbidden(at.child(name), 'cannot be set for an Ephemeral Container'));
      }
    }
    container.volumeMounts?.forEach((mount, mi) => {
      for (const name of ['subPath', 'subPathExpr'] as const) {
        if (!mount[name]) continue;
        const mountPath = at.child('volumeMounts').index(mi).child(name);
        errors.push(fieldError.forbidden(mountPath, 'cannot be set for an Ephemeral Container'));
      }
    });
    return errors;
  });
}

/** What a pod's container must hold to and a template's need not. */
export function validateImageSpace(path: FieldPath, { image = '' }: AnyContainer): FieldError[] {
  return image.trim() === image
    ? []
    : [fieldError.invalid(path.child('image'), image, 'must not have leading or trailing whitespace')];
}
