import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import type { Job, JobSpec, JobStatus } from '../../generated/types/batch.v1.ts';
import { nonNegative } from '../../validation.ts';
import { countIndexes, sharedIndex } from './indexes.ts';

const path = FieldPath.of('status');
const counts = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;
/** Once true they stay so. */
const terminalTypes = ['Failed', 'Complete', 'FailureTarget'];
const announcement = 'SuccessCriteriaMet';

const has = (status: JobStatus | undefined, type: string) =>
  status?.conditions?.some(condition => condition.type === type && condition.status === 'True') ?? false;
const isFinished = (status: JobStatus | undefined) => has(status, 'Complete') || has(status, 'Failed');
const isIndexed = (spec: JobSpec) => spec.completionMode === 'Indexed';

/** What is refused of the new status, as far as the update has changed it: stored jobs keep what they have. */
interface Rule {
  readonly changed: (now: JobStatus, old: JobStatus) => boolean;
  readonly broken: (status: JobStatus, spec: JobSpec) => boolean;
  readonly error: (status: JobStatus, spec: JobSpec) => FieldError;
}

const finishes = (now: JobStatus, old: JobStatus) => isFinished(now) !== isFinished(old);
const turns =
  (...types: string[]) =>
  (now: JobStatus, old: JobStatus) =>
    types.some(type => has(now, type) !== has(old, type));
const moves =
  (...names: (keyof JobStatus)[]) =>
  (now: JobStatus, old: JobStatus) =>
    names.some(name => !deepEqual(now[name], old[name]));
const completionChanges = (now: JobStatus, old: JobStatus) =>
  turns('Complete')(now, old) || moves('completionTime')(now, old);
const always = () => true;

const invalid = (name: keyof JobStatus, detail: string) => (status: JobStatus) =>
  fieldError.invalid(path.child(name), status[name] ?? null, detail);
const required = (name: keyof JobStatus, detail: string) => () =>
  fieldError.required(path.child(name), detail);
const conditionError = (detail: string) => fieldError.misplaced(path.child('conditions'), detail);

/** A finished job has no pods that still count. */
function withoutPods(name: 'active' | 'terminating'): Rule {
  return {
    changed: (now, old) => finishes(now, old) || moves(name)(now, old),
    broken: status => isFinished(status) && (status[name] ?? 0) > 0,
    error: invalid(name, `${name}>0 is invalid for finished job`),
  };
}

function exclusive(one: string, other: string, changed: Rule['changed'] = turns(one, other)): Rule {
  return {
    changed,
    broken: status => has(status, one) && has(status, other),
    error: () => conditionError(`cannot set ${one}=True and ${other}=true conditions`),
  };
}

function announced(type: string, before: string): Rule {
  return {
    changed: turns(type, before),
    broken: status => has(status, type) && !has(status, before),
    error: () => conditionError(`cannot set ${type}=True condition without the ${before}=true condition`),
  };
}

const completion: readonly Rule[] = [
  {
    changed: completionChanges,
    broken: status => status.completionTime !== undefined && !has(status, 'Complete'),
    error: invalid('completionTime', 'cannot set completionTime when there is no Complete=True condition'),
  },
  {
    changed: completionChanges,
    broken: status => status.completionTime === undefined && has(status, 'Complete'),
    error: required('completionTime', 'completionTime is required for Complete jobs'),
  },
  {
    changed: moves('startTime', 'completionTime'),
    broken: ({ startTime, completionTime }) =>
      startTime !== undefined &&
      completionTime !== undefined &&
      Date.parse(completionTime) < Date.parse(startTime),
    error: invalid('completionTime', 'completionTime cannot be set before startTime'),
  },
];

const ending: readonly Rule[] = [
  withoutPods('active'),
  {
    changed: (now, old) => finishes(now, old) || moves('startTime')(now, old),
    broken: (status, { suspend, completions }) =>
      status.startTime === undefined && isFinished(status) && !(suspend && completions === 0),
    error: required('startTime', 'startTime is required for finished job'),
  },
  {
    changed: (now, old) => finishes(now, old) || moves('uncountedTerminatedPods')(now, old),
    broken: status => {
      const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
      return isFinished(status) && succeeded.length + failed.length > 0;
    },
    error: invalid('uncountedTerminatedPods', 'uncountedTerminatedPods needs to be empty for finished job'),
  },
];

/** Why one of the lists of indexes is none. */
function indexesProblem(status: JobStatus, { completions }: JobSpec, name: IndexesName): string | undefined {
  if (completions === undefined) return undefined;
  const counted = countIndexes(status[name] ?? '', completions);
  return typeof counted === 'string' ? `error parsing ${name}: ${counted}` : undefined;
}

type IndexesName = 'completedIndexes' | 'failedIndexes';

