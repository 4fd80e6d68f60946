import { validateLabelSelector } from '#machinery/selectors.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validatePodTemplate } from '../../core/pod/validate-spec.ts';
import type { Job, JobSpec, PodFailurePolicyRule } from '../../generated/types/batch.v1.ts';
import { immutable, nonNegative, optionalOneOf, requiredOneOf, selectorMatches } from '../../validation.ts';

const completionModes = ['Indexed', 'NonIndexed'];
const indexedParallelismMax = 100_000;
const exitCodesMax = 255;
const rulesMax = 20;
const schedulingFields = ['nodeSelector', 'affinity', 'tolerations', 'schedulingGates'] as const;
const countFields = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

function validateIndexed(path: FieldPath, spec: JobSpec): FieldError[] {
  if (spec.completionMode !== 'Indexed') {
    return spec.backoffLimitPerIndex === undefined
      ? []
      : [
          fieldError.invalid(
            path.child('backoffLimitPerIndex'),
            spec.backoffLimitPerIndex,
            'requires indexed completion mode',
          ),
        ];
  }
  const errors: FieldError[] = [];
  if (spec.completions === undefined) {
    errors.push(fieldError.required(path.child('completions'), 'when completion mode is Indexed'));
  }
  if ((spec.parallelism ?? 0) > indexedParallelismMax) {
    const detail = `must be less than or equal to ${indexedParallelismMax} when completion mode is Indexed`;
    errors.push(fieldError.invalid(path.child('parallelism'), spec.parallelism, detail));
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(
      fieldError.required(path.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified'),
    );
  }
  return errors;
}

function validateExitCodes(path: FieldPath, rule: PodFailurePolicyRule): FieldError[] {
  if (!rule.onExitCodes) return [];
  const { operator } = rule.onExitCodes;
  const values = rule.onExitCodes.values ?? [];
  const at = path.child('onExitCodes');
  const errors = requiredOneOf(at.child('operator'), operator, ['In', 'NotIn']);
  const valuesPath = at.child('values');
  if (values.length === 0)
    errors.push(fieldError.invalid(valuesPath, values, 'at least one value is required'));
  if (values.length > exitCodesMax) errors.push(fieldError.tooMany(valuesPath, values.length, exitCodesMax));
  values.forEach((value, i) => {
    if (values.indexOf(value) < i) errors.push(fieldError.duplicate(valuesPath.index(i), value));
    else if (value === 0 && operator === 'In') {
      errors.push(fieldError.invalid(valuesPath.index(i), value, 'must not be 0 for the In operator'));
    }
  });
  return errors;
}

function validateFailurePolicy(path: FieldPath, spec: JobSpec): FieldError[] {
  if (!spec.podFailurePolicy) return [];
  const at = path.child('podFailurePolicy', 'rules');
  const rules = spec.podFailurePolicy.rules ?? [];
  if (rules.length > rulesMax) return [fieldError.tooMany(at, rules.length, rulesMax)];
  return rules.flatMap((rule, i) => {
    const errors = requiredOneOf(at.index(i).child('action'), rule.action, [
      'Count',
      'FailIndex',
      'FailJob',
      'Ignore',
    ]);
    const hasConditions = (rule.onPodConditions?.length ?? 0) > 0;
    if (rule.onExitCodes && hasConditions) {
      const detail = 'specifying both OnExitCodes and OnPodConditions is not supported';
      errors.push(fieldError.invalid(at.index(i), null, detail));
    } else if (!rule.onExitCodes && !hasConditions) {
      const detail = 'specifying one of OnExitCodes and OnPodConditions is required';
      errors.push(fieldError.invalid(at.index(i), null, detail));
    }
    return [...errors, ...validateExitCodes(at.index(i), rule)];
  });
}

function validateRestartPolicy(path: FieldPath, spec: JobSpec): FieldError[] {
  const at = path.child('template', 'spec', 'restartPolicy');
  const policy = spec.template?.spec?.restartPolicy;
  if (policy === 'Always') return [fieldError.required(at, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') {
    return [fieldError.notSupported(at, policy ?? '', ['OnFailure', 'Never'])];
  }
  return spec.podFailurePolicy && policy !== 'Never'
    ? [fieldError.invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}

/** What a job runs and how; in a job or in a CronJob's template. */
export function validateJobSpec(path: FieldPath, spec: JobSpec): FieldError[] {
  return [
    ...countFields.flatMap(name => nonNegative(path.child(name), spec[name])),
    ...optionalOneOf(path.child('completionMode'), spec.completionMode, completionModes),
    ...validateIndexed(path, spec),
    ...optionalOneOf(path.child('podReplacementPolicy'), spec.podReplacementPolicy, [
      'Failed',
      'TerminatingOrFailed',
    ]),
    ...validateFailurePolicy(path, spec),
    ...validatePodTemplate(path.child('template'), spec.template),
    ...validateRestartPolicy(path, spec),
  ];
}

/** A job, created or updated. */
export function validateJob({ spec }: Job): FieldError[] {
  const path = FieldPath.of('spec');
  if (!spec) return [fieldError.required(path.child('template'))];
  const errors = validateJobSpec(path, spec);
  if (!spec.selector) return [...errors, fieldError.required(path.child('selector'))];
  errors.push(...validateLabelSelector(spec.selector, path.child('selector')));
  const labels = spec.template?.metadata?.labels;
  if (!selectorMatches(spec.selector, labels)) {
    const at = path.child('template', 'metadata', 'labels');
    errors.push(fieldError.invalid(at, labels ?? null, '`selector` does not match template `labels`'));
  }
  return errors;
}

/** A job that is suspended and never started may still be told where to run. */
function comparableTemplate(job: Job, placementMayChange: boolean): unknown {
  const { template } = job.spec ?? {};
  if (!placementMayChange || !template?.spec) return template;
  const { metadata, ...rest } = template;
  const spec: Record<string, unknown> = { ...template.spec };
  for (const name of schedulingFields) delete spec[name];
  const { labels: _labels, annotations: _annotations, ...meta } = metadata ?? {};
  return { ...rest, metadata: meta, spec };
}

/** Most of a job is fixed once it exists; its parallelism, limits and suspension are not. */
export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  const path = FieldPath.of('spec');
  const [spec, was] = [job.spec, old.spec];
  const isElastic = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  const placementMayChange = Boolean(was?.suspend) && !old.status?.startTime;
  return [
    ...(isElastic ? [] : immutable(path.child('completions'), spec?.completions, was?.completions)),
    ...immutable(path.child('selector'), spec?.selector, was?.selector),
    ...immutable(
      path.child('template'),
      comparableTemplate(job, placementMayChange),
      comparableTemplate(old, placementMayChange),
    ),
    ...immutable(path.child('completionMode'), spec?.completionMode, was?.completionMode),
    ...immutable(path.child('podFailurePolicy'), spec?.podFailurePolicy, was?.podFailurePolicy),
    ...immutable(path.child('backoffLimitPerIndex'), spec?.backoffLimitPerIndex, was?.backoffLimitPerIndex),
    ...immutable(path.child('managedBy'), spec?.managedBy, was?.managedBy),
    ...immutable(path.child('successPolicy'), spec?.successPolicy, was?.successPolicy),
  ];
}
