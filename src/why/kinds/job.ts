/** Why a Job failed, is held back or goes on; and why a CronJob does not start one. */
import { cronJobs, jobs, pods } from '#api/generated/refs.ts';
import type { CronJob, Job } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import {
  type Evidence,
  type Finding,
  healthy,
  named,
  problem,
  referenceTo,
  waiting,
} from '../explanation.ts';
import { eventTime, type Facts } from '../facts.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { Gatherer } from '../gather.ts';
import { podFindings } from '../pod/explain.ts';
import { ago, count, lasting, listed, oneLine } from '../words.ts';
import { activePods, failedCreate, gatherPods, type PodsSummary, unreadyPods } from './pods-of.ts';

async function gatherJob({ metadata }: Job, gatherer: Gatherer): Promise<void> {
  await gatherPods(metadata.namespace ?? '', gatherer, pod =>
    (pod.metadata.ownerReferences ?? []).some(one => one.uid === metadata.uid),
  );
}

const remedies: Readonly<Record<string, string>> = {
  BackoffLimitExceeded: 'mend what makes its pods fail, then make the Job anew; or raise spec.backoffLimit',
  DeadlineExceeded: 'raise spec.activeDeadlineSeconds, or make it end sooner',
  FailedIndexes: 'mend what makes these indexes fail, then make the Job anew',
  MaxFailedIndexesExceeded:
    'mend what makes these indexes fail, then make the Job anew; or raise spec.maxFailedIndexes',
  PodFailurePolicy: 'mend what its pod failure policy looks for, then make the Job anew',
};

function jobFindings(job: Job, facts: Facts): Finding[] {
  const owned = facts.controlledBy(pods, job);
  const { succeeded = 0, failed: failedCount = 0, failedIndexes, conditions = [] } = job.status ?? {};
  const completions = job.spec?.completions ?? 1;
  const condition = (type: string) => conditions.find(one => one.type === type && one.status === 'True');
  const numbers = `${succeeded} of ${completions} completed, ${count(failedCount, 'failed pod')}${failedIndexes ? `, failed indexes ${failedIndexes}` : ''}`;
  const failed = failedPods(owned, facts);
  const ended = condition('Failed') ?? condition('FailureTarget');
  if (ended) {
    return [
      problem(ended.reason || 'Failed', `failed: ${oneLine(ended.message) || ended.reason}`, {
        evidence: [numbers, ...failed.evidence],
        remedies: [remedies[ended.reason ?? ''], ...failed.remedies],
      }),
    ];
  }
  const complete = condition('Complete');
  if (complete) {
    return [
      healthy('Complete', `completed ${ago(complete.lastTransitionTime, facts.nowMs)}`, {
        evidence: [numbers],
      }),
    ];
  }
  if (job.spec?.suspend) {
    return [
      waiting('Suspended', 'suspended: it has no pods until spec.suspend is false', {
        evidence: [numbers],
        remedies: [
          `kubectl patch job ${job.metadata.name} -n ${job.metadata.namespace} --type merge -p '{"spec":{"suspend":false}}'`,
        ],
      }),
    ];
  }
  const refused = failedCreate(job, facts);
  if (refused) return [problem('FailedCreate', refused.text, refused)];
  return [runningFinding(job, unreadyPods(activePods(owned), facts), failed, numbers)];
}

function runningFinding(job: Job, unready: PodsSummary, failed: PodsSummary, numbers: string): Finding {
  const { active = 0, failed: failedCount = 0 } = job.status ?? {};
  const limit = job.spec?.backoffLimit ?? 6;
  const tries = count(Math.max(0, limit - failedCount), 'more time');
  const text =
    active > 0
      ? `running: ${count(active, 'active pod')}`
      : 'no active pod: the next is made after a back-off';
  const trouble = unready.remedies.length > 0 || failed.evidence.length > 0;
  return (trouble ? problem : waiting)(trouble ? 'Failing' : 'Running', `${text}; ${numbers}`, {
    evidence: [
      failed.evidence.length > 0
        ? `It may fail ${tries} (spec.backoffLimit ${limit}); each try waits twice as long, up to 10m`
        : undefined,
      ...unready.evidence,
      ...failed.evidence,
    ],
    remedies: [...unready.remedies, ...failed.remedies],
  });
}

const failedShownMax = 3;

