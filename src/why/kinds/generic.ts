/** Any kind, custom resources included: by its conditions and its warnings. */
import type { KubeObject } from '#machinery/object.ts';
import { type Finding, healthy, problem, type Verdict, waiting } from '../explanation.ts';
import { eventTime, type Facts } from '../facts.ts';
import { ago, lasting, oneLine } from '../words.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface Conditioned extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly observedGeneration?: number;
    readonly phase?: unknown;
  };
}

/** Conditions that are bad news when True; all others are good news then. */
const badWhenTrue =
  /(Fail|Error|Degraded|Stalled|Pressure|Unavailable|Unschedulable|NotReady|Conflict|Blocked|Invalid|Terminating|Dangling|Denied|NonStructural)/;
/** Something is under way while they are True. */
const underway = /^(Issuing|Progressing|Reconciling)$/;
/** News, neither good nor bad. */
const neutral = /^(DisruptionAllowed|Paused|ScalingLimited|Suspended)$/;

const phases: readonly (readonly [RegExp, Verdict])[] = [
  [/fail|error|lost|invalid/i, 'problem'],
  [/pending|progress|creating|waiting|terminating|provisioning/i, 'waiting'],
];

function verdictOf({ type, status }: Condition): Verdict {
  if (neutral.test(type)) return 'healthy';
  if (underway.test(type)) return status === 'True' ? 'waiting' : 'healthy';
  if (status === 'Unknown') return 'waiting';
  return (status === 'True') === badWhenTrue.test(type) ? 'problem' : 'healthy';
}

export function genericFindings(object: KubeObject, facts: Facts): Finding[] {
  const { conditions, phase } = (object as Conditioned).status ?? {};
  const known = Array.isArray(conditions) ? (conditions as readonly Condition[]) : [];
  const warning = facts.eventsOf(object).findLast(({ type }) => type === 'Warning');
  const evidence = [
    warning &&
      `Warning ${ago(eventTime(warning), facts.nowMs)}: ${warning.reason}: ${oneLine(warning.message)}`,
  ];
  const findings = [
    // What all the others add up to is said first.
    ...[...known]
      .sort((a, b) => Number(b.type === 'Ready') - Number(a.type === 'Ready'))
      .filter(condition => verdictOf(condition) !== 'healthy')
      .map(condition => conditionFinding(condition, facts, evidence)),
    ...behindFindings(object),
  ];
  if (findings.length > 0) return findings;
  if (typeof phase === 'string' && phase !== '') {
    const verdict = phases.find(([pattern]) => pattern.test(phase))?.[1] ?? 'healthy';
    return [makers[verdict]('Phase', phase, { evidence })];
  }
  const good = known.map(({ type, status }) => `${type} is ${status}`);
  const text = good.length > 0 ? good.join(', ') : 'nothing about it looks wrong';
  return [healthy('NoFault', text, { evidence })];
}

const makers = { problem, waiting, healthy } as const;

function conditionFinding(
  condition: Condition,
  facts: Facts,
  evidence: readonly (string | undefined)[],
): Finding {
  const { type, status, reason, message, lastTransitionTime } = condition;
  const detail = oneLine(message) || reason || '';
  const since = lastTransitionTime
    ? `For ${lasting(lastTransitionTime, facts.nowMs)}${reason ? ` (${reason})` : ''}`
    : undefined;
  const text = `${type} is ${status}${detail ? `: ${detail}` : ''}`;
  return makers[verdictOf(condition)](reason || type, text, { evidence: [since, ...evidence] });
}

function behindFindings(object: KubeObject): Finding[] {
  const { generation = 0 } = object.metadata;
  const { observedGeneration } = (object as Conditioned).status ?? {};
  if (observedGeneration === undefined || observedGeneration >= generation) return [];
  const text = `its controller has not seen the last change (generation ${generation}, seen ${observedGeneration})`;
  return [waiting('NotObserved', text, { remedies: ['see that its controller runs'] })];
}
