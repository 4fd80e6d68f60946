import { deepEqual } from '#base/equal.ts';
import type { ClusterEvent, Plugin } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';
import { constraintsOf } from './constraints.ts';
import {
  listedConstraints,
  type PodTopologySpreadOptions,
  systemConstraints,
} from './default-constraints.ts';
import { SpreadFilter } from './filter.ts';
import { SpreadScorer } from './scorer.ts';

/** Spreads like pods over topologies (KEP-895), by the pod's constraints or the profile's defaults. */
export function podTopologySpread(context: PluginContext, options: PodTopologySpreadOptions = {}): Plugin {
  const { defaultingType, defaultConstraints = [] } = options;
  const listed = defaultingType === 'List' ? listedConstraints(context, defaultConstraints) : undefined;
  const defaults = { listed, system: systemConstraints(context) };
  return {
    name: 'PodTopologySpread',
    preFilter: (pod, snapshot) => SpreadFilter.of(pod, snapshot, listed),
    preScore: (pod, nodes, snapshot) => SpreadScorer.of(pod, nodes, snapshot, defaults),
    mayCure,
  };
}

function mayCure(event: ClusterEvent, pod: PodInfo): boolean {
  switch (event.type) {
    case 'nodeAdded':
    case 'nodeDeleted':
      return true;
    case 'nodeUpdated':
      return (
        !deepEqual(event.node.metadata.labels, event.old.metadata.labels) ||
        !deepEqual(event.node.spec?.taints, event.old.spec?.taints)
      );
    case 'podUpdated':
      return event.pod.uid === pod.uid;
    case 'assignedPodUpdated':
      return event.pod.namespace === pod.namespace && !deepEqual(event.pod.labels, event.old.labels);
    case 'objectChanged':
      return false;
    default:
      // Constraints of the profile's are made from objects that an event does not show.
      return event.pod.namespace === pod.namespace && counts(pod, event.pod);
  }
}

/** Whether a pod's constraints may count another pod; those that the profile gives it may count any. */
function counts({ pod }: PodInfo, other: PodInfo): boolean {
  if ((pod.spec?.topologySpreadConstraints ?? []).length === 0) return true;
  return constraintsOf(pod, 'DoNotSchedule').some(({ selector }) => selector.matches(other.labels));
}
