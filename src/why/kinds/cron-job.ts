/** Why a CronJob starts no Job, and how its last one went. */
import { cronJobs, jobs } from '#api/generated/refs.ts';
import type { CronJob, Job } from '#api/generated/types/batch.v1.ts';
import { about, type Evidence, type Finding, healthy, problem, waiting } from '../explanation.ts';
import { eventTime, type Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { ago, lasting, listed, oneLine } from '../words.ts';

async function gatherCronJob({ metadata }: CronJob, gatherer: Gatherer): Promise<void> {
  await gatherer.list(jobs, metadata.namespace ?? '');
}

/** The first that holds is the answer. */
const questions = [suspended, forbidden, warned, lastFailed] as const;

function findingsOf(cronJob: CronJob, facts: Facts): Finding[] {
  const evidence = stateEvidence(cronJob, facts);
  for (const ask of questions) {
    const finding = ask(cronJob, facts, evidence);
    if (finding) return [finding];
  }
  const text = cronJob.status?.active?.length ? 'running' : 'waiting for its next time';
  return [healthy('Scheduled', text, { evidence })];
}

type Shown = readonly (Evidence | string | undefined)[];

const activeNames = (cronJob: CronJob) => listed((cronJob.status?.active ?? []).map(one => one.name ?? ''));

function suspended(cronJob: CronJob, _: Facts, evidence: Shown): Finding | undefined {
  if (!cronJob.spec?.suspend) return undefined;
  const { name, namespace } = cronJob.metadata;
  return waiting('Suspended', 'suspended: it starts no Jobs', {
    evidence,
    remedies: [`kubectl patch cronjob ${name} -n ${namespace} --type merge -p '{"spec":{"suspend":false}}'`],
  });
}

function forbidden(cronJob: CronJob, _: Facts, evidence: Shown): Finding | undefined {
  if (!cronJob.status?.active?.length || cronJob.spec?.concurrencyPolicy !== 'Forbid') return undefined;
  const text = `starts no other Job while ${activeNames(cronJob)} runs (concurrencyPolicy Forbid)`;
  return waiting('Forbid', text, {
    evidence,
    remedies: ['wait for it, delete it, or set concurrencyPolicy to Allow or Replace'],
  });
}

function warned(cronJob: CronJob, facts: Facts, evidence: Shown): Finding | undefined {
  const warning = facts.eventsOf(cronJob).findLast(({ type }) => type === 'Warning');
  if (!warning) return undefined;
  return problem(warning.reason ?? 'Warning', oneLine(warning.message), {
    evidence: [`Reported ${ago(eventTime(warning), facts.nowMs)}`, ...evidence],
  });
}

function lastFailed(cronJob: CronJob, facts: Facts, evidence: Shown): Finding | undefined {
  const last = lastJob(cronJob, facts);
  if (!last || endOf(last)?.type !== 'Failed') return undefined;
  return problem('LastJobFailed', `its last Job ${last.metadata.name} failed`, {
    evidence,
    remedies: [`see why job ${last.metadata.name}`],
  });
}

function stateEvidence(cronJob: CronJob, facts: Facts): Shown {
  const { schedule, timeZone } = cronJob.spec ?? {};
  const { lastScheduleTime, active } = cronJob.status ?? {};
  const due = lastScheduleTime ? `last due ${ago(lastScheduleTime, facts.nowMs)}` : 'never due yet';
  const last = lastJob(cronJob, facts);
  return [
    `Schedule ${schedule}${timeZone ? ` in ${timeZone}` : ''}, ${due}`,
    active?.length ? `Running: ${activeNames(cronJob)}` : undefined,
    last && jobEvidence(last, facts),
  ];
}

function jobEvidence(job: Job, facts: Facts): Evidence {
  const { creationTimestamp, name } = job.metadata;
  const end = endOf(job)?.type;
  const state =
    end === undefined
      ? `has run for ${lasting(creationTimestamp, facts.nowMs)}`
      : end === 'Complete'
        ? 'completed'
        : 'failed';
  return about(job, `Job ${name}, made ${ago(creationTimestamp, facts.nowMs)}, ${state}`);
}

function lastJob(cronJob: CronJob, facts: Facts): Job | undefined {
  const madeMs = ({ metadata }: Job) => Date.parse(metadata.creationTimestamp ?? '') || 0;
  return [...facts.controlledBy(jobs, cronJob)].sort((a, b) => madeMs(b) - madeMs(a))[0];
}

function endOf(job: Job) {
  return job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

export const cronJobExplainer = { ref: cronJobs, gather: gatherCronJob, findings: findingsOf };
