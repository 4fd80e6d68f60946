/** The Job's status as it changes: pure functions. */
import { toRfc3339 } from '#base/clock.ts';
import type { JobCondition, JobStatus } from '#api/generated/types/batch.v1.ts';
import { findCondition, withoutCondition } from '../shared/conditions.ts';
import type { Verdict } from './accounting.ts';

export function condition(
  type: string,
  status: 'True' | 'False',
  reason: string,
  message: string,
  nowMs: number,
): JobCondition {
  const now = toRfc3339(nowMs);
  return { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
}

/** Sets a condition; one that has this status already stays as it is. */
export function withCondition(status: JobStatus, next: JobCondition): JobStatus {
  if (findCondition(status.conditions, next.type)?.status === next.status) return status;
  return { ...status, conditions: [...withoutCondition(status.conditions, next.type), next] };
}

/** The verdict as a target, while pods may still run (KEP-3939). */
export function withTarget(status: JobStatus, { type, reason, message }: Verdict, nowMs: number): JobStatus {
  const target = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  return withCondition(status, condition(target, 'True', reason, message, nowMs));
}

/** The final condition, when no pod runs any more. */
export function withVerdict(status: JobStatus, { type, reason, message }: Verdict, nowMs: number): JobStatus {
  const final = withCondition(status, condition(type, 'True', reason, message, nowMs));
  return type === 'Complete' ? { ...final, completionTime: toRfc3339(nowMs) } : final;
}
