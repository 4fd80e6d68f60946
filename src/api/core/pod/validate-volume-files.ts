/** The rules of volumes whose files the kubelet writes: secrets, config maps, the downward API and projections. */
import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '../../generated/types/core.v1.ts';
import { descendingPath } from '../../validation.ts';
import { validateFieldRef, validateResourceFieldRef } from './validate-env.ts';

const fileModeMax = 0o777;
const volumeFields = [
  ...['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'],
];
const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;

/** Permission bits. */
export function validateMode(path: FieldPath, mode: number | undefined): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= fileModeMax)
    ? []
    : [fieldError.invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

function required(path: FieldPath, value: string | undefined): FieldError[] {
  return value ? [] : [fieldError.required(path)];
}

/** A path in a volume: relative, not climbing, and not of the names that the kubelet keeps for itself. */
function validateReservedPath(path: FieldPath, target = ''): FieldError[] {
  const errors = descendingPath(path, target);
  if (!target.startsWith('..') || target.startsWith('../')) return errors;
  return [...errors, fieldError.invalid(path, target, "must not start with '..'")];
}

/** The keys of a Secret or ConfigMap that become files. */
export function validateItems(path: FieldPath, items: readonly KeyToPath[] | undefined): FieldError[] {
  return (items ?? []).flatMap(({ key, path: target, mode }, i) => {
    const at = path.index(i);
    return [
      ...required(at.child('key'), key),
      ...required(at.child('path'), target),
      ...validateReservedPath(at.child('path'), target),
      ...validateMode(at.child('mode'), mode),
    ];
  });
}

/** One file of the downward API. */
export function validateDownwardFile(path: FieldPath, file: DownwardAPIVolumeFile): FieldError[] {
  const errors = [
    ...required(path.child('path'), file.path),
    ...validateReservedPath(path.child('path'), file.path),
  ];
  if (file.fieldRef) {
    append(errors, validateFieldRef(path.child('fieldRef'), file.fieldRef, volumeFields));
    if (file.resourceFieldRef) {
      const detail = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      errors.push(fieldError.invalid(path, 'resource', detail));
    }
  } else if (file.resourceFieldRef) {
    append(errors, validateResourceFieldRef(path.child('resourceFieldRef'), file.resourceFieldRef, true));
  } else errors.push(fieldError.required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...validateMode(path.child('mode'), file.mode)];
}

function validateToken(
  path: FieldPath,
  volume: FieldPath,
  token: ServiceAccountTokenProjection,
): FieldError[] {
  const errors: FieldError[] = [];
  const seconds = token.expirationSeconds ?? tokenSecondsMin;
  const at = path.child('expirationSeconds');
  if (seconds < tokenSecondsMin) {
    errors.push(fieldError.invalid(at, seconds, 'may not specify a duration less than 10 minutes'));
  }
  if (seconds > tokenSecondsMax) {
    errors.push(fieldError.invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (!token.path) return [...errors, fieldError.required(volume.child('path'))];
  return [...errors, ...validateReservedPath(volume.child('path'), token.path)];
}

/** A Secret or a ConfigMap in a projection. */
function validateObjectItems(
  path: FieldPath,
  source: { name?: string; items?: KeyToPath[] } | undefined,
): FieldError[] {
  if (!source) return [];
  return [...required(path.child('name'), source.name), ...validateItems(path.child('items'), source.items)];
}

function validateProjection(path: FieldPath, volume: FieldPath, source: VolumeProjection): FieldError[] {
  const { downwardAPI, serviceAccountToken: token } = source;
  const count = Object.values(source).filter(value => value !== undefined).length;
  return [
    ...validateObjectItems(path.child('secret'), source.secret),
    ...validateObjectItems(path.child('configMap'), source.configMap),
    ...(downwardAPI?.items ?? []).flatMap(file => validateDownwardFile(path.child('downwardAPI'), file)),
    ...(token ? validateToken(path.child('serviceAccountToken'), volume, token) : []),
    ...(count > 1 ? [fieldError.forbidden(path, 'may not specify more than 1 volume type per source')] : []),
  ];
}

/** Each path that a projection writes, with what an error shows of it. */
function pathsOf({ secret, configMap, downwardAPI }: VolumeProjection): [string, string][] {
  return [
    ...[secret, configMap].flatMap(source =>
      (source?.items ?? []).map(({ path }): [string, string] => [path, source?.name ?? '']),
    ),
    ...(downwardAPI?.items ?? []).map(({ path }): [string, string] => [path, path]),
  ];
}

/** A volume that projects several sources into one folder. */
export function validateProjected(
  path: FieldPath,
  projected: NonNullable<Volume['projected']>,
): FieldError[] {
  const errors = validateMode(path.child('defaultMode'), projected.defaultMode);
  const taken = new Set<string>();
  projected.sources?.forEach((source, i) => {
    append(errors, validateProjection(path.child('sources').index(i), path, source));
    for (const [target, shown] of pathsOf(source)) {
      if (target !== '' && taken.has(target)) {
        errors.push(fieldError.invalid(path, shown, 'conflicting duplicate paths'));
      }
      taken.add(target);
    }
  });
  return errors;
}
