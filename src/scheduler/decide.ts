/**
 * One scheduling decision: a synchronous function of the snapshot, the pod, where to start looking and the random
 * numbers for ties. It changes nothing.
 */
import { type Random, randomInt } from '#base/random.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Framework } from './framework.ts';
import type { NodeInfo } from './framework/node-info.ts';
import type { PodInfo } from './framework/pod-info.ts';
import { PodKind, type PodKinds } from './framework/pod-kind.ts';
import type { Lap } from './framework/points.ts';
import {
  isRejection,
  type NodeFilter,
  type PostFilterInput,
  type RefusedNodes,
  type Rejection,
  type Snapshot,
} from './framework/plugin.ts';

export interface Placement {
  readonly type: 'fits';
  readonly nodeName: string;
}

export interface NoPlacement {
  readonly type: 'unfit';
  readonly diagnosis: Diagnosis;
  /** What PostFilter plugins work with; absent where there are no nodes. */
  readonly postFilterInput: PostFilterInput | undefined;
}

export interface Decision {
  readonly verdict: Placement | NoPlacement;
  /** Where the next decision starts to look, so that every node gets its turn. */
  readonly nextStart: number;
}

/** A snapshot, and what was found out in it for equal pods; without that, everything is worked out anew for each. */
type KnownSnapshot = Snapshot & { readonly kinds?: PodKinds };

export function decide(
  framework: Framework,
  snapshot: KnownSnapshot,
  pod: PodInfo,
  random: Random,
  start: number,
  lap?: Lap,
): Decision {
  const cycle = beginCycle(framework, snapshot, pod);
  lap?.('preFilter', isNoPlacement(cycle) ? 'Unschedulable' : 'Success');
  if (isNoPlacement(cycle)) return { verdict: cycle, nextStart: start };
  const promised = promisedNode(cycle);
  const search = promised ? undefined : findFeasible(framework, cycle, start);
  lap?.('filter');
  if (!search) return { verdict: { type: 'fits', nodeName: promised!.name }, nextStart: start };
  const { feasible, found, looked } = search;
  const nextStart = snapshot.nodes.length === 0 ? 0 : (start + looked) % snapshot.nodes.length;
  if (feasible.length === 0) return { verdict: noPlacement(cycle), nextStart };
  if (feasible.length === 1) return { verdict: { type: 'fits', nodeName: feasible[0]!.name }, nextStart };
  const chosen = best(framework, cycle, feasible, found, random);
  lap?.('score');
  return { verdict: { type: 'fits', nodeName: chosen.name }, nextStart };
}

/** The nodes among which a decision would choose, for whoever has a say in it that cannot be asked at once. */
export function feasibleNodes(
  framework: Framework,
  snapshot: KnownSnapshot,
  pod: PodInfo,
  start: number,
): readonly NodeInfo[] {
  const cycle = beginCycle(framework, snapshot, pod);
  if (isNoPlacement(cycle)) return [];
  const promised = promisedNode(cycle);
  return promised ? [promised] : findFeasible(framework, cycle, start).feasible;
}

/** What one decision works with. */
interface Cycle {
  readonly pod: PodInfo;
  readonly snapshot: Snapshot;
  readonly kind: PodKind;
  /** All, in the order of the plugins. */
  readonly filters: readonly NodeFilter[];
  readonly localFilters: readonly NodeFilter[];
  readonly otherFilters: readonly NodeFilter[];
  /** The nodes that PreFilter plugins leave, and who narrowed them down. */
  readonly nodeNames: ReadonlySet<string> | undefined;
  readonly narrowedBy: readonly string[];
  /** Promised to the pod itself: what is shared with other pods is not true of it. */
  readonly ownNode: string | undefined;
}

