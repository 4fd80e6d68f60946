/** Topologies of nodes as columns: every value of a label that somebody counts by has a small number of its own. */
import { own } from '#base/members.ts';
import type { NodeInfo } from './node-info.ts';

export const noValue = -1;

/** One topology key: which of its values each node has. */
export class TopologyColumn {
  readonly key: string;
  /** By value; values that no node has any more are forgotten, and their numbers given out again. */
  readonly #ids = new Map<string, number>();
  readonly #values: string[] = [];
  readonly #nodes: number[] = [];
  readonly #free: number[] = [];
  #bySlot = new Int32Array(64).fill(noValue);
  #nodeCount = 0;

  constructor(key: string) {
    this.key = key;
  }

  /** How many values there are. */
  get size(): number {
    return this.#ids.size;
  }

  /** How many nodes have one. */
  get nodeCount(): number {
    return this.#nodeCount;
  }

  /** The number of the value that a node has, or `noValue`. */
  at(node: NodeInfo): number {
    return this.#bySlot[node.slot] ?? noValue;
  }

  add(node: NodeInfo): void {
    const value = own(node.labels, this.key);
    if (value === undefined) return;
    let id = this.#ids.get(value);
    if (id === undefined) {
      id = this.#free.pop() ?? this.#values.length;
      this.#ids.set(value, id);
      this.#values[id] = value;
      this.#nodes[id] = 0;
    }
    this.#nodes[id]!++;
    this.#nodeCount++;
    if (node.slot >= this.#bySlot.length) {
      const grown = new Int32Array(2 * node.slot).fill(noValue);
      grown.set(this.#bySlot);
      this.#bySlot = grown;
    }
    this.#bySlot[node.slot] = id;
  }

  remove(node: NodeInfo): void {
    const id = this.at(node);
    if (id === noValue) return;
    this.#bySlot[node.slot] = noValue;
    this.#nodeCount--;
    if (--this.#nodes[id]! > 0) return;
    this.#ids.delete(this.#values[id]!);
    this.#free.push(id);
  }
}

/** Which nodes count, and a text that says so: equal texts mean equal rules. */
export interface Inclusion {
  readonly key: string;
  includes(node: NodeInfo): boolean;
}

export const everyNode: Inclusion = { key: '', includes: () => true };

/** Pods of some sort by topology, over the nodes that count and have the topology's key. */
export class TopologyCount {
  readonly column: TopologyColumn;
  readonly #inclusion: Inclusion;
  /** By the value's number: pods, and nodes that count. */
  readonly #pods: number[] = [];
  readonly #nodes: number[] = [];
  /** The slots of the nodes that count. */
  readonly #included = new Set<number>();
  #total = 0;
  #domains = 0;
  /** How many domains have each number of pods; made when somebody first asks for the least. */
  #having: Map<number, number> | undefined;
  #least = 0;

  constructor(column: TopologyColumn, inclusion: Inclusion) {
    this.column = column;
    this.#inclusion = inclusion;
  }

  /** Pods in all. */
  get total(): number {
    return this.#total;
  }

  /** Values that a node that counts has. */
  get domains(): number {
    return this.#domains;
  }

  /** Pods in a node's topology; 0 where it has none. */
  at(node: NodeInfo): number {
    return this.#pods[this.column.at(node)] ?? 0;
  }

  /** The least number of pods that any domain has; 0 without domains. */
  get least(): number {
    this.#having ??= this.#domainsByPods();
    if (this.#domains === 0) return 0;
    // Counts change one at a time: the next least is near.
    while (!this.#having.has(this.#least)) this.#least++;
    return this.#least;
  }

  /** The numbers of pods of all domains, by the values' numbers. */
  *perDomain(): Generator<readonly [number, number]> {
    for (const [id, nodes] of this.#nodes.entries()) if (nodes > 0) yield [id, this.#pods[id]!];
  }

  includes(node: NodeInfo): boolean {
    return this.#included.has(node.slot);
  }

  /** A node that has `pods` such pods, after the column has it. */
  addNode(node: NodeInfo, pods: number): void {
    const id = this.column.at(node);
    if (id === noValue || !this.#inclusion.includes(node)) return;
    this.#included.add(node.slot);
    this.#nodes[id] ??= 0;
    if (++this.#nodes[id]! === 1) {
      this.#domains++;
      this.#pods[id] = 0;
      this.#count(0, 1);
    }
    this.#add(id, pods);
  }

  /** Before the column loses it. */
  removeNode(node: NodeInfo, pods: number): void {
    if (!this.#included.delete(node.slot)) return;
    const id = this.column.at(node);
    this.#add(id, -pods);
    if (--this.#nodes[id]! > 0) return;
    this.#domains--;
    this.#count(this.#pods[id]!, -1);
  }

  /** Pods that came to a node, or went. */
  addPods(node: NodeInfo, amount: number): void {
    if (this.#included.has(node.slot)) this.#add(this.column.at(node), amount);
  }

  #add(id: number, amount: number): void {
    if (amount === 0) return;
    const before = this.#pods[id]!;
    this.#pods[id] = before + amount;
    this.#total += amount;
    this.#count(before, -1);
    this.#count(before + amount, 1);
  }

  #count(pods: number, sign: 1 | -1): void {
    const having = this.#having;
    if (!having) return;
    const domains = (having.get(pods) ?? 0) + sign;
    if (domains === 0) having.delete(pods);
    else having.set(pods, domains);
    if (sign > 0 && (pods < this.#least || having.size === 1)) this.#least = pods;
  }

  #domainsByPods(): Map<number, number> {
    const having = new Map<number, number>();
    for (const [, pods] of this.perDomain()) having.set(pods, (having.get(pods) ?? 0) + 1);
    this.#least = having.keys().reduce((least, pods) => Math.min(least, pods), Number.POSITIVE_INFINITY);
    return having;
  }
}

/** A count as it would be if some pods came or went. */
export class TrialCount {
  readonly base: TopologyCount;
  /** By the value's number. */
  readonly #changes = new Map<number, number>();

  constructor(base: TopologyCount) {
    this.base = base;
  }

  at(node: NodeInfo): number {
    const { base } = this;
    return this.#changes.size === 0
      ? base.at(node)
      : base.at(node) + (this.#changes.get(base.column.at(node)) ?? 0);
  }

  get total(): number {
    return this.#changes.values().reduce((sum, change) => sum + change, this.base.total);
  }

  get least(): number {
    if (this.#changes.size === 0) return this.base.least;
    let least = Number.POSITIVE_INFINITY;
    for (const [id, pods] of this.base.perDomain()) {
      least = Math.min(least, pods + (this.#changes.get(id) ?? 0));
    }
    return least === Number.POSITIVE_INFINITY ? 0 : least;
  }

  add(node: NodeInfo, amount: number): void {
    if (!this.base.includes(node)) return;
    const id = this.base.column.at(node);
    const change = (this.#changes.get(id) ?? 0) + amount;
    if (change === 0) this.#changes.delete(id);
    else this.#changes.set(id, change);
  }
}
