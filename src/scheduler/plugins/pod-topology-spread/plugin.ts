import type { Node } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { requiredNodeMatcher } from '#api/node-selection.ts';
import { type ClusterEvent, hasNewTolerations, type Plugin } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';
import { constraintsOf, hasAllKeys, type SpreadConstraint } from './constraints.ts';
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
  const hardOf = (pod: PodInfo) =>
    pod.pod.spec?.topologySpreadConstraints?.length
      ? constraintsOf(pod.pod, 'DoNotSchedule')
      : (listed?.(pod, 'DoNotSchedule') ?? []);
  return {
    name: 'PodTopologySpread',
    preFilter: (pod, snapshot) => SpreadFilter.of(pod, snapshot, listed),
    preScore: (pod, nodes, snapshot) => SpreadScorer.of(pod, nodes, snapshot, defaults),
    mayCure: (event, pod) => concerns(event, pod) && mayHelp(event, pod, hardOf(pod)),
  };
}

type Constraints = readonly SpreadConstraint[];

/** What must be so for an event to matter to any constraint: seen before they are made ready. */
function concerns(event: ClusterEvent, { namespace, uid }: PodInfo): boolean {
  switch (event.type) {
    case 'objectChanged':
      return false;
    case 'nodeAdded':
    case 'nodeDeleted':
      return true;
    case 'nodeUpdated':
      return hasOtherLabels(event) || hasOtherTaints(event);
    case 'podUpdated':
      return event.pod.uid === uid;
    default:
      return event.pod.namespace === namespace;
  }
}

/** Whether an event that concerns a pod may change how it keeps its constraints. */
function mayHelp(event: ClusterEvent, pod: PodInfo, constraints: Constraints): boolean {
  switch (event.type) {
    case 'objectChanged':
      return false;
    case 'nodeAdded':
    case 'nodeDeleted':
      return hasKeys(event.node, constraints);
    case 'nodeUpdated':
      if (!hasKeys(event.node, constraints)) return hasKeys(event.old, constraints);
      return hasOtherTaints(event) || isElsewhere(event, constraints) || selectsNodes(pod);
    case 'podUpdated':
      if (hasNewTolerations(event) && constraints.some(({ honorsTaints }) => honorsTaints)) return true;
      return countsOtherwise(event, constraints);
    case 'assignedPodUpdated':
      return countsOtherwise(event, constraints);
    default:
      return constraints.some(({ selector }) => selector.matches(event.pod.labels));
  }
}

interface NodeChange {
  readonly node: Node;
  readonly old: Node;
}

function hasOtherLabels({ node, old }: NodeChange): boolean {
  return !deepEqual(node.metadata.labels, old.metadata.labels);
}

function hasOtherTaints({ node, old }: NodeChange): boolean {
  return !deepEqual(node.spec?.taints, old.spec?.taints);
}

function isElsewhere({ node, old }: NodeChange, constraints: Constraints): boolean {
  return constraints.some(
    ({ topologyKey }) => node.metadata.labels?.[topologyKey] !== old.metadata.labels?.[topologyKey],
  );
}

/** Any label may say whether a node counts. */
function selectsNodes({ pod }: PodInfo): boolean {
  return requiredNodeMatcher(pod) !== undefined;
}

function hasKeys({ metadata }: Node, constraints: Constraints): boolean {
  return constraints.length > 0 && hasAllKeys({ labels: metadata.labels ?? {} }, constraints);
}

interface PodChange {
  readonly pod: PodInfo;
  readonly old: PodInfo;
}

/** Whether new labels make a pod count where it did not, or the other way round. */
function countsOtherwise({ pod, old }: PodChange, constraints: Constraints): boolean {
  return constraints.some(({ selector }) => selector.matches(pod.labels) !== selector.matches(old.labels));
}
