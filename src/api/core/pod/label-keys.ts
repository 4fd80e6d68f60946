import { own } from '#base/members.ts';
import type { LabelSelectorRequirement } from '../../generated/types/meta.v1.ts';
import type { PodAffinityTerm, PodSpec, TopologySpreadConstraint } from '../../generated/types/core.v1.ts';

type Selecting = Pick<PodAffinityTerm, 'labelSelector' | 'matchLabelKeys' | 'mismatchLabelKeys'>;

function termsOf({ affinity, topologySpreadConstraints = [] }: PodSpec): Selecting[] {
  const ofPods = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap(pods => [
    ...(pods?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(pods?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(w => w.podAffinityTerm),
  ]);
  return [...ofPods, ...(topologySpreadConstraints as (TopologySpreadConstraint & Selecting)[])];
}

function requirements(
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Readonly<Record<string, string>>,
): LabelSelectorRequirement[] {
  return (keys ?? []).flatMap(key => {
    const value = own(labels, key);
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}

/**
 * What the pod's own labels make of matchLabelKeys and mismatchLabelKeys goes into the selectors beside them, once, when
 * the pod is created: who schedules it reads the selectors alone (KEP-3633, KEP-3243).
 */
export function mergeLabelKeys(spec: PodSpec, labels: Readonly<Record<string, string>>): void {
  for (const { labelSelector, matchLabelKeys, mismatchLabelKeys } of termsOf(spec)) {
    const added = [
      ...requirements(matchLabelKeys, 'In', labels),
      ...requirements(mismatchLabelKeys, 'NotIn', labels),
    ];
    if (!labelSelector || added.length === 0) continue;
    labelSelector.matchExpressions = [...(labelSelector.matchExpressions ?? []), ...added];
  }
}
