/** Any kind, custom resources included: by its conditions and its warnings. */
import type { KubeObject } from '#machinery/object.ts';
import { type Finding, healthy, problem, waiting } from '../explanation.ts';
import { eventTime, type Facts } from '../facts.ts';
import { ago, oneLine } from '../words.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface Conditioned extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[]; readonly observedGeneration?: number };
}

/** Conditions that are bad news when True; all others are good news then. */
const badWhenTrue =
  /(Fail|Error|Degraded|Stalled|Pressure|Unavailable|Unschedulable|NotReady|Conflict|Blocked|Invalid|Terminating|Dangling|Reconciling$)/;

export function genericFindings(object: KubeObject, facts: Facts): Finding[] {
  const { conditions, observedGeneration } = (object as Conditioned).status ?? {};
  const known = Array.isArray(conditions) ? conditions : [];
  const bad = known.filter(({ type, status }) =>
    badWhenTrue.test(type) ? status === 'True' : status === 'False',
  );
  const generation = object.metadata.generation ?? 0;
  const behind = observedGeneration !== undefined && observedGeneration < generation;
  const warning = facts.eventsOf(object).findLast(({ type }) => type === 'Warning');
  const warningLine =
    warning &&
    `Warning ${ago(eventTime(warning), facts.nowMs)}: ${warning.reason}: ${oneLine(warning.message)}`;
  const findings = bad.map(condition => conditionFinding(condition, facts, warningLine));
  if (behind) {
    findings.push(
      waiting(
        'NotObserved',
        `its controller has not seen the last change (generation ${generation}, seen ${observedGeneration})`,
        {
          remedies: ['see that its controller runs'],
        },
      ),
    );
  }
  if (findings.length > 0) return findings;
  const good = known.map(({ type, status }) => `${type} is ${status}`);
  const text = good.length > 0 ? good.join(', ') : 'nothing about it looks wrong';
  return [healthy('NoFault', text, { evidence: [warningLine] })];
}

function conditionFinding(condition: Condition, facts: Facts, warning: string | undefined): Finding {
  const { type, status, reason, message, lastTransitionTime } = condition;
  const detail = oneLine(message) || reason || '';
  return problem(reason || type, `${type} is ${status}${detail ? `: ${detail}` : ''}`, {
    evidence: [
      lastTransitionTime
        ? `Since ${ago(lastTransitionTime, facts.nowMs)}${reason ? ` (${reason})` : ''}`
        : undefined,
      warning,
    ],
  });
}
