import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { sorted } from '#machinery/go-json.ts';
import { checkDns1123Label, checkDns1123Subdomain } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import { asInternal } from './internal-type.ts';
import { validateAccessModes } from './claim-spec-validation.ts';
import type {
  PersistentVolume,
  PersistentVolumeSpec,
  SecretReference,
  VolumeNodeAffinity,
} from './generated/types/core.v1.ts';
import { type SourceRule, sharedSources, validateDriverName, validateOneSource } from './storage-sources.ts';
import {
  changedLines,
  immutable,
  invalidEach,
  optionalName,
  optionalOneOf,
  requiredName,
  withoutBacksteps,
} from './validation.ts';
import { validateNodeSelector } from './core/pod/validate-scheduling.ts';

const path = FieldPath.of('spec');
const secretRefs = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

/** Labels of nodes that were called otherwise before they were stable. */
const stableLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

type Csi = NonNullable<PersistentVolumeSpec['csi']>;

function secretReference(at: FieldPath, ref: SecretReference | undefined): FieldError[] {
  if (!ref) return [];
  return [
    ...requiredName(at.child('name'), ref.name, checkDns1123Subdomain),
    ...requiredName(at.child('namespace'), ref.namespace, checkDns1123Label),
  ];
}

function csi(at: FieldPath, source: Csi): FieldError[] {
  return [
    ...validateDriverName(at.child('driver'), source.driver),
    ...(source.volumeHandle ? [] : [fieldError.required(at.child('volumeHandle'))]),
    ...secretRefs.flatMap(name => secretReference(at.child(name), source[name])),
  ];
}

function local(at: FieldPath, { path: target }: { path: string }): FieldError[] {
  return target ? withoutBacksteps(at.child('path'), target) : [fieldError.required(at.child('path'))];
}

/** Every source, in the order in which upstream looks at them. */
const sourceRules: Readonly<Record<string, SourceRule<never>>> = {
  hostPath: sharedSources.hostPath,
  gcePersistentDisk: sharedSources.gcePersistentDisk,
  awsElasticBlockStore: sharedSources.awsElasticBlockStore,
  glusterfs: sharedSources.glusterfs,
  flocker: sharedSources.flocker,
  nfs: sharedSources.nfs,
  rbd: sharedSources.rbd,
  quobyte: sharedSources.quobyte,
  cephfs: sharedSources.cephfs,
  iscsi: sharedSources.iscsi,
  cinder: sharedSources.cinder,
  fc: sharedSources.fc,
  flexVolume: sharedSources.flexVolume,
  azureFile: sharedSources.azureFile,
  vsphereVolume: sharedSources.vsphereVolume,
  photonPersistentDisk: sharedSources.photonPersistentDisk,
  portworxVolume: sharedSources.portworxVolume,
  azureDisk: sharedSources.azureDisk,
  scaleIO: sharedSources.scaleIO,
  local,
  storageos: sharedSources.storageos,
  csi,
};

function sourcesOf(spec: PersistentVolumeSpec): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(spec).filter(([name, value]) => name in sourceRules && value !== undefined),
  );
}

function validateCapacity(at: FieldPath, given: PersistentVolumeSpec['capacity']): FieldError[] {
  const capacity = sorted(given ?? {}) as Record<string, string>;
  const names = Object.keys(capacity);
  const errors = names.length === 0 ? [fieldError.required(at)] : [];
  if (capacity.storage === undefined || names.length > 1) {
    errors.push(fieldError.notSupported(at, given ? capacity : null, ['storage']));
  }
  for (const [name, amount] of Object.entries(capacity)) {
    const quantity = Quantity.tryParse(amount);
    if (!quantity || quantity.sign > 0) continue;
    if (quantity.sign < 0) {
      errors.push(fieldError.invalid(at.key(name), quantity.value(), 'must be a valid resource quantity'));
    }
    errors.push(fieldError.invalid(at.key(name), amount, 'must be greater than zero'));
  }
  return errors;
}

function validateAffinity(path: FieldPath, nodeAffinity: VolumeNodeAffinity | undefined): FieldError[] {
  if (!nodeAffinity) return [];
  const at = path.child('required');
  return nodeAffinity.required
    ? validateNodeSelector(at, nodeAffinity.required)
    : [fieldError.required(at, 'must specify required node constraints')];
}

function validateSources(path: FieldPath, name: string, spec: PersistentVolumeSpec): FieldError[] {
  const errors = validateOneSource(path, spec, sourceRules, { name, persistent: true });
  const sources = sourcesOf(spec);
  const first = Object.keys(sourceRules).find(source => source in sources);
  if (first === 'local' && !spec.nodeAffinity?.required) {
    errors.push(fieldError.required(path.child('nodeAffinity'), 'Local volume requires node affinity'));
  }
  const isRoot = /^\/+(?:\.{1,2}(?:\/+|$))*$/.test(spec.hostPath?.path ?? '');
  if (isRoot && spec.persistentVolumeReclaimPolicy === 'Recycle') {
    const at = path.child('persistentVolumeReclaimPolicy');
    errors.push(fieldError.forbidden(at, "may not be 'recycle' for a hostPath mount of '/'"));
  }
  return errors;
}

