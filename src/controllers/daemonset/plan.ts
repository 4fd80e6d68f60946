/** Which pods a DaemonSet makes and removes: pure functions of what its nodes have of them. */
import { allowsNode } from '#api/node-selection.ts';
import type { DaemonSet, DaemonSetStatus } from '#api/generated/types/apps.v1.ts';
import type { Node, Pod, PodSpec, Toleration } from '#api/generated/types/core.v1.ts';
import { scaledValue } from '../shared/int-or-percent.ts';
import { availableInMs, isPodAvailable, isPodReady, isPodTerminal } from '../shared/pods.ts';
import { revisionHashLabel } from '../shared/revisions.ts';
import { matcherOf } from '../shared/selector.ts';
import { byCreation } from '../shared/time.ts';
import { tolerates } from '#api/tolerations.ts';

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

/** What a set wants of each node, and when it is asked. */
export interface DaemonTerms {
  readonly set: DaemonSet;
  /** The hash of the current revision. */
  readonly hash: string;
}

/** What a node has of a set's pods, as far as sums and plans go by it; made anew where either changes. */
export interface Place {
  readonly name: string;
  /** There is a node of that name. */
  readonly isThere: boolean;
  readonly shouldRun: boolean;
  readonly shouldStay: boolean;
  /** In the order in which they are kept: placed ones first, then the oldest. What ended and is asked to go is none. */
  readonly pods: readonly Pod[];
  /** Of those that are not asked to go: of the current revision, and of another. */
  readonly newPod: Pod | undefined;
  readonly oldPod: Pod | undefined;
  readonly isNewUp: boolean;
  readonly isOldUp: boolean;
  /** Pods of one node that are too many. */
  readonly surplus: readonly Pod[];
  /** The set's pods that its selector does not match. */
  readonly strays: readonly Pod[];
  /** Something is to be made or removed whatever the strategy says, or will be after a back-off. */
  readonly isOpen: boolean;
  /** When a pod becomes available by mere waiting; undefined: none does. */
  readonly ripeAtMs: number | undefined;
  readonly counts: PlaceCounts;
}

/** What a place adds to the sums. */
export interface PlaceCounts {
  readonly desired: number;
  readonly current: number;
  readonly misscheduled: number;
  readonly ready: number;
  readonly available: number;
  readonly updated: number;
  /** Where a replacement counts as what serves, nothing does. */
  readonly down: number;
  /** Where surplus pods serve beside new ones, something does. */
  readonly serving: number;
}

/** A set's places, and those among them that a plan has to look at. */
export interface DaemonPlaces {
  readonly sums: PlaceCounts;
  readonly open: Iterable<Place>;
  /** With a pod of another revision. */
  readonly outdated: Iterable<Place>;
}

