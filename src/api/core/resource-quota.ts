import { table } from '#base/members.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { asInternal } from '../internal-type.ts';
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../generated/types/core.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { startStatus } from '../strategies.ts';
import { isQuotaResource, validateResourceAmount, validateResourceName } from './pod/validate-resources.ts';

/** Used and hard amounts by resource: those of limits, or all others. */
function amounts(object: ResourceQuota, limits: boolean): string {
  const { hard = {}, used = {} } = object.status ?? {};
  return Object.keys(hard)
    .filter(name => name.startsWith('limits.') === limits)
    .sort()
    .map(name => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
    .join(', ');
}

const path = FieldPath.of('spec');
const conflicts = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

const podCount = ['pods'];
const podAmounts = [
  ...podCount,
  ...['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'],
];
/** What a quota of a scope may limit, of the resources that quotas know by name. */
const limitable = table<readonly string[]>({
  BestEffort: podCount,
  CrossNamespacePodAffinity: podAmounts,
  NotBestEffort: podAmounts,
  NotTerminating: podAmounts,
  PriorityClass: podAmounts,
  Terminating: podAmounts,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
});
/** Those that an object is in or is not; others have values. */
const plainScopes = [
  ...['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating'],
  'CrossNamespacePodAffinity',
];

/** The same error for each; made once, since it shows all of a list that may be long. */
function repeated(causes: readonly string[], make: () => FieldError): FieldError[] {
  return causes.length > 0 ? Array<FieldError>(causes.length).fill(make()) : [];
}

/** The resources that the quota limits and that its scope says nothing of. */
function unscoped(scope: string, spec: ResourceQuota['spec']): string[] {
  const names = limitable[scope];
  return names
    ? Object.keys(spec?.hard ?? {}).filter(name => isQuotaResource(name) && !names.includes(name))
    : [];
}

function validateScopeSelector(spec: ResourceQuota['spec']): FieldError[] {
  const at = path.child('scopeSelector', 'matchExpressions');
  const requirements = spec?.scopeSelector?.matchExpressions ?? [];
  const given = requirements.map(({ scopeName }) => scopeName);
  return [
    ...requirements.flatMap(requirement => validateRequirement(at, requirement, spec)),
    ...conflicts
      .filter(pair => pair.every(scope => given.includes(scope)))
      .map(() => fieldError.invalid(at, spec?.scopes ?? null, 'conflicting scopes')),
  ];
}

function validateRequirement(
  at: FieldPath,
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  spec: ResourceQuota['spec'],
): FieldError[] {
  const unfit = 'unsupported scope applied to resource';
  const errors = repeated(unscoped(scopeName, spec), () =>
    fieldError.invalid(at, asInternal('core.ScopeSelector', spec?.scopeSelector), unfit),
  );
  if (!limitable[scopeName])
    errors.push(fieldError.invalid(at.child('scopeName'), scopeName, 'unsupported scope'));
  if (plainScopes.includes(scopeName) && operator !== 'Exists') {
    const named = plainScopes.map(scope => `ResourceQuotaScope${scope}`);
    const list = `${named[2]}, ${named[3]}, ${named[0]}, ${named[1]} or ${named[4]}`;
    errors.push(
      fieldError.invalid(at.child('operator'), operator, `must be 'Exists' when scope is any of ${list}`),
    );
  }
  if (operator === 'In' || operator === 'NotIn') {
    const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    if (values.length === 0) errors.push(fieldError.required(at.child('values'), why));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    if (values.length > 0) errors.push(fieldError.invalid(at.child('values'), values, why));
  } else errors.push(fieldError.invalid(at.child('operator'), operator, 'not a valid selector operator'));
  return errors;
}

function validateAmounts(at: FieldPath, amounts: Readonly<Record<string, string>> | undefined): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, amount]) => [
    ...validateResourceName(at.key(name), name),
    ...(name.includes('/') || isQuotaResource(name)
      ? []
      : [fieldError.invalid(at.key(name), name, 'must be a standard resource for quota')]),
    ...validateResourceAmount(at.key(name), name, amount),
  ]);
}

function validate({ spec }: ResourceQuota): FieldError[] {
  const given = spec?.scopes ?? [];
  const at = path.child('scopes');
  return [
    ...validateAmounts(path.child('hard'), spec?.hard),
    ...repeated(
      given.filter(scope => !limitable[scope]),
      () => fieldError.invalid(at, given, 'unsupported scope'),
    ),
    ...repeated(
      given.flatMap(scope => unscoped(scope, spec)),
      () => fieldError.invalid(at, given, 'unsupported scope applied to resource'),
    ),
    ...conflicts
      .filter(pair => pair.every(scope => given.includes(scope)))
      .map(() => fieldError.invalid(at, given, 'conflicting scopes')),
    ...validateScopeSelector(spec),
  ];
}

function validateUpdate({ spec }: ResourceQuota, { spec: old }: ResourceQuota): FieldError[] {
  const [now, before] = [new Set(spec?.scopes), new Set(old?.scopes)];
  return now.symmetricDifference(before).size === 0
    ? []
    : [fieldError.invalid(path.child('scopes'), spec?.scopes ?? null, 'field is immutable')];
}

function validateStatusUpdate({ status }: ResourceQuota): FieldError[] {
  const at = FieldPath.of('status');
  return [
    ...validateAmounts(at.child('hard'), status?.hard),
    ...validateAmounts(at.child('used'), status?.used),
  ];
}

export const resourceQuotaResource = defineResource<ResourceQuota>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.ResourceQuota' }],
  kind: 'ResourceQuota',
  resource: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  namespaced: true,
  statusSubresource: true,
  strategy: {
    generation: false,
    prepareForCreate: startStatus<ResourceQuota>({}),
    validate,
    validateUpdate,
    validateStatusUpdate,
    returnDeletedObject: true,
  },
  columns: [nameColumn, column('Request'), column('Limit'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    amounts(object, false),
    amounts(object, true),
    age(object, nowMs),
  ],
});
