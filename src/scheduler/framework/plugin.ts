/**
 * The scheduler framework (KEP-624). A plugin takes part at the extension points whose methods it has. What upstream
 * keeps in a CycleState between PreFilter and Filter, and between PreScore, Score and NormalizeScore, lives in the
 * NodeFilter and NodeScorer that `preFilter` and `preScore` answer for one cycle.
 */
import type { Node } from '#api/generated/types/core.v1.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import type { Change } from '#runtime/controller.ts';
import type { Generations, NodeInfo } from './node-info.ts';
import type { PodCounts } from './pod-counts.ts';
import type { PodInfo } from './pod-info.ts';

export const maxNodeScore = 100;

/** Why a plugin says no. Unresolvable: evicting pods from the node would not help. */
export interface Rejection {
  readonly plugin: string;
  readonly code: 'Unschedulable' | 'UnschedulableAndUnresolvable';
  readonly reasons: readonly string[];
}

export interface NodeColumns {
  /** The slots of the nodes, in their order. */
  readonly slots: Int32Array;
  readonly generations: Generations;
}

/** The cluster as one scheduling cycle sees it. */
export interface Snapshot {
  /** In the order to look at them, zones interleaved. */
  readonly nodes: readonly NodeInfo[];
  /** The same in columns: for long loops that must not touch every node. */
  readonly columns: NodeColumns;
  get(name: string): NodeInfo | undefined;
  namespaceLabels(namespace: string): Readonly<Record<string, string>>;
  /** How many nodes have an image. */
  imageNodeCount(image: string): number;
  /** Pods that preemption has promised a node to, and that are not there yet. */
  nominatedTo(nodeName: string): readonly PodInfo[];
  /** The node that is promised to a pod. */
  nominatedNodeOf(uid: string): string | undefined;
  /** Pods on nodes, counted. */
  readonly counts: PodCounts;
  /** How many pods on nodes use a PersistentVolumeClaim, by its 'namespace/name'. */
  claimUsers(claim: string): number;
  /** Whether any pod on any node has required anti-affinity, or affinity at all. */
  readonly hasRequiredAntiAffinity: boolean;
  readonly hasAffinity: boolean;
}

/** Filter, for one pod in one cycle. */
export interface NodeFilter {
  /** Only these nodes can pass. */
  readonly nodeNames?: ReadonlySet<string>;
  test(node: NodeInfo): Rejection | undefined;
  /** PreFilterExtensions: what if `other` were on the node, or were not. Each undoes the other. */
  addPod?(other: PodInfo, node: NodeInfo): void;
  removePod?(other: PodInfo, node: NodeInfo): void;
}

/** Score and NormalizeScore, for one pod in one cycle. Final scores are 0 to 100. */
export interface NodeScorer {
  score(node: NodeInfo): number;
  /** Changes the raw scores, in the order of `nodes`, in place. */
  normalize?(scores: number[], nodes: readonly NodeInfo[]): void;
}

/** A pod is gone from its node, or a promise of a node is. */
export interface PodFreed {
  readonly type: 'podFreed';
  readonly pod: PodInfo;
  /** The node as it is now; absent where there is none (any more). */
  readonly node?: NodeInfo | undefined;
  /** The node as it will be with the pods that it is promised to, where there are any. */
  readonly crowd?: { readonly node: NodeInfo; readonly promised: readonly PodInfo[] } | undefined;
}

/** The freed node as a waiting pod must look at it: promises count that are not its own, nor made to less important pods. */
export function freedNode({ node, crowd }: PodFreed, pod: PodInfo): NodeInfo | undefined {
  const plain = crowd?.promised.some(other => other.uid === pod.uid || other.priority < pod.priority) ?? true;
  return plain ? node : crowd!.node;
}

/** What happened in the cluster, for waking pods that it may have made schedulable. */
export type ClusterEvent =
  | { readonly type: 'nodeAdded'; readonly node: Node }
  | { readonly type: 'nodeUpdated'; readonly node: Node; readonly old: Node }
  | { readonly type: 'nodeDeleted'; readonly node: Node }
  | { readonly type: 'podAssigned'; readonly pod: PodInfo }
  | PodFreed
  | { readonly type: 'assignedPodUpdated'; readonly pod: PodInfo; readonly old: PodInfo }
  /** The waiting pod itself. */
  | { readonly type: 'podUpdated'; readonly pod: PodInfo; readonly old: PodInfo }
  /** An object of a resource that a plugin watches; see `changeOf`. */
  | { readonly type: 'objectChanged'; readonly resource: ResourceRef; readonly change: Change<KubeObject> };

/** A pod in the scheduling queue, as QueueSort sees it. */
export interface QueuedPod {
  readonly info: PodInfo;
  /** When it came into the active queue for the first time since it was last tried. */
  readonly timestampMs: number;
}

/** Nodes that a pod was refused by, each with the first plugin's reasons. */
export interface RefusedNodes {
  readonly nodes: readonly NodeInfo[];
  /** In the order of `nodes`. */
  readonly rejections: readonly (Rejection | undefined)[];
}

