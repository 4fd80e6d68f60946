import { formatLabelSelector } from '#machinery/selectors.ts';
import { replicaCells, replicaColumns } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ReplicaSet } from '../generated/types/apps.v1.ts';
import { dropDisabled, setPodTemplateDefaults } from '../core/pod/defaults.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { namedWorkloadWarnings } from '../core/pod/warnings.ts';
import { nonNegative } from '../validation.ts';
import { validateReplicaCounts, validateSelectorUpdate, validateWorkload } from '../workload-validation.ts';

function setDefaults({ spec }: ReplicaSet): void {
  if (!spec) return;
  spec.replicas ??= 1;
  setPodTemplateDefaults(spec.template);
}

const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];

function validate({ spec }: ReplicaSet): FieldError[] {
  const path = FieldPath.of('spec');
  if (!spec) return [fieldError.required(path.child('selector'))];
  return [
    ...nonNegative(path.child('replicas'), spec.replicas),
    ...nonNegative(path.child('minReadySeconds'), spec.minReadySeconds),
    ...validateWorkload('ReplicaSet', spec),
  ];
}

export const replicaSetResource = defineResource<ReplicaSet>({
  group: 'apps',
  versions: [{ version: 'v1', schema: 'io.k8s.api.apps.v1.ReplicaSet' }],
  kind: 'ReplicaSet',
  resource: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  scale: {
    specReplicasPath: 'spec.replicas',
    statusReplicasPath: 'status.replicas',
    selectorPath: 'spec.selector',
  },
  strategy: {
    setDefaults,
    dropDisabled: ({ spec }) => dropDisabled(spec?.template?.spec),
    prepareForCreate: object => {
      object.status = { replicas: 0 };
    },
    warnings: namedWorkloadWarnings,
    validate,
    validateUpdate: validateSelectorUpdate,
    validateStatusUpdate: ({ status }) => [
      ...validateReplicaCounts({ ...status }, counts),
      ...nonNegative(FieldPath.of('status', 'terminatingReplicas'), status?.terminatingReplicas),
    ],
  },
  fillBookmark: object => {
    object.spec = { replicas: 0, ...object.spec! };
  },
  columns: replicaColumns,
  row: (object, nowMs) => replicaCells(object, nowMs, formatLabelSelector(object.spec?.selector)),
});
