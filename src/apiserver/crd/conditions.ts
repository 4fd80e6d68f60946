import { toRfc3339 } from '#base/clock.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
} from '#api/generated/types/apiextensions.v1.ts';

export type Condition = Pick<CustomResourceDefinitionCondition, 'type' | 'status' | 'reason' | 'message'>;

export function findCondition(
  { status }: CustomResourceDefinition,
  type: string,
): CustomResourceDefinitionCondition | undefined {
  return status?.conditions?.find(condition => condition.type === type);
}

export function isConditionTrue(crd: CustomResourceDefinition, type: string): boolean {
  return findCondition(crd, type)?.status === 'True';
}

/** The conditions with one of them renewed; its time is that of the last change of its status. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  condition: Condition,
  nowMs: number,
): CustomResourceDefinitionCondition[] {
  const old = conditions.find(other => other.type === condition.type);
  const since = old?.status === condition.status ? old.lastTransitionTime : undefined;
  const made = { ...condition, lastTransitionTime: since ?? toRfc3339(nowMs) };
  return old ? conditions.map(other => (other === old ? made : other)) : [...conditions, made];
}

/** Whether a condition says what another does, whenever it came to be. */
export function saysSame(old: CustomResourceDefinitionCondition | undefined, now: Condition): boolean {
  return old?.status === now.status && old.reason === now.reason && old.message === now.message;
}
