/** What upstream calls an event in its metrics: the resource, and what became of it. */
import type { Node } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import type { ClusterEvent } from './framework/plugin.ts';
import type { PodInfo } from './framework/pod-info.ts';
import { lowers } from './framework/resources.ts';

const changes = { added: 'Add', updated: 'Update', deleted: 'Delete' } as const;

export function eventLabel(event: ClusterEvent): string {
  switch (event.type) {
    case 'nodeAdded':
      return 'NodeAdd';
    case 'nodeUpdated':
      return `NodeUpdate${nodeChange(event.node, event.old)}`;
    case 'nodeDeleted':
      return 'NodeDelete';
    case 'podAssigned':
      return 'AssignedPodAdd';
    case 'podFreed':
      return 'AssignedPodDelete';
    case 'assignedPodUpdated':
      return `AssignedPodUpdate${podChange(event.pod, event.old)}`;
    case 'podUpdated':
      return `UnschedulablePodUpdate${podChange(event.pod, event.old)}`;
    case 'objectChanged': {
      const { group, kind } = event.resource;
      return `${group === '' ? '' : `${group}/`}${kind}${changes[event.change.type]}`;
    }
  }
}

/** The first of upstream's kinds of changes that there is. */
function nodeChange({ metadata, spec, status }: Node, old: Node): string {
  if (old.spec?.unschedulable && !spec?.unschedulable) return 'NodeTaint';
  if (!deepEqual(status?.allocatable, old.status?.allocatable)) return 'NodeAllocatable';
  if (!deepEqual(metadata.labels, old.metadata.labels)) return 'NodeLabel';
  if (!deepEqual(spec?.taints, old.spec?.taints)) return 'NodeTaint';
  if (!deepEqual(metadata.annotations, old.metadata.annotations)) return 'NodeAnnotation';
  if (!deepEqual(status?.declaredFeatures, old.status?.declaredFeatures)) return 'NodeDeclaredFeature';
  return '';
}

function podChange({ pod, labels, requests }: PodInfo, old: PodInfo): string {
  const { schedulingGates = [], tolerations = [] } = pod.spec ?? {};
  const { schedulingGates: oldGates = [], tolerations: oldTolerations = [] } = old.pod.spec ?? {};
  if (!deepEqual(labels, old.labels)) return 'PodLabel';
  if (lowers(old.requests, requests)) return 'PodScaleDown';
  if (schedulingGates.length === 0 && oldGates.length > 0) return 'PodSchedulingGatesEliminated';
  if (tolerations.length !== oldTolerations.length) return 'PodToleration';
  return '';
}
