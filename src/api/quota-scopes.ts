import { table } from '#base/members.ts';
import type { PersistentVolumeClaim, Pod, ResourceQuota } from './generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { qosClass } from './core/pod/qos.ts';

/** core ScopedResourceSelectorRequirement. */
export interface ScopeRequirement {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

const attributesClass = 'VolumeAttributesClass';

const isTerminating = (pod: Pod) => pod.spec?.activeDeadlineSeconds !== undefined;

function isBestEffort(pod: Pod): boolean {
  return (pod.status?.qosClass ?? qosClass(pod)) === 'BestEffort';
}

const scopes = table<(pod: Pod) => boolean>({
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
});

/** What a quota requires of objects that it is about. */
export function scopesOf({ spec }: ResourceQuota): ScopeRequirement[] {
  return [
    ...(spec?.scopes ?? []).map(scopeName => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
}

/** Whether the quota is about the object at all. */
export function inScope(quota: ResourceQuota, bucket: string, object: KubeObject): boolean {
  return scopesOf(quota).every(requirement => meetsScope(requirement, bucket, object));
}

/** Scopes are about pods, but for one that is about claims. */
export function meetsScope(requirement: ScopeRequirement, bucket: string, object: KubeObject): boolean {
  const { scopeName } = requirement;
  if (scopeName === attributesClass)
    return (
      bucket === 'core/persistentvolumeclaims' &&
      meets(requirement, classesOf(object as PersistentVolumeClaim))
    );
  if (bucket !== 'core/pods') return false;
  const pod = object as Pod;
  if (scopeName !== 'PriorityClass') return scopes[scopeName]?.(pod) ?? false;
  return meets(requirement, pod.spec?.priorityClassName ? [pod.spec.priorityClassName] : []);
}

/** The classes that a claim has, or is to have (KEP-3751). */
function classesOf({ spec, status }: PersistentVolumeClaim): string[] {
  const { currentVolumeAttributesClassName, modifyVolumeStatus } = status ?? {};
  return [
    spec?.volumeAttributesClassName,
    currentVolumeAttributesClassName,
    modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter(name => Boolean(name)) as string[];
}

function meets({ operator, values = [] }: ScopeRequirement, names: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return names.some(name => values.includes(name));
    case 'NotIn':
      return names.length === 0 || names.some(name => !values.includes(name));
    case 'Exists':
      return names.length > 0;
    default:
      return names.length === 0;
  }
}
