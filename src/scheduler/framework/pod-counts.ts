/**
 * Counts of pods that decisions ask for, kept as pods and nodes come and go. A question (a PodQuery) is answered by looking
 * at every group of like pods once; from then on each pod that comes or goes changes the answers that it matters to.
 */
import type { NodeInfo } from './node-info.ts';
import type { AffinityTerm, PodInfo } from './pod-info.ts';
import { everyNode, type Inclusion, TopologyColumn, TopologyCount } from './topology.ts';

/** All that questions see of a pod. */
export interface PodGroup {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ownerUid: string | undefined;
  /** On their way out. */
  readonly leaving: boolean;
}

/** Which pods are meant. */
export interface PodQuery {
  /** Queries of the same text are the same. */
  readonly key: string;
  /** The answer depends on the labels of namespaces, too. */
  readonly byNamespaceLabels?: boolean;
  /** Only pods of this controller can match: others' are not asked. */
  readonly ownerUid?: string;
  matches(group: PodGroup): boolean;
}

/** Numbers of pods by node. */
export interface NodeCounts {
  at(node: NodeInfo): number;
}

export type TermKind =
  | 'requiredAffinity'
  | 'requiredAntiAffinity'
  | 'preferredAffinity'
  | 'preferredAntiAffinity';

/** A term of pods that are on nodes, and where those pods are. */
export interface HeldTerm {
  readonly kind: TermKind;
  readonly term: AffinityTerm;
  /** 1 for required ones. */
  readonly weight: number;
  readonly count: TopologyCount;
}

// What has not been asked for longest is forgotten first.
const queriesMax = 512;
const topologiesMax = 16;

/** Pods by slot, and by the topologies that somebody asked for. */
class Tally implements NodeCounts {
  readonly #bySlot: number[] = [];
  readonly topologies = new Map<string, TopologyCount>();
  total = 0;

  at({ slot }: NodeInfo): number {
    return this.#bySlot[slot] ?? 0;
  }

  /** `node` is absent where the pods are on one that nobody knows. */
  add(slot: number, amount: number, node?: NodeInfo): void {
    this.#bySlot[slot] = (this.#bySlot[slot] ?? 0) + amount;
    this.total += amount;
    if (node) for (const count of this.topologies.values()) count.addPods(node, amount);
  }

  addNode(node: NodeInfo): void {
    for (const count of this.topologies.values()) count.addNode(node, this.at(node));
  }

  removeNode(node: NodeInfo): void {
    for (const count of this.topologies.values()) count.removeNode(node, this.at(node));
  }
}

interface Members {
  readonly group: PodGroup;
  readonly slots: Map<number, number>;
  tallies: Tally[];
  total: number;
}

interface Asked {
  readonly query: PodQuery;
  readonly tally: Tally;
}

interface Held extends HeldTerm {
  readonly tally: Tally;
}

export class PodCounts {
  readonly #nodes = new Set<NodeInfo>();
  readonly #columns = new Map<string, TopologyColumn>();
  readonly #groups = new Map<string, Members>();
  /** In the order of their last use. */
  readonly #asked = new Map<string, Asked>();
  /** The same, by the controller that they ask for; undefined: any. */
  readonly #byOwner = new Map<string | undefined, Set<Asked>>();
  readonly #held = new Map<string, Held>();

