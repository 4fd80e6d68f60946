/** What equal pods share: they ask the same of a node, so what was found out for one holds for the next. */
import type { NodeInfo } from './node-info.ts';
import type { NodeFilter, NodeScorer, Plugin, Rejection, Snapshot } from './plugin.ts';
import type { PodInfo } from './pod-info.ts';

/** Kinds kept at any one time. */
const kindsMax = 256;

/** A profile's plugins. */
export interface KindOptions {
  at(point: 'filter' | 'score'): readonly Plugin[];
  weightOf(plugin: string): number;
}

interface LocalScorer {
  readonly scorer: NodeScorer;
  readonly weight: number;
}

/** The pod's fields that node-local plugins read, as text: pods with the same text are of one kind. */
export function kindKey(info: PodInfo): string {
  const { requests, scoringRequests } = info;
  const { nodeName, nodeSelector, affinity, tolerations } = info.pod.spec ?? {};
  return JSON.stringify([
    info.priority,
    nodeName,
    nodeSelector,
    affinity?.nodeAffinity,
    tolerations,
    info.hostPorts,
    [requests.milliCpu, requests.memory, requests.ephemeralStorage, ...requests.scalars],
    [scoringRequests.milliCpu, scoringRequests.memory, ...scoringRequests.scalars],
  ]);
}

/** Columns over the nodes' slots: what the kind found on a node, true while the node's generation is the same. */
class Columns {
  #seen = new Float64Array(0);
  readonly #values: unknown[] = [];

  valid(node: NodeInfo): boolean {
    return this.#seen[node.slot] === node.generation;
  }

  get(node: NodeInfo): unknown {
    return this.#values[node.slot];
  }

  set(node: NodeInfo, value: unknown): void {
    if (node.slot >= this.#seen.length) {
      const grown = new Float64Array(Math.max(64, 2 * node.slot)).fill(-1);
      grown.set(this.#seen);
      this.#seen = grown;
    }
    this.#seen[node.slot] = node.generation;
    this.#values[node.slot] = value;
  }
}

export class PodKind {
  /** By the plugins' order; undefined for those that are not node-local or have nothing to say. */
  readonly filters: readonly (NodeFilter | Rejection | undefined)[];
  readonly #plain: LocalScorer[] = [];
  readonly #normalized: LocalScorer[] = [];
  readonly #verdicts = new Columns();
  readonly #scores = new Columns();
  readonly #notes = new Map<string, Columns>();

  constructor(options: KindOptions, pod: PodInfo, snapshot: Snapshot) {
    this.filters = options
      .at('filter')
      .map(plugin => (plugin.nodeLocal ? plugin.preFilter?.(pod, snapshot) : undefined));
    for (const plugin of options.at('score')) {
      const weight = plugin.nodeLocal ? options.weightOf(plugin.name) : 0;
      const scorer = weight === 0 ? undefined : plugin.preScore?.(pod, [], snapshot);
      if (scorer) (scorer.normalize ? this.#normalized : this.#plain).push({ scorer, weight });
    }
  }

  /** What the node-local filters say of a node; `judge` is asked where that is not known. */
  verdict(node: NodeInfo, judge: (node: NodeInfo) => Rejection | undefined): Rejection | undefined {
    if (!this.#verdicts.valid(node)) this.#verdicts.set(node, judge(node));
    return this.#verdicts.get(node) as Rejection | undefined;
  }

  /** Adds the weighted scores of the node-local plugins to `totals`, which is in the order of `nodes`. */
  addScores(totals: number[], nodes: readonly NodeInfo[]): void {
    const { length } = nodes;
    for (let i = 0; i < length; i++) totals[i]! += this.#score(nodes[i]!)[0]!;
    for (const [column, { scorer, weight }] of this.#normalized.entries()) {
      const scores = new Array<number>(length);
      for (let i = 0; i < length; i++) scores[i] = this.#score(nodes[i]!)[column + 1]!;
      scorer.normalize!(scores, nodes);
      for (let i = 0; i < length; i++) totals[i]! += scores[i]! * weight;
    }
  }

  /** The sum of what needs no comparison with other nodes, and the raw scores of what does. */
  #score(node: NodeInfo): readonly number[] {
    if (!this.#scores.valid(node)) {
      let sum = 0;
      for (const { scorer, weight } of this.#plain) sum += scorer.score(node) * weight;
      this.#scores.set(node, [sum, ...this.#normalized.map(({ scorer }) => scorer.score(node))]);
    }
    return this.#scores.get(node) as readonly number[];
  }

  /** What a plugin found out about a node for pods of this kind; `find` is asked anew when the node has changed. */
  note<T>(name: string, node: NodeInfo, find: () => T): T {
    let columns = this.#notes.get(name);
    if (!columns) {
      columns = new Columns();
      this.#notes.set(name, columns);
    }
    if (!columns.valid(node)) columns.set(node, find());
    return columns.get(node) as T;
  }
}

/** The kinds of pods that were looked at last, for each profile. */
export class PodKinds {
  readonly #kinds = new Map<object, Map<string, PodKind>>();

  of(options: KindOptions, pod: PodInfo, snapshot: Snapshot): PodKind {
    let kinds = this.#kinds.get(options);
    if (!kinds) {
      kinds = new Map();
      this.#kinds.set(options, kinds);
    }
    const key = kindKey(pod);
    const kind = kinds.get(key) ?? new PodKind(options, pod, snapshot);
    // The order of a Map is that of insertion: what is used moves to its end, what is not is dropped first.
    kinds.delete(key);
    kinds.set(key, kind);
    if (kinds.size > kindsMax) kinds.delete(kinds.keys().next().value!);
    return kind;
  }
}
