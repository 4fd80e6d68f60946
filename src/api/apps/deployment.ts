import { formatLabelSelector } from '#machinery/selectors.ts';
import {
  age,
  ageColumn,
  column,
  nameColumn,
  templateCells,
  templateColumns,
  wideColumn,
} from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Deployment, DeploymentSpec } from '../generated/types/apps.v1.ts';
import { dropDisabled, setPodTemplateDefaults } from '../core/pod/defaults.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { namedWorkloadWarnings } from '../core/pod/warnings.ts';
import { asInternal } from '../internal-type.ts';
import { nonNegative } from '../validation.ts';
import {
  isZero,
  validateAtMostAll,
  validateCollisions,
  validateCountOrPercent,
  validateReplicaCounts,
  validateSelectorUpdate,
  validateWorkload,
} from '../workload-validation.ts';

function setDefaults({ spec }: Deployment): void {
  if (!spec) return;
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  spec.strategy ??= {};
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
    spec.strategy.rollingUpdate.maxSurge ??= '25%';
  }
  setPodTemplateDefaults(spec.template);
}

const path = FieldPath.of('spec');
const counts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'];
/** Of pods that are no replicas, or none yet. */
const otherCounts = ['unavailableReplicas', 'terminatingReplicas'] as const;

/** A change of annotations counts as a version too: the controller copies them to its ReplicaSets. */
function prepareForUpdate(object: Deployment, old: Deployment): void {
  const { metadata } = object;
  if (deepEqual(metadata.annotations, old.metadata.annotations)) return;
  metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function validateStrategy({ strategy }: DeploymentSpec): FieldError[] {
  const at = path.child('strategy');
  const rolling = strategy?.rollingUpdate;
  if (strategy?.type === 'Recreate') {
    if (!rolling) return [];
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return [fieldError.forbidden(at.child('rollingUpdate'), detail)];
  }
  if (strategy?.type !== 'RollingUpdate') {
    const shown = asInternal('apps.DeploymentStrategy', strategy ?? {});
    return [fieldError.notSupported(at, shown, ['Recreate', 'RollingUpdate'])];
  }
  const { maxUnavailable, maxSurge } = rolling ?? {};
  const unavailablePath = at.child('rollingUpdate', 'maxUnavailable');
  const errors = [
    ...validateCountOrPercent(unavailablePath, maxUnavailable),
    ...validateCountOrPercent(at.child('rollingUpdate', 'maxSurge'), maxSurge),
  ];
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    const detail = 'may not be 0 when `maxSurge` is 0';
    errors.push(fieldError.invalid(unavailablePath, maxUnavailable ?? 0, detail));
  }
  return [...errors, ...validateAtMostAll(unavailablePath, maxUnavailable)];
}

function validate({ spec }: Deployment): FieldError[] {
  if (!spec) return [fieldError.required(path.child('selector'))];
  const deadline = spec.progressDeadlineSeconds;
  const errors = [
    ...nonNegative(path.child('replicas'), spec.replicas),
    ...validateWorkload('Deployment', spec),
    ...validateStrategy(spec),
    ...nonNegative(path.child('minReadySeconds'), spec.minReadySeconds),
    ...nonNegative(path.child('revisionHistoryLimit'), spec.revisionHistoryLimit),
    ...nonNegative(path.child('progressDeadlineSeconds'), deadline),
  ];
  if (deadline !== undefined && deadline <= (spec.minReadySeconds ?? 0)) {
    const detail = 'must be greater than minReadySeconds';
    errors.push(fieldError.invalid(path.child('progressDeadlineSeconds'), deadline, detail));
  }
  return errors;
}

export const deploymentResource = defineResource<Deployment>({
  group: 'apps',
  versions: [{ version: 'v1', schema: 'io.k8s.api.apps.v1.Deployment' }],
  kind: 'Deployment',
  resource: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  scale: {
    specReplicasPath: 'spec.replicas',
    statusReplicasPath: 'status.replicas',
    selectorPath: 'spec.selector',
  },
  strategy: {
    statusKeeps: ['labels'],
    setDefaults,
    dropDisabled: ({ spec }) => dropDisabled(spec?.template?.spec),
    prepareForCreate: object => {
      object.status = {};
    },
    prepareForUpdate,
    warnings: namedWorkloadWarnings,
    validate,
    validateUpdate: validateSelectorUpdate,
    validateStatusUpdate: (object, old) => [
      ...validateReplicaCounts({ ...object.status }, counts),
      ...otherCounts.flatMap(name => nonNegative(FieldPath.of('status', name), object.status?.[name])),
      ...validateCollisions(object, old),
    ],
  },
  fillBookmark: object => {
    object.spec = { replicas: 0, ...object.spec! };
  },
  columns: [
    nameColumn,
    column('Ready'),
    column('Up-to-date'),
    column('Available'),
    ageColumn,
    ...templateColumns,
    wideColumn('Selector'),
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    object.status?.updatedReplicas ?? 0,
    object.status?.availableReplicas ?? 0,
    age(object, nowMs),
    ...templateCells(object.spec?.template),
    object.spec?.selector ? formatLabelSelector(object.spec.selector) : '',
  ],
});
