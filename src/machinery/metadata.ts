/** The rules of ObjectMeta (apimachinery api/validation), in upstream's words. */
import { append } from '#base/append.ts';
import { RecentCache } from '#base/recent-cache.ts';
import { compareStrings, utf8Length } from './bytes.ts';
import { type FieldError, FieldPath, fieldError } from './field.ts';
import { goQuote } from './go-json.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkPathSegment,
  checkPathSegmentPrefix,
  checkQualifiedName,
  maskTrailingDash,
} from './names.ts';
import { type ManagedFieldsEntry, type ObjectMeta, type OwnerReference, parseApiVersion } from './object.ts';

export type NameRule = 'dns1123Subdomain' | 'dns1123Label' | 'pathSegment' | ((name: string) => string[]);

export interface ObjectMetaRules {
  readonly namespaced: boolean;
  /** Default: DNS-1123 subdomain. */
  readonly nameRule?: NameRule;
  /** Default: 'metadata'. */
  readonly path?: FieldPath;
}

export const annotationsMaxBytes = 256 * 1024;
export const fieldManagerMaxBytes = 128;
export const immutableMessage = 'field is immutable';
const subresourceNameMaxBytes = 256;

const defaultPath = FieldPath.of('metadata');
/** Of most objects nothing is wrong: the paths are not made for each. */
const defaultPaths = pathsIn(defaultPath);
const noErrors: readonly FieldError[] = [];

function pathsIn(path: FieldPath) {
  return {
    generateName: path.child('generateName'),
    name: path.child('name'),
    namespace: path.child('namespace'),
    labels: path.child('labels'),
    annotations: path.child('annotations'),
    ownerReferences: path.child('ownerReferences'),
    finalizers: path.child('finalizers'),
    managedFields: path.child('managedFields'),
  };
}

function pathsOf(path: FieldPath) {
  return path === defaultPath ? defaultPaths : pathsIn(path);
}

const finalizerOrphan = 'orphan';
const finalizerForeground = 'foregroundDeletion';
const printableAscii = /^[ -~]*$/;

/** What is wrong with a name under a rule; `prefix` for a generateName. */
export function checkName(rule: NameRule | undefined, name: string, prefix = false): string[] {
  if (rule === 'pathSegment') return prefix ? checkPathSegmentPrefix(name) : checkPathSegment(name);
  const masked = prefix ? maskTrailingDash(name) : name;
  if (typeof rule === 'function') return rule(masked);
  if (rule === 'dns1123Label') return checkDns1123Label(masked);
  return checkDns1123Subdomain(masked);
}

/** The metadata of an object to be created, its name made already. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules): FieldError[] {
  const path = rules.path ?? defaultPath;
  const paths = pathsOf(path);
  const errors: FieldError[] = [];
  if (meta.generateName) {
    for (const message of checkName(rules.nameRule, meta.generateName, true)) {
      errors.push(fieldError.invalid(paths.generateName, meta.generateName, message));
    }
  }
  if (!meta.name) errors.push(fieldError.required(paths.name, 'name or generateName is required'));
  else {
    for (const message of checkName(rules.nameRule, meta.name)) {
      errors.push(fieldError.invalid(paths.name, meta.name, message));
    }
  }
  append(errors, validateNamespace(meta.namespace ?? '', rules.namespaced, paths.namespace));
  if ((meta.generation ?? 0) < 0) {
    errors.push(
      fieldError.invalid(path.child('generation'), meta.generation, 'must be greater than or equal to 0'),
    );
  }
  append(
    errors,
    validateLabels(meta.labels, paths.labels),
    validateAnnotations(meta.annotations, paths.annotations),
    validateOwnerReferences(meta.ownerReferences, paths.ownerReferences),
    validateFinalizers(meta.finalizers, paths.finalizers),
    validateManagedFields(meta.managedFields, paths.managedFields),
  );
  return errors;
}

function validateNamespace(namespace: string, namespaced: boolean, path: FieldPath): FieldError[] {
  if (!namespaced) return namespace === '' ? [] : [fieldError.forbidden(path, 'not allowed on this type')];
  if (namespace === '') return [fieldError.required(path)];
  return checkDns1123Label(namespace).map(message => fieldError.invalid(path, namespace, message));
}

/**
 * The metadata of an object to be updated. What the server owns (uid, timestamps, grace period) must have been
 * carried over already where the client left it out.
 */
export function validateObjectMetaUpdate(
  meta: ObjectMeta,
  old: ObjectMeta,
  path: FieldPath = defaultPath,
): FieldError[] {
  const paths = pathsOf(path);
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    append(errors, validateNoNewFinalizers(meta.finalizers, old.finalizers, paths.finalizers));
  }
  if (!meta.resourceVersion) {
    errors.push(fieldError.invalid(path.child('resourceVersion'), '', 'must be specified for an update'));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(
      fieldError.invalid(path.child('generation'), meta.generation ?? 0, 'must not be decremented'),
    );
  }
  for (const field of ['name', 'namespace', 'uid'] as const) {
    if ((meta[field] ?? '') !== (old[field] ?? '')) {
      errors.push(fieldError.invalid(path.child(field), meta[field] ?? '', immutableMessage));
    }
  }
  for (const field of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if (meta[field] !== old[field]) {
      errors.push(fieldError.invalid(path.child(field), meta[field], immutableMessage));
    }
  }
  append(
    errors,
    validateLabels(meta.labels, paths.labels),
    validateAnnotations(meta.annotations, paths.annotations),
    validateOwnerReferences(meta.ownerReferences, paths.ownerReferences),
    validateManagedFields(meta.managedFields, paths.managedFields),
  );
  return errors;
}