function beginCycle(framework: Framework, snapshot: KnownSnapshot, pod: PodInfo): Cycle | NoPlacement {
  const kind = snapshot.kinds?.of(framework, pod, snapshot) ?? new PodKind(framework, pod, snapshot);
  const filters: NodeFilter[] = [];
  const localFilters: NodeFilter[] = [];
  const otherFilters: NodeFilter[] = [];
  const narrowedBy: string[] = [];
  let nodeNames: ReadonlySet<string> | undefined;
  let refusal: Rejection | undefined;
  const plugins = framework.at('filter');
  const unasked = (from: number) => new Set(plugins.slice(from).map(plugin => plugin.name));
  for (let i = 0; i < plugins.length; i++) {
    const plugin = plugins[i]!;
    const filter = plugin.nodeLocal ? kind.filters[i] : plugin.preFilter?.(pod, snapshot);
    if (!filter) continue;
    if (isRejection(filter)) {
      refusal = filter;
      if (filter.code === 'Unschedulable') continue;
      return refusedAtOnce(snapshot, pod, filter, [filter.plugin], unasked(i + 1));
    }
    filters.push(filter);
    (plugin.nodeLocal ? localFilters : otherFilters).push(filter);
    if (!filter.nodeNames) continue;
    narrowedBy.push(plugin.name);
    nodeNames = nodeNames ? nodeNames.intersection(filter.nodeNames) : filter.nodeNames;
    if (nodeNames.size > 0) continue;
    const rejection = nowhere(plugin.name, narrowedBy.sort());
    return refusedAtOnce(snapshot, pod, rejection, narrowedBy, unasked(i + 1));
  }
  if (refusal) return refusedAtOnce(snapshot, pod, refusal, [refusal.plugin]);
  narrowedBy.sort();
  const ownNode = snapshot.nominatedNodeOf(pod.uid) ?? pod.pod.status?.nominatedNodeName;
  return { pod, snapshot, kind, filters, localFilters, otherFilters, nodeNames, narrowedBy, ownNode };
}

function isNoPlacement(value: Cycle | NoPlacement): value is NoPlacement {
  return 'type' in value;
}

/** Plugins that leave no node between them. */
function nowhere(plugin: string, narrowedBy: readonly string[]): Rejection {
  const reason =
    narrowedBy.length === 1
      ? `node(s) didn't satisfy plugin ${narrowedBy[0]}`
      : `node(s) didn't satisfy plugin(s) [${narrowedBy.join(' ')}] simultaneously`;
  return { plugin, code: 'UnschedulableAndUnresolvable', reasons: [reason] };
}

/** Before any node was looked at: PostFilter plugins hear that each refuses. */
function refusedAtOnce(
  snapshot: Snapshot,
  pod: PodInfo,
  rejection: Rejection,
  plugins: readonly string[],
  unasked: ReadonlySet<string> = new Set(),
): NoPlacement {
  const { nodes } = snapshot;
  const input: PostFilterInput = {
    pod,
    snapshot,
    get rejections() {
      return new Map(nodes.map(({ name }) => [name, rejection]));
    },
    get refused() {
      return { nodes, rejections: nodes.map(() => rejection) };
    },
    passes: () => false,
    refusal: () => rejection,
    looked: plugin => !unasked.has(plugin),
    removed() {},
    added() {},
  };
  return {
    type: 'unfit',
    diagnosis: {
      nodeCount: nodes.length,
      rejections: new Map(),
      reasons: new Map(),
      judged: 0,
      absentReason: '',
      preFilterMessage: rejection.reasons.join(', '),
      plugins: new Set(plugins),
    },
    postFilterInput: nodes.length === 0 ? undefined : input,
  };
}

const nodesToFindMin = 100;
const percentageMin = 5;

/** How many feasible nodes are enough: all up to 100, then a share that falls as the cluster grows. */
export function nodesToFind(nodeCount: number, percentageOfNodesToScore: number): number {
  if (nodeCount < nodesToFindMin) return nodeCount;
  const adaptive = Math.max(percentageMin, 50 - Math.floor(nodeCount / 125));
  const percentage = percentageOfNodesToScore > 0 ? percentageOfNodesToScore : adaptive;
  return Math.max(nodesToFindMin, Math.floor((nodeCount * percentage) / 100));
}

/** The node that was promised to the pod, where it fits there now: no other is looked at then. */
function promisedNode(cycle: Cycle): NodeInfo | undefined {
  const { ownNode, snapshot, nodeNames } = cycle;
  if (!ownNode || (nodeNames && !nodeNames.has(ownNode))) return undefined;
  const node = snapshot.get(ownNode);
  return node?.node && !testNode(cycle, cycle.filters, node) ? node : undefined;
}

interface Feasible {
  readonly feasible: readonly NodeInfo[];
  /** Their places in the snapshot, where all nodes were in question. */
  readonly found?: Int32Array;
  readonly looked: number;
}

