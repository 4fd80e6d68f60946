import { validateLabelSelector } from '#machinery/selectors.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Subdomain, checkQualifiedName } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import type { PersistentVolumeClaimSpec, TypedObjectReference } from './generated/types/core.v1.ts';
import { invalidEach, optionalName, optionalOneOf } from './validation.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** Access modes of a volume or a claim: at least one, and ReadWriteOncePod alone. */
export function validateAccessModes(path: FieldPath, modes: readonly string[] | undefined): FieldError[] {
  if (!modes?.length) return [fieldError.required(path, 'at least 1 access mode is required')];
  const errors = modes.flatMap(mode => optionalOneOf(path, mode, accessModes));
  if (modes.includes('ReadWriteOncePod') && modes.some(mode => mode !== 'ReadWriteOncePod')) {
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

function validateSource(path: FieldPath, source: Partial<TypedObjectReference> | undefined): FieldError[] {
  if (!source) return [];
  const errors: FieldError[] = [];
  if (!source.name) errors.push(fieldError.required(path.child('name')));
  if (!source.kind) errors.push(fieldError.required(path.child('kind')));
  if (!source.apiGroup && source.kind && source.kind !== 'PersistentVolumeClaim') {
    errors.push(
      fieldError.invalid(
        path,
        source.kind,
        "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      ),
    );
  }
  if (source.apiGroup)
    errors.push(...invalidEach(path, source.apiGroup, checkDns1123Subdomain(source.apiGroup)));
  return errors;
}

/** What a claim asks for, in a PersistentVolumeClaim, a StatefulSet or an ephemeral volume. */
export function validateClaimSpec(
  path: FieldPath,
  spec: PersistentVolumeClaimSpec | undefined,
): FieldError[] {
  const { accessModes: modes, resources, selector, storageClassName, volumeMode } = spec ?? {};
  return [
    ...validateAccessModes(path.child('accessModes'), modes),
    ...validateLabelSelector(selector, path.child('selector')),
    ...validateStorage(path.child('resources'), resources?.requests?.storage),
    ...optionalName(path.child('storageClassName'), storageClassName, checkDns1123Subdomain),
    ...optionalOneOf(path.child('volumeMode'), volumeMode, ['Block', 'Filesystem']),
    ...validateSource(path.child('dataSource'), spec?.dataSource),
    ...validateSource(path.child('dataSourceRef'), spec?.dataSourceRef),
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
  if (errors.length > 0 || name.includes('/') || name === 'storage') return errors;
  return [fieldError.notSupported(path, name, ['storage'])];
}
