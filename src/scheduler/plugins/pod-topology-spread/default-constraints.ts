/** Constraints that a profile gives to pods without any of their own. */
import { replicaSets, replicationControllers, services, statefulSets } from '#api/generated/refs.ts';
import type { TopologySpreadConstraint } from '#api/generated/types/core.v1.ts';
import { controllerOf, objectKey } from '#machinery/object.ts';
import { LabelSelector, selectorFromLabels } from '#machinery/selectors.ts';
import { type PodInfo, selectorOrNothing } from '../../framework/pod-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';
import { compileConstraint, type SpreadConstraint, type WhenUnsatisfiable } from './constraints.ts';

export interface PodTopologySpreadOptions {
  /** Default: 'System', upstream's own soft ones. */
  readonly defaultingType?: 'System' | 'List';
  /** Without selectors: which pods are alike follows from what selects them. */
  readonly defaultConstraints?: readonly TopologySpreadConstraint[];
}

/** The constraints that a profile lists, ready to count by. */
export type ListedConstraints = (pod: PodInfo, when: WhenUnsatisfiable) => SpreadConstraint[];

export function listedConstraints(
  { lister }: Pick<PluginContext, 'lister'>,
  listed: readonly TopologySpreadConstraint[],
): ListedConstraints {
  const serviceSource = lister(services);
  const [ofControllers, ofReplicaSets, ofStatefulSets] = [
    lister(replicationControllers),
    lister(replicaSets),
    lister(statefulSets),
  ];
  const controllers: Readonly<Record<string, (key: string) => LabelSelector>> = {
    ReplicationController: key => selectorFromLabels(ofControllers.get(key)?.spec?.selector),
    ReplicaSet: key => selectorOrNothing(ofReplicaSets.get(key)?.spec?.selector),
    StatefulSet: key => selectorOrNothing(ofStatefulSets.get(key)?.spec?.selector),
  };

  /** Of the Services that have the pod, and of its controller. */
  const likePods = ({ pod, namespace, labels }: PodInfo): LabelSelector => {
    const selected = serviceSource
      .list(namespace)
      .map(({ spec }) => spec?.selector ?? {})
      .filter(selector => Object.keys(selector).length > 0 && selectorFromLabels(selector).matches(labels));
    const owner = controllerOf(pod);
    const key = objectKey({ metadata: { namespace, name: owner?.name ?? '' } });
    const own = owner && controllers[owner.kind]?.(key);
    const ofServices = selectorFromLabels(Object.assign({}, ...selected) as Record<string, string>);
    return new LabelSelector([...ofServices.requirements, ...(own?.requirements ?? [])]);
  };

  return (pod, when) => {
    const wanted = listed.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === when);
    if (wanted.length === 0) return [];
    const selector = likePods(pod);
    return selector.empty ? [] : wanted.map(constraint => compileConstraint(pod.pod, constraint, selector));
  };
}
