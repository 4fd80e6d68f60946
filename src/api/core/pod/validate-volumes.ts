import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkConfigMapKey, checkDns1123Label } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  Volume,
  VolumeProjection,
} from '../../generated/types/core.v1.ts';
import {
  descendingPath,
  duplicates,
  optionalOneOf,
  requiredName,
  withoutBacksteps,
} from '../../validation.ts';
import { validateClaimSpec } from '../../claim-spec-validation.ts';
import { validateFieldRef, validateResourceFieldRef } from './validate-env.ts';

const fileModeMax = 0o777;
const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;

function validateMode(path: FieldPath, mode: number | undefined): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= fileModeMax)
    ? []
    : [fieldError.invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

/** A file's path in a volume: relative, not climbing, and not of the names that the kubelet keeps for itself. */
function validateFilePath(path: FieldPath, target: string | undefined): FieldError[] {
  if (!target) return [fieldError.required(path)];
  const errors = descendingPath(path, target);
  if (target.startsWith('..') && !target.startsWith('../')) {
    errors.push(fieldError.invalid(path, target, "must not start with '..'"));
  }
  return errors;
}

function validateItems(path: FieldPath, items: readonly KeyToPath[] | undefined): FieldError[] {
  return (items ?? []).flatMap(({ key, path: target, mode }, i) => [
    ...requiredName(path.index(i).child('key'), key, checkConfigMapKey),
    ...validateFilePath(path.index(i).child('path'), target),
    ...validateMode(path.index(i).child('mode'), mode),
  ]);
}

function validateDownwardFile(path: FieldPath, file: DownwardAPIVolumeFile): FieldError[] {
  const errors = validateFilePath(path.child('path'), file.path);
  if (file.fieldRef) {
    errors.push(...validateFieldRef(path.child('fieldRef'), file.fieldRef, volumeFields));
    if (file.resourceFieldRef) {
      const detail = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      errors.push(fieldError.invalid(path, 'resource', detail));
    }
  } else if (file.resourceFieldRef) {
    errors.push(...validateResourceFieldRef(path.child('resourceFieldRef'), file.resourceFieldRef, true));
  } else errors.push(fieldError.required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...validateMode(path.child('mode'), file.mode)];
}

function validateToken(
  path: FieldPath,
  token: NonNullable<VolumeProjection['serviceAccountToken']>,
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
  return [...errors, ...validateFilePath(path.child('path'), token.path)];
}

function projectedPaths(source: VolumeProjection): string[] {
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  const items = [...(secret?.items ?? []), ...(configMap?.items ?? []), ...(downwardAPI?.items ?? [])];
  const single = [serviceAccountToken?.path, clusterTrustBundle?.path].filter(path => path !== undefined);
  return [...items.map(item => item.path), ...single];
}

function validateProjection(path: FieldPath, source: VolumeProjection): FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken: token } = source;
  const [first, ...more] = Object.keys(source).filter(
    key => source[key as keyof VolumeProjection] !== undefined,
  );
  const errors: FieldError[] = more.map(name =>
    fieldError.forbidden(path.child(name), 'may not specify more than 1 volume type'),
  );
  if (!first) return errors;
  if (secret) {
    if (!secret.name) errors.push(fieldError.required(path.child('secret', 'name')));
    errors.push(...validateItems(path.child('secret', 'items'), secret.items));
  }
  if (configMap) {
    if (!configMap.name) errors.push(fieldError.required(path.child('configMap', 'name')));
    errors.push(...validateItems(path.child('configMap', 'items'), configMap.items));
  }
  for (const file of downwardAPI?.items ?? [])
    errors.push(...validateDownwardFile(path.child('downwardAPI'), file));
  if (token) errors.push(...validateToken(path.child('serviceAccountToken'), token));
  return errors;
}

