import { deepEqual } from '#base/equal.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import {
  type ClusterEvent,
  maxNodeScore,
  type NodeFilter,
  type NodeScorer,
  type Plugin,
  type Rejection,
  type Snapshot,
} from '../../framework/plugin.ts';
import { groupOf, type HeldTerm, type PodCounts, type PodQuery } from '../../framework/pod-counts.ts';
import { type AffinityTerm, type PodInfo, termMatches, type WeightedTerm } from '../../framework/pod-info.ts';
import { noValue, type TopologyColumn, type TopologyCount, TrialCount } from '../../framework/topology.ts';

const name = 'InterPodAffinity';

const reject = (code: Rejection['code'], reason: string): Rejection => ({
  plugin: name,
  code,
  reasons: [reason],
});
const affinityRejection = reject('UnschedulableAndUnresolvable', "node(s) didn't match pod affinity rules");
const antiAffinityRejection = reject('Unschedulable', "node(s) didn't match pod anti-affinity rules");
const existingRejection = reject('Unschedulable', "node(s) didn't satisfy existing pods anti-affinity rules");

export interface InterPodAffinityOptions {
  /** What a required affinity of a pod that is there already weighs in scores. Default: 1. */
  readonly hardPodAffinityWeight?: number;
  /** Pods without preferred affinity of their own are not scored by that of others. */
  readonly ignorePreferredTermsOfExistingPods?: boolean;
}

/** Near the pods that it wants and that want it, away from those that it shuns or that shun it. */
export function interPodAffinity(options: InterPodAffinityOptions = {}): Plugin {
  return {
    name,
    preFilter: filterOf,
    preScore: (pod, _nodes, snapshot) => scorerOf(pod, snapshot, options),
    mayCure,
  };
}

type NamespaceLabels = Snapshot['namespaceLabels'];

/** The pods that every one of some terms means. */
function queryOf(terms: readonly AffinityTerm[], namespaceLabels: NamespaceLabels): PodQuery {
  return {
    key: `terms ${terms.map(({ key }) => key).join()}`,
    byNamespaceLabels: terms.some(({ namespaceSelector }) => !namespaceSelector.matchesNothing),
    matches: group => terms.every(term => termMatches(term, group, namespaceLabels)),
  };
}

function filterOf(pod: PodInfo, snapshot: Snapshot): NodeFilter | undefined {
  const shunning = snapshot.hasRequiredAntiAffinity
    ? [...heldTerms(snapshot, pod)].filter(({ kind }) => kind === 'requiredAntiAffinity')
    : [];
  const own = pod.requiredAffinity.length + pod.requiredAntiAffinity.length;
  return own + shunning.length === 0 ? undefined : new AffinityFilter(pod, snapshot, shunning);
}

/** The terms of pods on nodes that mean this pod. */
function* heldTerms(snapshot: Snapshot, pod: PodInfo): Generator<HeldTerm> {
  const labelsOf = (namespace: string) => snapshot.namespaceLabels(namespace);
  for (const held of snapshot.counts.held()) if (termMatches(held.term, pod, labelsOf)) yield held;
}

/** Pods that shun the pod, in the topologies of one key. */
class Shunning {
  readonly #column: TopologyColumn;
  readonly #counts: readonly TopologyCount[];
  /** What if, by the value's number. */
  readonly #changes = new Map<number, number>();

  constructor(column: TopologyColumn, counts: readonly TopologyCount[]) {
    this.#column = column;
    this.#counts = counts;
  }

  at(node: NodeInfo): number {
    let sum = this.#changes.size === 0 ? 0 : (this.#changes.get(this.#column.at(node)) ?? 0);
    for (const count of this.#counts) sum += count.at(node);
    return sum;
  }

  add(node: NodeInfo, amount: number): void {
    const value = this.#column.at(node);
    if (value === noValue) return;
    const change = (this.#changes.get(value) ?? 0) + amount;
    if (change === 0) this.#changes.delete(value);
    else this.#changes.set(value, change);
  }
}

class AffinityFilter implements NodeFilter {
  readonly #pod: PodInfo;
  readonly #counts: PodCounts;
  readonly #labelsOf: NamespaceLabels;
  readonly #near: PodQuery;
  /** In the order of the pod's terms: pods that meet all of them, and pods that meet each. */
  readonly #affinity: readonly TrialCount[];
  readonly #antiAffinity: readonly { readonly query: PodQuery; readonly count: TrialCount }[];
  readonly #shunning = new Map<string, Shunning>();

  constructor(pod: PodInfo, snapshot: Snapshot, shunning: readonly HeldTerm[]) {
    const { counts } = snapshot;
    this.#pod = pod;
    this.#counts = counts;
    this.#labelsOf = namespace => snapshot.namespaceLabels(namespace);
    const countOf = (query: PodQuery, { topologyKey }: AffinityTerm) =>
      new TrialCount(counts.byTopology(query, topologyKey));
    // A pod counts towards affinity only where it meets every term.
    this.#near = queryOf(pod.requiredAffinity, this.#labelsOf);
    this.#affinity = pod.requiredAffinity.map(term => countOf(this.#near, term));
    this.#antiAffinity = pod.requiredAntiAffinity.map(term => {
      const query = queryOf([term], this.#labelsOf);
      return { query, count: countOf(query, term) };
    });
    for (const [key, held] of Map.groupBy(shunning, ({ term }) => term.topologyKey)) {
      this.#shunning.set(
        key,
        new Shunning(
          counts.column(key),
          held.map(({ count }) => count),
        ),
      );
    }
  }

