import type { NodeInfo } from '../../framework/node-info.ts';
import type { NodeFilter, Rejection, Snapshot } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { ListedConstraints } from './default-constraints.ts';
import { constraintsOf, countMatching, counts, hasAllKeys, type SpreadConstraint } from './constraints.ts';

const plugin = 'PodTopologySpread';
const mismatch = "node(s) didn't match pod topology spread constraints";
const skewRejection: Rejection = { plugin, code: 'Unschedulable', reasons: [mismatch] };
const labelRejection: Rejection = {
  plugin,
  code: 'UnschedulableAndUnresolvable',
  reasons: [`${mismatch} (missing required label)`],
};

/** Only nodes on which the pod keeps every DoNotSchedule constraint within its skew. */
export class SpreadFilter implements NodeFilter {
  readonly #pod: PodInfo;
  readonly #constraints: readonly SpreadConstraint[];
  /** For each constraint, matching pods by topology value. */
  readonly #counts: readonly Map<string, number>[];
  /** The least of each of `#counts`; undefined where it must be looked for anew. */
  readonly #least: (number | undefined)[];

  static of(pod: PodInfo, snapshot: Snapshot, listed?: ListedConstraints): SpreadFilter | undefined {
    const own = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0;
    const constraints =
      own || !listed ? constraintsOf(pod.pod, 'DoNotSchedule') : listed(pod, 'DoNotSchedule');
    return constraints.length === 0 ? undefined : new SpreadFilter(pod, constraints, snapshot);
  }

  private constructor(pod: PodInfo, constraints: readonly SpreadConstraint[], snapshot: Snapshot) {
    this.#pod = pod;
    this.#constraints = constraints;
    this.#counts = constraints.map(() => new Map());
    this.#least = constraints.map(() => undefined);
    for (const node of snapshot.nodes) {
      if (!hasAllKeys(node, constraints)) continue;
      for (const [i, constraint] of constraints.entries()) {
        if (constraint.includes(node)) {
          this.#add(i, node, countMatching(node, constraint.selector, pod.namespace));
        }
      }
    }
  }

  addPod(other: PodInfo, node: NodeInfo): void {
    this.#change(other, node, 1);
  }

  removePod(other: PodInfo, node: NodeInfo): void {
    this.#change(other, node, -1);
  }

  test(node: NodeInfo): Rejection | undefined {
    for (const [i, { topologyKey, maxSkew, minDomains, selector }] of this.#constraints.entries()) {
      const value = node.labels[topologyKey];
      if (value === undefined) return labelRejection;
      const byValue = this.#counts[i]!;
      const min = byValue.size < minDomains ? 0 : this.#leastOf(i);
      const self = selector.matches(this.#pod.labels) ? 1 : 0;
      if ((byValue.get(value) ?? 0) + self - min > maxSkew) return skewRejection;
    }
    return undefined;
  }

  #leastOf(constraint: number): number {
    const byValue = this.#counts[constraint]!;
    if (byValue.size === 0) return 0;
    this.#least[constraint] ??= byValue.values().reduce((least, count) => Math.min(least, count));
    return this.#least[constraint];
  }

  #change(other: PodInfo, node: NodeInfo, amount: number): void {
    if (!hasAllKeys(node, this.#constraints)) return;
    for (const [i, { selector, includes }] of this.#constraints.entries()) {
      if (counts(other, selector, this.#pod.namespace) && includes(node)) this.#add(i, node, amount);
    }
  }

  #add(constraint: number, node: NodeInfo, amount: number): void {
    const byValue = this.#counts[constraint]!;
    const value = node.labels[this.#constraints[constraint]!.topologyKey]!;
    byValue.set(value, (byValue.get(value) ?? 0) + amount);
    this.#least[constraint] = undefined;
  }
}
