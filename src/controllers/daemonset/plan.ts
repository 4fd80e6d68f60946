/** Which pods a DaemonSet makes and removes: a pure function of the nodes and its pods. */
import { allowsNode } from '#api/node-selection.ts';
import type { DaemonSet, DaemonSetStatus } from '#api/generated/types/apps.v1.ts';
import type { Node, Pod, PodSpec, Toleration } from '#api/generated/types/core.v1.ts';
import { scaledValue } from '../shared/int-or-percent.ts';
import { targetNode } from '../shared/node-affinity.ts';
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
function placement(set: DaemonSet, node: Node): { shouldRun: boolean; shouldStay: boolean } {
  const spec = set.spec?.template.spec;
  const nameFits = !spec?.nodeName || spec.nodeName === node.metadata.name;
  if (!nameFits || !allowsNode({ spec }, node)) return { shouldRun: false, shouldStay: false };
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
  /** The pod on this node has failed so lately that the next waits. */
  readonly isBackedOff: (node: string) => boolean;
}

export interface DaemonPlan {
  /** Names of nodes. */
  readonly create: string[];
  readonly remove: Pod[];
  /** Of those to remove: pods that ended by themselves. */
  readonly ended: Pod[];
  /** Names of nodes whose failed pods stay for now. */
  readonly backedOff: string[];
}

/** A node with its pods, in the order in which they are kept: placed ones first, then the oldest. */
interface Place {
  readonly node: Node;
  readonly shouldRun: boolean;
  readonly shouldStay: boolean;
  readonly pods: readonly Pod[];
}

const isStaying = (pod: Pod) => !pod.metadata.deletionTimestamp;

/** What ended and is asked to go besides takes no place. */
const isLeaving = (pod: Pod) => !isStaying(pod) && isPodTerminal(pod);

function podsByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (isLeaving(pod)) continue;
    const node = targetNode(pod.spec) ?? '';
    const others = byNode.get(node);
    if (others) others.push(pod);
    else byNode.set(node, [pod]);
  }
  return byNode;
}

function byAge(a: Pod, b: Pod): number {
  return Number(!a.spec?.nodeName) - Number(!b.spec?.nodeName) || byCreation(a, b);
}

function placesOf({ set, nodes }: DaemonSituation, byNode: ReadonlyMap<string, Pod[]>): Place[] {
  return nodes.map(node => ({
    node,
    ...placement(set, node),
    pods: (byNode.get(node.metadata.name!) ?? []).sort(byAge),
  }));
}

/** One pod for each node that should have one; then, as far as the strategy lets it, new pods in place of old ones. */
export function planDaemons(situation: DaemonSituation): DaemonPlan {
  const plan: DaemonPlan = { create: [], remove: [], ended: [], backedOff: [] };
  const byNode = podsByNode(situation.pods);
  const places = placesOf(situation, byNode);
  for (const place of places) planPlace(situation, place, plan);
  const known = new Set(situation.nodes.map(node => node.metadata.name));
  // A pod that waits for a node that is gone would wait for ever; a running one is the pod garbage collector's.
  for (const [name, stranded] of byNode) {
    if (!known.has(name)) plan.remove.push(...stranded.filter(pod => !pod.spec?.nodeName && isStaying(pod)));
  }
  const isSettled = plan.create.length + plan.remove.length === 0;
  if (isSettled && situation.set.spec?.updateStrategy?.type !== 'OnDelete')
    planUpdate(situation, places, plan);
  return plan;
}

function planPlace(situation: DaemonSituation, place: Place, plan: DaemonPlan): void {
  const { node, shouldRun, shouldStay, pods } = place;
  const name = node.metadata.name!;
  const staying = pods.filter(isStaying);
  if (!shouldStay) {
    plan.remove.push(...staying);
    return;
  }
  if (shouldRun && pods.length === 0) plan.create.push(name);
  removeEnded(situation, name, staying.filter(isPodTerminal), plan);
  const running = staying.filter(pod => !isPodTerminal(pod));
  if (!allowsSurge(situation.set)) plan.remove.push(...running.slice(1));
  else if (running.length > 1) plan.remove.push(...surplusOfSurge(situation, running));
  // With surge a pod that goes is replaced before it is gone.
  else if (running.length === 0 && shouldRun && pods.length > 0) plan.create.push(name);
}

function removeEnded(
  situation: DaemonSituation,
  node: string,
  ended: readonly Pod[],
  plan: DaemonPlan,
): void {
  for (const pod of ended) {
    if (pod.status?.phase === 'Failed' && situation.isBackedOff(node)) plan.backedOff.push(node);
    else {
      plan.ended.push(pod);
      plan.remove.push(pod);
    }
  }
}

function allowsSurge({ spec }: DaemonSet): boolean {
  return spec?.updateStrategy?.type === 'RollingUpdate' && surgeOf(spec, 100) > 0;
}

