/** Constraints that a profile gives to pods without any of their own. */
import { replicaSets, replicationControllers, services, statefulSets } from '#api/generated/refs.ts';
import type { Service, TopologySpreadConstraint } from '#api/generated/types/core.v1.ts';
import { controllerOf, objectKey } from '#machinery/object.ts';
import { LabelSelector, selectorFromLabels } from '#machinery/selectors.ts';
import type { ObjectSource } from '../../framework/object-source.ts';
import type { PodQuery } from '../../framework/pod-counts.ts';
import { type PodInfo, selectorOrNothing } from '../../framework/pod-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';
import {
  compileConstraint,
  hostnameLabel,
  type SpreadConstraint,
  type WhenUnsatisfiable,
  zoneLabel,
} from './constraints.ts';

export interface PodTopologySpreadOptions {
  /** Default: 'System', upstream's own soft ones. */
  readonly defaultingType?: 'System' | 'List';
  /** Without selectors: which pods are alike follows from what selects them. */
  readonly defaultConstraints?: readonly TopologySpreadConstraint[];
}

/** Upstream's own, by node and by zone. */
const systemDefaults: readonly TopologySpreadConstraint[] = [
  { topologyKey: hostnameLabel, maxSkew: 3, whenUnsatisfiable: 'ScheduleAnyway' },
  { topologyKey: zoneLabel, maxSkew: 5, whenUnsatisfiable: 'ScheduleAnyway' },
];

const replicaKinds = new Set(['ReplicaSet', 'ReplicationController', 'StatefulSet']);

/**
 * Upstream's own constraints for a pod: with those of the controller that keeps its replicas, else with those that the
 * Services that have it select.
 */
export type SystemConstraints = (pod: PodInfo) => SpreadConstraint[];

export function systemConstraints({ lister }: Pick<PluginContext, 'lister'>): SystemConstraints {
  const serviceSource = lister(services);
  return pod => {
    const owner = controllerOf(pod.pod);
    const query = owner && replicaKinds.has(owner.kind) ? ofOwner(owner.uid) : undefined;
    const selector = query ? LabelSelector.everything : selectorOfServices(serviceSource, pod);
    if (selector.empty && !query) return [];
    return systemDefaults.map(constraint => {
      const compiled = compileConstraint(pod.pod, constraint, selector);
      return query ? { ...compiled, query } : compiled;
    });
  };
}

/** The pods of one controller have all labels in common that it or a Service selects them by. */
function ofOwner(ownerUid: string): PodQuery {
  return {
    key: `owner ${ownerUid}`,
    ownerUid,
    matches: group => group.ownerUid === ownerUid && !group.leaving,
  };
}

function selectorOfServices(
  serviceSource: ObjectSource<Service>,
  { namespace, labels }: PodInfo,
): LabelSelector {
  const selected = serviceSource
    .list(namespace)
    .map(({ spec }) => spec?.selector ?? {})
    .filter(selector => Object.keys(selector).length > 0 && selectorFromLabels(selector).matches(labels));
  return selectorFromLabels(Object.assign({}, ...selected) as Record<string, string>);
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
  const likePods = (info: PodInfo): LabelSelector => {
    const owner = controllerOf(info.pod);
    const key = objectKey({ metadata: { namespace: info.namespace, name: owner?.name ?? '' } });
    const own = owner && controllers[owner.kind]?.(key);
    const ofServices = selectorOfServices(serviceSource, info);
    return new LabelSelector([...ofServices.requirements, ...(own?.requirements ?? [])]);
  };

  return (pod, when) => {
    const wanted = listed.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === when);
    if (wanted.length === 0) return [];
    const selector = likePods(pod);
    return selector.empty ? [] : wanted.map(constraint => compileConstraint(pod.pod, constraint, selector));
  };
}