  /** A node that pods may be placed on; before its labels or taints change it must be removed. */
  addNode(node: NodeInfo): void {
    this.#nodes.add(node);
    for (const column of this.#columns.values()) column.add(node);
    for (const { tally } of this.#asked.values()) tally.addNode(node);
    for (const { tally } of this.#held.values()) tally.addNode(node);
  }

  removeNode(node: NodeInfo): void {
    if (!this.#nodes.delete(node)) return;
    for (const { tally } of this.#asked.values()) tally.removeNode(node);
    for (const { tally } of this.#held.values()) tally.removeNode(node);
    for (const column of this.#columns.values()) column.remove(node);
  }

  /** A pod that came to a node, or left it. */
  addPod(pod: PodInfo, node: NodeInfo, amount: 1 | -1): void {
    const members = this.#membersOf(pod);
    const { slot } = node;
    const here = (members.slots.get(slot) ?? 0) + amount;
    if (here === 0) members.slots.delete(slot);
    else members.slots.set(slot, here);
    for (const tally of members.tallies) tally.add(slot, amount, node);
    members.total += amount;
    if (members.total === 0) this.#groups.delete(groupKey(pod));
    if (pod.hasAffinity) this.#hold(pod, node, amount);
  }

  column(topologyKey: string): TopologyColumn {
    let column = this.#columns.get(topologyKey);
    if (!column) {
      column = new TopologyColumn(topologyKey);
      for (const node of this.#nodes) column.add(node);
      this.#columns.set(topologyKey, column);
    }
    return column;
  }

  byNode(query: PodQuery): NodeCounts {
    return this.#ask(query);
  }

  byTopology(query: PodQuery, topologyKey: string, inclusion: Inclusion = everyNode): TopologyCount {
    const tally = this.#ask(query);
    if (tally.topologies.size >= topologiesMax) tally.topologies.clear();
    return this.#topology(tally, topologyKey, inclusion);
  }

  /** The distinct terms of all pods on nodes. */
  held(): Iterable<HeldTerm> {
    return this.#held.values();
  }

  /** The labels of a namespace changed. */
  namespacesChanged(): void {
    for (const { query } of [...this.#asked.values()]) if (query.byNamespaceLabels) this.#forget(query.key);
  }

  #ask(query: PodQuery): Tally {
    const asked = this.#asked.get(query.key);
    if (asked) {
      this.#asked.delete(query.key);
      this.#asked.set(query.key, asked);
      return asked.tally;
    }
    if (this.#asked.size >= queriesMax) this.#forget(this.#asked.keys().next().value!);
    const tally = new Tally();
    for (const members of this.#groups.values()) {
      if (!query.matches(members.group)) continue;
      members.tallies.push(tally);
      for (const [slot, pods] of members.slots) tally.add(slot, pods);
    }
    this.#remember({ query, tally });
    return tally;
  }

  #remember(asked: Asked): void {
    const { key, ownerUid } = asked.query;
    this.#asked.set(key, asked);
    const ofOwner = this.#byOwner.get(ownerUid);
    if (ofOwner) ofOwner.add(asked);
    else this.#byOwner.set(ownerUid, new Set([asked]));
  }

  #forget(key: string): void {
    const asked = this.#asked.get(key)!;
    const { tally, query } = asked;
    this.#asked.delete(key);
    const ofOwner = this.#byOwner.get(query.ownerUid)!;
    ofOwner.delete(asked);
    if (ofOwner.size === 0) this.#byOwner.delete(query.ownerUid);
    for (const members of this.#groups.values()) {
      if (members.tallies.includes(tally)) members.tallies = members.tallies.filter(one => one !== tally);
    }
  }

  #topology(tally: Tally, topologyKey: string, inclusion: Inclusion): TopologyCount {
    const key = `${topologyKey} ${inclusion.key}`;
    let count = tally.topologies.get(key);
    if (!count) {
      count = new TopologyCount(this.column(topologyKey), inclusion);
      for (const node of this.#nodes) count.addNode(node, tally.at(node));
      tally.topologies.set(key, count);
    }
    return count;
  }

  #membersOf(pod: PodInfo): Members {
    const key = groupKey(pod);
    let members = this.#groups.get(key);
    if (!members) {
      const group = groupOf(pod);
      members = { group, slots: new Map(), tallies: this.#talliesOf(group), total: 0 };
      this.#groups.set(key, members);
    }
    return members;
  }

  #talliesOf(group: PodGroup): Tally[] {
    const owners = group.ownerUid === undefined ? [undefined] : [undefined, group.ownerUid];
    return owners
      .flatMap(owner => [...(this.#byOwner.get(owner) ?? [])])
      .filter(({ query }) => query.matches(group))
      .map(({ tally }) => tally);
  }

  #hold(pod: PodInfo, node: NodeInfo, amount: 1 | -1): void {
    for (const term of pod.requiredAffinity) this.#holdOne('requiredAffinity', term, 1, node, amount);
    for (const term of pod.requiredAntiAffinity) this.#holdOne('requiredAntiAffinity', term, 1, node, amount);
    for (const { term, weight } of pod.preferredAffinity) {
      this.#holdOne('preferredAffinity', term, weight, node, amount);
    }
    for (const { term, weight } of pod.preferredAntiAffinity) {
      this.#holdOne('preferredAntiAffinity', term, weight, node, amount);
    }
  }

  #holdOne(kind: TermKind, term: AffinityTerm, weight: number, node: NodeInfo, amount: 1 | -1): void {
    const key = `${kind} ${weight} ${term.topologyKey} ${term.key}`;
    let held = this.#held.get(key);
    if (!held) {
      const tally = new Tally();
      held = { kind, term, weight, tally, count: this.#topology(tally, term.topologyKey, everyNode) };
      this.#held.set(key, held);
    }
    held.tally.add(node.slot, amount, node);
    if (held.tally.total === 0) this.#held.delete(key);
  }
}

export function groupOf({ namespace, labels, ownerUid, pod }: PodInfo): PodGroup {
  return { namespace, labels, ownerUid, leaving: pod.metadata.deletionTimestamp !== undefined };
}

function groupKey({ namespace, labels, ownerUid, pod }: PodInfo): string {
  return JSON.stringify([namespace, labels, ownerUid, pod.metadata.deletionTimestamp !== undefined]);
}
