import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ResourceQuota } from '../generated/types/core.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { startStatus } from '../strategies.ts';
import { validateResourceAmount, validateResourceName } from './pod/validate-resources.ts';

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
const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];
const conflicts = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

function validateAmounts(at: FieldPath, amounts: Readonly<Record<string, string>> | undefined): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, amount]) => [
    ...validateResourceName(at.key(name), name),
    ...validateResourceAmount(at.key(name), name, amount),
  ]);
}

function validate({ spec }: ResourceQuota): FieldError[] {
  const given = spec?.scopes ?? [];
  const at = path.child('scopes');
  return [
    ...validateAmounts(path.child('hard'), spec?.hard),
    ...given.filter(s => !scopes.includes(s)).map(() => fieldError.invalid(at, given, 'unsupported scope')),
    ...conflicts
      .filter(pair => pair.every(scope => given.includes(scope)))
      .map(() => fieldError.invalid(at, given, 'conflicting scopes')),
    ...(spec?.scopeSelector?.matchExpressions ?? [])
      .filter(({ scopeName }) => !scopes.includes(scopeName))
      .map(({ scopeName }) =>
        fieldError.invalid(
          path.child('scopeSelector', 'matchExpressions', 'scopeName'),
          scopeName,
          'unsupported scope',
        ),
      ),
  ];
}

function validateUpdate({ spec }: ResourceQuota, { spec: old }: ResourceQuota): FieldError[] {
  const same = [...(spec?.scopes ?? [])].sort().join() === [...(old?.scopes ?? [])].sort().join();
  return same ? [] : [fieldError.invalid(path.child('scopes'), spec?.scopes ?? null, 'field is immutable')];
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
