/** Why a Job failed, is held back or goes on. */
import { jobs, pods } from '#api/generated/refs.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type Finding, healthy, named, problem, referenceTo, waiting } from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { Gatherer } from '../gather.ts';
import { podFindings } from '../pod/explain.ts';
import { ago, count, oneLine } from '../words.ts';
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

export const jobExplainer = { ref: jobs, gather: gatherJob, findings: jobFindings };