/** How the latest failed pods ended. */
function failedPods(owned: readonly Pod[], facts: Facts): PodsSummary {
  const explained = [...owned]
    .filter(pod => pod.status?.phase === 'Failed')
    .sort((a, b) => madeMs(b) - madeMs(a))
    .slice(0, failedShownMax)
    .map(pod => ({ pod, finding: podFindings(pod, facts)[0] }));
  return {
    evidence: explained.map(({ pod, finding }) => ({
      text: `${named(referenceTo(pod))}: ${finding?.text ?? 'failed'}`,
      about: [referenceTo(pod)],
      ...(finding?.evidence.length ? { evidence: finding.evidence } : {}),
    })),
    remedies: explained[0]?.finding?.remedies ?? [],
  };
}

const madeMs = ({ metadata }: KubeObject) => Date.parse(metadata.creationTimestamp ?? '') || 0;

async function gatherCronJob({ metadata }: CronJob, gatherer: Gatherer): Promise<void> {
  await gatherer.list(jobs, metadata.namespace ?? '');
}

function cronJobFindings(cronJob: CronJob, facts: Facts): Finding[] {
  const {
    suspend,
    schedule,
    timeZone,
    concurrencyPolicy = 'Allow',
    startingDeadlineSeconds,
  } = cronJob.spec ?? {};
  const active = cronJob.status?.active ?? [];
  const warning = facts
    .eventsOf(cronJob)
    .findLast(({ type, reason }) => type === 'Warning' || reason === 'JobAlreadyActive');
  const evidence = [
    `Schedule ${schedule}${timeZone ? ` in ${timeZone}` : ''}, ${cronJob.status?.lastScheduleTime ? `last due ${ago(cronJob.status.lastScheduleTime, facts.nowMs)}` : 'never due yet'}`,
    active.length > 0 ? `Running: ${listed(active.map(one => one.name ?? ''))}` : undefined,
    ...lastJobs(cronJob, facts),
    startingDeadlineSeconds !== undefined && startingDeadlineSeconds < 10
      ? `startingDeadlineSeconds ${startingDeadlineSeconds}: starts may be missed, for it is looked at every 10s`
      : undefined,
  ];
  if (suspend) {
    return [
      waiting('Suspended', 'suspended: it starts no Jobs', {
        evidence,
        remedies: [
          `kubectl patch cronjob ${cronJob.metadata.name} -n ${cronJob.metadata.namespace} --type merge -p '{"spec":{"suspend":false}}'`,
        ],
      }),
    ];
  }
  if (active.length > 0 && concurrencyPolicy === 'Forbid') {
    return [
      waiting(
        'Forbid',
        `starts no other Job while ${listed(active.map(one => one.name ?? ''))} runs (concurrencyPolicy Forbid)`,
        {
          evidence: [...evidence, warning && oneLine(warning.message)],
          remedies: ['wait for it, delete it, or set concurrencyPolicy to Allow or Replace'],
        },
      ),
    ];
  }
  if (warning?.type === 'Warning') {
    return [
      problem(warning.reason ?? 'Warning', oneLine(warning.message), {
        evidence: [`Reported ${ago(eventTime(warning), facts.nowMs)}`, ...evidence],
      }),
    ];
  }
  const failing = facts
    .controlledBy(jobs, cronJob)
    .find(job => job.status?.conditions?.some(one => one.type === 'Failed' && one.status === 'True'));
  if (failing && newest(cronJob, facts) === failing) {
    return [
      problem('LastJobFailed', `its last Job ${failing.metadata.name} failed`, {
        evidence,
        remedies: [`see why job ${failing.metadata.name}`],
      }),
    ];
  }
  return [healthy('Scheduled', active.length > 0 ? 'running' : 'waiting for its next time', { evidence })];
}

function byStart(cronJob: CronJob, facts: Facts): Job[] {
  return [...facts.controlledBy(jobs, cronJob)].sort((a, b) => madeMs(b) - madeMs(a));
}

const newest = (cronJob: CronJob, facts: Facts): Job | undefined => byStart(cronJob, facts)[0];

function lastJobs(cronJob: CronJob, facts: Facts): Evidence[] {
  return byStart(cronJob, facts)
    .slice(0, 1)
    .map(job => {
      const ended = job.status?.conditions?.find(
        one => (one.type === 'Complete' || one.type === 'Failed') && one.status === 'True',
      );
      return {
        text: `Job ${job.metadata.name}, made ${ago(job.metadata.creationTimestamp, facts.nowMs)}, ${ended ? (ended.type === 'Complete' ? 'completed' : 'failed') : `has run for ${lasting(job.metadata.creationTimestamp, facts.nowMs)}`}`,
        about: [referenceTo(job)],
      };
    });
}

export const jobExplainer = { ref: jobs, gather: gatherJob, findings: jobFindings };
export const cronJobExplainer = { ref: cronJobs, gather: gatherCronJob, findings: cronJobFindings };
