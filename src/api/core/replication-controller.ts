import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import { labelsText, replicaCells, replicaColumns } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ReplicationController, ReplicationControllerSpec } from '../generated/types/core.v1.ts';
import { dropDisabled, setPodTemplateDefaults } from './pod/defaults.ts';
import { namedWorkloadWarnings, templateWarnings } from './pod/warnings.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { nonNegative } from '../validation.ts';
import { validateReplicaCounts, validateRunningTemplate } from '../workload-validation.ts';

/** Selector and labels are those of the template where they are not given. */
function setDefaults({ spec, metadata }: ReplicationController): void {
  if (!spec) return;
  spec.replicas ??= 1;
  setPodTemplateDefaults(spec.template);
  const labels = spec.template?.metadata?.labels;
  if (!labels) return;
  if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
  if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
}

/** Its selector is a map, and nothing but the template's labels tells whether what stands in it can be a label. */
function isSelected({ selector = {}, template }: ReplicationControllerSpec): boolean {
  const labels = template?.metadata?.labels ?? {};
  return Object.entries(selector).every(
    ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
  );
}

/** Of an update, upstream warns of the template that was. */
function warnings(object: ReplicationController, old?: ReplicationController): string[] {
  if (!old) return namedWorkloadWarnings(object);
  return deepEqual(object.spec, old.spec) ? [] : templateWarnings('spec.template', old.spec?.template);
}

const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];

function validate({ spec }: ReplicationController): FieldError[] {
  const path = FieldPath.of('spec');
  const errors = nonNegative(path.child('minReadySeconds'), spec?.minReadySeconds);
  if (Object.keys(spec?.selector ?? {}).length === 0)
    errors.push(fieldError.required(path.child('selector')));
  append(errors, nonNegative(path.child('replicas'), spec?.replicas));
  if (!spec?.template) return [...errors, fieldError.required(path.child('template'))];
  return [...errors, ...validateRunningTemplate('ReplicationController', isSelected(spec), spec.template)];
}

export const replicationControllerResource = defineResource<ReplicationController>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.ReplicationController' }],
  kind: 'ReplicationController',
  resource: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
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
    warnings,
    validate,
    validateStatusUpdate: ({ status }) => validateReplicaCounts({ ...status }, counts),
    defaultPropagation: 'Orphan',
  },
  selectableFields: { 'status.replicas': object => String(object.status?.replicas ?? 0) },
  columns: replicaColumns,
  row: (object, nowMs) => replicaCells(object, nowMs, labelsText(object.spec?.selector)),
});
