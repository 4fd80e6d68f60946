/**
 * One scheduling decision: a synchronous function of the snapshot, the pod, where to start looking and the random
 * numbers for ties. It changes nothing.
 */
import { type Random, randomInt } from '#base/random.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Framework } from './framework.ts';
import type { NodeInfo } from './framework/node-info.ts';
import type { PodInfo } from './framework/pod-info.ts';
import {
  isRejection,
  type NodeFilter,
  type Plugin,
  type PostFilterInput,
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
  /** What PostFilter plugins work with; absent where no node can be freed. */
  readonly postFilterInput: PostFilterInput | undefined;
}

export interface Decision {
  readonly verdict: Placement | NoPlacement;
  /** Where the next decision starts to look, so that every node gets its turn. */
  readonly nextStart: number;
}

export function decide(
  framework: Framework,
  snapshot: Snapshot,
  pod: PodInfo,
  random: Random,
  start: number,
): Decision {
  const cycle = preFilter(framework.at('filter'), pod, snapshot);
  if (isNoPlacement(cycle)) return { verdict: cycle, nextStart: start };
  const { feasible, rejections, looked } = findFeasible(framework, snapshot, pod, cycle, start);
  const nextStart = snapshot.nodes.length === 0 ? 0 : (start + looked) % snapshot.nodes.length;
  if (feasible.length === 0) return { verdict: noPlacement(snapshot, pod, cycle, rejections), nextStart };
  const chosen = feasible.length === 1 ? feasible[0]! : best(framework, snapshot, pod, feasible, random);
  return { verdict: { type: 'fits', nodeName: chosen.name }, nextStart };
}

interface Cycle {
  readonly filters: readonly NodeFilter[];
  /** The nodes that PreFilter plugins leave, and who narrowed them down. */
  readonly nodeNames: ReadonlySet<string> | undefined;
  readonly narrowedBy: readonly string[];
}

function preFilter(plugins: readonly Plugin[], pod: PodInfo, snapshot: Snapshot): Cycle | NoPlacement {
  const filters: NodeFilter[] = [];
  const narrowedBy: string[] = [];
  let nodeNames: ReadonlySet<string> | undefined;
  for (const plugin of plugins) {
    const filter = plugin.preFilter?.(pod, snapshot);
    if (!filter) continue;
    if (isRejection(filter)) return refusedAtOnce(snapshot, filter.reasons.join(', '), [filter.plugin]);
    filters.push(filter);
    if (!filter.nodeNames) continue;
    narrowedBy.push(plugin.name);
    nodeNames = nodeNames ? nodeNames.intersection(filter.nodeNames) : filter.nodeNames;
    if (nodeNames.size > 0) continue;
    const message =
      narrowedBy.length === 1
        ? `node(s) didn't satisfy plugin ${narrowedBy[0]}`
        : `node(s) didn't satisfy plugin(s) [${narrowedBy.join(' ')}] simultaneously`;
    return refusedAtOnce(snapshot, message, narrowedBy);
  }
  return { filters, nodeNames, narrowedBy: narrowedBy.sort() };
}

function isNoPlacement(value: Cycle | NoPlacement): value is NoPlacement {
  return 'type' in value;
}

function refusedAtOnce(snapshot: Snapshot, message: string, plugins: readonly string[]): NoPlacement {
  return {
    type: 'unfit',
    diagnosis: {
      nodeCount: snapshot.nodes.length,
      rejections: new Map(),
      absentReason: '',
      preFilterMessage: message,
      plugins: new Set(plugins),
    },
    postFilterInput: undefined,
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

function findFeasible(
  framework: Framework,
  snapshot: Snapshot,
  pod: PodInfo,
  cycle: Cycle,
  start: number,
): { feasible: NodeInfo[]; rejections: Map<string, Rejection>; looked: number } {
  const { nodes } = snapshot;
  const feasible: NodeInfo[] = [];
  const rejections = new Map<string, Rejection>();
  const enough = nodesToFind(cycle.nodeNames?.size ?? nodes.length, framework.percentageOfNodesToScore);
  let looked = 0;
  while (looked < nodes.length && feasible.length < enough) {
    const node = nodes[(start + looked++) % nodes.length]!;
    if (cycle.nodeNames && !cycle.nodeNames.has(node.name)) continue;
    const rejection = testNode(snapshot, pod, cycle.filters, node);
    if (rejection) rejections.set(node.name, rejection);
    else feasible.push(node);
  }
  return { feasible, rejections, looked };
}

/** All filters, once with the pods that the node is promised to (of no lower priority), and once without. */
function testNode(
  snapshot: Snapshot,
  pod: PodInfo,
  filters: readonly NodeFilter[],
  node: NodeInfo,
): Rejection | undefined {
  const promised = snapshot
    .nominatedTo(node.name)
    .filter(other => other.priority >= pod.priority && other.uid !== pod.uid);
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

function noPlacement(
  snapshot: Snapshot,
  pod: PodInfo,
  cycle: Cycle,
  rejections: Map<string, Rejection>,
): NoPlacement {
  const plugins = new Set([...[...rejections.values()].map(r => r.plugin), ...cycle.narrowedBy]);
  const { filters } = cycle;
  return {
    type: 'unfit',
    diagnosis: {
      nodeCount: snapshot.nodes.length,
      rejections,
      absentReason:
        cycle.narrowedBy.length > 0 ? `node(s) didn't satisfy plugin(s) [${cycle.narrowedBy.join(' ')}]` : '',
      preFilterMessage: '',
      plugins,
    },
    postFilterInput: {
      pod,
      snapshot,
      rejections,
      passes: node => testNode(snapshot, pod, filters, node) === undefined,
      removed: (other, node) => {
        for (const filter of filters) filter.removePod?.(other, node);
      },
      added: (other, node) => {
        for (const filter of filters) filter.addPod?.(other, node);
      },
    },
  };
}

/** The node of the highest weighted sum of scores; among equals, a random one. */
function best(
  framework: Framework,
  snapshot: Snapshot,
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  random: Random,
): NodeInfo {
  const totals = scoreNodes(framework, snapshot, pod, nodes);
  let top = 0;
  let equals = 1;
  for (let i = 1; i < nodes.length; i++) {
    if (totals[i]! > totals[top]!) {
      top = i;
      equals = 1;
    } else if (totals[i] === totals[top]) {
      equals++;
      if (randomInt(random, equals) === 0) top = i;
    }
  }
  return nodes[top]!;
}

/** The weighted sum of all plugins' scores, in the order of `nodes`. */
export function scoreNodes(
  framework: Framework,
  snapshot: Snapshot,
  pod: PodInfo,
  nodes: readonly NodeInfo[],
): number[] {
  const totals = new Array<number>(nodes.length).fill(0);
  for (const plugin of framework.at('score')) {
    const weight = framework.weightOf(plugin.name);
    const scorer = weight === 0 ? undefined : plugin.preScore?.(pod, nodes, snapshot);
    if (!scorer) continue;
    const scores = nodes.map(node => scorer.score(node));
    scorer.normalize?.(scores, nodes);
    for (let i = 0; i < scores.length; i++) totals[i]! += scores[i]! * weight;
  }
  return totals;
}
