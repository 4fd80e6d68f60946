/** The conditions of a request for a certificate: who may decide, and that what was decided stays so. */
import { toRfc3339 } from '#base/clock.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import type { CertificateSigningRequestCondition as Condition } from '../../generated/types/certificates.v1.ts';
import { repeats, requiredOneOf } from '../../validation.ts';

export type { Condition };

const path = FieldPath.of('status', 'conditions');
/** Those of /approval alone. */
const decisionTypes = ['Approved', 'Denied'];
/** Conditions that are true or absent, and never go. */
const finalTypes = [...decisionTypes, 'Failed'];

const ofType = (conditions: readonly Condition[], type: string) =>
  conditions.filter(condition => condition.type === type);

/** The decisions as they were, in the places that they have now; none where some were added or removed. */
export function withDecisions(now: readonly Condition[], before: readonly Condition[]): Condition[] {
  const kept = decisionTypes.flatMap(type => {
    const old = ofType(before, type);
    return ofType(now, type).length === old.length ? old : [];
  });
  const byType = Map.groupBy(kept.reverse(), ({ type }) => type);
  return now.map(condition => byType.get(condition.type)?.pop() ?? condition);
}

/** With the times that the client left to the server. */
export function withTimes(
  now: readonly Condition[],
  before: readonly Condition[],
  nowMs: number,
): Condition[] {
  const time = toRfc3339(nowMs);
  const keyOf = ({ type, status }: Condition) => JSON.stringify([type, status]);
  const timed = before.filter(old => old.lastTransitionTime).reverse();
  const times = new Map(timed.map(old => [keyOf(old), old.lastTransitionTime]));
  return now.map(condition => {
    const { lastUpdateTime, lastTransitionTime } = condition;
    return {
      ...condition,
      lastUpdateTime: lastUpdateTime ?? time,
      lastTransitionTime: lastTransitionTime ?? times.get(keyOf(condition)) ?? time,
    };
  });
}

/** What no set of conditions may be. */
export function validateConditions(conditions: readonly Condition[]): FieldError[] {
  const isRepeated = repeats(conditions.map(({ type }) => type));
  const seen = new Set<string>();
  return conditions.flatMap(({ type, status = '' }, i) => {
    const at = path.index(i);
    const allowed = finalTypes.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    const opposite = { Approved: 'Denied', Denied: 'Approved' }[type];
    const both = 'Approved and Denied conditions are mutually exclusive';
    seen.add(type);
    return [
      ...(type ? [] : [fieldError.required(at.child('type'))]),
      ...requiredOneOf(at.child('status'), status, allowed),
      ...(opposite && seen.has(opposite) ? [fieldError.invalid(path, type, both)] : []),
      ...(isRepeated[i] ? [fieldError.duplicate(at.child('type'), type)] : []),
    ];
  });
}

/** What no update may do to them, and what none but an approval may. */
export function validateConditionChange(
  now: readonly Condition[],
  before: readonly Condition[],
  isApproval: boolean,
): FieldError[] {
  const forbid = (verb: string, type: string, more = '') =>
    fieldError.forbidden(path, `updates may not ${verb} a condition of type ${JSON.stringify(type)}${more}`);
  return finalTypes.flatMap(type => {
    const [news, olds] = [ofType(now, type), ofType(before, type)];
    if (news.length < olds.length) return [forbid('remove', type)];
    if (isApproval || !decisionTypes.includes(type)) return [];
    if (news.length > olds.length) return [forbid('add', type)];
    return deepEqual(news, olds) ? [] : [forbid('modify', type)];
  });
}