function validateAttributesClass(path: FieldPath, spec: PersistentVolumeSpec): FieldError[] {
  const name = spec.volumeAttributesClassName;
  if (name === undefined) return [];
  const at = path.child('volumeAttributesClassName');
  const errors =
    name === ''
      ? [fieldError.required(at, 'an empty string is disallowed')]
      : invalidEach(at, name, checkDns1123Subdomain(name));
  if (spec.csi) return errors;
  const detail = 'has to be specified when using volumeAttributesClassName';
  return [...errors, fieldError.required(path.child('csi'), detail)];
}

/** A volume, created or updated. */
export function validatePersistentVolume({ metadata, spec = {} }: PersistentVolume): FieldError[] {
  return [
    ...validateAccessModes(path.child('accessModes'), spec.accessModes),
    ...validateCapacity(path.child('capacity'), spec.capacity),
    ...optionalOneOf(path.child('persistentVolumeReclaimPolicy'), spec.persistentVolumeReclaimPolicy, [
      ...['Delete', 'Recycle', 'Retain'],
    ]),
    ...validateAffinity(path.child('nodeAffinity'), spec.nodeAffinity),
    ...validateSources(path, metadata.name ?? '', spec),
    ...optionalName(path.child('storageClassName'), spec.storageClassName, checkDns1123Subdomain),
    ...optionalOneOf(path.child('volumeMode'), spec.volumeMode, ['Block', 'Filesystem']),
    ...validateAttributesClass(path, spec),
  ];
}

/** A volume that is no object of its own: what an attachment has in its place (KEP-625, inline volumes). */
export function validateInlineVolume(at: FieldPath, spec: PersistentVolumeSpec): FieldError[] {
  const { claimRef, capacity, nodeAffinity, storageClassName, volumeMode } = spec;
  const policy = spec.persistentVolumeReclaimPolicy;
  const inContext = 'in the context of inline volumes';
  const absent = (name: string, isThere: boolean) =>
    isThere ? [fieldError.forbidden(at.child(name), `may not be specified ${inContext}`)] : [];
  const only = (name: string, isAllowed: boolean, detail: string) =>
    isAllowed ? [] : [fieldError.forbidden(at.child(name), `${detail} ${inContext}`)];
  return [
    ...absent('claimRef', claimRef !== undefined),
    ...absent('capacity', Object.keys(capacity ?? {}).length > 0),
    ...(spec.csi ? [] : [fieldError.required(at.child('csi'), `has to be specified ${inContext}`)]),
    ...validateAccessModes(at.child('accessModes'), spec.accessModes),
    ...only('persistentVolumeReclaimPolicy', !policy || policy === 'Retain', 'may only be Retain'),
    ...absent('nodeAffinity', nodeAffinity !== undefined),
    ...validateSources(at, '', { ...spec, nodeAffinity: undefined }),
    ...absent('storageClassName', Boolean(storageClassName)),
    ...only(
      'volumeMode',
      volumeMode === undefined || volumeMode === 'Filesystem',
      'may not specify volumeMode other than Filesystem',
    ),
    ...validateAttributesClass(at, spec),
  ];
}

/** The secret of a driver that expands volumes may be added later; nothing else of a source changes. */
function withLateSecret(spec: PersistentVolumeSpec, old: PersistentVolumeSpec): Record<string, unknown> {
  const sources = sourcesOf(spec);
  if (!spec.csi || !old.csi || old.csi.controllerExpandSecretRef) return sources;
  const { controllerExpandSecretRef: _late, ...csi } = spec.csi;
  return { ...sources, csi };
}

/** The same, but that keys of labels may have become what they are called now, or, to upstream, nothing. */
function isSameAffinity(now: VolumeNodeAffinity | undefined, old: VolumeNodeAffinity): boolean {
  const terms = now?.required?.nodeSelectorTerms;
  const renamed = (old.required?.nodeSelectorTerms ?? []).map((term, i) => ({
    ...term,
    ...(term.matchExpressions && {
      matchExpressions: term.matchExpressions.map((requirement, j) => {
        const key = terms?.[i]?.matchExpressions?.[j]?.key;
        return key === (stableLabels[requirement.key] ?? '') ? { ...requirement, key } : requirement;
      }),
    }),
  }));
  return deepEqual(now, { ...old, ...(old.required && { required: { nodeSelectorTerms: renamed } }) });
}

/** What a volume's update may not change. */
export function validatePersistentVolumeUpdate(
  volume: PersistentVolume,
  { spec: old }: PersistentVolume,
): FieldError[] {
  const { spec } = volume;
  // Once more: upstream's update judges all of it, though that has been done.
  const errors = validatePersistentVolume(volume);
  if (!spec || !old) return errors;
  const [source, was] = [withLateSecret(spec, old), sourcesOf(old)];
  if (!deepEqual(source, was)) {
    const detail = `spec.persistentvolumesource is immutable after creation\n${changedLines('core.PersistentVolumeSource', was, source)}`;
    errors.push(fieldError.forbidden(path.child('persistentvolumesource'), detail));
  }
  append(errors, immutable(FieldPath.of('volumeMode'), spec.volumeMode, old.volumeMode));
  if (old.nodeAffinity) {
    if (!isSameAffinity(spec.nodeAffinity, old.nodeAffinity)) {
      const detail = 'field is immutable, except for updating from beta label to GA';
      const shown = asInternal('core.VolumeNodeAffinity', spec.nodeAffinity);
      errors.push(fieldError.invalid(FieldPath.of('nodeAffinity'), shown, detail));
    }
  }
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const at = path.child('volumeAttributesClassName');
    errors.push(fieldError.forbidden(at, 'update from non-nil value to nil is forbidden'));
  }
  return errors;
}
