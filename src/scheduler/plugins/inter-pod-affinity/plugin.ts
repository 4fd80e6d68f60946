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
import { type AffinityTerm, type PodInfo, termMatches, type WeightedTerm } from '../../framework/pod-info.ts';

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

/** Counts by topology: 'key=value' to how many pods match there. */
class TopologyCounts {
  readonly #counts = new Map<string, number>();

  get empty(): boolean {
    return this.#counts.size === 0;
  }

  add(node: NodeInfo, topologyKey: string, amount: number): void {
    const value = node.labels[topologyKey];
    if (value === undefined) return;
    const key = `${topologyKey}=${value}`;
    const sum = (this.#counts.get(key) ?? 0) + amount;
    if (sum === 0) this.#counts.delete(key);
    else this.#counts.set(key, sum);
  }

  at(node: NodeInfo, topologyKey: string): number {
    const value = node.labels[topologyKey];
    return value === undefined ? 0 : (this.#counts.get(`${topologyKey}=${value}`) ?? 0);
  }

  /** The sum over all topologies that a node is in. */
  sumAt(node: NodeInfo, topologyKeys: Iterable<string>): number {
    let sum = 0;
    for (const key of topologyKeys) sum += this.at(node, key);
    return sum;
  }
}

function filterOf(pod: PodInfo, snapshot: Snapshot): NodeFilter | undefined {
  const own = pod.requiredAffinity.length + pod.requiredAntiAffinity.length > 0;
  if (!own && !snapshot.hasRequiredAntiAffinity) return undefined;
  return new AffinityFilter(pod, snapshot);
}

class AffinityFilter implements NodeFilter {
  readonly #pod: PodInfo;
  readonly #matches: (term: AffinityTerm, pod: PodInfo) => boolean;
  readonly #affinity = new TopologyCounts();
  readonly #antiAffinity = new TopologyCounts();
  readonly #existing = new TopologyCounts();
  readonly #existingKeys = new Set<string>();

  constructor(pod: PodInfo, snapshot: Snapshot) {
    this.#pod = pod;
    this.#matches = (term, other) => termMatches(term, other, ns => snapshot.namespaceLabels(ns));
    const own = pod.requiredAffinity.length + pod.requiredAntiAffinity.length > 0;
    for (const node of snapshot.nodes) {
      for (const other of own ? node.pods.values() : node.podsWithRequiredAntiAffinity) {
        this.#count(other, node, 1);
      }
    }
  }

  addPod(other: PodInfo, node: NodeInfo): void {
    this.#count(other, node, 1);
  }

  removePod(other: PodInfo, node: NodeInfo): void {
    this.#count(other, node, -1);
  }

  #count(other: PodInfo, node: NodeInfo, amount: number): void {
    for (const term of other.requiredAntiAffinity) {
      if (!this.#matches(term, this.#pod)) continue;
      this.#existingKeys.add(term.topologyKey);
      this.#existing.add(node, term.topologyKey, amount);
    }
    // A pod counts towards affinity only where it meets every term.
    const { requiredAffinity, requiredAntiAffinity } = this.#pod;
    if (requiredAffinity.length > 0 && requiredAffinity.every(term => this.#matches(term, other))) {
      for (const term of requiredAffinity) this.#affinity.add(node, term.topologyKey, amount);
    }
    for (const term of requiredAntiAffinity) {
      if (this.#matches(term, other)) this.#antiAffinity.add(node, term.topologyKey, amount);
    }
  }

  test(node: NodeInfo): Rejection | undefined {
    if (!this.#affinityHolds(node)) return affinityRejection;
    for (const { topologyKey } of this.#pod.requiredAntiAffinity) {
      if (this.#antiAffinity.at(node, topologyKey) > 0) return antiAffinityRejection;
    }
    return this.#existing.sumAt(node, this.#existingKeys) > 0 ? existingRejection : undefined;
  }

  #affinityHolds(node: NodeInfo): boolean {
    const { requiredAffinity } = this.#pod;
    if (requiredAffinity.some(term => node.labels[term.topologyKey] === undefined)) return false;
    if (requiredAffinity.every(term => this.#affinity.at(node, term.topologyKey) > 0)) return true;
    // The first of a group that wants to be together: nothing matches yet, but it matches itself.
    return this.#affinity.empty && requiredAffinity.every(term => this.#matches(term, this.#pod));
  }
}

function scorerOf(
  pod: PodInfo,
  snapshot: Snapshot,
  { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false }: InterPodAffinityOptions,
): NodeScorer | undefined {
  const own = pod.preferredAffinity.length + pod.preferredAntiAffinity.length > 0;
  if (!own && (ignorePreferredTermsOfExistingPods || !snapshot.hasAffinity)) return undefined;
  const counts = new TopologyCounts();
  const keys = new Set<string>();
  const matches = (term: AffinityTerm, other: PodInfo) =>
    termMatches(term, other, ns => snapshot.namespaceLabels(ns));
  const count = (terms: readonly WeightedTerm[], other: PodInfo, node: NodeInfo, sign: 1 | -1) => {
    for (const { weight, term } of terms) {
      if (!matches(term, other)) continue;
      keys.add(term.topologyKey);
      counts.add(node, term.topologyKey, sign * weight);
    }
  };
  for (const node of snapshot.nodes) {
    for (const other of own ? node.pods.values() : node.podsWithAffinity) {
      count(pod.preferredAffinity, other, node, 1);
      count(pod.preferredAntiAffinity, other, node, -1);
      const hard = other.requiredAffinity.map(term => ({ weight: hardPodAffinityWeight, term }));
      count(hard, pod, node, 1);
      count(other.preferredAffinity, pod, node, 1);
      count(other.preferredAntiAffinity, pod, node, -1);
    }
  }
  if (counts.empty) return undefined;
  return { score: node => counts.sumAt(node, keys), normalize: spreadScores };
}

/** From the lowest (or 0) to the highest (or 0) onto 0 to 100. */
function spreadScores(scores: number[]): void {
  const min = Math.min(0, ...scores);
  const max = Math.max(0, ...scores);
  for (let i = 0; i < scores.length; i++) {
    scores[i] = max === min ? 0 : Math.floor((maxNodeScore * (scores[i]! - min)) / (max - min));
  }
}

function mayCure(event: ClusterEvent, pod: PodInfo): boolean {
  switch (event.type) {
    case 'nodeAdded':
      return true;
    case 'nodeUpdated':
      return !deepEqual(event.node.metadata.labels, event.old.metadata.labels);
    case 'podUpdated':
      return event.pod.uid === pod.uid;
    case 'podAssigned':
      return pod.requiredAffinity.some(term => term.selector.matches(event.pod.labels));
    case 'assignedPodUpdated':
      return !deepEqual(event.pod.labels, event.old.labels);
    case 'podFreed':
      return (
        pod.requiredAntiAffinity.some(term => term.selector.matches(event.pod.labels)) ||
        event.pod.requiredAntiAffinity.some(term => term.selector.matches(pod.labels))
      );
    default:
      return false;
  }
}