export interface PostFilterInput {
  readonly pod: PodInfo;
  readonly snapshot: Snapshot;
  /** Why each node was refused; nodes that are missing were ruled out before. */
  readonly rejections: ReadonlyMap<string, Rejection>;
  /** The same in the snapshot's order. Absent: `rejections` alone tells. */
  readonly refused?: RefusedNodes;
  /** Whether the pod passes on a node that may be a changed copy of the real one. */
  passes(node: NodeInfo): boolean;
  /** Why it does not. Absent: nothing but `passes` is known. */
  refusal?(node: NodeInfo): Rejection | undefined;
  /** `find` for real nodes, with answers kept for equal pods until the node changes where nothing else matters to it. */
  shared?<T>(name: string, find: (node: NodeInfo) => T): (node: NodeInfo) => T;
  /** Whether a plugin looked at the pod before the PreFilter of one in front of it ruled all nodes out. Absent: all did. */
  looked?(plugin: string): boolean;
  /** Tells the cycle's filters about a pod taken off a copy of its node, or put back. */
  removed(other: PodInfo, node: NodeInfo): void;
  added(other: PodInfo, node: NodeInfo): void;
}

/** A node that could be freed for a pod. */
export interface PreemptionCandidate {
  readonly node: NodeInfo;
  /** The most important first. */
  readonly victims: readonly PodInfo[];
  /** How many of them a disruption budget protects. */
  readonly violations: number;
}

export interface PostFilterResult {
  /** Node to promise to the pod, and the pods that must go from it first. */
  readonly nominated?: { readonly nodeName: string; readonly victims: readonly PodInfo[] };
  /** What `nominated` was picked from, for extenders, which may leave some out. */
  readonly candidates?: readonly PreemptionCandidate[];
  /** A node that was promised to the pod before is so no longer. */
  readonly withdrawn?: boolean;
  /** Counts as an attempt to preempt. */
  readonly preempting?: boolean;
  /** The plugin could not do its work: those behind it have no turn. */
  readonly failed?: boolean;
  /** What has to be written so that the pod may fit later. Whoever only asks leaves it. */
  readonly carryOut?: () => Promise<void>;
  /** For the pod's condition. */
  readonly message: string;
}

export interface Plugin {
  readonly name: string;
  /**
   * `preFilter` and `preScore` look at nothing but the pod's own fields that `kindKey` has, and their filters and scorers
   * at nothing but the node (labels, annotations, spec, allocatable, images, declared features) and its pods: what they
   * answer is kept for equal pods until the node changes. `preScore` then gets no nodes. `mayCure` answers all equal pods
   * alike, but for one that the event is about or promises a node to.
   */
  readonly nodeLocal?: boolean;
  /** Resources beside pods and nodes whose changes `mayCure` hears of. */
  readonly watches?: readonly ResourceRef[];
  preEnqueue?(pod: PodInfo): Rejection | undefined;
  /** QueueSort: whether `a` goes before `b`. */
  less?(a: QueuedPod, b: QueuedPod): boolean;
  /** Undefined: the plugin has nothing to say about this pod. */
  preFilter?(pod: PodInfo, snapshot: Snapshot): NodeFilter | Rejection | undefined;
  postFilter?(input: PostFilterInput): PostFilterResult;
  /** Undefined: all nodes are the same to the plugin. */
  preScore?(pod: PodInfo, nodes: readonly NodeInfo[], snapshot: Snapshot): NodeScorer | undefined;
  reserve?(pod: PodInfo, nodeName: string): Rejection | undefined;
  /** Undoes `reserve`; runs for a pod that failed after it, whether or not `reserve` had run. */
  unreserve?(pod: PodInfo, nodeName: string): void;
  /** May wait before it says yes or no: then it answers a promise, and the pod's status says where it is to go (KEP-5278). */
  permit?(pod: PodInfo, nodeName: string): Promise<Rejection | undefined> | Rejection | undefined;
  /** Whether `preBind` has anything to do; it runs for no other pod. */
  preBindPreFlight?(pod: PodInfo, nodeName: string): boolean;
  /** What must have come about before the pod may be bound. Throwing takes the decision back. */
  preBind?(pod: PodInfo, nodeName: string): Promise<void>;
  /** False: not for this plugin. */
  bind?(pod: PodInfo, nodeName: string): Promise<boolean>;
  postBind?(pod: PodInfo, nodeName: string): void;
  /** The events that `mayCure` is asked about (EventsToRegister); absent: all of them. */
  readonly cures?: readonly ClusterEvent['type'][];
  /** QueueingHint (KEP-4247): whether an event may make this plugin change its mind. Default: never. */
  mayCure?(event: ClusterEvent, pod: PodInfo): boolean;
}

/** The change that an event tells of, where it is one of this resource. */
export function changeOf<T extends KubeObject>(
  event: ClusterEvent,
  resource: ResourceRef<T>,
): Change<T> | undefined {
  if (event.type !== 'objectChanged' || event.resource !== (resource as ResourceRef)) return undefined;
  return event.change as Change<KubeObject> as Change<T>;
}

/** Whether the pod was given tolerations: what it has cannot be changed. */
export function hasNewTolerations({ pod, old }: { readonly pod: PodInfo; readonly old: PodInfo }): boolean {
  return (pod.pod.spec?.tolerations?.length ?? 0) !== (old.pod.spec?.tolerations?.length ?? 0);
}

export function isRejection(answer: NodeFilter | Rejection): answer is Rejection {
  return 'reasons' in answer;
}

/** Scales scores so that the best has 100, or turned around, the worst has 0. */
export function normalizeScores(scores: number[], reverse = false): void {
  let max = 0;
  for (const score of scores) if (score > max) max = score;
  for (let i = 0; i < scores.length; i++) {
    const scaled = max === 0 ? 0 : Math.floor((maxNodeScore * scores[i]!) / max);
    scores[i] = reverse ? maxNodeScore - scaled : scaled;
  }
}
