import type { ContainerStatus, Pod } from '#api/generated/types/core.v1.ts';
import { isPodReady, podCondition } from './pods.ts';
import { compareText, timeMs } from './time.ts';

const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/** What a pod's place is judged by, found out once. */
interface Ranked {
  readonly pod: Pod;
  /** Compared in this order, the lowest first. */
  readonly ranks: readonly number[];
  /** Of a pod that is not ready: none. */
  readonly ready: Age | undefined;
  /** Of its containers, and, where those are equal, of its sidecars. */
  readonly restarts: readonly [containers: number, sidecars: number];
  readonly created: Age;
}

/** `logarithm`: KEP-2185, ages of the same power of two count as equal. */
interface Age {
  readonly sinceMs: number;
  readonly logarithm: number;
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
    .map(pod =>
      rankedOf(pod, [deletionCost(pod), -(perNode.get(pod.spec?.nodeName ?? '') ?? 0)], time =>
        ageOf(time, nowMs),
      ),
    )
    .sort(compare)
    .slice(0, count)
    .map(ranked => ranked.pod);
}

/** The pods, first the one that has come least far: costs, nodes and scales of age do not matter. */
export function leastActiveFirst(pods: readonly Pod[]): Pod[] {
  return pods
    .map(pod => rankedOf(pod, [], exactAgeOf))
    .sort(compare)
    .map(ranked => ranked.pod);
}

function rankedOf(pod: Pod, more: readonly number[], age: (time: string | undefined) => Age): Ranked {
  const isReady = isPodReady(pod);
  return {
    pod,
    ranks: [pod.spec?.nodeName ? 1 : 0, phaseOrder[pod.status?.phase ?? ''] ?? 0, isReady ? 1 : 0, ...more],
    ready: isReady ? age(podCondition(pod, 'Ready')?.lastTransitionTime) : undefined,
    restarts: restarts(pod),
    created: age(pod.metadata.creationTimestamp),
  };
}

function compare(a: Ranked, b: Ranked): number {
  for (let i = 0; i < a.ranks.length; i++) {
    const difference = a.ranks[i]! - b.ranks[i]!;
    if (difference !== 0) return difference;
  }
  return (
    (a.ready && b.ready ? compareAges(a, a.ready, b, b.ready) : 0) ||
    b.restarts[0] - a.restarts[0] ||
    b.restarts[1] - a.restarts[1] ||
    compareAges(a, a.created, b, b.created)
  );
}

/** An unreadable cost counts as none. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[deletionCostAnnotation] ?? '0';
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

function restarts({ spec, status }: Pod): readonly [containers: number, sidecars: number] {
  const most = (statuses: readonly ContainerStatus[] = []) =>
    Math.max(0, ...statuses.map(({ restartCount }) => restartCount ?? 0));
  const isSidecar = ({ name }: ContainerStatus) =>
    spec?.initContainers?.some(each => each.name === name && each.restartPolicy === 'Always');
  return [most(status?.containerStatuses), most(status?.initContainerStatuses?.filter(isSidecar))];
}

/** Younger first; of ages that count as equal the uid decides, so that not always the same go. */
function compareAges(a: Ranked, ageA: Age, b: Ranked, ageB: Age): number {
  if (ageA.sinceMs === ageB.sinceMs) return 0;
  if (ageA.sinceMs === 0 || ageB.sinceMs === 0) return ageA.sinceMs === 0 ? -1 : 1;
  const difference = ageA.logarithm - ageB.logarithm;
  return difference !== 0 ? difference : compareText(a.pod.metadata.uid ?? '', b.pod.metadata.uid ?? '');
}

function ageOf(time: string | undefined, nowMs: number): Age {
  const sinceMs = timeMs(time);
  const age = nowMs - sinceMs;
  return { sinceMs, logarithm: age <= 0 ? 0 : Math.floor(Math.log2(age * 1e6)) };
}

function exactAgeOf(time: string | undefined): Age {
  const sinceMs = timeMs(time);
  return { sinceMs, logarithm: -sinceMs };
}
