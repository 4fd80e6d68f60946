/** Who takes, or took, a pod away before its time: preemption, taints, eviction, pressure on the node. */
import { table } from '#base/members.ts';
import type { Event, Pod } from '#api/generated/types/core.v1.ts';
import { nodes, pods } from '#api/generated/refs.ts';
import { untoleratedTaint } from '#scheduler/framework/tolerations.ts';
import { type Evidence, type Finding, named, problem, type Reference, referenceTo } from '../explanation.ts';
import { taintText } from '../scheduling/taints.ts';
import { eventTime, type Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { ago, listed, oneLine } from '../words.ts';

interface Disruption {
  readonly reason: string;
  readonly text: string;
  readonly remedy: string;
}

/** Reasons of the condition DisruptionTarget (KEP-3329). */
const disruptions = table<Disruption>({
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
});

/** What a kubelet says of a pod that it evicts, and what that means. The first that fits. */
const evictions: readonly (readonly [RegExp, Disruption])[] = [
  [
    /^Pod was rejected: The node had condition: /,
    {
      reason: 'RefusedByNode',
      text: 'refused by its node, which is short of resources',
      remedy: 'see what the node lacks (why node), or let the scheduler choose one: leave spec.nodeName out',
    },
  ],
  [
    /^The node was low on resource: /,
    {
      reason: 'EvictedByNode',
      text: 'evicted by its node, which was short of resources',
      remedy: 'ask for what it uses (requests): pods beyond their requests go first',
    },
  ],
  [
    /^(Usage of EmptyDir volume|Pod ephemeral local storage usage exceeds|Container .* exceeded its local)/,
    {
      reason: 'EvictedByNode',
      text: 'evicted by its node: it took more of the disk than it may',
      remedy: 'raise the limit (emptyDir.sizeLimit, limits of ephemeral-storage), or have it write less',
    },
  ],
];

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
  if (pod.status?.reason === 'Evicted') {
    const { message = '' } = pod.status;
    const known = evictions.find(([pattern]) => pattern.test(message))?.[1];
    const when = condition ? [ago(condition.lastTransitionTime, facts.nowMs)] : [];
    const detail = [oneLine(message), ...when].join(', ');
    return [finding(known ?? disruptions.TerminationByKubelet!, detail, events, facts)];
  }
  if (!condition) return [];
  const when = ago(condition.lastTransitionTime, facts.nowMs);
  const taint = condition.reason === 'DeletionByTaintManager' ? taintsOf(pod, facts) : '';
  const detail = [oneLine(condition.message), taint, when].filter(text => text !== '').join(', ');
  const { reason = '' } = condition;
  const known = disruptions[reason] ?? { reason: reason || 'Disrupted', text: 'disrupted', remedy: '' };
  return [finding(known, detail, events, facts)];
}

/** The taints that evict it, of the node as it is now. */
function taintsOf(pod: Pod, facts: Facts): string {
  const nodeName = pod.spec?.nodeName ?? '';
  const taints = (facts.get(nodes, '', nodeName)?.spec?.taints ?? []).filter(
    taint => taint.effect === 'NoExecute' && untoleratedTaint([taint], pod.spec?.tolerations ?? []),
  );
  return taints.length === 0 ? '' : `${listed(taints.map(taintText))} on ${nodeName}`;
}

function finding(known: Disruption, detail: string, events: readonly Event[], facts: Facts): Finding {
  return problem(known.reason, known.text, {
    evidence: [detail, ...events.map(event => eventEvidence(event, facts))],
    remedies: [known.remedy],
  });
}

/** Preemption names the other pod by its uid alone, where the event does not refer to it. */
function relatedTo({ related, message = '' }: Event, facts: Facts): Reference | undefined {
  if (related?.name) {
    const { kind = '', namespace, name } = related;
    return { kind, ...(namespace ? { namespace } : {}), name };
  }
  const [, uid] = /^Preempted by pod (\S+)/.exec(message) ?? [];
  const other = uid && facts.all(pods).find(pod => pod.metadata.uid === uid);
  return other ? referenceTo(other) : undefined;
}

/** What is read of a pod that was preempted: it may still be there, and be told by name. */
export async function gatherDisruption(namespace: string, gatherer: Gatherer): Promise<void> {
  const preempted = gatherer.facts().eventsWhere(({ reason }) => reason === 'Preempted');
  if (preempted.length > 0) await gatherer.listWidely(pods, namespace);
}

/** With the other object that it names, e.g. the pod that preempts. */
function eventEvidence(event: Event, facts: Facts): Evidence {
  const other = relatedTo(event, facts);
  return {
    text: `${event.reason} ${ago(eventTime(event), facts.nowMs)}: ${oneLine(event.message)}${other ? ` (${named(other)})` : ''}`,
    ...(other ? { about: [other] } : {}),
  };
}

/** Of a pod that is no longer there, by the events that are left of it. */
export function goneFindings(facts: Facts): Finding[] {
  const events = facts.eventsWhere(() => true);
  const last = events.findLast(event => eventReasons[event.reason ?? '']);
  const said = events.map(event => eventEvidence(event, facts));
  if (last) {
    const known = disruptions[eventReasons[last.reason!]!]!;
    return [problem(known.reason, `gone: ${known.text}`, { evidence: said, remedies: [known.remedy] })];
  }
  return [problem('Gone', 'gone; these events are left of it', { evidence: said })];
}