function findFeasible(framework: Framework, cycle: Cycle, start: number): Feasible {
  const { snapshot, kind, nodeNames } = cycle;
  const { nodes } = snapshot;
  // Where nobody scores, the first will do.
  const enough =
    framework.at('score').length === 0
      ? 1
      : nodesToFind(nodeNames?.size ?? nodes.length, framework.percentageOfNodesToScore);
  if (nodeNames) return feasibleAmong(cycle, nodeNames, enough);
  const { found, looked } = kind.search(snapshot, { start, enough }, localJudge(cycle), otherTest(cycle));
  const feasible = new Array<NodeInfo>(found.length);
  for (let i = 0; i < found.length; i++) feasible[i] = nodes[found[i]!]!;
  return { feasible, found, looked };
}

/** Where few nodes are in question, the others are not even passed over. */
function feasibleAmong(cycle: Cycle, names: ReadonlySet<string>, enough: number): Feasible {
  const feasible: NodeInfo[] = [];
  let looked = 0;
  for (const name of names) {
    if (feasible.length === enough) break;
    looked++;
    const node = cycle.snapshot.get(name);
    if (node?.node && !testNode(cycle, cycle.filters, node)) feasible.push(node);
  }
  return { feasible, looked };
}

/** What the node-local filters say of a node to any pod of the kind. */
function localJudge(cycle: Cycle): (node: NodeInfo) => Rejection | undefined {
  return node => testNode(cycle, cycle.localFilters, node, '');
}

/** Whether a node that passes the node-local filters passes the others too. Undefined: it does. */
function otherTest(cycle: Cycle): ((node: NodeInfo) => boolean) | undefined {
  const { snapshot, otherFilters, filters, ownNode } = cycle;
  // The pod's own node was tried before: it does not fit.
  if (otherFilters.length === 0) return ownNode ? node => node.name !== ownNode : undefined;
  return node => {
    if (node.name === ownNode) return false;
    if (snapshot.nominatedTo(node.name).length > 0) return !testNode(cycle, filters, node);
    for (const filter of otherFilters) if (filter.test(node)) return false;
    return true;
  };
}

/** Filters, once with the pods but `self` that the node is promised to (of no lower priority), and once without. */
function testNode(
  { snapshot, pod }: Cycle,
  filters: readonly NodeFilter[],
  node: NodeInfo,
  self = pod.uid,
): Rejection | undefined {
  const nominated = snapshot.nominatedTo(node.name);
  const promised =
    nominated.length === 0
      ? nominated
      : nominated.filter(other => other.priority >= pod.priority && other.uid !== self);
  if (promised.length > 0) {
    const crowded = node.clone();
    for (const other of promised) {
      crowded.addPod(other);
      for (const filter of filters) filter.addPod?.(other, crowded);
    }
    const rejection = runFilters(filters, crowded);
    for (const other of promised) for (const filter of filters) filter.removePod?.(other, crowded);
    if (rejection) return rejection;
  }
  return runFilters(filters, node);
}

function runFilters(filters: readonly NodeFilter[], node: NodeInfo): Rejection | undefined {
  for (const filter of filters) {
    const rejection = filter.test(node);
    if (rejection) return rejection;
  }
  return undefined;
}

function noPlacement(cycle: Cycle): NoPlacement {
  const { snapshot, pod, narrowedBy, filters, otherFilters, kind, ownNode } = cycle;
  const refused = refusalsOf(cycle);
  const { reasons, plugins } = summaryOf(refused.rejections);
  for (const plugin of narrowedBy) plugins.add(plugin);
  let rejections: ReadonlyMap<string, Rejection> | undefined;
  const byName = () => {
    rejections ??= new Map(
      refused.nodes.flatMap(({ name }, i) => {
        const rejection = refused.rejections[i];
        return rejection ? [[name, rejection]] : [];
      }),
    );
    return rejections;
  };
  const { length: nodeCount } = snapshot.nodes;
  return {
    type: 'unfit',
    diagnosis: {
      nodeCount,
      get rejections() {
        return byName();
      },
      reasons,
      judged: refused.nodes.length,
      absentReason: narrowedBy.length > 0 ? `node(s) didn't satisfy plugin(s) [${narrowedBy.join(' ')}]` : '',
      preFilterMessage: '',
      plugins,
    },
    postFilterInput:
      nodeCount === 0
        ? undefined
        : {
            pod,
            snapshot,
            get rejections() {
              return byName();
            },
            refused,
            passes: node => testNode(cycle, filters, node) === undefined,
            refusal: node => testNode(cycle, filters, node),
            shared(name, find) {
              if (otherFilters.length > 0) return find;
              const noted = kind.noted(name, snapshot.columns, find);
              return node => (node.name === ownNode ? find(node) : noted(node));
            },
            removed: (other, node) => {
              for (const filter of filters) filter.removePod?.(other, node);
            },
            added: (other, node) => {
              for (const filter of filters) filter.addPod?.(other, node);
            },
          },
  };
}

