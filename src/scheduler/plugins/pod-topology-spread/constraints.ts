/** Topology spread constraints, ready to count by. */
import type { Pod, TopologySpreadConstraint } from '#api/generated/types/core.v1.ts';
import { LabelSelector } from '#machinery/selectors.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import type { PodQuery } from '../../framework/pod-counts.ts';
import { type NodeMatcher, requiredNodeMatcher } from '#api/node-selection.ts';
import { selectorOrNothing } from '../../framework/pod-info.ts';
import { untoleratedTaint } from '../../framework/tolerations.ts';
import { everyNode, type Inclusion } from '../../framework/topology.ts';

export const hostnameLabel = 'kubernetes.io/hostname';
export const zoneLabel = 'topology.kubernetes.io/zone';

export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly selector: LabelSelector;
  readonly minDomains: number;
  /** The pods that are counted. */
  readonly query: PodQuery;
  /** Whether a node counts (nodeAffinityPolicy and nodeTaintsPolicy, KEP-3094). */
  readonly inclusion: Inclusion;
  /** What the pod tolerates says which nodes count. */
  readonly honorsTaints: boolean;
}

export type WhenUnsatisfiable = 'DoNotSchedule' | 'ScheduleAnyway';

/** The pod's own constraints of one kind. */
export function constraintsOf(pod: Pod, whenUnsatisfiable: WhenUnsatisfiable): SpreadConstraint[] {
  const own = (pod.spec?.topologySpreadConstraints ?? []).filter(
    c => c.whenUnsatisfiable === whenUnsatisfiable,
  );
  if (own.length === 0) return [];
  const matcher = requiredNodeMatcher(pod);
  return own.map(constraint => compileConstraint(pod, constraint, selectorOf(pod, constraint), matcher));
}

export function compileConstraint(
  pod: Pod,
  constraint: TopologySpreadConstraint,
  selector: LabelSelector,
  matcher = requiredNodeMatcher(pod),
): SpreadConstraint {
  return {
    maxSkew: constraint.maxSkew,
    topologyKey: constraint.topologyKey,
    selector,
    minDomains: constraint.minDomains ?? 1,
    query: likePods(pod.metadata.namespace ?? '', selector),
    inclusion: inclusionOf(pod, constraint, matcher),
    honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}

/** The constraint's selector, narrowed to the pod's own values of matchLabelKeys (KEP-3243). */
function selectorOf(
  pod: Pod,
  { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint,
): LabelSelector {
  const selector = selectorOrNothing(labelSelector);
  const labels = pod.metadata.labels ?? {};
  const keys = matchLabelKeys.filter(key => Object.hasOwn(labels, key));
  if (selector.matchesNothing || keys.length === 0) return selector;
  const extra = keys.map(key => ({ key, operator: 'in' as const, values: [labels[key]!] }));
  return new LabelSelector([...selector.requirements, ...extra]);
}

function inclusionOf(
  { spec }: Pod,
  { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' }: TopologySpreadConstraint,
  matcher: NodeMatcher | undefined,
): Inclusion {
  const affine = nodeAffinityPolicy === 'Honor' ? matcher : undefined;
  const tolerations = nodeTaintsPolicy === 'Honor' ? (spec?.tolerations ?? []) : undefined;
  if (!affine && !tolerations) return everyNode;
  const selection = affine && [spec?.nodeSelector, spec?.affinity?.nodeAffinity];
  return {
    key: JSON.stringify([selection, tolerations]),
    includes: node =>
      (!affine || affine(node)) && (!tolerations || !untoleratedTaint(node.taints, tolerations)),
  };
}

/** The pods of a namespace, but those on their way out, that a selector matches. */
function likePods(namespace: string, selector: LabelSelector): PodQuery {
  return {
    key: selector.matchesNothing ? 'none' : `spread ${namespace} ${selector}`,
    matches: group => group.namespace === namespace && !group.leaving && selector.matches(group.labels),
  };
}

/** Nodes that have every topology in question, of those that count for one of the constraints. */
export function inAllTopologies(
  { inclusion }: SpreadConstraint,
  constraints: readonly SpreadConstraint[],
): Inclusion {
  if (constraints.length === 1) return inclusion;
  return {
    key: `${inclusion.key} ${constraints.map(({ topologyKey }) => topologyKey)}`,
    includes: node => hasAllKeys(node, constraints) && inclusion.includes(node),
  };
}

export function hasAllKeys(
  { labels }: Pick<NodeInfo, 'labels'>,
  constraints: readonly SpreadConstraint[],
): boolean {
  return constraints.every(({ topologyKey }) => Object.hasOwn(labels, topologyKey));
}