  addPod(other: PodInfo, node: NodeInfo): void {
    this.#change(other, node, 1);
  }

  removePod(other: PodInfo, node: NodeInfo): void {
    this.#change(other, node, -1);
  }

  #change(other: PodInfo, node: NodeInfo, amount: number): void {
    for (const term of other.requiredAntiAffinity) {
      if (termMatches(term, this.#pod, this.#labelsOf)) this.#shunningOf(term).add(node, amount);
    }
    const group = groupOf(other);
    if (this.#affinity.length > 0 && this.#near.matches(group)) {
      for (const count of this.#affinity) count.add(node, amount);
    }
    for (const { query, count } of this.#antiAffinity) if (query.matches(group)) count.add(node, amount);
  }

  #shunningOf({ topologyKey }: AffinityTerm): Shunning {
    const known = this.#shunning.get(topologyKey) ?? new Shunning(this.#counts.column(topologyKey), []);
    this.#shunning.set(topologyKey, known);
    return known;
  }

  test(node: NodeInfo): Rejection | undefined {
    if (!this.#affinityHolds(node)) return affinityRejection;
    for (const { count } of this.#antiAffinity) if (count.at(node) > 0) return antiAffinityRejection;
    for (const shunning of this.#shunning.values()) if (shunning.at(node) > 0) return existingRejection;
    return undefined;
  }

  #affinityHolds(node: NodeInfo): boolean {
    if (this.#affinity.some(({ base }) => base.column.at(node) === noValue)) return false;
    if (this.#affinity.every(count => count.at(node) > 0)) return true;
    // The first of a group that wants to be together: nothing matches yet, but it matches itself.
    return this.#affinity.every(count => count.total === 0) && this.#near.matches(groupOf(this.#pod));
  }
}

/** What a pod in the topology of each kind of term adds to a node's score. */
const signs = {
  requiredAffinity: 0,
  requiredAntiAffinity: 0,
  preferredAffinity: 1,
  preferredAntiAffinity: -1,
};

function scorerOf(
  pod: PodInfo,
  snapshot: Snapshot,
  { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false }: InterPodAffinityOptions,
): NodeScorer | undefined {
  const own = pod.preferredAffinity.length + pod.preferredAntiAffinity.length > 0;
  if (!own && (ignorePreferredTermsOfExistingPods || !snapshot.hasAffinity)) return undefined;
  const parts: { readonly weight: number; readonly count: TopologyCount }[] = [];
  const labelsOf = (namespace: string) => snapshot.namespaceLabels(namespace);
  const want = (terms: readonly WeightedTerm[], sign: 1 | -1) => {
    for (const { weight, term } of terms) {
      const count = snapshot.counts.byTopology(queryOf([term], labelsOf), term.topologyKey);
      parts.push({ weight: sign * weight, count });
    }
  };
  want(pod.preferredAffinity, 1);
  want(pod.preferredAntiAffinity, -1);
  for (const { kind, weight, count } of heldTerms(snapshot, pod)) {
    const value = kind === 'requiredAffinity' ? hardPodAffinityWeight : signs[kind] * weight;
    if (value !== 0) parts.push({ weight: value, count });
  }
  if (parts.every(({ count }) => count.total === 0)) return undefined;
  return {
    score(node) {
      let sum = 0;
      for (const { weight, count } of parts) sum += weight * count.at(node);
      return sum;
    },
    normalize: spreadScores,
  };
}

/** From the lowest to the highest onto 0 to 100; where all are equal, 0. Cut off as upstream's floats are. */
function spreadScores(scores: number[]): void {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const score of scores) {
    if (score < min) min = score;
    if (score > max) max = score;
  }
  for (let i = 0; i < scores.length; i++) {
    scores[i] = max === min ? 0 : Math.trunc(maxNodeScore * ((scores[i]! - min) / (max - min)));
  }
}

function mayCure(event: ClusterEvent, pod: PodInfo): boolean {
  switch (event.type) {
    case 'nodeAdded':
      return true;
    case 'nodeUpdated':
      return !deepEqual(event.node.metadata.labels, event.old.metadata.labels);
    case 'podUpdated':
      return event.pod.uid === pod.uid && !deepEqual(event.pod.labels, event.old.labels);
    case 'podAssigned':
      return pod.requiredAffinity.some(term => term.selector.matches(event.pod.labels));
    case 'assignedPodUpdated':
      return requiredTerms(pod).some(
        ({ selector }) => selector.matches(event.pod.labels) !== selector.matches(event.old.labels),
      );
    case 'podFreed':
      // Without the last pod that it wants to be near, a pod that matches its own terms may be the first again.
      return (
        requiredTerms(pod).some(term => term.selector.matches(event.pod.labels)) ||
        event.pod.requiredAntiAffinity.some(term => term.selector.matches(pod.labels))
      );
    default:
      return false;
  }
}

function requiredTerms({ requiredAffinity, requiredAntiAffinity }: PodInfo): readonly AffinityTerm[] {
  return [...requiredAffinity, ...requiredAntiAffinity];
}
