import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import type { Steps } from '#base/steps.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1035Label, checkDns1123Subdomain } from '#machinery/names.ts';
import type { StrategyContext } from '../../definition.ts';
import type {
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  JSONSchemaProps,
} from '../../generated/types/apiextensions.v1.ts';
import { immutable, repeats, requiredOneOf } from '../../validation.ts';
import { validateWebhookClient } from '../../webhook-validation.ts';
import { isKnownFormat } from '../structural/formats.ts';
import { apiApproval, approvalAnnotation } from './approval.ts';
import { hasValidCaBundle } from './ca-bundle.ts';
import { somePart } from './validate-structural.ts';
import { validateSchemasGiven, validateVersions } from './validate-version.ts';

const path = FieldPath.of('spec');
const reviewVersions = ['v1', 'v1beta1'];

/** One Invalid that joins what a check says. */
function joined(
  at: FieldPath,
  value: string | undefined,
  messages: readonly string[],
  prefix = '',
): FieldError[] {
  return messages.length === 0 ? [] : [fieldError.invalid(at, value, prefix + messages.join(','))];
}

function validateNames(at: FieldPath, names: Partial<CustomResourceDefinitionNames>): FieldError[] {
  const { plural, singular, kind, listKind, shortNames = [], categories = [] } = names;
  const mixed = 'may have mixed case, but should otherwise match: ';
  const errors: FieldError[] = [];
  if (plural) append(errors, joined(at.child('plural'), plural, checkDns1035Label(plural)));
  if (singular) append(errors, joined(at.child('singular'), singular, checkDns1035Label(singular)));
  if (kind) append(errors, joined(at.child('kind'), kind, checkDns1035Label(kind.toLowerCase()), mixed));
  if (listKind) {
    append(errors, joined(at.child('listKind'), listKind, checkDns1035Label(listKind.toLowerCase()), mixed));
  }
  shortNames.forEach((name, i) => {
    append(errors, joined(at.child('shortNames').index(i), name, checkDns1035Label(name)));
  });
  if (kind && kind === listKind) {
    errors.push(fieldError.invalid(at.child('listKind'), listKind, 'kind and listKind may not be the same'));
  }
  categories.forEach((name, i) => {
    append(errors, joined(at.child('categories').index(i), name, checkDns1035Label(name)));
  });
  return errors;
}

function validateConversion(
  conversion: CustomResourceConversion | undefined,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  if (!conversion) return [];
  const at = path.child('conversion');
  const errors = requiredOneOf(at.child('strategy'), conversion.strategy, ['None', 'Webhook']);
  const webhook = conversion.webhook;
  const clientPath = at.child('webhookClientConfig');
  const versionsPath = at.child('conversionReviewVersions');
  if (conversion.strategy !== 'Webhook') {
    const detail = 'should not be set when strategy is not set to Webhook';
    if (webhook?.clientConfig) errors.push(fieldError.forbidden(clientPath, detail));
    if (webhook?.conversionReviewVersions?.length) errors.push(fieldError.forbidden(versionsPath, detail));
    return errors;
  }
  if (!webhook?.clientConfig) {
    errors.push(fieldError.required(clientPath, 'required when strategy is set to Webhook'));
  } else {
    append(
      errors,
      validateWebhookClient(clientPath, webhook.clientConfig),
      validateCaBundle(conversion, old),
    );
  }
  const before = old?.spec.conversion?.webhook?.conversionReviewVersions ?? [];
  const needsKnown = before.length === 0 || before.some(version => reviewVersions.includes(version));
  const versions = webhook?.conversionReviewVersions ?? [];
  return [...errors, ...validateReviewVersions(versionsPath, versions, needsKnown)];
}

/** Whoever serves already can be converted: its certificates stay readable. */
function validateCaBundle(
  conversion: CustomResourceConversion,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  const serves = old !== undefined && isEstablished(old) && hasValidCaBundle(old.spec.conversion);
  if (!serves || hasValidCaBundle(conversion)) return [];
  const at = path.child('conversion', 'webhookClientConfig', 'caBundle');
  const detail = 'unable to load root certificates: unable to parse bytes as PEM block';
  return [fieldError.invalid(at, conversion.webhook?.clientConfig?.caBundle, detail)];
}

