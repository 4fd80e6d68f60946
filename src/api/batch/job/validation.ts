import { sorted } from '#machinery/go-json.ts';
import { append } from '#base/append.ts';
import { validateLabelSelector } from '#machinery/selectors.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Label, checkDomainPrefixedPath } from '#machinery/names.ts';
import type { KubeObject } from '#machinery/object.ts';
import { validatePodTemplate } from '../../core/pod/validate-spec.ts';
import type { StrategyContext } from '../../definition.ts';
import type { Job, JobSpec } from '../../generated/types/batch.v1.ts';
import type { Container, PodSpec } from '../../generated/types/core.v1.ts';
import { immutable, invalidEach, nonNegative, optionalOneOf, selectorMatches } from '../../validation.ts';
import { validateFailurePolicy } from './failure-policy.ts';
import { validateSuccessPolicy } from './success-policy.ts';

export const controllerUidLabel = 'batch.kubernetes.io/controller-uid';
export const jobNameLabel = 'batch.kubernetes.io/job-name';

const completionModes = ['NonIndexed', 'Indexed'];
const indexedMax = 100_000;
const completionsHigh = 100_000;
const highLimit = 10_000;
const managedByLengthMax = 63;
const schedulingFields = ['nodeSelector', 'tolerations', 'schedulingGates'] as const;
const countFields = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

/** Jobs with so many completions may not fail much at once where each index has a limit of its own. */
function validateHighCompletions(path: FieldPath, spec: JobSpec): FieldError[] {
  if ((spec.completions ?? 0) <= completionsHigh || spec.backoffLimitPerIndex === undefined) return [];
  const errors: FieldError[] = [];
  if (spec.maxFailedIndexes === undefined) {
    const detail = `must be specified when completions is above ${completionsHigh}`;
    errors.push(fieldError.required(path.child('maxFailedIndexes'), detail));
  }
  const when = `when completions are above ${completionsHigh} and used with backoff limit per index`;
  for (const name of ['parallelism', 'maxFailedIndexes'] as const) {
    append(errors, atMost(path.child(name), spec[name], highLimit, ` ${when}`));
  }
  return errors;
}

function atMost(path: FieldPath, value: number | undefined, max: number, when = ''): FieldError[] {
  if ((value ?? 0) <= max) return [];
  return [fieldError.invalid(path, value, `must be less than or equal to ${max}${when}`)];
}

function validateIndexed(path: FieldPath, spec: JobSpec): FieldError[] {
  if (spec.completionMode !== 'Indexed') {
    if (spec.completionMode !== undefined && spec.completionMode !== 'NonIndexed') return [];
    return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
      .filter(name => spec[name] !== undefined)
      .map(name => fieldError.invalid(path.child(name), spec[name], 'requires indexed completion mode'));
  }
  const { completions, maxFailedIndexes } = spec;
  const errors: FieldError[] = [];
  if (completions === undefined) {
    errors.push(fieldError.required(path.child('completions'), 'when completion mode is Indexed'));
  }
  append(
    errors,
    atMost(path.child('parallelism'), spec.parallelism, indexedMax, ' when completion mode is Indexed'),
  );
  if (maxFailedIndexes !== undefined && completions !== undefined && maxFailedIndexes > completions) {
    const detail = 'must be less than or equal to completions';
    errors.push(fieldError.invalid(path.child('maxFailedIndexes'), maxFailedIndexes, detail));
  }
  return [
    ...errors,
    ...atMost(path.child('maxFailedIndexes'), maxFailedIndexes, indexedMax),
    ...validateHighCompletions(path, spec),
  ];
}

function validateManagedBy(path: FieldPath, managedBy: string | undefined): FieldError[] {
  if (managedBy === undefined) return [];
  const errors = invalidEach(path, managedBy, checkDomainPrefixedPath(managedBy));
  if (managedBy.length > managedByLengthMax) errors.push(fieldError.tooLong(path, managedByLengthMax));
  return errors;
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
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [fieldError.required(path.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified')]
      : []),
    ...validateManagedBy(path.child('managedBy'), spec.managedBy),
    ...optionalOneOf(path.child('completionMode'), spec.completionMode, completionModes),
    ...validateIndexed(path, spec),
    ...validateFailurePolicy(path.child('podFailurePolicy'), spec),
    ...validateSuccessPolicy(path.child('successPolicy'), spec),
    ...optionalOneOf(
      path.child('podReplacementPolicy'),
      spec.podReplacementPolicy,
      spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'],
    ),
    ...validatePodTemplate(path.child('template'), spec.template),
    ...validateRestartPolicy(path, spec),
  ];
}

/** A job, created or updated. */
export function validateJob({ metadata, spec }: Job, _context?: StrategyContext, old?: Job): FieldError[] {
  const path = FieldPath.of('spec');
  if (!spec) return [fieldError.required(path.child('template'))];
  return [
    ...validateGenerated(path, metadata, spec, old),
    ...validateWholeSpec(path, spec),
    ...validateHostNames(metadata.name ?? '', spec),
  ];
}

function validateWholeSpec(path: FieldPath, spec: JobSpec): FieldError[] {
  return [...validateJobSpec(path, spec), ...validateSelection(path, spec)];
}

function validateSelection(path: FieldPath, { selector, template }: JobSpec): FieldError[] {
  const errors: FieldError[] = selector
    ? validateLabelSelector(selector, path.child('selector'))
    : [fieldError.required(path.child('selector'))];
  const labels = template?.metadata?.labels;
  if (selector && selectorMatches(selector, labels)) return errors;
  const at = path.child('template', 'metadata', 'labels');
  return [...errors, fieldError.invalid(at, labels ?? null, '`selector` does not match template `labels`')];
}