export function validateLabelName(name: string, path: FieldPath): FieldError[] {
  return checkQualifiedName(name).map(message => fieldError.invalid(path, name, message));
}

export function validateLabels(
  labels: Record<string, string> | undefined,
  path: FieldPath,
): readonly FieldError[] {
  if (!labels) return noErrors;
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels)) {
    append(errors, validateLabelName(key, path));
    for (const message of checkLabelValue(value)) errors.push(fieldError.invalid(path, value, message));
  }
  return errors;
}

export function validateAnnotations(
  annotations: Record<string, string> | undefined,
  path: FieldPath,
): readonly FieldError[] {
  if (!annotations) return noErrors;
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const message of checkQualifiedName(key.toLowerCase())) {
      errors.push(fieldError.invalid(path, key, message));
    }
    bytes += utf8Length(key) + utf8Length(value);
  }
  if (bytes > annotationsMaxBytes) errors.push(fieldError.tooLong(path, annotationsMaxBytes));
  return errors;
}

export function validateOwnerReferences(
  references: readonly OwnerReference[] | undefined,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  let controller = '';
  for (const reference of references ?? []) {
    append(errors, validateOwnerReference(reference, path));
    if (!reference.controller) continue;
    const name = `${reference.kind}/${reference.name}`;
    if (controller !== '') {
      const message = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(fieldError.invalid(path, references, message));
    } else controller = name;
  }
  return errors;
}

function validateOwnerReference(reference: OwnerReference, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { group, version } = parseApiVersion(reference.apiVersion ?? '');
  if (version === '' || version.includes('/')) {
    errors.push(
      fieldError.invalid(path.child('apiVersion'), reference.apiVersion ?? '', 'version must not be empty'),
    );
  }
  for (const field of ['kind', 'name', 'uid'] as const) {
    if (!reference[field]) errors.push(fieldError.invalid(path.child(field), '', 'must not be empty'));
  }
  if (group === '' && version === 'v1' && reference.kind === 'Event') {
    errors.push(fieldError.invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

export function validateFinalizers(finalizers: readonly string[] | undefined, path: FieldPath): FieldError[] {
  const errors = (finalizers ?? []).flatMap(finalizer => validateLabelName(finalizer, path));
  if (finalizers?.includes(finalizerOrphan) && finalizers.includes(finalizerForeground)) {
    const message = `finalizer ${finalizerOrphan} and ${finalizerForeground} cannot be both set`;
    errors.push(fieldError.invalid(path, finalizers, message));
  }
  return errors;
}

function validateNoNewFinalizers(
  finalizers: readonly string[] | undefined,
  old: readonly string[] | undefined,
  path: FieldPath,
): FieldError[] {
  const extra = [...new Set(finalizers ?? [])].filter(f => !old?.includes(f)).sort(compareStrings);
  if (extra.length === 0) return [];
  const shown = `[]string{${extra.map(goQuote).join(', ')}}`;
  const message = `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`;
  return [fieldError.forbidden(path, message)];
}

/** The name of a field manager: in managedFields and in the fieldManager query parameter. */
export function validateFieldManager(manager: string, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (utf8Length(manager) > fieldManagerMaxBytes) {
    errors.push(fieldError.tooLong(path, fieldManagerMaxBytes));
  }
  if (printableAscii.test(manager)) return errors;
  let position = 0;
  for (const character of manager) {
    if (character !== ' ' && /[\p{C}\p{Z}]/u.test(character)) {
      const code = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
      errors.push(fieldError.invalid(path, manager, `invalid character ${code} (at position ${position})`));
    }
    position += utf8Length(character);
  }
  return errors;
}

/** Entries that are in order. Those that the server keeps do not change any more, and come with each write. */
const entriesKept = 1024;
const goodEntries = new RecentCache<ManagedFieldsEntry, true>(entriesKept);

export function validateManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
  path: FieldPath,
): readonly FieldError[] {
  if (!entries) return noErrors;
  const errors: FieldError[] = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (goodEntries.get(entry)) continue;
    const found = validateManagedEntry(entry, path.index(i));
    if (found.length === 0 && Object.isFrozen(entry)) goodEntries.set(entry, true);
    append(errors, found);
  }
  return errors;
}

function validateManagedEntry(entry: ManagedFieldsEntry, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
    errors.push(
      fieldError.invalid(at.child('operation'), entry.operation ?? '', 'must be `Apply` or `Update`'),
    );
  }
  if (entry.fieldsType && entry.fieldsType !== 'FieldsV1') {
    errors.push(fieldError.invalid(at.child('fieldsType'), entry.fieldsType, 'must be `FieldsV1`'));
  }
  append(errors, validateFieldManager(entry.manager ?? '', at.child('manager')));
  if (utf8Length(entry.subresource ?? '') > subresourceNameMaxBytes) {
    errors.push(fieldError.tooLong(at.child('subresource'), subresourceNameMaxBytes));
  }
  return errors;
}