function isEstablished({ status }: CustomResourceDefinition): boolean {
  return status?.conditions?.some(c => c.type === 'Established' && c.status === 'True') ?? false;
}

function validateReviewVersions(
  at: FieldPath,
  versions: readonly string[],
  needsKnown: boolean,
): FieldError[] {
  if (versions.length === 0) return [fieldError.required(at)];
  const isRepeated = repeats(versions);
  const errors = versions.flatMap((version, i) =>
    isRepeated[i]
      ? [fieldError.invalid(at.index(i), version, 'duplicate version')]
      : checkDns1035Label(version).map(message => fieldError.invalid(at.index(i), version, message)),
  );
  if (needsKnown && !versions.some(version => reviewVersions.includes(version))) {
    const detail = `must include at least one of ${reviewVersions.join(', ')}`;
    errors.push(fieldError.invalid(at, versions, detail));
  }
  return errors;
}

function validateGroup({ group }: CustomResourceDefinitionSpec): FieldError[] {
  const at = path.child('group');
  if (!group) return [fieldError.required(at)];
  const messages = checkDns1123Subdomain(group);
  if (messages.length > 0) return joined(at, group, messages);
  return group.includes('.')
    ? []
    : [fieldError.invalid(at, group, 'should be a domain with at least one dot')];
}

/** Whoever defines something in a guarded group says who approved; an update may leave that as it was. */
function validateApproval(
  object: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  const approval = apiApproval(object);
  if (!approval || (old && apiApproval(old)?.reason === approval.reason)) return [];
  const at = FieldPath.of('metadata', 'annotations').key(approvalAnnotation);
  if (approval.reason === 'MissingAnnotation') return [fieldError.required(at, approval.message)];
  if (approval.reason !== 'InvalidAnnotation') return [];
  return [fieldError.invalid(at, object.metadata.annotations?.[approvalAnnotation], approval.message!)];
}

function validateStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  const at = FieldPath.of('status', 'storedVersions');
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [fieldError.invalid(at, null, 'must have at least one stored version')];
  const missing = new Set(stored);
  // One that comes twice is missing the second time.
  const errors = (spec.versions ?? [])
    .filter(({ name, storage }) => !missing.delete(name) && storage)
    .map(({ name }) => fieldError.invalid(at, stored, `must have the storage version ${name}`));
  stored.forEach((name, i) => {
    if (spec.versions?.some(version => version.name === name)) return;
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(fieldError.invalid(at.index(i), name, detail));
  });
  return errors;
}

/** Upstream's older field of the one version is filled in from the first of the list, and checked as well. */
function validateVersionName({ versions }: CustomResourceDefinitionSpec): FieldError[] {
  const version = versions?.[0]?.name;
  return version ? joined(path.child('version'), version, checkDns1035Label(version)) : [];
}

/** Where unknown fields are kept, there are no defaults. */
function validateNoDefaults({ preserveUnknownFields, versions }: CustomResourceDefinitionSpec): FieldError[] {
  const isWrong =
    preserveUnknownFields &&
    versions?.some(({ schema }) => schema?.openAPIV3Schema && hasDefaults(schema.openAPIV3Schema));
  const detail = 'must be false in order to use defaults in the schema';
  return isWrong ? [fieldError.invalid(path.child('preserveUnknownFields'), true, detail)] : [];
}

/** Nor is there a conversion. */
function validateNoConversion({
  preserveUnknownFields,
  conversion,
}: CustomResourceDefinitionSpec): FieldError[] {
  if (!preserveUnknownFields || !conversion || conversion.strategy === 'None') return [];
  const detail = 'must be None if spec.preserveUnknownFields is true';
  return [fieldError.invalid(path.child('conversion', 'strategy'), conversion.strategy, detail)];
}

