import type { CronJob, Job } from '#api/generated/types/batch.v1.ts';
import { parseSelectorObject } from '#machinery/selectors.ts';
import { controllerText, defineDescriber } from './describer.ts';
import { addPodTemplate } from './pod-template.ts';
import { humanDuration, longTime } from './text.ts';

export const jobDescriber = defineDescriber<Job>('batch', 'Job', (text, job) => {
  const { metadata, spec, status } = job;
  text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
  text.field(0, 'Selector', parseSelectorObject(spec?.selector));
  text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
  if (controllerText(job)) text.field(0, 'Controlled By', controllerText(job));
  if (spec?.parallelism !== undefined) text.field(0, 'Parallelism', spec.parallelism);
  text.field(0, 'Completions', spec?.completions ?? '<unset>');
  if (spec?.completionMode !== undefined) text.field(0, 'Completion Mode', spec.completionMode);
  if (spec?.suspend !== undefined) text.field(0, 'Suspend', spec.suspend);
  if (spec?.backoffLimit !== undefined) text.field(0, 'Backoff Limit', spec.backoffLimit);
  if (spec?.ttlSecondsAfterFinished !== undefined)
    text.field(0, 'TTL Seconds After Finished', spec.ttlSecondsAfterFinished);
  const { startTime, completionTime } = status ?? {};
  if (startTime) text.field(0, 'Start Time', longTime(startTime));
  if (completionTime) text.field(0, 'Completed At', longTime(completionTime));
  if (startTime && completionTime)
    text.field(0, 'Duration', humanDuration(Date.parse(completionTime) - Date.parse(startTime)));
  if (spec?.activeDeadlineSeconds !== undefined)
    text.field(0, 'Active Deadline Seconds', `${spec.activeDeadlineSeconds}s`);
  const ready = status?.ready === undefined ? '' : ` (${status.ready} Ready)`;
  text.field(
    0,
    'Pods Statuses',
    `${status?.active ?? 0} Active${ready} / ${status?.succeeded ?? 0} Succeeded / ${status?.failed ?? 0} Failed`,
  );
  if (spec?.completionMode === 'Indexed')
    text.field(0, 'Completed Indexes', status?.completedIndexes || '<none>');
  addPodTemplate(text, spec?.template);
});

export const cronJobDescriber = defineDescriber<CronJob>('batch', 'CronJob', (text, cronJob) => {
  const { metadata, spec, status } = cronJob;
  text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
  text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
  text.field(0, 'Schedule', spec?.schedule).field(0, 'Concurrency Policy', spec?.concurrencyPolicy);
  text.field(0, 'Suspend', spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False');
  text.field(0, 'Time Zone', spec?.timeZone ?? '<unset>');
  text.field(0, 'Successful Job History Limit', spec?.successfulJobsHistoryLimit ?? '<unset>');
  text.field(0, 'Failed Job History Limit', spec?.failedJobsHistoryLimit ?? '<unset>');
  const deadline = spec?.startingDeadlineSeconds;
  text.field(0, 'Starting Deadline Seconds', deadline === undefined ? '<unset>' : `${deadline}s`);
  const job = spec?.jobTemplate?.spec;
  text.field(0, 'Selector', job?.selector ? parseSelectorObject(job.selector) : '<unset>');
  text
    .field(0, 'Parallelism', job?.parallelism ?? '<unset>')
    .field(0, 'Completions', job?.completions ?? '<unset>');
  if (job?.activeDeadlineSeconds !== undefined)
    text.field(0, 'Active Deadline Seconds', `${job.activeDeadlineSeconds}s`);
  addPodTemplate(text, job?.template);
  text.field(
    0,
    'Last Schedule Time',
    status?.lastScheduleTime ? longTime(status.lastScheduleTime) : '<unset>',
  );
  const active = status?.active ?? [];
  text.field(0, 'Active Jobs', active.map(({ name }) => name).join(', ') || '<none>');
});