function surgeOf(spec: DaemonSet['spec'], wanted: number): number {
  return scaledValue(spec?.updateStrategy?.rollingUpdate?.maxSurge, wanted, true);
}

/** Of an old and a new pod both stay while only the old one serves. */
function surplusOfSurge(situation: DaemonSituation, running: readonly Pod[]): Pod[] {
  const isNew = (pod: Pod) => isUpdated(situation, pod);
  const newPod = running.find(isNew);
  const oldPod = running.find(pod => !isNew(pod));
  const surplus = running.filter(pod => pod !== newPod && pod !== oldPod);
  if (newPod && oldPod && (!isPodReady(oldPod) || isUp(situation, newPod))) surplus.push(oldPod);
  return surplus;
}

function isUpdated({ hash }: DaemonSituation, pod: Pod): boolean {
  return pod.metadata.labels?.[revisionHashLabel] === hash;
}

function isUp({ set, nowMs }: DaemonSituation, pod: Pod): boolean {
  return isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
}

/** The pods of a place while it is updated. */
interface Exchange extends Place {
  readonly newPod: Pod | undefined;
  readonly oldPod: Pod | undefined;
}

function planUpdate(situation: DaemonSituation, places: readonly Place[], plan: DaemonPlan): void {
  const { spec } = situation.set;
  const wanted = places.filter(place => place.shouldRun).length;
  const maxSurge = surgeOf(spec, wanted);
  const asked = scaledValue(spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted, true);
  const exchanges = places
    .filter(place => place.shouldRun || place.pods.length > 0)
    .map((place): Exchange => {
      const staying = place.pods.filter(isStaying);
      const newPod = staying.find(pod => isUpdated(situation, pod));
      return { ...place, newPod, oldPod: staying.find(pod => !isUpdated(situation, pod)) };
    });
  if (maxSurge > 0) surge(situation, exchanges, maxSurge, wanted, plan);
  // Percentages can both come to nothing, and then the update could not move.
  else replace(situation, exchanges, Math.max(1, asked), plan);
}

/** Old pods go first, new ones come after; what serves nobody may go without using up the budget. */
function replace(
  situation: DaemonSituation,
  exchanges: readonly Exchange[],
  maxUnavailable: number,
  plan: DaemonPlan,
): void {
  const candidates: Pod[] = [];
  let unavailable = 0;
  for (const { newPod, oldPod } of exchanges) {
    const pod = newPod ?? oldPod;
    const up = pod !== undefined && isUp(situation, pod);
    if (!up) unavailable++;
    if (!oldPod) continue;
    if (up) candidates.push(oldPod);
    else plan.remove.push(oldPod);
  }
  plan.remove.push(...candidates.slice(0, Math.max(0, maxUnavailable - unavailable)));
}

/** New pods come first, beside the old ones, which go when they are available (KEP-1591). */
function surge(
  situation: DaemonSituation,
  exchanges: readonly Exchange[],
  maxSurge: number,
  wanted: number,
  plan: DaemonPlan,
): void {
  const candidates: string[] = [];
  const unwanted: Pod[] = [];
  let surging = 0;
  let available = 0;
  for (const { node, shouldRun, newPod, oldPod } of exchanges) {
    const serving = oldPod ?? newPod;
    if (serving && isUp(situation, serving)) available++;
    if (!oldPod) continue;
    const isOldUp = isUp(situation, oldPod);
    // The old one goes when the new one is available, or when it serves no longer.
    if (newPod) surging++;
    else if (!shouldRun) (isOldUp ? unwanted : plan.remove).push(oldPod);
    else if (isOldUp) candidates.push(node.metadata.name!);
    else plan.create.push(node.metadata.name!);
  }
  // What may not run where it does goes only when others serve in its place.
  plan.remove.push(...unwanted.slice(0, Math.max(0, available - wanted)));
  plan.create.push(...candidates.slice(0, Math.max(0, maxSurge - surging)));
}

export function countDaemons(situation: DaemonSituation): DaemonSetStatus {
  const places = placesOf(situation, podsByNode(situation.pods));
  const running = places.filter(place => place.shouldRun);
  const first = running.flatMap(({ pods }) => pods.slice(0, 1));
  const numberAvailable = first.filter(pod => isUp(situation, pod)).length;
  return {
    currentNumberScheduled: first.length,
    numberMisscheduled: places.filter(({ shouldRun, pods }) => !shouldRun && pods.length > 0).length,
    desiredNumberScheduled: running.length,
    numberReady: first.filter(isPodReady).length,
    updatedNumberScheduled: first.filter(pod => isUpdated(situation, pod)).length,
    numberAvailable,
    numberUnavailable: running.length - numberAvailable,
    observedGeneration: situation.set.metadata.generation,
  };
}
