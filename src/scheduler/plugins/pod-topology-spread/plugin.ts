import { deepEqual } from '#base/equal.ts';
import type { ClusterEvent, Plugin } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { PluginContext } from '../registry.ts';
import { listedConstraints } from './default-constraints.ts';
import { SpreadFilter } from './filter.ts';
import { SpreadScorer } from './scorer.ts';

/** Spreads like pods over topologies (KEP-895), by the pod's constraints or the profile's defaults. */
export function podTopologySpread(context: PluginContext): Plugin {
  const { defaultingType, defaultConstraints = [] } = context.args.PodTopologySpread ?? {};
  const listed = defaultingType === 'List' ? listedConstraints(context, defaultConstraints) : undefined;
  return {
    name: 'PodTopologySpread',
    preFilter: (pod, snapshot) => SpreadFilter.of(pod, snapshot, listed),
    preScore: (pod, nodes, snapshot) => SpreadScorer.of(pod, nodes, snapshot, listed),
    mayCure,
  };
}

function mayCure(event: ClusterEvent, pod: PodInfo): boolean {
  switch (event.type) {
    case 'nodeAdded':
      return true;
    case 'nodeUpdated':
      return (
        !deepEqual(event.node.metadata.labels, event.old.metadata.labels) ||
        !deepEqual(event.node.spec?.taints, event.old.spec?.taints)
      );
    case 'podUpdated':
      return event.pod.uid === pod.uid;
    case 'objectChanged':
      return false;
    default:
      return event.pod.namespace === pod.namespace;
  }
}
