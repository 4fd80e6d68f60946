import { formatLabelSelector } from '#machinery/selectors.ts';
import {
  age,
  ageColumn,
  column,
  humanDuration,
  nameColumn,
  templateCells,
  templateColumns,
  wideColumn,
} from '../../columns.ts';
import type { Column } from '../../definition.ts';
import type { Job } from '../../generated/types/batch.v1.ts';

export const jobColumns: readonly Column[] = [
  nameColumn,
  column('Status'),
  column('Completions'),
  column('Duration'),
  ageColumn,
  ...templateColumns,
  wideColumn('Selector'),
];

function hasCondition(job: Job, type: string): boolean {
  return (job.status?.conditions ?? []).find(c => c.type === type)?.status === 'True';
}

function statusText(job: Job): string {
  if (hasCondition(job, 'Complete')) return 'Complete';
  if (hasCondition(job, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  if (hasCondition(job, 'Suspended')) return 'Suspended';
  return hasCondition(job, 'FailureTarget') ? 'FailureTarget' : 'Running';
}

function completionsText(job: Job): string {
  const succeeded = job.status?.succeeded ?? 0;
  const { completions, parallelism = 0 } = job.spec ?? {};
  if (completions !== undefined) return `${succeeded}/${completions}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText(job: Job, nowMs: number): string {
  const { startTime, completionTime } = job.status ?? {};
  if (!startTime) return '';
  return humanDuration((completionTime ? Date.parse(completionTime) : nowMs) - Date.parse(startTime));
}

export function jobRow(job: Job, nowMs: number): unknown[] {
  return [
    job.metadata.name,
    statusText(job),
    completionsText(job),
    durationText(job, nowMs),
    age(job, nowMs),
    ...templateCells(job.spec?.template),
    formatLabelSelector(job.spec?.selector),
  ];
}
