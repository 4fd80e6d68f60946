/** What equal pods share: they ask the same of a node, so what was found out for one holds for the next. */
import { requiredFeatures } from '#api/core/pod/required-features.ts';
import type { Generations, NodeInfo } from './node-info.ts';
import type { NodeColumns, NodeFilter, NodeScorer, Plugin, Rejection, Snapshot } from './plugin.ts';
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
    requiredFeatures(info.pod.spec),
    info.hostPorts,
    [requests.milliCpu, requests.memory, requests.ephemeralStorage, ...requests.scalars],
    [scoringRequests.milliCpu, scoringRequests.memory, ...scoringRequests.scalars],
  ]);
}

type Judge = (node: NodeInfo) => Rejection | undefined;

/** What plugins noted of nodes, by slot; true while the node's generation is the same. */
class Notes {
  readonly #seen: number[] = [];
  readonly #values: unknown[] = [];

  get(node: NodeInfo, generation: number, find: (node: NodeInfo) => unknown): unknown {
    const { slot } = node;
    if (this.#seen[slot] !== generation) {
      this.#values[slot] = find(node);
      this.#seen[slot] = generation;
    }
    return this.#values[slot];
  }
}

/** What the node-local filters say of a node; not known since it changed. */
const unknown = 2;
const fits = 1;
const unfit = 0;

/**
 * What was found out for one pod of a kind, in columns over the nodes' slots. A node is looked at anew when its
 * generation is another one.
 */
export class PodKind {
  /** By the plugins' order; undefined for those that are not node-local or have nothing to say. */
  readonly filters: readonly (NodeFilter | Rejection | undefined)[];
  readonly #plain: LocalScorer[] = [];
  readonly #normalized: LocalScorer[] = [];
  readonly #notes = new Map<string, Notes>();
  /** By slot. */
  #fits = new Uint8Array(0);
  /** The last change of any node that `#fits` knows of. */
  #upTo = 0;
  /** Used again and again. */
  #found = new Int32Array(0);
  #totals = new Float64Array(0);
  readonly #scratch: number[] = [];
  readonly #verdicts: (Rejection | undefined)[] = [];
  /** Sums of the weighted scores that need no comparison with other nodes, and the raw ones of each that does. */
  #sums = new Float64Array(0);
  #raw: Float64Array[] = [];

