import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1035Label, checkDns1123Subdomain } from '#machinery/names.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
} from '../../generated/types/apiextensions.v1.ts';
import { immutable, requiredOneOf } from '../../validation.ts';
import { validateWebhookClient } from '../../webhook-validation.ts';
import { validateStructuralSchema } from './validate-schema.ts';

const path = FieldPath.of('spec');
const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const reviewVersions = ['v1', 'v1beta1'];
const deprecationWarningMax = 256;
const approvalAnnotation = 'api-approved.kubernetes.io';

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
  if (plural) errors.push(...joined(at.child('plural'), plural, checkDns1035Label(plural)));
  if (singular) errors.push(...joined(at.child('singular'), singular, checkDns1035Label(singular)));
  if (kind) errors.push(...joined(at.child('kind'), kind, checkDns1035Label(kind.toLowerCase()), mixed));
  if (listKind) {
    errors.push(...joined(at.child('listKind'), listKind, checkDns1035Label(listKind.toLowerCase()), mixed));
  }
  shortNames.forEach((name, i) => {
    errors.push(...joined(at.child('shortNames').index(i), name, checkDns1035Label(name)));
  });
  if (kind && kind === listKind) {
    errors.push(fieldError.invalid(at.child('listKind'), listKind, 'kind and listKind may not be the same'));
  }
  categories.forEach((name, i) => {
    errors.push(...joined(at.child('categories').index(i), name, checkDns1035Label(name)));
  });
  return errors;
}

function validateJsonPath(
  at: FieldPath,
  text: string | undefined,
  roots: readonly string[],
  where: string,
): FieldError[] {
  if (!text) return [fieldError.required(at)];
  if (!text.startsWith('.'))
    return [fieldError.invalid(at, text, 'must be a simple json path starting with .')];
  if (roots.length === 0 || roots.some(root => text.startsWith(root))) return [];
  return [fieldError.invalid(at, text, `should be a json path under ${where}`)];
}

function validateScale(at: FieldPath, scale: CustomResourceSubresourceScale | undefined): FieldError[] {
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return [
    ...validateJsonPath(at.child('scale.specReplicasPath'), specReplicasPath, ['.spec.'], '.spec'),
    ...validateJsonPath(at.child('scale.statusReplicasPath'), statusReplicasPath, ['.status.'], '.status'),
    ...(labelSelectorPath
      ? validateJsonPath(
          at.child('scale.labelSelectorPath'),
          labelSelectorPath,
          ['.spec.', '.status.'],
          'either .spec or .status',
        )
      : []),
  ];
}

function validateColumn(at: FieldPath, column: CustomResourceColumnDefinition): FieldError[] {
  const errors: FieldError[] = [];
  const types = `must be one of ${columnTypes.join(',')}`;
  if (!column.name) errors.push(fieldError.required(at.child('name')));
  if (!column.type) errors.push(fieldError.required(at.child('type'), types));
  else if (!columnTypes.includes(column.type)) {
    errors.push(fieldError.invalid(at.child('type'), column.type, types));
  }
  if (column.format && !columnFormats.includes(column.format)) {
    const detail = `must be one of ${columnFormats.join(',')}`;
    errors.push(fieldError.invalid(at.child('format'), column.format, detail));
  }
  return [...errors, ...validateJsonPath(at.child('JSONPath'), column.jsonPath, [], '')];
}

function validateVersion(at: FieldPath, version: CustomResourceDefinitionVersion): FieldError[] {
  const schema = version.schema?.openAPIV3Schema;
  const errors = joined(at.child('name'), version.name, checkDns1035Label(version.name));
  if (!schema) errors.push(fieldError.required(at.child('schema', 'openAPIV3Schema')));
  const warning = version.deprecationWarning;
  const warningPath = at.child('deprecationWarning');
  if (warning !== undefined && !version.deprecated) {
    errors.push(fieldError.invalid(warningPath, warning, 'can only be set for deprecated versions'));
  } else if (warning !== undefined && (warning === '' || warning.length > deprecationWarningMax)) {
    const detail =
      warning === '' ? 'must not be empty' : `must be <= ${deprecationWarningMax} characters long`;
    errors.push(fieldError.invalid(warningPath, warning, detail));
  }
  if (schema) errors.push(...validateStructuralSchema(at.child('schema', 'openAPIV3Schema'), schema));
  errors.push(...validateScale(at.child('subresources'), version.subresources?.scale));
  version.additionalPrinterColumns?.forEach((column, i) => {
    errors.push(...validateColumn(at.child('additionalPrinterColumns').index(i), column));
  });
  return errors;
}

