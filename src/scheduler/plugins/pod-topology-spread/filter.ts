import type { NodeInfo } from '../../framework/node-info.ts';
import type { NodeFilter, Rejection, Snapshot } from '../../framework/plugin.ts';
import { groupOf } from '../../framework/pod-counts.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import { noValue, TrialCount } from '../../framework/topology.ts';
import { constraintsOf, inAllTopologies, type SpreadConstraint } from './constraints.ts';
import type { ListedConstraints } from './default-constraints.ts';

const plugin = 'PodTopologySpread';
const mismatch = "node(s) didn't match pod topology spread constraints";
const skewRejection: Rejection = { plugin, code: 'Unschedulable', reasons: [mismatch] };
const labelRejection: Rejection = {
  plugin,
  code: 'UnschedulableAndUnresolvable',
  reasons: [`${mismatch} (missing required label)`],
};

interface Counted extends Pick<SpreadConstraint, 'maxSkew' | 'minDomains' | 'query'> {
  /** 1 where the pod itself will be counted. */
  readonly self: number;
  readonly count: TrialCount;
}

/** Only nodes on which the pod keeps every DoNotSchedule constraint within its skew. */
export class SpreadFilter implements NodeFilter {
  readonly #counted: readonly Counted[];

  static of(pod: PodInfo, snapshot: Snapshot, listed?: ListedConstraints): SpreadFilter | undefined {
    const own = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0;
    const constraints =
      own || !listed ? constraintsOf(pod.pod, 'DoNotSchedule') : listed(pod, 'DoNotSchedule');
    return constraints.length === 0 ? undefined : new SpreadFilter(pod, constraints, snapshot);
  }

  private constructor(pod: PodInfo, constraints: readonly SpreadConstraint[], { counts }: Snapshot) {
    this.#counted = constraints.map(constraint => {
      const { maxSkew, minDomains, query, selector, topologyKey } = constraint;
      const inclusion = inAllTopologies(constraint, constraints);
      const count = new TrialCount(counts.byTopology(query, topologyKey, inclusion));
      return { maxSkew, minDomains, query, count, self: selector.matches(pod.labels) ? 1 : 0 };
    });
  }

  addPod(other: PodInfo, node: NodeInfo): void {
    this.#change(other, node, 1);
  }

  removePod(other: PodInfo, node: NodeInfo): void {
    this.#change(other, node, -1);
  }

  test(node: NodeInfo): Rejection | undefined {
    for (const { count, self, maxSkew, minDomains } of this.#counted) {
      if (count.base.column.at(node) === noValue) return labelRejection;
      const least = count.base.domains < minDomains ? 0 : count.least;
      if (count.at(node) + self - least > maxSkew) return skewRejection;
    }
    return undefined;
  }

  #change(other: PodInfo, node: NodeInfo, amount: number): void {
    const group = groupOf(other);
    for (const { query, count } of this.#counted) if (query.matches(group)) count.add(node, amount);
  }
}
