/** Topology spread constraints, ready to count by. */
import type { Pod, TopologySpreadConstraint } from '#api/generated/types/core.v1.ts';
import { LabelSelector } from '#machinery/selectors.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import { type NodeMatcher, requiredNodeMatcher } from '../../framework/node-selection.ts';
import { type PodInfo, selectorOrNothing } from '../../framework/pod-info.ts';
import { untoleratedTaint } from '../../framework/tolerations.ts';

export const hostnameLabel = 'kubernetes.io/hostname';
export const zoneLabel = 'topology.kubernetes.io/zone';

export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly selector: LabelSelector;
  readonly minDomains: number;
  /** Whether a node counts (nodeAffinityPolicy and nodeTaintsPolicy, KEP-3094). */
  readonly includes: (node: NodeInfo) => boolean;
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
    includes: inclusion(pod, constraint, matcher),
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

function inclusion(
  pod: Pod,
  { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' }: TopologySpreadConstraint,
  matcher: NodeMatcher | undefined,
): (node: NodeInfo) => boolean {
  return node =>
    (nodeAffinityPolicy !== 'Honor' || !matcher || matcher(node)) &&
    (nodeTaintsPolicy !== 'Honor' || !untoleratedTaint(node.taints, pod.spec?.tolerations ?? []));
}

/** How many pods of a node, in the namespace and not on their way out, a selector matches. */
export function countMatching(node: NodeInfo, selector: LabelSelector, namespace: string): number {
  if (selector.matchesNothing) return 0;
  let count = 0;
  for (const other of node.pods.values()) if (counts(other, selector, namespace)) count++;
  return count;
}

export function counts(other: PodInfo, selector: LabelSelector, namespace: string): boolean {
  return (
    other.namespace === namespace && !other.pod.metadata.deletionTimestamp && selector.matches(other.labels)
  );
}

export function hasAllKeys(node: NodeInfo, constraints: readonly SpreadConstraint[]): boolean {
  return constraints.every(constraint => node.labels[constraint.topologyKey] !== undefined);
}
