import type { ContainerStatus, Pod } from '#api/generated/types/core.v1.ts';
import { isPodReady, podCondition } from './pods.ts';
import { compareText, timeMs } from './time.ts';

const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

interface Ranked {
  readonly pod: Pod;
  readonly onSameNode: number;
}

/**
 * The `count` pods that are least missed, first the one to go first: unassigned, not running, not ready, cheap by
 * annotation, doubled up on a node (`related` counts), ready or created most lately (KEP-2185: on a logarithmic scale).
 */
export function podsToDelete(
  pods: readonly Pod[],
  related: readonly Pod[],
  count: number,
  nowMs: number,
): Pod[] {
  if (count >= pods.length) return [...pods];
  const perNode = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec?.nodeName ?? '';
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  return pods
    .map(pod => ({ pod, onSameNode: perNode.get(pod.spec?.nodeName ?? '') ?? 0 }))
    .sort((a, b) => compare(a, b, nowMs))
    .slice(0, count)
    .map(ranked => ranked.pod);
}

function compare(a: Ranked, b: Ranked, nowMs: number): number {
  return (
    Number(Boolean(a.pod.spec?.nodeName)) - Number(Boolean(b.pod.spec?.nodeName)) ||
    phaseRank(a.pod) - phaseRank(b.pod) ||
    Number(isPodReady(a.pod)) - Number(isPodReady(b.pod)) ||
    deletionCost(a.pod) - deletionCost(b.pod) ||
    b.onSameNode - a.onSameNode ||
    (isPodReady(a.pod) && isPodReady(b.pod) ? compareAges(a.pod, b.pod, readySince, nowMs) : 0) ||
    restarts(b.pod) - restarts(a.pod) ||
    compareAges(a.pod, b.pod, pod => timeMs(pod.metadata.creationTimestamp), nowMs)
  );
}

function phaseRank(pod: Pod): number {
  return phaseOrder[pod.status?.phase ?? ''] ?? 0;
}

function readySince(pod: Pod): number {
  return timeMs(podCondition(pod, 'Ready')?.lastTransitionTime);
}

/** An unreadable cost counts as none. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[deletionCostAnnotation] ?? '0';
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

function restarts(pod: Pod): number {
  const counts = (pod.status?.containerStatuses ?? []).map(
    (status: ContainerStatus) => status.restartCount ?? 0,
  );
  return Math.max(0, ...counts);
}

/** Younger first; ages of the same power of two count as equal, and the uid decides, so that not always the same go. */
function compareAges(a: Pod, b: Pod, since: (pod: Pod) => number, nowMs: number): number {
  const [sinceA, sinceB] = [since(a), since(b)];
  if (sinceA === sinceB) return 0;
  if (sinceA === 0 || sinceB === 0) return sinceA === 0 ? -1 : 1;
  const difference = logAge(sinceA, nowMs) - logAge(sinceB, nowMs);
  return difference !== 0 ? difference : compareText(a.metadata.uid ?? '', b.metadata.uid ?? '');
}

function logAge(sinceMs: number, nowMs: number): number {
  const age = nowMs - sinceMs;
  return age <= 0 ? 0 : Math.floor(Math.log2(age * 1e6));
}
