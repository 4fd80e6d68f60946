import { formatLabelSelector } from '#machinery/selectors.ts';
import {
  age,
  ageColumn,
  column,
  nameColumn,
  since,
  templateCells,
  templateColumns,
  wideColumn,
} from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { CronJob, CronJobSpec } from '../generated/types/batch.v1.ts';
import { dropDisabled, setPodTemplateDefaults } from '../core/pod/defaults.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { deepEqual } from '#base/equal.ts';
import { nameWarnings } from '../core/pod/warnings.ts';
import { checkCronSchedule } from '../cron-schedule.ts';
import { nonNegative, requiredOneOf } from '../validation.ts';
import { validateJobSpec } from './job/validation.ts';
import { jobSpecWarnings } from './job/warnings.ts';

function suspendText(suspend: boolean | undefined): string {
  if (suspend === undefined) return '<unset>';
  return suspend ? 'True' : 'False';
}

function setDefaults({ spec }: CronJob): void {
  if (!spec) return;
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  setPodTemplateDefaults(spec.jobTemplate?.spec?.template);
}

const path = FieldPath.of('spec');
/** A job's name adds a time in minutes, and a pod's name a suffix of its own. */
const nameLengthMax = 52;
/** Parts of the time zone database's names, which tell upper from lower case. */
const timeZonePattern = /^[A-Z][A-Za-z0-9._+-]{0,13}(\/[A-Z][A-Za-z0-9._+-]{0,13})*$/;

function validateSchedule({ schedule }: CronJobSpec): FieldError[] {
  const at = path.child('schedule');
  if (!schedule) return [fieldError.required(at)];
  const errors: FieldError[] = [];
  if (schedule.includes('TZ')) {
    const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    errors.push(fieldError.invalid(at, schedule, detail));
  } else {
    const problem = checkCronSchedule(schedule);
    if (problem) errors.push(fieldError.invalid(at, schedule, problem));
  }
  return errors;
}

function validateTimeZone(timeZone: string | undefined): FieldError[] {
  if (timeZone === undefined) return [];
  const at = path.child('timeZone');
  if (timeZone === '') return [fieldError.invalid(at, timeZone, 'timeZone must be nil or non-empty string')];
  const isLocal = timeZone.toLowerCase() === 'local';
  const explicit = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  const errors = isLocal ? [fieldError.invalid(at, timeZone, explicit)] : [];
  const isKnown = timeZone === 'Local' || (timeZonePattern.test(timeZone) && isTimeZone(timeZone));
  return isKnown ? errors : [...errors, fieldError.invalid(at, timeZone, `unknown time zone ${timeZone}`)];
}

function isTimeZone(name: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function validateJobTemplate(spec: CronJobSpec): FieldError[] {
  const at = path.child('jobTemplate', 'spec');
  const job = spec.jobTemplate?.spec;
  if (!job) return [fieldError.required(at)];
  const errors = validateJobSpec(at, job);
  if (job.selector) {
    errors.push(fieldError.invalid(at.child('selector'), job.selector, '`selector` will be auto-generated'));
  }
  if (job.manualSelector) {
    errors.push(fieldError.notSupported(at.child('manualSelector'), job.manualSelector, ['nil', 'false']));
  }
  return errors;
}

function validate({ metadata, spec }: CronJob): FieldError[] {
  if (!spec) return [fieldError.required(path.child('schedule'))];
  const errors: FieldError[] = [
    ...validateSchedule(spec),
    ...nonNegative(path.child('startingDeadlineSeconds'), spec.startingDeadlineSeconds),
    ...validateTimeZone(spec.timeZone),
    ...requiredOneOf(path.child('concurrencyPolicy'), spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
    ...validateJobTemplate(spec),
    ...nonNegative(path.child('successfulJobsHistoryLimit'), spec.successfulJobsHistoryLimit),
    ...nonNegative(path.child('failedJobsHistoryLimit'), spec.failedJobsHistoryLimit),
  ];
  const name = metadata.name ?? '';
  if (name.length > nameLengthMax) {
    const detail = `must be no more than ${nameLengthMax} characters`;
    errors.push(fieldError.invalid(FieldPath.of('metadata', 'name'), name, detail));
  }
  return errors;
}

function warnings({ metadata, spec }: CronJob, old?: CronJob): string[] {
  if (old && deepEqual(spec, old.spec)) return [];
  return [
    ...(old ? [] : nameWarnings(metadata.name)),
    ...jobSpecWarnings('spec.jobTemplate.spec', spec?.jobTemplate?.spec),
  ];
}

export const cronJobResource = defineResource<CronJob>({
  group: 'batch',
  versions: [{ version: 'v1', schema: 'io.k8s.api.batch.v1.CronJob' }],
  kind: 'CronJob',
  resource: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  strategy: {
    metadataPasses: { status: [] },
    setDefaults,
    dropDisabled: ({ spec }) => dropDisabled(spec?.jobTemplate?.spec?.template?.spec),
    prepareForCreate: object => {
      object.status = {};
    },
    warnings,
    validate,
  },
  columns: [
    nameColumn,
    column('Schedule'),
    column('Timezone'),
    column('Suspend', 'boolean'),
    column('Active', 'integer'),
    column('Last Schedule'),
    ageColumn,
    ...templateColumns,
    wideColumn('Selector'),
  ],
  row: (object, nowMs) => {
    const { spec, status } = object;
    return [
      object.metadata.name,
      spec?.schedule ?? '',
      spec?.timeZone ?? '<none>',
      suspendText(spec?.suspend),
      status?.active?.length ?? 0,
      status?.lastScheduleTime ? since(status.lastScheduleTime, nowMs) : '<none>',
      age(object, nowMs),
      ...templateCells(spec?.jobTemplate?.spec?.template),
      formatLabelSelector(spec?.jobTemplate?.spec?.selector),
    ];
  },
});