/** Why each node that was in question is not fit: by the first plugin that refuses it. */
function refusalsOf(cycle: Cycle): RefusedNodes {
  const { snapshot, nodeNames, filters, otherFilters, kind, ownNode } = cycle;
  const judge = (node: NodeInfo) => testNode(cycle, filters, node);
  if (nodeNames) {
    const nodes = [...nodeNames].flatMap(name => snapshot.get(name) ?? []).filter(({ node }) => node);
    return { nodes, rejections: nodes.map(judge) };
  }
  const { nodes } = snapshot;
  if (otherFilters.length > 0) return { nodes, rejections: nodes.map(judge) };
  const rejections = kind.verdicts(snapshot, localJudge(cycle));
  const own = ownNode ? nodes.findIndex(({ name }) => name === ownNode) : -1;
  if (own >= 0) rejections[own] = judge(nodes[own]!);
  return { nodes, rejections };
}

/** On how many nodes each reason stands, and whose they are. Like nodes mostly have the very same rejection. */
function summaryOf(rejections: readonly (Rejection | undefined)[]): {
  reasons: Map<string, number>;
  plugins: Set<string>;
} {
  const counts = new Map<Rejection, number>();
  let last: Rejection | undefined;
  let run = 0;
  const count = () => {
    if (last) counts.set(last, (counts.get(last) ?? 0) + run);
  };
  for (const rejection of rejections) {
    if (rejection === last) run++;
    else {
      count();
      last = rejection;
      run = 1;
    }
  }
  count();
  const reasons = new Map<string, number>();
  const plugins = new Set<string>();
  for (const [rejection, nodes] of counts) {
    plugins.add(rejection.plugin);
    for (const reason of rejection.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + nodes);
  }
  return { reasons, plugins };
}

/** The node of the highest weighted sum of scores; among equals, a random one. */
function best(
  framework: Framework,
  { snapshot, pod, kind }: Cycle,
  nodes: readonly NodeInfo[],
  found: Int32Array | undefined,
  random: Random,
): NodeInfo {
  const totals = found ? kind.scores(snapshot, found, nodes) : kind.scoresOf(nodes);
  addOtherScores(totals, framework, snapshot, pod, nodes);
  let top = totals[0]!;
  let equals = 0;
  for (let i = 0; i < totals.length; i++) {
    const total = totals[i]!;
    if (total > top) {
      top = total;
      equals = 1;
    } else if (total === top) equals++;
  }
  let which = equals === 1 ? 0 : randomInt(random, equals);
  let chosen = 0;
  while (totals[chosen] !== top || which-- > 0) chosen++;
  return nodes[chosen]!;
}

/** The weighted sum of all plugins' scores, in the order of `nodes`. */
export function scoreNodes(
  framework: Framework,
  snapshot: Snapshot,
  pod: PodInfo,
  nodes: readonly NodeInfo[],
): Float64Array {
  const totals = new PodKind(framework, pod, snapshot).scoresOf(nodes);
  addOtherScores(totals, framework, snapshot, pod, nodes);
  return totals;
}

/** Adds the scores of the plugins that are not node-local. */
function addOtherScores(
  totals: Float64Array,
  framework: Framework,
  snapshot: Snapshot,
  pod: PodInfo,
  nodes: readonly NodeInfo[],
): void {
  for (const plugin of framework.at('score')) {
    const weight = plugin.nodeLocal ? 0 : framework.weightOf(plugin.name);
    const scorer = weight === 0 ? undefined : plugin.preScore?.(pod, nodes, snapshot);
    if (!scorer) continue;
    const scores = new Array<number>(nodes.length);
    for (let i = 0; i < nodes.length; i++) scores[i] = scorer.score(nodes[i]!);
    scorer.normalize?.(scores, nodes);
    for (let i = 0; i < nodes.length; i++) totals[i]! += scores[i]! * weight;
  }
}
