import { append } from '#base/append.ts';
import { validateLabelSelector } from '#machinery/selectors.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { validateAnnotations, validateLabels } from '#machinery/metadata.ts';
import { checkDns1123Label, checkDns1123Subdomain, checkQualifiedName } from '#machinery/names.ts';
import type { ObjectMeta } from '#machinery/object.ts';
import { Quantity } from '#machinery/quantity.ts';
import type {
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
  TypedObjectReference,
} from './generated/types/core.v1.ts';
import { invalidEach, optionalName, optionalOneOf } from './validation.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** Access modes of a volume or a claim: at least one, and ReadWriteOncePod alone. */
export function validateAccessModes(
  path: FieldPath,
  modes: readonly string[] | undefined,
  whenNone = '',
): FieldError[] {
  if (!modes?.length) return [fieldError.required(path, whenNone)];
  const errors = modes.flatMap(mode => optionalOneOf(path, mode, accessModes));
  if (
    modes.includes('ReadWriteOncePod') &&
    modes.some(mode => mode !== 'ReadWriteOncePod' && accessModes.includes(mode))
  ) {
    errors.push(fieldError.forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

function validateStorage(path: FieldPath, storage: string | undefined): FieldError[] {
  if (storage === undefined) return [fieldError.required(path.key('storage'))];
  const quantity = Quantity.tryParse(storage);
  return quantity && quantity.sign <= 0
    ? [fieldError.invalid(path.key('storage'), storage, 'must be greater than zero')]
    : [];
}

function validateSource(
  path: FieldPath,
  source: Partial<TypedObjectReference> | undefined,
  groupIsKnown: boolean,
): FieldError[] {
  if (!source) return [];
  const errors: FieldError[] = [];
  if (!source.name) errors.push(fieldError.required(path.child('name')));
  if (!source.kind) errors.push(fieldError.required(path.child('kind')));
  if (!source.apiGroup && source.kind !== 'PersistentVolumeClaim') {
    errors.push(
      fieldError.invalid(
        path,
        source.kind ?? '',
        "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      ),
    );
  }
  if (source.apiGroup && !groupIsKnown)
    append(
      errors,
      invalidEach(path.child('apiGroup'), source.apiGroup, checkDns1123Subdomain(source.apiGroup)),
    );
  if (source.namespace) {
    append(
      errors,
      invalidEach(path.child('namespace'), source.namespace, checkDns1123Label(source.namespace)),
    );
  }
  return errors;
}

/** The two fields that name a source must agree, where both can be set. */
function validateBothSources(path: FieldPath, spec: PersistentVolumeClaimSpec | undefined): FieldError[] {
  const { dataSource: source, dataSourceRef: ref } = spec ?? {};
  if (!source || !ref) return [];
  const shown = {};
  if (ref.namespace) {
    return [
      fieldError.invalid(path, shown, 'may not be specified when dataSourceRef.namespace is specified'),
    ];
  }
  const agree = source.apiGroup === ref.apiGroup && source.kind === ref.kind && source.name === ref.name;
  return agree ? [] : [fieldError.invalid(path, shown, 'must match dataSourceRef')];
}

/** The metadata of what another object makes of a template: only labels and annotations may be set. */
export function validateTemplateMetadata(at: FieldPath, metadata: ObjectMeta = {}): FieldError[] {
  const others = Object.entries(metadata).filter(
    ([name, value]) => !['annotations', 'labels'].includes(name) && value !== undefined && value !== null,
  );
  return [
    ...validateAnnotations(metadata.annotations, at.child('annotations')),
    ...validateLabels(metadata.labels, at.child('labels')),
    // As Go's names begin in lower case.
    ...others.map(([name]) => fieldError.forbidden(at.child(name === 'uid' ? 'uID' : name), 'cannot be set')),
  ];
}

/** The claim that a pod's ephemeral volume makes. */
export function validateClaimTemplate(
  path: FieldPath,
  { metadata, spec }: PersistentVolumeClaimTemplate,
): FieldError[] {
  return [
    ...validateTemplateMetadata(path.child('metadata'), metadata),
    ...validateClaimSpec(path.child('spec'), spec),
  ];
}

/**
 * What a claim asks for, in a PersistentVolumeClaim, a StatefulSet or an ephemeral volume. Groups of sources were not looked
 * at once, so `old` keeps its own.
 */
export function validateClaimSpec(
  path: FieldPath,
  spec: PersistentVolumeClaimSpec | undefined,
  old?: PersistentVolumeClaimSpec,
): FieldError[] {
  const groupIsKnown = Boolean(old?.dataSource?.apiGroup ?? old?.dataSourceRef?.apiGroup);
  const { accessModes: modes, resources, selector, storageClassName, volumeMode } = spec ?? {};
  return [
    ...(modes?.length
      ? []
      : [fieldError.required(path.child('accessModes'), 'at least 1 access mode is required')]),
    ...validateLabelSelector(selector, path.child('selector')),
    ...(modes?.length ? validateAccessModes(path.child('accessModes'), modes) : []),
    ...validateStorage(path.child('resources'), resources?.requests?.storage),
    ...optionalName(path.child('storageClassName'), storageClassName, checkDns1123Subdomain),
    ...optionalOneOf(path.child('volumeMode'), volumeMode, ['Block', 'Filesystem']),
    ...validateSource(path.child('dataSource'), spec?.dataSource, groupIsKnown),
    ...validateSource(path.child('dataSourceRef'), spec?.dataSourceRef, groupIsKnown),
    ...validateBothSources(path, spec),
    ...optionalName(
      path.child('volumeAttributesClassName'),
      spec?.volumeAttributesClassName,
      checkDns1123Subdomain,
    ),
  ];
}

/** Qualified names of what a claim's status counts. */
export function validateStorageResourceName(path: FieldPath, name: string): FieldError[] {
  const errors = invalidEach(path, name, checkQualifiedName(name));
  if (errors.length > 0 || (name.includes('/') && !name.includes('kubernetes.io/')) || name === 'storage') {
    return errors;
  }
  return [fieldError.notSupported(path, name, ['storage'])];
}
