import type { TopologySpreadConstraint } from '#api/generated/types/core.v1.ts';
import { formatLabelSelector, parseSelectorObject } from '#machinery/selectors.ts';
import type { NodeInfo } from '#scheduler/framework/node-info.ts';
import type { LacksOf } from './lack.ts';
import { refusesChanged, type SchedulingView } from './view.ts';

/** The constraints that refuse the node each by itself, or all of them where only together they do. */
export const spreadLacks: LacksOf = (view, node, { plugin }) => {
  const { pod } = view.pod;
  const hard = (pod.spec?.topologySpreadConstraints ?? []).filter(
    one => one.whenUnsatisfiable === 'DoNotSchedule',
  );
  const alone = hard.filter((constraint, i) =>
    refusesChanged(
      view,
      plugin,
      String(i),
      () => ({ ...pod, spec: { ...pod.spec!, topologySpreadConstraints: [constraint] } }),
      node,
    ),
  );
  return (alone.length > 0 ? alone : hard).map(constraint => spreadLack(view, node, constraint));
};

function spreadLack(view: SchedulingView, node: NodeInfo, constraint: TopologySpreadConstraint) {
  const { topologyKey, maxSkew } = constraint;
  const value = node.labels[topologyKey];
  if (value === undefined) {
    return {
      text: `it has no label ${topologyKey}, by which pods are spread`,
      remedy: `kubectl label node ${node.name} ${topologyKey}=VALUE`,
      distance: 1,
    };
  }
  const counts = view.once(`spread ${JSON.stringify(constraint)}`, () => countsOf(view, constraint));
  const least = Math.min(...counts.values());
  const where = [...counts].filter(([, number]) => number === least).map(([name]) => name);
  return {
    text: `${topologyKey} ${value} has ${counts.get(value) ?? 0} of the pods ${formatLabelSelector(constraint.labelSelector)}, ${where[0]} has ${least}, and maxSkew is ${maxSkew}`,
    remedy: `make room in ${topologyKey} ${where[0]}, or raise maxSkew, or set whenUnsatisfiable: ScheduleAnyway`,
    distance: 1,
  };
}

/** Matching pods by topology value, of all nodes that have one. */
function countsOf({ pod, table }: SchedulingView, constraint: TopologySpreadConstraint): Map<string, number> {
  const selector = parseSelectorObject(constraint.labelSelector);
  const counts = new Map<string, number>();
  for (const node of table.nodes) {
    const value = node.labels[constraint.topologyKey];
    if (value === undefined) continue;
    const here = [...node.pods.values()].filter(
      other =>
        other.namespace === pod.namespace &&
        !other.pod.metadata.deletionTimestamp &&
        selector.matches(other.labels),
    );
    counts.set(value, (counts.get(value) ?? 0) + here.length);
  }
  return counts;
}
