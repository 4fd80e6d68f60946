/** Who takes, or took, a pod away before its time: preemption, taints, eviction, pressure on the node. */
import type { Event, Pod } from '#api/generated/types/core.v1.ts';
import { type Finding, problem } from '../explanation.ts';
import { eventTime, type Facts } from '../facts.ts';
import { ago, oneLine } from '../words.ts';

/** Reasons of the condition DisruptionTarget (KEP-3329). */
const disruptions: Readonly<Record<string, { reason: string; text: string; remedy: string }>> = {
  DeletionByPodGC: {
    reason: 'NodeGone',
    text: 'deleted, for its node is gone',
    remedy: 'nothing: its controller makes another elsewhere',
  },
  DeletionByTaintManager: {
    reason: 'EvictedByTaint',
    text: 'evicted by a NoExecute taint of its node',
    remedy: 'tolerate the taint (tolerationSeconds: for how long), or mend the node',
  },
  EvictionByEvictionAPI: {
    reason: 'Evicted',
    text: 'evicted through the eviction API (kubectl drain and the like)',
    remedy: 'a PodDisruptionBudget limits how many may be evicted at once',
  },
  PreemptionByScheduler: {
    reason: 'Preempted',
    text: 'preempted to make room for a pod of higher priority',
    remedy: 'give it a PriorityClass of a higher value, or add room to the cluster',
  },
  TerminationByKubelet: {
    reason: 'EvictedByNode',
    text: 'ended by its node, for want of resources or for a shutdown',
    remedy: 'ask for what it uses (requests): pods beyond their requests go first',
  },
};

/** What events tell, also of pods that are gone. */
const eventReasons: Readonly<Record<string, keyof typeof disruptions>> = {
  Evicted: 'TerminationByKubelet',
  Preempted: 'PreemptionByScheduler',
  TaintManagerEviction: 'DeletionByTaintManager',
};

export function disruptionFindings(pod: Pod, facts: Facts): Finding[] {
  const condition = pod.status?.conditions?.find(
    ({ type, status }) => type === 'DisruptionTarget' && status === 'True',
  );
  const events = facts.eventsOf(pod, ...Object.keys(eventReasons));
  if (!condition) {
    // Kubelets of old say it in the status alone.
    if (pod.status?.reason !== 'Evicted') return [];
    return [finding('TerminationByKubelet', oneLine(pod.status.message), events, facts)];
  }
  return [
    finding(
      condition.reason ?? '',
      [oneLine(condition.message), ago(condition.lastTransitionTime, facts.nowMs)].filter(Boolean).join(', '),
      events,
      facts,
    ),
  ];
}

function finding(reason: string, detail: string, events: readonly Event[], facts: Facts): Finding {
  const known = disruptions[reason] ?? { reason: reason || 'Disrupted', text: 'disrupted', remedy: '' };
  return problem(known.reason, known.text, {
    evidence: [
      detail,
      ...events.map(event => ({
        text: `${event.reason} ${ago(eventTime(event), facts.nowMs)}: ${oneLine(event.message)}`,
        ...(event.related?.name
          ? {
              about: [
                {
                  kind: event.related.kind ?? '',
                  ...(event.related.namespace ? { namespace: event.related.namespace } : {}),
                  name: event.related.name,
                },
              ],
            }
          : {}),
      })),
    ],
    remedies: [known.remedy],
  });
}

/** Of a pod that is no longer there, by the events that are left of it. */
export function goneFindings(facts: Facts): Finding[] {
  const events = facts.eventsWhere(() => true);
  const last = events.findLast(event => eventReasons[event.reason ?? '']);
  const said = events.map(event => ({
    text: `${event.reason} ${ago(eventTime(event), facts.nowMs)}: ${oneLine(event.message)}`,
  }));
  if (last) {
    const known = disruptions[eventReasons[last.reason!]!]!;
    return [problem(known.reason, `gone: ${known.text}`, { evidence: said, remedies: [known.remedy] })];
  }
  return [problem('Gone', 'gone; these events are left of it', { evidence: said })];
}
