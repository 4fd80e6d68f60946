import type { Pod, ResourceQuota } from './generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';

interface Requirement {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

const isTerminating = (pod: Pod) => pod.spec?.activeDeadlineSeconds !== undefined;

function isBestEffort(pod: Pod): boolean {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return containers.every(({ resources }) =>
    [resources?.requests, resources?.limits].every(
      list => list?.cpu === undefined && list?.memory === undefined,
    ),
  );
}

const scopes: Readonly<Record<string, (pod: Pod) => boolean>> = {
  BestEffort: isBestEffort,
  NotBestEffort: pod => !isBestEffort(pod),
  Terminating: isTerminating,
  NotTerminating: pod => !isTerminating(pod),
  CrossNamespacePodAffinity: pod => {
    const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
    return [podAffinity, podAntiAffinity].some(affinity =>
      [
        ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
        ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(w => w.podAffinityTerm),
      ].some(term => term?.namespaces?.length || term?.namespaceSelector),
    );
  },
};

/** Whether the quota is about the object at all. A quota with scopes is about pods alone. */
export function inScope({ spec }: ResourceQuota, bucket: string, object: KubeObject): boolean {
  const requirements: Requirement[] = [
    ...(spec?.scopes ?? []).map(scopeName => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (requirements.length === 0) return true;
  return bucket === 'core/pods' && requirements.every(requirement => meets(object as Pod, requirement));
}

function meets(pod: Pod, { scopeName, operator, values = [] }: Requirement): boolean {
  if (scopeName !== 'PriorityClass') return scopes[scopeName]?.(pod) ?? false;
  const name = pod.spec?.priorityClassName ?? '';
  switch (operator) {
    case 'In':
      return values.includes(name);
    case 'NotIn':
      return !values.includes(name);
    case 'Exists':
      return name !== '';
    default:
      return name === '';
  }
}