export interface DaemonSituation extends DaemonTerms {
  readonly places: DaemonPlaces;
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

const emptyPlan = (): DaemonPlan => ({ create: [], remove: [], ended: [], backedOff: [] });

const isStaying = (pod: Pod) => !pod.metadata.deletionTimestamp;

/** What ended and is asked to go besides takes no place. */
const isLeaving = (pod: Pod) => !isStaying(pod) && isPodTerminal(pod);

function byAge(a: Pod, b: Pod): number {
  return Number(!a.spec?.nodeName) - Number(!b.spec?.nodeName) || byCreation(a, b);
}

/** `node` undefined: there is none of that name. `controlled`: the set's pods that are on it or meant for it. */
export function placeOf(
  terms: DaemonTerms,
  name: string,
  node: Node | undefined,
  controlled: readonly Pod[],
  nowMs: number,
): Place {
  const matches = matcherOf(terms.set.spec?.selector);
  const pods = controlled.filter(pod => matches(pod) && !isLeaving(pod)).sort(byAge);
  const staying = pods.filter(isStaying);
  const newPod = staying.find(pod => isUpdated(terms, pod));
  const oldPod = staying.find(pod => !isUpdated(terms, pod));
  const minReadySeconds = terms.set.spec?.minReadySeconds ?? 0;
  const isUp = (pod: Pod | undefined) => pod !== undefined && isPodAvailable(pod, minReadySeconds, nowMs);
  const waits = pods.map(pod => availableInMs(pod, minReadySeconds, nowMs) ?? 0).filter(wait => wait > 0);
  const running = staying.filter(pod => !isPodTerminal(pod));
  const place = {
    ...{ name, pods, newPod, oldPod, isNewUp: isUp(newPod), isOldUp: isUp(oldPod) },
    ...(node ? { isThere: true, ...placement(terms.set, node) } : nowhere),
    strays: pods.length < controlled.length ? controlled.filter(pod => !matches(pod)) : none,
    surplus: running.length > 1 ? surplusOf(terms, running, isUp) : none,
    ripeAtMs: waits.length > 0 ? nowMs + Math.min(...waits) : undefined,
  };
  const plan = emptyPlan();
  planPlace(terms.set, () => false, place, plan);
  const isOpen = plan.create.length + plan.remove.length > 0;
  return { ...place, isOpen, counts: node ? countsOf(terms, place, isUp) : nothing };
}

type Looked = Omit<Place, 'isOpen' | 'counts'>;

const none: readonly Pod[] = [];
const nowhere = { isThere: false, shouldRun: false, shouldStay: false };
export const nothing: PlaceCounts = {
  desired: 0,
  current: 0,
  misscheduled: 0,
  ready: 0,
  available: 0,
  updated: 0,
  down: 0,
  serving: 0,
};

function countsOf(terms: DaemonTerms, place: Looked, isUp: (pod: Pod | undefined) => boolean): PlaceCounts {
  const { shouldRun, pods, newPod, oldPod, isNewUp, isOldUp } = place;
  const first = shouldRun ? pods[0] : undefined;
  const isExchanged = shouldRun || pods.length > 0;
  return {
    desired: Number(shouldRun),
    current: Number(first !== undefined),
    misscheduled: Number(!shouldRun && pods.length > 0),
    ready: Number(first !== undefined && isPodReady(first)),
    available: Number(isUp(first)),
    updated: Number(first !== undefined && isUpdated(terms, first)),
    down: Number(isExchanged && !(newPod ? isNewUp : isOldUp)),
    serving: Number(isExchanged && (oldPod ? isOldUp : isNewUp)),
  };
}

/** One pod for each node that should have one; then, as far as the strategy lets it, new pods in place of old ones. */
export function planDaemons({ set, places, isBackedOff }: DaemonSituation): DaemonPlan {
  const plan = emptyPlan();
  for (const place of places.open) planPlace(set, isBackedOff, place, plan);
  const isSettled = plan.create.length + plan.remove.length === 0;
  if (isSettled && set.spec?.updateStrategy?.type !== 'OnDelete') planUpdate(set, places, plan);
  return plan;
}

function planPlace(
  set: DaemonSet,
  isBackedOff: (node: string) => boolean,
  place: Looked,
  plan: DaemonPlan,
): void {
  const { name, isThere, shouldRun, shouldStay, pods, surplus } = place;
  const staying = pods.filter(isStaying);
  if (!shouldStay) {
    // A pod that waits for a node that is gone would wait for ever; a running one is the pod garbage collector's.
    plan.remove.push(...(isThere ? staying : staying.filter(pod => !pod.spec?.nodeName)));
    return;
  }
  if (shouldRun && pods.length === 0) plan.create.push(name);
  removeEnded(isBackedOff, name, staying.filter(isPodTerminal), plan);
  plan.remove.push(...surplus);
  // With surge a pod that goes is replaced before it is gone.
  if (allowsSurge(set) && shouldRun && pods.length > 0 && !staying.some(pod => !isPodTerminal(pod)))
    plan.create.push(name);
}

function removeEnded(
  isBackedOff: (node: string) => boolean,
  node: string,
  ended: readonly Pod[],
  plan: DaemonPlan,
): void {
  for (const pod of ended) {
    if (pod.status?.phase === 'Failed' && isBackedOff(node)) plan.backedOff.push(node);
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

/** Of several pods of a node, those that go: without surge all but the first; with it, an old one stays while only it serves. */
function surplusOf(terms: DaemonTerms, running: readonly Pod[], isUp: (pod: Pod) => boolean): readonly Pod[] {
  if (!allowsSurge(terms.set)) return running.slice(1);
  const newPod = running.find(pod => isUpdated(terms, pod));
  const oldPod = running.find(pod => !isUpdated(terms, pod));
  const surplus = running.filter(pod => pod !== newPod && pod !== oldPod);
  if (newPod && oldPod && (!isPodReady(oldPod) || isUp(newPod))) surplus.push(oldPod);
  return surplus;
}

function isUpdated({ hash }: DaemonTerms, pod: Pod): boolean {
  return pod.metadata.labels?.[revisionHashLabel] === hash;
}

function planUpdate({ spec }: DaemonSet, places: DaemonPlaces, plan: DaemonPlan): void {
  const wanted = places.sums.desired;
  const maxSurge = surgeOf(spec, wanted);
  const asked = scaledValue(spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted, true);
  if (maxSurge > 0) surge(places, maxSurge, plan);
  // Percentages can both come to nothing, and then the update could not move.
  else replace(places, Math.max(1, asked), plan);
}

/** Old pods go first, new ones come after; what serves nobody may go without using up the budget. */
function replace({ sums, outdated }: DaemonPlaces, maxUnavailable: number, plan: DaemonPlan): void {
  const candidates: Pod[] = [];
  for (const { newPod, oldPod, isNewUp, isOldUp } of outdated) {
    if (newPod ? isNewUp : isOldUp) candidates.push(oldPod!);
    else plan.remove.push(oldPod!);
  }
  plan.remove.push(...candidates.slice(0, Math.max(0, maxUnavailable - sums.down)));
}

/** New pods come first, beside the old ones, which go when they are available (KEP-1591). */
function surge({ sums, outdated }: DaemonPlaces, maxSurge: number, plan: DaemonPlan): void {
  const candidates: string[] = [];
  const unwanted: Pod[] = [];
  let surging = 0;
  for (const { name, shouldRun, newPod, oldPod, isOldUp } of outdated) {
    // The old one goes when the new one is available, or when it serves no longer.
    if (newPod) surging++;
    else if (!shouldRun) (isOldUp ? unwanted : plan.remove).push(oldPod!);
    else if (isOldUp) candidates.push(name);
    else plan.create.push(name);
  }
  // What may not run where it does goes only when others serve in its place.
  plan.remove.push(...unwanted.slice(0, Math.max(0, sums.serving - sums.desired)));
  plan.create.push(...candidates.slice(0, Math.max(0, maxSurge - surging)));
}

export function countDaemons(set: DaemonSet, sums: PlaceCounts): DaemonSetStatus {
  return {
    currentNumberScheduled: sums.current,
    numberMisscheduled: sums.misscheduled,
    desiredNumberScheduled: sums.desired,
    numberReady: sums.ready,
    updatedNumberScheduled: sums.updated,
    numberAvailable: sums.available,
    numberUnavailable: sums.desired - sums.available,
    observedGeneration: set.metadata.generation,
  };
}
