/** spec.podFailurePolicy (KEP-3329): what a failed pod means for its Job. A pure function. */
import type { PodFailurePolicyRule } from '#api/generated/types/batch.v1.ts';
import type { ContainerStatus, Pod } from '#api/generated/types/core.v1.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';

export interface FailureVerdict {
  /** Of the rule that matched. */
  readonly action?: string;
  /** It uses up some of the back-off limit. */
  readonly counts: boolean;
  /** Fails the whole Job, with this text. */
  readonly failJob?: string;
  /** Fails the pod's index whatever its back-off limit (KEP-3850). */
  readonly failIndex?: boolean;
}

/** The first rule that matches decides; none: it counts. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  const rules = job.spec?.podFailurePolicy?.rules ?? [];
  for (const [i, rule] of rules.entries()) {
    const match = matchRule(rule, pod);
    if (match === undefined) continue;
    if (rule.action === 'Ignore') return { action: rule.action, counts: false };
    if (rule.action === 'FailIndex') return { action: rule.action, counts: true, failIndex: true };
    if (rule.action === 'Count') return { action: rule.action, counts: true };
    if (rule.action === 'FailJob') {
      const failJob = `${match} matching FailJob rule at index ${i}`;
      return { action: rule.action, counts: true, failJob };
    }
  }
  return { counts: true };
}

/** What matched, as the Job's condition tells it. */
function matchRule(rule: PodFailurePolicyRule, pod: Pod): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (rule.onExitCodes) {
    const { containerName, operator, values } = rule.onExitCodes;
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    const hit = statuses.find(
      status => (!containerName || status.name === containerName) && exitMatches(status, operator, values),
    );
    if (!hit) return undefined;
    return `Container ${hit.name} for pod ${name} failed with exit code ${hit.state?.terminated?.exitCode}`;
  }
  const patterns = rule.onPodConditions ?? [];
  const hit = pod.status?.conditions?.find(({ type, status }) =>
    patterns.some(pattern => pattern.type === type && (pattern.status ?? 'True') === status),
  );
  return hit && `Pod ${name} has condition ${hit.type}`;
}

/** Containers that ended well match no rule, NotIn included. */
function exitMatches({ state }: ContainerStatus, operator: string, values: readonly number[]): boolean {
  const exitCode = state?.terminated?.exitCode;
  if (exitCode === undefined || exitCode === 0) return false;
  return values.includes(exitCode) === (operator === 'In');
}
