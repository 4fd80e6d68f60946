/** What a controller's pods tell of it: those that are not as wanted, alike ones together, one of each explained. */
import { events, nodes, pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type Evidence, referenceTo } from '../explanation.ts';
import { eventCount, eventTime, type Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { gatherPod, gatherScheduling, podFindings } from '../pod/explain.ts';
import { isReady } from '../pod/state.ts';
import { hasEnded } from '../scheduling/view.ts';
import { ago, count, listed, oneLine } from '../words.ts';

const explainedMax = 4;

/** The pods of a namespace, with all that explains those of them that `concerns` holds for. */
export async function gatherPods(
  namespace: string,
  gatherer: Gatherer,
  concerns: (pod: Pod) => boolean,
): Promise<void> {
  const [all] = await Promise.all([
    gatherer.list(pods, namespace),
    gatherer.list(events, namespace),
    gatherer.list(nodes, ''),
  ]);
  const unready = all.filter(pod => concerns(pod) && !isReady(pod));
  const samples = [...groupAlike(unready).values()].slice(0, explainedMax).map(([pod]) => pod!);
  await Promise.all([
    samples.some(pod => !pod.spec?.nodeName) && gatherScheduling(namespace, gatherer),
    ...samples.filter(pod => pod.spec?.nodeName).map(pod => gatherPod(pod, gatherer)),
  ]);
}

export interface PodsSummary {
  readonly evidence: readonly Evidence[];
  readonly remedies: readonly string[];
}

export function unreadyPods(owned: readonly Pod[], facts: Facts): PodsSummary {
  const groups = [
    ...groupAlike(owned.filter(pod => !isReady(pod) && pod.status?.phase !== 'Succeeded')).values(),
  ];
  const explained = groups.slice(0, explainedMax).map(group => explainGroup(group, facts));
  const left = groups.slice(explainedMax).flat().length;
  return {
    evidence: [
      ...explained.map(one => one.evidence),
      ...(left > 0 ? [{ text: `${count(left, 'more pod')} not Ready, in other ways` }] : []),
    ],
    remedies: explained.flatMap(one => one.remedies),
  };
}

function explainGroup(group: readonly Pod[], facts: Facts) {
  const [sample] = group;
  const [finding, ...more] = podFindings(sample!, facts);
  const names = listed(
    group.map(pod => pod.metadata.name!),
    3,
  );
  const text = finding?.text ?? (sample!.metadata.deletionTimestamp ? 'terminating' : 'not Ready yet');
  return {
    evidence: {
      text: `${count(group.length, 'pod')} (${names}): ${text}`,
      about: group.map(referenceTo),
      evidence: [...(finding?.evidence ?? []), ...more.map(other => ({ text: other.text }))],
    },
    remedies: finding?.remedies ?? [],
  };
}

/** Pods in one state for what looks like one reason. */
function groupAlike(owned: readonly Pod[]): Map<string, Pod[]> {
  return Map.groupBy(owned, ({ status, spec, metadata }) => {
    const waiting = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(
      ({ name, state }) =>
        `${name}=${state?.waiting?.reason ?? (state?.terminated ? `ended ${state.terminated.exitCode}` : '')}`,
    );
    const scheduling = spec?.nodeName
      ? ''
      : status?.conditions?.find(one => one.type === 'PodScheduled')?.message;
    return [status?.phase, status?.reason, scheduling, !!metadata.deletionTimestamp, ...waiting].join('|');
  });
}

export function activePods(owned: readonly Pod[]): readonly Pod[] {
  return owned.filter(pod => !hasEnded(pod) && !pod.metadata.deletionTimestamp);
}

interface Refusal {
  readonly pattern: RegExp;
  readonly remedy: string;
}

/** Why pods are refused before they exist, by what the API server says. */
const refusals: readonly Refusal[] = [
  {
    pattern: /exceeded quota|failed quota/,
    remedy: 'raise the ResourceQuota, delete what it counts, or ask for less',
  },
  {
    pattern: /maximum .* usage|minimum .* usage|LimitRange/,
    remedy: 'ask for what the LimitRange of the namespace allows',
  },
  {
    pattern: /violates PodSecurity/,
    remedy:
      "give the pod the security context that the namespace's Pod Security level asks for, or change the level (label pod-security.kubernetes.io/enforce)",
  },
  { pattern: /serviceaccount "?[^"\s]+"? not found/i, remedy: 'make that ServiceAccount' },
  {
    pattern: /admission webhook .* denied/,
    remedy: 'satisfy the webhook that denies it, or change its rules',
  },
  { pattern: /failed calling webhook/, remedy: 'mend the webhook, or set its failurePolicy to Ignore' },
  {
    pattern: /ValidatingAdmissionPolicy/,
    remedy: 'satisfy the policy that denies it, or change its binding',
  },
  { pattern: /no PriorityClass|PriorityClass/, remedy: 'make that PriorityClass, or name another' },
  { pattern: /is being terminated/, remedy: 'wait for the namespace to be gone' },
];

/** The latest failure to make a pod for an owner; undefined where pods have been made since. */
export function failedCreate(owner: Parameters<Facts['eventsOf']>[0], facts: Facts) {
  const last = facts.eventsOf(owner, 'FailedCreate', 'SuccessfulCreate').at(-1);
  if (last?.reason !== 'FailedCreate') return undefined;
  const message = oneLine(last.message).replace(/^(\(combined from similar events\): )?Error creating: /, '');
  return {
    text: `its pods are refused: ${message}`,
    evidence: [
      { text: `Tried ${count(eventCount(last), 'time')}, last ${ago(eventTime(last), facts.nowMs)}` },
    ],
    remedies: refusals
      .filter(({ pattern }) => pattern.test(message))
      .map(({ remedy }) => remedy)
      .slice(0, 1),
  };
}