function validateProjected(path: FieldPath, projected: NonNullable<Volume['projected']>): FieldError[] {
  const sources = projected.sources ?? [];
  const errors = validateMode(path.child('defaultMode'), projected.defaultMode);
  sources.forEach((source, i) => {
    errors.push(...validateProjection(path.child('sources').index(i), source));
  });
  const seen = new Set<string>();
  for (const target of sources.flatMap(projectedPaths)) {
    if (seen.has(target)) errors.push(fieldError.invalid(path, target, 'conflicting duplicate paths'));
    seen.add(target);
  }
  return errors;
}

function required(path: FieldPath, value: string | undefined): FieldError[] {
  return value ? [] : [fieldError.required(path)];
}

type Validators = {
  [Source in keyof Omit<Volume, 'name'>]?: (
    path: FieldPath,
    source: NonNullable<Volume[Source]>,
  ) => FieldError[];
};

/** The rules of each source; a source that is not here has none of its own. */
const sourceValidators: Validators = {
  emptyDir: (path, { sizeLimit }) =>
    Quantity.tryParse(sizeLimit ?? '0')?.sign === -1
      ? [fieldError.forbidden(path.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity')]
      : [],
  hostPath: (path, source) => [
    ...required(path.child('path'), source.path),
    ...withoutBacksteps(path.child('path'), source.path),
    ...optionalOneOf(path.child('type'), source.type, hostPathTypes),
  ],
  secret: (path, source) => [
    ...required(path.child('secretName'), source.secretName),
    ...validateMode(path.child('defaultMode'), source.defaultMode),
    ...validateItems(path.child('items'), source.items),
  ],
  configMap: (path, source) => [
    ...required(path.child('name'), source.name),
    ...validateMode(path.child('defaultMode'), source.defaultMode),
    ...validateItems(path.child('items'), source.items),
  ],
  downwardAPI: (path, source) => [
    ...validateMode(path.child('defaultMode'), source.defaultMode),
    ...(source.items ?? []).flatMap(file => validateDownwardFile(path, file)),
  ],
  projected: validateProjected,
  persistentVolumeClaim: (path, source) => required(path.child('claimName'), source.claimName),
  nfs: (path, source) => [
    ...required(path.child('server'), source.server),
    ...required(path.child('path'), source.path),
    ...(source.path && !source.path.startsWith('/')
      ? [fieldError.invalid(path.child('path'), source.path, 'must be an absolute path')]
      : []),
  ],
  csi: (path, source) => required(path.child('driver'), source.driver),
  ephemeral: (path, { volumeClaimTemplate }) =>
    volumeClaimTemplate
      ? validateClaimSpec(path.child('volumeClaimTemplate', 'spec'), volumeClaimTemplate.spec)
      : [fieldError.required(path.child('volumeClaimTemplate'))],
  image: (path, source) => [
    ...required(path.child('reference'), source.reference),
    ...optionalOneOf(path.child('pullPolicy'), source.pullPolicy, ['Always', 'IfNotPresent', 'Never']),
  ],
};

function validateSource(path: FieldPath, volume: Volume): FieldError[] {
  const names = Object.keys(volume).filter(
    key => key !== 'name' && volume[key as keyof Volume] !== undefined,
  );
  const [first, ...more] = names as (keyof Validators)[];
  if (!first) return [fieldError.required(path, 'must specify a volume type')];
  const validate = sourceValidators[first] as
    | ((path: FieldPath, source: unknown) => FieldError[])
    | undefined;
  return [
    ...(validate?.(path.child(first), volume[first]) ?? []),
    ...more.map(name => fieldError.forbidden(path.child(name), 'may not specify more than 1 volume type')),
  ];
}

/** The volumes of a pod. */
export function validateVolumes(path: FieldPath, volumes: readonly Volume[] | undefined): FieldError[] {
  const list = volumes ?? [];
  return [
    ...list.flatMap((volume, i) => [
      ...validateSource(path.index(i), volume),
      ...requiredName(path.index(i).child('name'), volume.name, checkDns1123Label),
    ]),
    ...duplicates(
      path,
      list.map(volume => volume.name),
      'name',
    ),
  ];
}
