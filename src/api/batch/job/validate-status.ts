import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import type { Job, JobStatus } from '../../generated/types/batch.v1.ts';
import { nonNegative } from '../../validation.ts';

const path = FieldPath.of('status');
const counts = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;
/** Once true they stay so. */
const terminalTypes = ['Failed', 'Complete', 'FailureTarget', 'SuccessCriteriaMet'];

const has = (status: JobStatus | undefined, type: string) =>
  status?.conditions?.some(condition => condition.type === type && condition.status === 'True') ?? false;
const isFinished = (status: JobStatus | undefined) => has(status, 'Complete') || has(status, 'Failed');

/** What is refused of the new status, as far as the update has changed it: stored jobs keep what they have. */
interface Rule {
  readonly changed: (now: JobStatus, old: JobStatus) => boolean;
  readonly broken: (status: JobStatus) => boolean;
  readonly error: (status: JobStatus) => FieldError;
}

const finishes = (now: JobStatus, old: JobStatus) => isFinished(now) !== isFinished(old);
const turns =
  (...types: string[]) =>
  (now: JobStatus, old: JobStatus) =>
    types.some(type => has(now, type) !== has(old, type));
const completionChanges = (now: JobStatus, old: JobStatus) =>
  turns('Complete')(now, old) || now.completionTime !== old.completionTime;

/** A finished job has no pods that still count. */
function withoutPods(name: 'active' | 'terminating'): Rule {
  return {
    changed: (now, old) => finishes(now, old) || now[name] !== old[name],
    broken: status => isFinished(status) && (status[name] ?? 0) > 0,
    error: status =>
      fieldError.invalid(path.child(name), status[name], `${name}>0 is invalid for finished job`),
  };
}

function conditions(types: readonly string[], broken: Rule['broken'], detail: string): Rule {
  return {
    changed: turns(...types),
    broken,
    error: () => fieldError.misplaced(path.child('conditions'), detail),
  };
}

const exclusive = (other: string) =>
  conditions(
    ['Complete', other],
    status => has(status, 'Complete') && has(status, other),
    `cannot set Complete=True and ${other}=true conditions`,
  );
const announced = (type: string, before: string) =>
  conditions(
    [type, before],
    status => has(status, type) && !has(status, before),
    `cannot set ${type}=True condition without the ${before}=true condition`,
  );

const rules: readonly Rule[] = [
  withoutPods('active'),
  withoutPods('terminating'),
  exclusive('Failed'),
  exclusive('FailureTarget'),
  announced('Failed', 'FailureTarget'),
  announced('Complete', 'SuccessCriteriaMet'),
  {
    changed: completionChanges,
    broken: status => status.completionTime !== undefined && !has(status, 'Complete'),
    error: status =>
      fieldError.invalid(
        path.child('completionTime'),
        status.completionTime,
        'cannot set completionTime when there is no Complete=True condition',
      ),
  },
  {
    changed: completionChanges,
    broken: status => status.completionTime === undefined && has(status, 'Complete'),
    error: () =>
      fieldError.required(path.child('completionTime'), 'completionTime is required for Complete jobs'),
  },
  {
    changed: (now, old) => now.startTime !== old.startTime || now.completionTime !== old.completionTime,
    broken: ({ startTime, completionTime }) =>
      startTime !== undefined &&
      completionTime !== undefined &&
      Date.parse(completionTime) < Date.parse(startTime),
    error: status =>
      fieldError.invalid(
        path.child('completionTime'),
        status.completionTime,
        'completionTime cannot be set before startTime',
      ),
  },
];

/** What a job's controller may report, the own one or another's (KEP-4368). */
export function validateJobStatusUpdate({ status: now = {} }: Job, { status: old = {} }: Job): FieldError[] {
  const revoked = terminalTypes.filter(type => has(old, type) && !has(now, type));
  const errors = [
    ...counts.flatMap(name => nonNegative(path.child(name), now[name])),
    ...rules.filter(rule => rule.changed(now, old) && rule.broken(now)).map(rule => rule.error(now)),
    ...revoked.map(type =>
      fieldError.misplaced(path.child('conditions'), `cannot disable the terminal ${type}=True condition`),
    ),
  ];
  if (old.completionTime === undefined || deepEqual(now.completionTime, old.completionTime)) return errors;
  const at = path.child('completionTime');
  return [...errors, fieldError.invalid(at, now.completionTime ?? null, 'completionTime cannot be mutated')];
}
