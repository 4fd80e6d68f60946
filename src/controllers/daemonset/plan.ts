/** Which pods a DaemonSet makes and removes: a pure function of the nodes and its pods. */
import type { DaemonSet, DaemonSetStatus } from '#api/generated/types/apps.v1.ts';
import type { Node, Pod, PodSpec, Toleration } from '#api/generated/types/core.v1.ts';
import { scaledValue } from '../shared/int-or-percent.ts';
import { fitsNode, targetNode } from '../shared/node-affinity.ts';
import { isPodAvailable, isPodReady, isPodTerminal } from '../shared/pods.ts';
import { revisionHashLabel } from '../shared/revisions.ts';
import { byCreation } from '../shared/time.ts';
import { tolerates } from '../shared/tolerations.ts';

const exists = (key: string, effect: string): Toleration => ({ key, operator: 'Exists', effect });

/** A daemon belongs on its node whatever state that is in. */
export function daemonTolerations(spec: PodSpec | undefined): Toleration[] {
  return [
    ...(spec?.tolerations ?? []),
    exists('node.kubernetes.io/not-ready', 'NoExecute'),
    exists('node.kubernetes.io/unreachable', 'NoExecute'),
    exists('node.kubernetes.io/disk-pressure', 'NoSchedule'),
    exists('node.kubernetes.io/memory-pressure', 'NoSchedule'),
    exists('node.kubernetes.io/pid-pressure', 'NoSchedule'),
    exists('node.kubernetes.io/unschedulable', 'NoSchedule'),
    ...(spec?.hostNetwork ? [exists('node.kubernetes.io/network-unavailable', 'NoSchedule')] : []),
  ];
}

/** A new pod may run on the node; one that is there may stay. */
export function placement(set: DaemonSet, node: Node): { shouldRun: boolean; shouldStay: boolean } {
  const spec = set.spec?.template.spec;
  const nameFits = !spec?.nodeName || spec.nodeName === node.metadata.name;
  if (!nameFits || !fitsNode(spec, node)) return { shouldRun: false, shouldStay: false };
  const tolerations = daemonTolerations(spec);
  const repelling = (node.spec?.taints ?? []).filter(
    taint => taint.effect !== 'PreferNoSchedule' && !tolerations.some(one => tolerates(one, taint)),
  );
  return {
    shouldRun: repelling.length === 0,
    shouldStay: !repelling.some(taint => taint.effect === 'NoExecute'),
  };
}

export interface DaemonSituation {
  readonly set: DaemonSet;
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  /** The hash of the current revision. */
  readonly hash: string;
  readonly nowMs: number;
}

export interface DaemonPlan {
  /** Names of nodes. */
  readonly create: string[];
  readonly remove: Pod[];
  /** Of those to remove: pods that ended by themselves. */
  readonly ended: Pod[];
}

export function podsByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = targetNode(pod.spec) ?? '';
    byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  return byNode;
}

/** One pod for each node that should have one; then, as far as may be unavailable, old pods give way to new ones. */
export function planDaemons(situation: DaemonSituation): DaemonPlan {
  const plan: DaemonPlan = { create: [], remove: [], ended: [] };
  const byNode = podsByNode(situation.pods);
  const known = new Set(situation.nodes.map(node => node.metadata.name));
  for (const node of situation.nodes)
    planNode(situation.set, node, byNode.get(node.metadata.name!) ?? [], plan);
  // A pod that waits for a node that is gone would wait for ever; a running one is the pod garbage collector's.
  for (const [name, stranded] of byNode) {
    if (!known.has(name)) plan.remove.push(...stranded.filter(pod => !pod.spec?.nodeName && isStaying(pod)));
  }
  if (plan.create.length + plan.remove.length === 0) plan.remove.push(...outdated(situation, byNode));
  return plan;
}

const isStaying = (pod: Pod) => !pod.metadata.deletionTimestamp;

function planNode(set: DaemonSet, node: Node, pods: readonly Pod[], plan: DaemonPlan): void {
  const { shouldRun, shouldStay } = placement(set, node);
  const staying = pods.filter(isStaying);
  if (!shouldStay) {
    plan.remove.push(...staying);
    return;
  }
  const ended = staying.filter(isPodTerminal);
  const running = staying.filter(pod => !isPodTerminal(pod)).sort(byCreation);
  plan.ended.push(...ended);
  plan.remove.push(...ended, ...running.slice(1));
  if (shouldRun && pods.length === 0) plan.create.push(node.metadata.name!);
}

function outdated(situation: DaemonSituation, byNode: ReadonlyMap<string, Pod[]>): Pod[] {
  const { set, hash, nodes, nowMs } = situation;
  if (set.spec?.updateStrategy?.type === 'OnDelete') return [];
  const wanted = nodes.filter(node => placement(set, node).shouldRun);
  const isUp = (pod: Pod) => isStaying(pod) && isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
  const isOld = (pod: Pod) => pod.metadata.labels?.[revisionHashLabel] !== hash;
  const on = (node: Node) => byNode.get(node.metadata.name!) ?? [];
  const budget = scaledValue(
    set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1,
    wanted.length,
    true,
  );
  const down = wanted.filter(node => !on(node).some(isUp)).length;
  const old = wanted.flatMap(on).filter(pod => isOld(pod) && isStaying(pod));
  // What serves nobody may go without using up the budget.
  return [...old.filter(pod => !isUp(pod)), ...old.filter(isUp).slice(0, Math.max(0, budget - down))];
}

export function countDaemons({ set, nodes, pods, hash, nowMs }: DaemonSituation): DaemonSetStatus {
  const byNode = podsByNode(pods.filter(isStaying));
  const status: DaemonSetStatus = {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
    updatedNumberScheduled: 0,
    numberAvailable: 0,
    numberUnavailable: 0,
    observedGeneration: set.metadata.generation,
  };
  for (const node of nodes) {
    const [pod] = (byNode.get(node.metadata.name!) ?? []).sort(byCreation);
    if (placement(set, node).shouldRun) countNode(status, set, pod, hash, nowMs);
    else if (pod) status.numberMisscheduled++;
  }
  status.numberUnavailable = status.desiredNumberScheduled - status.numberAvailable!;
  return status;
}

function countNode(
  status: DaemonSetStatus,
  set: DaemonSet,
  pod: Pod | undefined,
  hash: string,
  nowMs: number,
): void {
  status.desiredNumberScheduled++;
  if (!pod) return;
  status.currentNumberScheduled++;
  if (isPodReady(pod)) status.numberReady++;
  if (isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs)) status.numberAvailable!++;
  if (pod.metadata.labels?.[revisionHashLabel] === hash) status.updatedNumberScheduled!++;
}
