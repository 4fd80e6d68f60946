import { formatLabelSelector } from '#machinery/selectors.ts';
import {
  age,
  ageColumn,
  column,
  labelsText,
  nameColumn,
  templateCells,
  templateColumns,
  wideColumn,
} from '../columns.ts';
import { deepEqual } from '#base/equal.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { DaemonSet, DaemonSetSpec } from '../generated/types/apps.v1.ts';
import { dropDisabled, setPodTemplateDefaults } from '../core/pod/defaults.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { integerProblem } from '#machinery/go-values.ts';
import { statusError } from '#machinery/status.ts';
import { workloadWarnings } from '../core/pod/warnings.ts';
import { asInternal } from '../internal-type.ts';
import { nonNegative } from '../validation.ts';
import {
  isZero,
  validateAtMostAll,
  validateCollisions,
  validateCountOrPercent,
  validateSelectorUpdate,
  validateWorkload,
} from '../workload-validation.ts';

/** The versions of its template, which upstream counts in a field that v1 shows as this annotation. */
const generationAnnotation = 'deprecated.daemonset.template.generation';

function templateGeneration({ metadata }: DaemonSet): number {
  return Number(metadata.annotations?.[generationAnnotation] ?? 0);
}

/** Upstream reads the annotation as a number wherever a daemon set comes in. */
function requireTemplateGeneration({ metadata }: DaemonSet): void {
  const text = metadata?.annotations?.[generationAnnotation];
  const problem = text === undefined ? undefined : integerProblem('ParseInt', text);
  if (problem === undefined) return;
  throw statusError.badRequest(`DaemonSet in version "v1" cannot be handled as a DaemonSet: ${problem}`);
}

function setTemplateGeneration({ metadata }: DaemonSet, count: number): void {
  metadata.annotations = { ...metadata.annotations, [generationAnnotation]: String(count) };
}

function setDefaults(set: DaemonSet): void {
  const { metadata, spec } = set;
  requireTemplateGeneration(set);
  if (metadata && metadata.annotations?.[generationAnnotation] === undefined) setTemplateGeneration(set, 0);
  if (!spec) return;
  spec.revisionHistoryLimit ??= 10;
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  setPodTemplateDefaults(spec.template);
}

const path = FieldPath.of('spec');
const statusCounts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
] as const;

function validateUpdateStrategy({ updateStrategy }: DaemonSetSpec): FieldError[] {
  const at = path.child('updateStrategy');
  if (updateStrategy?.type === 'OnDelete') return [];
  if (updateStrategy?.type !== 'RollingUpdate') {
    const shown = asInternal('apps.DaemonSetUpdateStrategy', updateStrategy ?? {});
    return [fieldError.notSupported(at, shown, ['RollingUpdate', 'OnDelete'])];
  }
  if (!updateStrategy.rollingUpdate) return [fieldError.required(at.child('rollingUpdate'))];
  const { maxUnavailable, maxSurge } = updateStrategy.rollingUpdate;
  const unavailablePath = at.child('rollingUpdate', 'maxUnavailable');
  const surgePath = at.child('rollingUpdate', 'maxSurge');
  const errors = [
    ...validateCountOrPercent(unavailablePath, maxUnavailable),
    ...validateAtMostAll(unavailablePath, maxUnavailable),
    ...validateCountOrPercent(surgePath, maxSurge),
    ...validateAtMostAll(surgePath, maxSurge),
  ];
  if (!isZero(maxUnavailable) && !isZero(maxSurge)) {
    errors.push(fieldError.invalid(surgePath, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  }
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    errors.push(fieldError.required(unavailablePath, 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}

/** What an update may not change comes first. */
function validate(object: DaemonSet, _context: StrategyContext, old?: DaemonSet): FieldError[] {
  const { spec } = object;
  if (!spec) return [fieldError.required(path.child('selector'))];
  return [
    ...(old ? validateSelectorUpdate(object, old) : []),
    ...validateWorkload('DaemonSet', spec),
    ...nonNegative(path.child('minReadySeconds'), spec.minReadySeconds),
    ...validateUpdateStrategy(spec),
    ...nonNegative(path.child('revisionHistoryLimit'), spec.revisionHistoryLimit),
  ];
}

export const daemonSetResource = defineResource<DaemonSet>({
  group: 'apps',
  versions: [{ version: 'v1', schema: 'io.k8s.api.apps.v1.DaemonSet' }],
  kind: 'DaemonSet',
  resource: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  strategy: {
    setDefaults,
    dropDisabled: ({ spec }) => dropDisabled(spec?.template?.spec),
    prepareForCreate: object => {
      setTemplateGeneration(object, Math.max(1, templateGeneration(object)));
      object.status = {
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        desiredNumberScheduled: 0,
        numberReady: 0,
      };
    },
    prepareForUpdate: (object, old) => {
      const isChanged = !deepEqual(object.spec?.template, old.spec?.template);
      setTemplateGeneration(object, templateGeneration(old) + (isChanged ? 1 : 0));
    },
    prepareForStatusUpdate: (object, old) => setTemplateGeneration(object, templateGeneration(old)),
    warnings: (object, old) =>
      old && templateGeneration(object) === templateGeneration(old) ? [] : workloadWarnings(object),
    validate,
    validateStatusUpdate: (object, old) => [
      ...statusCounts.flatMap(name => nonNegative(FieldPath.of('status', name), object.status?.[name])),
      ...validateCollisions(object, old),
    ],
  },
  fillBookmark: ({ metadata }) => {
    metadata.annotations = { [generationAnnotation]: '0', ...metadata.annotations };
  },
  versionedAnnotations: [generationAnnotation],
  columns: [
    nameColumn,
    column('Desired', 'integer'),
    column('Current', 'integer'),
    column('Ready', 'integer'),
    column('Up-to-date', 'integer'),
    column('Available', 'integer'),
    column('Node Selector'),
    ageColumn,
    ...templateColumns,
    wideColumn('Selector'),
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    object.status?.desiredNumberScheduled ?? 0,
    object.status?.currentNumberScheduled ?? 0,
    object.status?.numberReady ?? 0,
    object.status?.updatedNumberScheduled ?? 0,
    object.status?.numberAvailable ?? 0,
    labelsText(object.spec?.template?.spec?.nodeSelector),
    age(object, nowMs),
    ...templateCells(object.spec?.template),
    formatLabelSelector(object.spec?.selector),
  ],
});
