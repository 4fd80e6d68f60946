import { selectorFromLabels } from '#machinery/selectors.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import { maxNodeScore, type NodeScorer, type Snapshot } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { ListedConstraints } from './default-constraints.ts';
import {
  constraintsOf,
  countMatching,
  hasAllKeys,
  hostnameLabel,
  type SpreadConstraint,
  zoneLabel,
} from './constraints.ts';

/**
 * Upstream's own defaults for pods without constraints, by zone and by node. Which pods are alike it works out from
 * the Services and controllers that select them; pods of one controller are alike by their owner here.
 */
const systemDefaults = [
  { topologyKey: hostnameLabel, maxSkew: 3 },
  { topologyKey: zoneLabel, maxSkew: 5 },
];

/** Rather nodes on which fewer like pods are, in each topology of a ScheduleAnyway constraint. */
export class SpreadScorer implements NodeScorer {
  readonly #constraints: readonly SpreadConstraint[];
  readonly #count: (node: NodeInfo, constraint: SpreadConstraint) => number;
  readonly #ignored = new Set<NodeInfo>();
  /** For each constraint, pods by topology value; hosts are counted when scored. */
  readonly #counts: readonly Map<string, number>[];
  readonly #weights: readonly number[];

  static of(
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    snapshot: Snapshot,
    listed?: ListedConstraints,
  ): SpreadScorer | undefined {
    const own = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0;
    const explicit = own || listed !== undefined;
    const constraints = own
      ? constraintsOf(pod.pod, 'ScheduleAnyway')
      : (listed?.(pod, 'ScheduleAnyway') ?? defaultConstraints(pod));
    return constraints.length === 0
      ? undefined
      : new SpreadScorer(pod, constraints, explicit, nodes, snapshot);
  }

  private constructor(
    pod: PodInfo,
    constraints: readonly SpreadConstraint[],
    explicit: boolean,
    nodes: readonly NodeInfo[],
    snapshot: Snapshot,
  ) {
    this.#constraints = constraints;
    this.#counts = constraints.map(() => new Map());
    const owner = explicit ? undefined : pod.ownerUid;
    this.#count = owner
      ? node => node.ownedPods(owner)
      : (node, { selector }) => countMatching(node, selector, pod.namespace);
    for (const node of nodes) {
      if (explicit && !hasAllKeys(node, constraints)) this.#ignored.add(node);
      else this.#openTopologies(node);
    }
    // Small topologies weigh less, so that the counts of large ones are not drowned.
    this.#weights = constraints.map(({ topologyKey }, i) => {
      const hosts = nodes.length - this.#ignored.size;
      return Math.log((topologyKey === hostnameLabel ? hosts : this.#counts[i]!.size) + 2);
    });
    for (const node of snapshot.nodes) if (!explicit || hasAllKeys(node, constraints)) this.#countNode(node);
  }

  score(node: NodeInfo): number {
    if (this.#ignored.has(node)) return 0;
    let score = 0;
    for (const [i, constraint] of this.#constraints.entries()) {
      const value = node.labels[constraint.topologyKey];
      if (value === undefined) continue;
      const perHost = constraint.topologyKey === hostnameLabel;
      const count = perHost ? this.#count(node, constraint) : (this.#counts[i]!.get(value) ?? 0);
      score += count * this.#weights[i]! + (constraint.maxSkew - 1);
    }
    return Math.round(score);
  }

  normalize(scores: number[], nodes: readonly NodeInfo[]): void {
    const counted = scores.filter((_, i) => !this.#ignored.has(nodes[i]!));
    const min = Math.min(...counted);
    const max = Math.max(0, ...counted);
    for (const [i, node] of nodes.entries()) {
      if (this.#ignored.has(node)) scores[i] = 0;
      else if (max === 0) scores[i] = maxNodeScore;
      else scores[i] = Math.floor((maxNodeScore * (max + min - scores[i]!)) / max);
    }
  }

  /** Only topologies with a feasible node in them are counted. */
  #openTopologies(node: NodeInfo): void {
    for (const [i, { topologyKey }] of this.#constraints.entries()) {
      const value = node.labels[topologyKey];
      if (topologyKey !== hostnameLabel && value !== undefined) this.#counts[i]!.set(value, 0);
    }
  }

  #countNode(node: NodeInfo): void {
    for (const [i, constraint] of this.#constraints.entries()) {
      const value = node.labels[constraint.topologyKey];
      const sum = value === undefined ? undefined : this.#counts[i]!.get(value);
      if (sum === undefined || !constraint.includes(node)) continue;
      this.#counts[i]!.set(value!, sum + this.#count(node, constraint));
    }
  }
}

function defaultConstraints(pod: PodInfo): SpreadConstraint[] {
  if (pod.ownerUid === undefined) return [];
  return systemDefaults.map(({ topologyKey, maxSkew }) => ({
    topologyKey,
    maxSkew,
    selector: selectorFromLabels(pod.labels),
    minDomains: 1,
    includes: () => true,
  }));
}