/**
 * A selector that the job did not bring selects the labels that its pods are given, and those are the job's own. Old jobs
 * have two of them only.
 */
function validateGenerated(
  path: FieldPath,
  { uid = '', name = '' }: KubeObject['metadata'],
  spec: JobSpec,
  old: Job | undefined,
): FieldError[] {
  if (spec.manualSelector || !spec.selector) return [];
  const [was, labels] = [old?.spec?.template?.metadata?.labels, spec.template?.metadata?.labels];
  const isPrefixed = !old || (was?.[jobNameLabel] !== undefined && was[controllerUidLabel] !== undefined);
  const generated = {
    'controller-uid': uid,
    'job-name': name,
    ...(isPrefixed && { [controllerUidLabel]: uid, [jobNameLabel]: name }),
  };
  const at = path.child('template', 'metadata', 'labels');
  const errors = Object.entries(generated).flatMap(([key, value]) => {
    if (labels?.[key] === value) return [];
    const detail = `must be '${value}'`;
    return labels?.[key] === undefined
      ? [fieldError.required(at.key(key), detail)]
      : [fieldError.invalid(at.key(key), sorted(labels), detail)];
  });
  if (!selectorMatches(spec.selector, generated)) {
    errors.push(fieldError.invalid(path.child('selector'), spec.selector, '`selector` not auto-generated'));
  }
  return errors;
}

/** The last of an indexed job's pods has a name that can be a host's. */
function validateHostNames(name: string, { completionMode, completions }: JobSpec): FieldError[] {
  if (completionMode !== 'Indexed' || !completions) return [];
  const host = `${name}-${completions - 1}`;
  if (checkDns1123Label(host).length === 0) return [];
  const detail = `will not able to create pod with invalid DNS label: ${host}`;
  return [fieldError.invalid(FieldPath.of('metadata', 'name'), name, detail)];
}

/** No pod runs by the template of a job that is suspended, whether it once ran or not (KEP-5440). */
function isAtRest({ spec, status }: Job): boolean {
  if (!spec?.suspend || status?.active) return false;
  const isSuspended = status?.conditions?.some(
    ({ type, status }) => type === 'Suspended' && status === 'True',
  );
  return isSuspended || !status?.startTime;
}

/** What may be said anew of the pods of a job at rest is taken over: where they run, and what they get. */
function withDirectives(old: PodSpec, now: PodSpec): PodSpec {
  const taken: { [field in keyof PodSpec]?: PodSpec[field] | undefined } = { ...old };
  for (const name of schedulingFields) taken[name] = now[name] as never;
  const affinity = { ...old.affinity, nodeAffinity: now.affinity?.nodeAffinity };
  taken.affinity =
    now.affinity || old.affinity?.podAffinity || old.affinity?.podAntiAffinity
      ? (affinity as never)
      : undefined;
  for (const name of ['containers', 'initContainers'] as const) {
    taken[name] = withResources(old[name], now[name]) as never;
  }
  return taken as PodSpec;
}

function withResources(
  old: readonly Container[] | undefined,
  now: readonly Container[] | undefined,
): readonly Container[] | undefined {
  if (old?.length !== now?.length) return old;
  return old?.map((container, i) => {
    const { name, resources } = now![i]!;
    return container.name === name ? { ...container, resources: resources as never } : container;
  });
}

function validateTemplateUpdate(path: FieldPath, job: Job, old: Job): FieldError[] {
  const [template, was] = [job.spec?.template, old.spec?.template];
  if (!isAtRest(old) || !template?.spec || !was?.spec) {
    return immutable(path, template, was, 'core.PodTemplateSpec');
  }
  return immutable(
    path.child('spec'),
    template.spec,
    withDirectives(was.spec, template.spec),
    'core.PodSpec',
  );
}

/** An indexed job may have as many completions as it runs at once, together (KEP-3715). */
function validateCompletionsChange(
  path: FieldPath,
  spec: JobSpec | undefined,
  was: JobSpec | undefined,
): FieldError[] {
  const at = path.child('completions');
  if (spec?.completionMode !== 'Indexed') return immutable(at, spec?.completions, was?.completions);
  const { completions, parallelism } = spec;
  if (completions === undefined || completions === was?.completions || completions === parallelism) return [];
  const detail = `can only be modified in tandem with ${path.child('parallelism')}`;
  return [fieldError.invalid(at, completions, detail)];
}

/** Most of a job is fixed once it exists; its parallelism, limits and suspension are not. */
export function validateJobUpdate(job: Job, old: Job, context?: StrategyContext): FieldError[] {
  const path = FieldPath.of('spec');
  const [spec, was] = [job.spec, old.spec];
  return [
    // Upstream judges the spec twice; what was right is right again.
    ...(spec && context?.earlierErrors?.length ? validateWholeSpec(path, spec) : []),
    ...validateCompletionsChange(path, spec, was),
    ...immutable(path.child('selector'), spec?.selector, was?.selector),
    ...validateTemplateUpdate(path.child('template'), job, old),
    ...immutable(path.child('completionMode'), spec?.completionMode, was?.completionMode),
    ...immutable(
      path.child('podFailurePolicy'),
      spec?.podFailurePolicy,
      was?.podFailurePolicy,
      'batch.PodFailurePolicy',
    ),
    ...immutable(path.child('backoffLimitPerIndex'), spec?.backoffLimitPerIndex, was?.backoffLimitPerIndex),
    ...immutable(path.child('managedBy'), spec?.managedBy, was?.managedBy),
    ...immutable(path.child('successPolicy'), spec?.successPolicy, was?.successPolicy, 'batch.SuccessPolicy'),
  ];
}