function validateVersions(versions: readonly CustomResourceDefinitionVersion[]): FieldError[] {
  const at = path.child('versions');
  const errors = versions.flatMap((version, i) => validateVersion(at.index(i), version));
  if (new Set(versions.map(version => version.name)).size < versions.length) {
    errors.push(fieldError.invalid(at, versions, 'must contain unique version names'));
  }
  if (versions.filter(version => version.storage).length !== 1) {
    errors.push(fieldError.invalid(at, versions, 'must have exactly one version marked as storage version'));
  }
  return errors;
}

function validateConversion({ conversion }: CustomResourceDefinitionSpec): FieldError[] {
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
  } else errors.push(...validateWebhookClient(clientPath, webhook.clientConfig));
  const versions = webhook?.conversionReviewVersions ?? [];
  if (versions.length === 0) errors.push(fieldError.required(versionsPath));
  else if (!versions.some(version => reviewVersions.includes(version))) {
    const detail = `must include at least one of ${reviewVersions.join(', ')}`;
    errors.push(fieldError.invalid(versionsPath, versions, detail));
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

/** Groups of the Kubernetes community are guarded: whoever defines one says who approved (KEP-1111). */
function validateApproval({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  const isProtected = /(^|\.)(k8s\.io|kubernetes\.io)$/.test(spec.group ?? '');
  const approval = metadata.annotations?.[approvalAnnotation];
  const at = FieldPath.of('metadata', 'annotations').key(approvalAnnotation);
  if (!isProtected) return [];
  const see =
    'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111';
  if (!approval) return [fieldError.required(at, see)];
  if (approval.startsWith('unapproved') || URL.canParse(approval)) return [];
  return [fieldError.invalid(at, approval, see)];
}

function validateStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  const at = FieldPath.of('status', 'storedVersions');
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [fieldError.invalid(at, stored, 'must have at least one stored version')];
  return stored.flatMap((name, i) => {
    if (spec.versions?.some(version => version.name === name)) return [];
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    return [fieldError.invalid(at.index(i), name, detail)];
  });
}

/** A custom resource definition, created or updated. */
export function validateCrd(object: CustomResourceDefinition): FieldError[] {
  const { metadata, spec } = object;
  const names: Partial<CustomResourceDefinitionNames> = spec.names ?? {};
  const errors: FieldError[] = [];
  if (metadata.name !== `${names.plural ?? ''}.${spec.group ?? ''}`) {
    const detail = 'must be spec.names.plural+"."+spec.group';
    errors.push(fieldError.invalid(FieldPath.of('metadata', 'name'), metadata.name ?? '', detail));
  }
  errors.push(
    ...validateGroup(spec),
    ...requiredOneOf(path.child('scope'), spec.scope, ['Cluster', 'Namespaced']),
    ...validateVersions(spec.versions ?? []),
  );
  for (const name of ['plural', 'singular', 'kind', 'listKind'] as const) {
    if (!names[name]) errors.push(fieldError.required(path.child('names', name)));
  }
  errors.push(...validateNames(path.child('names'), names), ...validateConversion(spec));
  if (spec.preserveUnknownFields) {
    const detail =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(fieldError.invalid(path.child('preserveUnknownFields'), true, detail));
  }
  return [...errors, ...validateStoredVersions(object), ...validateApproval(object)];
}

/** Group and plural never change; scope and kind not once the names are accepted. */
export function validateCrdUpdate(
  { spec }: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  const isEstablished = old.status?.conditions?.some(c => c.type === 'Established' && c.status === 'True');
  return [
    ...(isEstablished
      ? [
          ...immutable(path.child('scope'), spec?.scope, old.spec?.scope),
          ...immutable(path.child('names', 'kind'), spec.names?.kind, old.spec?.names?.kind),
        ]
      : []),
    ...immutable(path.child('group'), spec?.group, old.spec?.group),
    ...immutable(path.child('names', 'plural'), spec.names?.plural, old.spec?.names?.plural),
  ];
}

/** The storage version joins the versions in which objects may be stored. */
export function recordStoredVersion(object: CustomResourceDefinition): void {
  const storage = object.spec.versions?.find(version => version.storage)?.name;
  const stored = object.status?.storedVersions ?? [];
  if (storage === undefined || stored.includes(storage)) return;
  object.status = { ...object.status, storedVersions: [...stored, storage] };
}
