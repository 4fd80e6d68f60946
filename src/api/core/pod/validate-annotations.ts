/** Annotations that mean something to the API server itself. */
import { appArmorPrefix as appArmor } from './app-armor.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import type { AppArmorProfile, PodSpec, SeccompProfile, Toleration } from '../../generated/types/core.v1.ts';
import { descendingPath } from '../../validation.ts';
import { containersOf } from './validate-os.ts';
import { validateTolerations } from './validate-scheduling.ts';

type Annotations = Readonly<Record<string, string>>;

const mirror = 'kubernetes.io/config.mirror';
const tolerations = 'scheduler.alpha.kubernetes.io/tolerations';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
const localhost = 'localhost/';
const maxInt32 = 0x7fffffff;

function validateDeletionCost(path: FieldPath, value: string | undefined): FieldError[] {
  if (value === undefined) return [];
  const isCost =
    /^([-+]?[1-9]\d*|0)$/.test(value) && !value.startsWith('+') && Math.abs(Number(value)) <= maxInt32;
  return isCost ? [] : [fieldError.invalid(path.key(deletionCost), value, 'must be a 32bit integer')];
}

function validateTolerationsText(path: FieldPath, text: string | undefined): FieldError[] {
  if (!text) return [];
  try {
    return validateTolerations(path.child(tolerations), JSON.parse(text) as Toleration[]);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    return [fieldError.invalid(path, tolerations, 'invalid JSON')];
  }
}

function validateSeccomp(path: FieldPath, annotations: Annotations): FieldError[] {
  return Object.entries(annotations).flatMap(([key, profile]) => {
    if (key !== seccompPod && !key.startsWith(seccompContainer)) return [];
    const at = path.child(key);
    if (profile.startsWith(localhost)) return descendingPath(at, profile.slice(localhost.length));
    return ['runtime/default', 'docker/default', 'unconfined'].includes(profile)
      ? []
      : [fieldError.invalid(at, profile, 'must be a valid seccomp profile')];
  });
}

function validateAppArmor(path: FieldPath, annotations: Annotations, spec: PodSpec): FieldError[] {
  const containers = [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
  const names = new Set(containers.map(container => container.name));
  return Object.entries(annotations).flatMap(([key, value]) => {
    if (!key.startsWith(appArmor)) return [];
    const container = key.slice(appArmor.length);
    const errors: FieldError[] = [];
    if (!names.has(container))
      errors.push(fieldError.invalid(path.key(key), container, 'container not found'));
    const isProfile = ['', 'runtime/default', 'unconfined'].includes(value) || value.startsWith(localhost);
    if (!isProfile) {
      const detail = `invalid AppArmor profile name: ${JSON.stringify(value)}`;
      errors.push(fieldError.invalid(path.key(key), value, detail));
    }
    return errors;
  });
}

/** The annotations of a pod or of a template. */
export function validatePodAnnotations(
  path: FieldPath,
  annotations: Annotations | undefined,
  spec: PodSpec,
): FieldError[] {
  if (!annotations) return [];
  const mirrored = annotations[mirror];
  const errors: FieldError[] = [];
  if (mirrored !== undefined && !spec.nodeName) {
    const detail = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(fieldError.invalid(path.key(mirror), mirrored, detail));
  }
  return [
    ...errors,
    ...validateTolerationsText(path, annotations[tolerations]),
    ...validateDeletionCost(path, annotations[deletionCost]),
    ...validateSeccomp(path, annotations),
    ...validateAppArmor(path, annotations, spec),
  ];
}

/** What a profile's annotation, of the days before its field, must say beside each type that the field has. */
interface ProfileKind {
  readonly name: 'seccompProfile' | 'appArmorProfile';
  readonly shown: string;
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

const profileKinds: readonly (ProfileKind & { readonly prefix: string })[] = [
  {
    name: 'seccompProfile',
    shown: 'seccomp',
    prefix: seccompContainer,
    texts: { Unconfined: ['unconfined'], RuntimeDefault: ['runtime/default', 'docker/default'] },
  },
  {
    name: 'appArmorProfile',
    shown: 'apparmor',
    prefix: appArmor,
    texts: { Unconfined: ['unconfined'], RuntimeDefault: ['runtime/default'] },
  },
];

function validateAgrees(
  path: FieldPath,
  kind: ProfileKind,
  annotation: string | undefined,
  profile: AppArmorProfile | SeccompProfile | undefined,
): FieldError[] {
  if (annotation === undefined || !profile) return [];
  const forbidden = (field: string, what: string) => [
    fieldError.forbidden(path.child(field), `${kind.shown} ${what} in annotation and field must match`),
  ];
  if (profile.type !== 'Localhost') {
    const texts = kind.texts[profile.type];
    return !texts || texts.includes(annotation) ? [] : forbidden('type', 'type');
  }
  if (!annotation.startsWith(localhost)) return forbidden('type', 'type');
  return annotation.slice(localhost.length) === profile.localhostProfile
    ? []
    : forbidden('localhostProfile', 'profile');
}

/** The profiles of a new pod or a template, where annotations and fields both name them. */
export function validateProfilesAgree(
  path: FieldPath,
  annotations: Annotations | undefined,
  spec: PodSpec,
): FieldError[] {
  if (!annotations) return [];
  const [seccomp] = profileKinds;
  const ofPod = path.child('securityContext', 'seccompProfile');
  return [
    ...validateAgrees(ofPod, seccomp!, annotations[seccompPod], spec.securityContext?.seccompProfile),
    ...profileKinds.flatMap(kind => {
      const isAppArmor = kind.name === 'appArmorProfile';
      if (isAppArmor && spec.os?.name === 'windows') return [];
      const inherited = isAppArmor ? spec.securityContext?.appArmorProfile : undefined;
      return containersOf(path, spec).flatMap(([at, { name, securityContext }]) =>
        validateAgrees(
          at.child('securityContext', kind.name),
          kind,
          annotations[kind.prefix + name],
          securityContext?.[kind.name] ?? inherited,
        ),
      );
    }),
  ];
}

/** What an update may not do to them. */
export function validatePodAnnotationsUpdate(
  path: FieldPath,
  annotations: Annotations = {},
  old: Annotations = {},
): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (key: string, how: (what: string) => string) => {
    const what = key === mirror ? 'mirror pod annotation' : 'AppArmor annotations';
    if (key === mirror || key.startsWith(appArmor)) {
      errors.push(fieldError.forbidden(path.key(key), how(what)));
    }
  };
  for (const key of Object.keys(old)) {
    if (annotations[key] !== old[key]) forbid(key, what => `may not remove or update ${what}`);
  }
  for (const key of Object.keys(annotations)) if (!(key in old)) forbid(key, what => `may not add ${what}`);
  return errors;
}