  constructor(options: KindOptions, pod: PodInfo, snapshot: Snapshot) {
    this.filters = options
      .at('filter')
      .map(plugin => (plugin.nodeLocal ? plugin.preFilter?.(pod, snapshot) : undefined));
    for (const plugin of options.at('score')) {
      const weight = plugin.nodeLocal ? options.weightOf(plugin.name) : 0;
      const scorer = weight === 0 ? undefined : plugin.preScore?.(pod, [], snapshot);
      if (scorer) (scorer.normalize ? this.#normalized : this.#plain).push({ scorer, weight });
    }
    this.#raw = this.#normalized.map(() => new Float64Array(0));
  }

  /**
   * The places of nodes, in the snapshot's order from `start` on, that pass the node-local filters (`judge`) and
   * `accept`, until there are enough of them. `found` is good until the next search.
   */
  search(
    { nodes, columns: { slots, generations } }: Snapshot,
    { start, enough }: { readonly start: number; readonly enough: number },
    judge: Judge,
    accept: ((node: NodeInfo) => boolean) | undefined,
  ): { readonly found: Int32Array; readonly looked: number } {
    const known = this.#refresh(generations);
    if (this.#found.length < enough) this.#found = new Int32Array(enough);
    const found = this.#found;
    let count = 0;
    let looked = 0;
    for (let at = start % nodes.length; looked < nodes.length && count < enough; looked++) {
      const slot = slots[at]!;
      if (known[slot] === unknown) this.#look(nodes[at]!, judge);
      if (known[slot] === fits && (!accept || accept(nodes[at]!))) found[count++] = at;
      if (++at === nodes.length) at = 0;
    }
    return { found: found.subarray(0, count), looked };
  }

  /** What the node-local filters say of every node, in the snapshot's order. */
  verdicts({ nodes, columns: { slots, generations } }: Snapshot, judge: Judge): (Rejection | undefined)[] {
    const known = this.#refresh(generations);
    const verdicts = new Array<Rejection | undefined>(nodes.length);
    for (let at = 0; at < nodes.length; at++) {
      const slot = slots[at]!;
      if (known[slot] === unknown) this.#look(nodes[at]!, judge);
      verdicts[at] = this.#verdicts[slot];
    }
    return verdicts;
  }

  /**
   * The weighted scores of the node-local plugins for nodes that `search` has found; the caller's to add to until they are
   * asked for again.
   */
  scores({ columns: { slots } }: Snapshot, found: Int32Array, nodes: readonly NodeInfo[]): Float64Array {
    if (this.#totals.length < found.length) this.#totals = new Float64Array(found.length);
    const totals = this.#totals.subarray(0, found.length);
    for (let i = 0; i < found.length; i++) totals[i] = this.#sums[slots[found[i]!]!]!;
    for (let r = 0; r < this.#normalized.length; r++) {
      const column = this.#raw[r]!;
      const scores = this.#scratch;
      scores.length = found.length;
      for (let i = 0; i < found.length; i++) scores[i] = column[slots[found[i]!]!]!;
      this.#addNormalized(totals, this.#normalized[r]!, scores, nodes);
    }
    return totals;
  }

  /** The same for any nodes, worked out anew. */
  scoresOf(nodes: readonly NodeInfo[]): Float64Array {
    const totals = Float64Array.from(nodes, node => this.#plainScore(node));
    for (const local of this.#normalized) {
      const scores = nodes.map(node => local.scorer.score(node));
      this.#addNormalized(totals, local, scores, nodes);
    }
    return totals;
  }

  #addNormalized(
    totals: Float64Array,
    { scorer, weight }: LocalScorer,
    scores: number[],
    nodes: readonly NodeInfo[],
  ): void {
    scorer.normalize!(scores, nodes);
    for (let i = 0; i < scores.length; i++) totals[i]! += scores[i]! * weight;
  }

  /** What a plugin finds out about nodes for pods of this kind; `find` is asked anew where a node has changed. */
  noted<T>(name: string, { generations }: NodeColumns, find: (node: NodeInfo) => T): (node: NodeInfo) => T {
    const notes = this.#notes.get(name) ?? new Notes();
    this.#notes.set(name, notes);
    return node => notes.get(node, generations.bySlot[node.slot]!, find) as T;
  }

  /** What is known of the nodes by slot, with those that have changed marked. */
  #refresh(generations: Generations): Uint8Array {
    this.#grow(generations.bySlot.length);
    generations.mark(this.#fits, this.#upTo, unknown);
    this.#upTo = generations.last;
    return this.#fits;
  }

  #look(node: NodeInfo, judge: Judge): void {
    const { slot } = node;
    const verdict = judge(node);
    this.#verdicts[slot] = verdict;
    this.#fits[slot] = verdict ? unfit : fits;
    if (verdict) return;
    this.#sums[slot] = this.#plainScore(node);
    for (let r = 0; r < this.#normalized.length; r++) {
      this.#raw[r]![slot] = this.#normalized[r]!.scorer.score(node);
    }
  }

  #plainScore(node: NodeInfo): number {
    let sum = 0;
    for (const { scorer, weight } of this.#plain) sum += scorer.score(node) * weight;
    return sum;
  }

  #grow(slots: number): void {
    if (this.#fits.length >= slots) return;
    const grown = (column: Float64Array) => {
      const larger = new Float64Array(slots);
      larger.set(column);
      return larger;
    };
    this.#sums = grown(this.#sums);
    this.#raw = this.#raw.map(grown);
    const known = new Uint8Array(slots).fill(unknown);
    known.set(this.#fits);
    this.#fits = known;
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