const parsed = (name: IndexesName, applies: (spec: JobSpec) => boolean): Rule => ({
  changed: moves(name),
  broken: (status, spec) => applies(spec) && indexesProblem(status, spec, name) !== undefined,
  error: (status, spec) => invalid(name, indexesProblem(status, spec, name)!)(status),
});

const shared = ({ completedIndexes = '', failedIndexes = '' }: JobStatus, { completions }: JobSpec) =>
  completions === undefined ? undefined : sharedIndex(completedIndexes, failedIndexes, completions);

const indexes: readonly Rule[] = [
  parsed('completedIndexes', always),
  parsed('failedIndexes', spec => spec.backoffLimitPerIndex !== undefined),
  {
    changed: moves('completedIndexes'),
    broken: (status, spec) => Boolean(status.completedIndexes) && !isIndexed(spec),
    error: invalid(
      'completedIndexes',
      'cannot set non-empty completedIndexes when non-indexed completion mode',
    ),
  },
  {
    changed: moves('failedIndexes'),
    broken: (status, spec) => status.failedIndexes !== undefined && spec.backoffLimitPerIndex === undefined,
    error: invalid('failedIndexes', 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'),
  },
  {
    changed: moves('failedIndexes', 'completedIndexes'),
    broken: (status, spec) => shared(status, spec) !== undefined,
    error: (status, spec) =>
      invalid(
        'failedIndexes',
        `failedIndexes and completedIndexes overlap at index: ${shared(status, spec)}`,
      )(status),
  },
];

const rules: readonly Rule[] = [
  exclusive('Complete', 'Failed'),
  exclusive('Complete', 'FailureTarget'),
  ...completion,
  announced('Failed', 'FailureTarget'),
  announced('Complete', announcement),
  ...ending,
  ...indexes,
  withoutPods('terminating'),
  {
    changed: moves('ready', 'active'),
    broken: ({ ready, active = 0 }) => ready !== undefined && ready > active,
    error: invalid('ready', 'cannot set more ready pods than active'),
  },
  exclusive(announcement, 'Failed', always),
  exclusive(announcement, 'FailureTarget', always),
  {
    changed: always,
    broken: (status, spec) =>
      spec.successPolicy !== undefined && has(status, 'Complete') && !has(status, announcement),
    error: () =>
      conditionError('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'),
  },
];

/** The pods that are gone and not counted yet, each once. */
function validateUncounted({ uncountedTerminatedPods = {} }: JobStatus): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap(name =>
    (uncountedTerminatedPods[name] ?? []).flatMap((uid, i) => {
      const at = path.child('uncountedTerminatedPods').child(name).index(i);
      if (uid === '') return [fieldError.invalid(at, uid, 'must not be empty')];
      if (seen.has(uid)) return [fieldError.duplicate(at, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

const revoked = (type: string, what: string, now: JobStatus, old: JobStatus) =>
  has(old, type) && !has(now, type)
    ? [conditionError(`cannot disable the ${what}${type}=True condition`)]
    : [];

/** Pods that a smaller job has no use for any more were counted before. */
function validateCounters(now: JobStatus, old: JobStatus, spec: JobSpec): FieldError[] {
  const mayShrink = isIndexed(spec) && spec.completions === spec.parallelism;
  return (['failed', 'succeeded'] as const)
    .filter(name => (now[name] ?? 0) < (old[name] ?? 0) && !(name === 'succeeded' && mayShrink))
    .map(name => fieldError.invalid(path.child(name), now[name] ?? 0, `cannot decrease the ${name} counter`));
}

function validateTimes(now: JobStatus, old: JobStatus, { suspend }: JobSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (
    now.completionTime !== undefined &&
    old.completionTime !== undefined &&
    moves('completionTime')(now, old)
  )
    errors.push(invalid('completionTime', 'completionTime cannot be mutated')(now));
  if (old.startTime !== undefined && moves('startTime')(now, old) && !suspend)
    errors.push(required('startTime', 'startTime cannot be removed for unsuspended job')());
  return errors;
}

/** What a job's controller may report, the own one or another's (KEP-4368). */
export function validateJobStatusUpdate(job: Job, { status: old = {} }: Job): FieldError[] {
  const { spec = {} as JobSpec, status: now = {} } = job;
  const errors = [
    ...counts.flatMap(name => nonNegative(path.child(name), now[name])),
    ...validateUncounted(now),
    ...rules
      .filter(rule => rule.changed(now, old) && rule.broken(now, spec))
      .map(rule => rule.error(now, spec)),
    ...terminalTypes.flatMap(type => revoked(type, 'terminal ', now, old)),
    ...validateCounters(now, old, spec),
    ...validateTimes(now, old, spec),
    ...revoked(announcement, '', now, old),
  ];
  if (has(old, 'Complete') && !has(old, announcement) && has(now, announcement)) {
    const detail = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions';
    errors.push(conditionError(detail));
  }
  return errors;
}
