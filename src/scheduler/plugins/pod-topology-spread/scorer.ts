import type { NodeInfo } from '../../framework/node-info.ts';
import { maxNodeScore, type NodeScorer, type Snapshot } from '../../framework/plugin.ts';
import type { NodeCounts } from '../../framework/pod-counts.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import { noValue, type TopologyColumn } from '../../framework/topology.ts';
import type { ListedConstraints, SystemConstraints } from './default-constraints.ts';
import {
  constraintsOf,
  hasAllKeys,
  hostnameLabel,
  inAllTopologies,
  type SpreadConstraint,
} from './constraints.ts';

/** For pods without any of their own: what the profile lists, else upstream's. */
export interface DefaultConstraints {
  readonly listed: ListedConstraints | undefined;
  readonly system: SystemConstraints;
}

interface Counted {
  readonly column: TopologyColumn;
  /** Pods in a node's topology: hosts have their own, whatever the rules of inclusion. */
  readonly pods: NodeCounts;
  /** Small topologies weigh less, so that the counts of large ones are not drowned. */
  readonly weight: number;
  readonly maxSkew: number;
}

/** Rather nodes on which fewer like pods are, in each topology of a ScheduleAnyway constraint. */
export class SpreadScorer implements NodeScorer {
  readonly #counted: readonly Counted[];
  readonly #ignored = new Set<NodeInfo>();

  static of(
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    snapshot: Snapshot,
    { listed, system }: DefaultConstraints,
  ): SpreadScorer | undefined {
    const own = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0;
    const explicit = own || listed !== undefined;
    const constraints = own
      ? constraintsOf(pod.pod, 'ScheduleAnyway')
      : (listed?.(pod, 'ScheduleAnyway') ?? system(pod));
    return constraints.length === 0 ? undefined : new SpreadScorer(constraints, explicit, nodes, snapshot);
  }

  private constructor(
    constraints: readonly SpreadConstraint[],
    explicit: boolean,
    nodes: readonly NodeInfo[],
    { counts, nodes: all }: Snapshot,
  ) {
    if (explicit) for (const node of nodes) if (!hasAllKeys(node, constraints)) this.#ignored.add(node);
    this.#counted = constraints.map(constraint => {
      const { topologyKey, query, maxSkew } = constraint;
      const column = counts.column(topologyKey);
      const perHost = topologyKey === hostnameLabel;
      const inclusion = explicit ? inAllTopologies(constraint, constraints) : constraint.inclusion;
      const pods = perHost ? counts.byNode(query) : counts.byTopology(query, topologyKey, inclusion);
      const size = perHost ? nodes.length - this.#ignored.size : this.#sizeOf(column, nodes, all.length);
      return { column, pods, maxSkew, weight: Math.log(size + 2) };
    });
  }

  score(node: NodeInfo): number {
    if (this.#ignored.has(node)) return 0;
    let score = 0;
    for (const { column, pods, weight, maxSkew } of this.#counted) {
      if (column.at(node) !== noValue) score += pods.at(node) * weight + (maxSkew - 1);
    }
    return Math.round(score);
  }

  normalize(scores: number[], nodes: readonly NodeInfo[]): void {
    const ignored = (i: number) => this.#ignored.size > 0 && this.#ignored.has(nodes[i]!);
    let min = Number.POSITIVE_INFINITY;
    let max = 0;
    for (let i = 0; i < scores.length; i++) {
      if (ignored(i)) continue;
      min = Math.min(min, scores[i]!);
      max = Math.max(max, scores[i]!);
    }
    for (let i = 0; i < scores.length; i++) {
      if (ignored(i)) scores[i] = 0;
      else if (max === 0) scores[i] = maxNodeScore;
      else scores[i] = Math.floor((maxNodeScore * (max + min - scores[i]!)) / max);
    }
  }

  /** How many topologies have a feasible node. Nodes without the label are one together. */
  #sizeOf(column: TopologyColumn, nodes: readonly NodeInfo[], nodesInAll: number): number {
    const most = column.size + (column.nodeCount < nodesInAll ? 1 : 0);
    const values = new Set<number>();
    for (const node of nodes) {
      if (this.#ignored.has(node)) continue;
      values.add(column.at(node));
      if (values.size === most) break;
    }
    return values.size;
  }
}