/** A custom resource definition, created or updated. */
export function* validateCrd(
  object: CustomResourceDefinition,
  _context: StrategyContext,
  old?: CustomResourceDefinition,
): Steps<FieldError[]> {
  const { metadata, spec, status } = object;
  const names: Partial<CustomResourceDefinitionNames> = spec.names ?? {};
  const errors: FieldError[] = [];
  if (!old && metadata.name && metadata.name !== `${names.plural ?? ''}.${spec.group ?? ''}`) {
    const detail = 'must be spec.names.plural+"."+spec.group';
    errors.push(fieldError.invalid(FieldPath.of('metadata', 'name'), metadata.name, detail));
  }
  const versions = yield* validateVersions(spec, old?.spec);
  append(
    errors,
    validateGroup(spec),
    requiredOneOf(path.child('scope'), spec.scope, ['Cluster', 'Namespaced']),
    validateSchemasGiven(spec),
    validateNoDefaults(spec),
    versions.own,
    validateVersionName(spec),
  );
  for (const name of ['plural', 'singular', 'kind', 'listKind'] as const) {
    if (!names[name]) errors.push(fieldError.required(path.child('names', name)));
  }
  append(
    errors,
    validateNames(path.child('names'), names),
    versions.shared,
    validateNoConversion(spec),
    validateConversion(spec.conversion, old),
    old ? validateFixed(object, old) : [],
    validateNames(FieldPath.of('status', 'acceptedNames'), status?.acceptedNames ?? {}),
    validateStoredVersions(object),
    validateApproval(object, old),
  );
  if (spec.preserveUnknownFields && !old?.spec.preserveUnknownFields) {
    const detail =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(fieldError.invalid(path.child('preserveUnknownFields'), true, detail));
  }
  return errors;
}

/** Group and plural never change; scope and kind not once the names are accepted. */
function validateFixed({ spec }: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  return [
    ...(isEstablished(old)
      ? [
          ...immutable(path.child('scope'), spec?.scope, old.spec?.scope),
          ...immutable(path.child('names', 'kind'), spec.names?.kind, old.spec?.names?.kind),
        ]
      : []),
    ...immutable(path.child('group'), spec?.group, old.spec?.group),
    ...immutable(path.child('names', 'plural'), spec.names?.plural, old.spec?.names?.plural),
  ];
}

/** A status tells names that may stand. */
export function validateCrdStatus({ status }: CustomResourceDefinition): FieldError[] {
  return validateNames(FieldPath.of('status', 'acceptedNames'), status?.acceptedNames ?? {});
}

/** The storage version joins the versions in which objects may be stored. */
export function recordStoredVersion(object: CustomResourceDefinition): void {
  const storage = object.spec.versions?.find(version => version.storage)?.name;
  const stored = object.status?.storedVersions ?? [];
  if (storage === undefined || stored.includes(storage)) return;
  object.status = { ...object.status, storedVersions: [...stored, storage] };
}

/** Warns of formats that say nothing, once each; an update of those that are new. */
export function formatWarnings(object: CustomResourceDefinition, old?: CustomResourceDefinition): string[] {
  if (old && deepEqual(object.spec.versions, old.spec.versions)) return [];
  const known = new Set(old ? unknownFormats(old) : []);
  return unknownFormats(object)
    .filter(format => !known.has(format))
    .map(format => `unrecognized format ${JSON.stringify(format)}`);
}

function hasDefaults(schema: JSONSchemaProps): boolean {
  return schema.default !== undefined || somePart(schema, hasDefaults);
}

function unknownFormats({ spec }: CustomResourceDefinition): string[] {
  const found: string[] = [];
  const visit = (schema: JSONSchemaProps): boolean => {
    const { format, type = '' } = schema;
    if (format && !isKnownFormat(format, type)) found.push(format);
    return somePart(schema, visit);
  };
  for (const { schema } of spec.versions ?? []) if (schema?.openAPIV3Schema) visit(schema.openAPIV3Schema);
  return found;
}
