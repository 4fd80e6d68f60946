import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { utf8Length } from '#machinery/bytes.ts';
import { checkUserOrGroupId } from '#machinery/names.ts';
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from '../../generated/types/core.v1.ts';
import { asInternal } from '../../internal-type.ts';
import { descendingPath, invalidEach, optionalOneOf } from '../../validation.ts';
import { validateWindowsOptions } from './validate-windows.ts';

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const pathLengthMax = 4095;
const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const sysctlPattern = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const ipcSysctls = ['kernel.msgmax', 'kernel.msgmnb', 'kernel.msgmni', 'kernel.sem'];

function validateSeccomp(path: FieldPath, profile: SeccompProfile | undefined): FieldError[] {
  if (!profile) return [];
  const errors: FieldError[] = [];
  if (!profile.type) {
    errors.push(fieldError.required(path.child('type'), 'type is required when seccompProfile is set'));
  } else append(errors, optionalOneOf(path.child('type'), profile.type, profileTypes));
  const at = path.child('localhostProfile');
  const local = profile.localhostProfile;
  if (profile.type !== 'Localhost') {
    if (local === undefined) return errors;
    const detail = 'can only be set when seccomp type is Localhost';
    return [...errors, fieldError.invalid(at, asInternal('core.SeccompProfile', profile), detail)];
  }
  if (local === undefined) return [fieldError.required(at, 'must be set when seccomp type is Localhost')];
  return descendingPath(at, local);
}

function validateAppArmor(path: FieldPath, profile: AppArmorProfile | undefined): FieldError[] {
  if (!profile) return [];
  const at = path.child('localhostProfile');
  const local = profile.localhostProfile;
  if (!profile.type)
    return [fieldError.required(path.child('type'), 'type is required when appArmorProfile is set')];
  if (!profileTypes.includes(profile.type)) {
    return [fieldError.notSupported(path.child('type'), profile.type, profileTypes)];
  }
  if (profile.type !== 'Localhost') {
    return local === undefined
      ? []
      : [fieldError.invalid(at, local, 'can only be set when AppArmor type is Localhost')];
  }
  if (!local) return [fieldError.required(at, 'must be set when AppArmor type is Localhost')];
  return [
    ...(local.trim() === local ? [] : [fieldError.invalid(at, local, 'must not be padded with whitespace')]),
    ...(utf8Length(local) > pathLengthMax ? [fieldError.tooLong(at, pathLengthMax)] : []),
  ];
}

function validateId(path: FieldPath, id: number | undefined): FieldError[] {
  return id === undefined ? [] : invalidEach(path, id, checkUserOrGroupId(id));
}

function validateSysctls(path: FieldPath, context: PodSecurityContext, spec: PodSpec): FieldError[] {
  const seen = new Set<string>();
  return (context.sysctls ?? []).flatMap(({ name }, i) => {
    const at = path.index(i).child('name');
    const errors: FieldError[] = [];
    if (!name) errors.push(fieldError.required(at));
    else if (name.length > 253 || !sysctlName.test(name)) {
      const detail = `must have at most 253 characters and match regex ${sysctlPattern}`;
      errors.push(fieldError.invalid(at, name, detail));
    } else if (seen.has(name)) errors.push(fieldError.duplicate(at, name));
    seen.add(name);
    const dotted = name.replaceAll('/', '.');
    const isIpc =
      dotted.startsWith('kernel.shm') || dotted.startsWith('fs.mqueue.') || ipcSysctls.includes(dotted);
    if (spec.hostNetwork && dotted.startsWith('net.')) {
      errors.push(fieldError.invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC && isIpc) {
      errors.push(fieldError.invalid(at, name, "may not be specified when 'hostIPC' is true"));
    }
    return errors;
  });
}

/** The security settings of a pod as a whole. */
export function validatePodSecurity(path: FieldPath, spec: PodSpec): FieldError[] {
  const context = spec.securityContext;
  const at = path.child('securityContext');
  const errors: FieldError[] = [];
  if (spec.shareProcessNamespace && spec.hostPID) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(fieldError.invalid(at.child('shareProcessNamespace'), true, detail));
  }
  if (!context) return errors;
  append(
    errors,
    validateId(at.child('fsGroup'), context.fsGroup),
    validateId(at.child('runAsUser'), context.runAsUser),
    validateId(at.child('runAsGroup'), context.runAsGroup),
    (context.supplementalGroups ?? []).flatMap((id, i) =>
      validateId(at.child('supplementalGroups').index(i), id),
    ),
    validateSysctls(at.child('sysctls'), context, spec),
    optionalOneOf(at.child('fsGroupChangePolicy'), context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    validateSeccomp(at.child('seccompProfile'), context.seccompProfile),
    validateWindowsOptions(at.child('windowsOptions'), context.windowsOptions),
    validateAppArmor(at.child('appArmorProfile'), context.appArmorProfile),
    optionalOneOf(at.child('supplementalGroupsPolicy'), context.supplementalGroupsPolicy, [
      'Merge',
      'Strict',
    ]),
    // Without the feature gate SELinuxMount no volume is mounted with its label.
    optionalOneOf(at.child('seLinuxChangePolicy'), context.seLinuxChangePolicy, ['Recursive']),
  );
  return errors;
}

function validateEscalation(path: FieldPath, context: SecurityContext): FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return [];
  const errors: FieldError[] = [];
  const shown = asInternal('core.SecurityContext', context);
  if (context.privileged) {
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    errors.push(fieldError.invalid(path, shown, detail));
  }
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    errors.push(fieldError.invalid(path, shown, detail));
  }
  return errors;
}

/** The security settings of a container. */
export function validateSecurityContext(
  path: FieldPath,
  context: SecurityContext | undefined,
  hostUsers: boolean,
): FieldError[] {
  if (!context) return [];
  const errors: FieldError[] = [
    ...validateId(path.child('runAsUser'), context.runAsUser),
    ...validateId(path.child('runAsGroup'), context.runAsGroup),
    ...optionalOneOf(path.child('procMount'), context.procMount, ['Default', 'Unmasked']),
  ];
  if (context.procMount === 'Unmasked' && hostUsers) {
    const detail = '`hostUsers` must be false to use `Unmasked`';
    errors.push(fieldError.invalid(path.child('procMount'), context.procMount, detail));
  }
  append(
    errors,
    validateSeccomp(path.child('seccompProfile'), context.seccompProfile),
    validateEscalation(path, context),
    validateWindowsOptions(path.child('windowsOptions'), context.windowsOptions),
    validateAppArmor(path.child('appArmorProfile'), context.appArmorProfile),
  );
  return errors;
}
