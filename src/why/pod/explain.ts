/** A pod: from waiting for a node to being gone. */
import {
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  deviceClasses,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  resourceClaims,
  resourceSlices,
  storageClasses,
  volumeAttachments,
} from '#api/generated/refs.ts';
import type { ContainerStatus, Pod } from '#api/generated/types/core.v1.ts';
import type { ResourceRef } from '#machinery/object.ts';
import { type Finding, healthy, waiting } from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { hasEnded } from '../scheduling/view.ts';
import { count, lasting } from '../words.ts';
import { claimNames } from './claims.ts';
import { containerFindings, type ContainerView, containerViews, startingFinding } from './containers.ts';
import { disruptionFindings } from './disruption.ts';
import { finishedFindings } from './finished.ts';
import { pendingFindings } from './pending.ts';
import { readinessFindings } from './readiness.ts';
import { conditionOf } from './state.ts';
import { nodeFindings, preparationFindings } from './starting.ts';

/** What the scheduler looks at. */
export async function gatherScheduling(namespace: string, gatherer: Gatherer): Promise<void> {
  await Promise.all([
    gatherer.listWidely(pods, namespace),
    gatherer.list(nodes, ''),
    gatherer.list(namespaces, ''),
    gatherer.list(podDisruptionBudgets, ''),
    gatherer.list(persistentVolumeClaims, namespace),
    gatherer.list(persistentVolumes, ''),
    gatherer.list(storageClasses, ''),
    gatherVolumeLimits(namespace, gatherer),
  ]);
}

/** Of no interest to a pod without claims: claims of the namespace come first. */
async function gatherVolumeLimits(namespace: string, gatherer: Gatherer): Promise<void> {
  const claims = await gatherer.list(persistentVolumeClaims, namespace);
  if (claims.length === 0) return;
  await Promise.all(
    [csiDrivers, csiNodes, csiStorageCapacities, volumeAttachments].map(ref =>
      gatherer.list(ref as ResourceRef, ''),
    ),
  );
}

export async function gatherPod(pod: Pod, gatherer: Gatherer): Promise<void> {
  if (hasEnded(pod) || pod.spec?.nodeName) {
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    await Promise.all([
      pod.spec?.nodeName && gatherer.get(nodes, '', pod.spec.nodeName),
      conditionOf(pod, 'DisruptionTarget')?.reason === 'PreemptionByScheduler' &&
        gatherer.listWidely(pods, pod.metadata.namespace ?? ''),
      ...statuses.filter(hasCrashed).map(status => gatherer.log(pod, status)),
    ]);
    return;
  }
  const { namespace = '' } = pod.metadata;
  await Promise.all([
    gatherScheduling(namespace, gatherer),
    ...claimNames(pod).map(({ name }) => gatherer.events(namespace, 'PersistentVolumeClaim', name)),
    ...(pod.spec?.resourceClaims?.length ? gatherDevices(namespace, gatherer) : []),
  ]);
}

function gatherDevices(namespace: string, gatherer: Gatherer): Promise<unknown>[] {
  return [
    gatherer.listWidely(resourceClaims, namespace),
    gatherer.list(resourceSlices, ''),
    gatherer.list(deviceClasses, ''),
  ];
}

function hasCrashed({ state, lastState }: ContainerStatus): boolean {
  return [state?.terminated, lastState?.terminated].some(
    ended => ended !== undefined && ended.exitCode !== 0,
  );
}

export function podFindings(pod: Pod, facts: Facts): Finding[] {
  const disruptions = disruptionFindings(pod, facts);
  // Why it ends is said by its deletion; what its containers do on the way out is no fault.
  if (pod.metadata.deletionTimestamp) return disruptions;
  if (hasEnded(pod)) return [...disruptions, ...finishedFindings(pod, facts)];
  if (!pod.spec?.nodeName) return [...disruptions, ...pendingFindings(pod, facts)];
  const views = containerViews(pod, facts);
  const containers = views.flatMap(containerFindings);
  const found = [...disruptions, ...nodeFindings(pod, facts), ...containers];
  if (!isInitialized(pod, views)) {
    const init = views.map(startingFinding).find(finding => finding !== undefined);
    return found.length > 0 ? found : init ? [init] : preparationFindings(pod, facts);
  }
  found.push(...readinessFindings(pod, facts, views));
  if (found.length > 0) return found;
  return [stateFinding(pod, facts, views)];
}

function isInitialized(pod: Pod, views: readonly ContainerView[]): boolean {
  return pod.status?.phase === 'Running' && views.some(({ title }) => title.startsWith('container'));
}

function stateFinding(pod: Pod, facts: Facts, views: readonly ContainerView[]): Finding {
  const ready = conditionOf(pod, 'Ready');
  const restarts = views.reduce((sum, { status }) => sum + status.restartCount, 0);
  const evidence = [
    `On ${pod.spec?.nodeName}, Ready for ${lasting(ready?.lastTransitionTime, facts.nowMs)}`,
    restarts > 0 ? `${count(restarts, 'restart')}, none of late` : undefined,
  ];
  return ready?.status === 'True'
    ? healthy('Ready', 'running and Ready', { evidence })
    : waiting('NotReady', 'running, not Ready yet');
}

export const podExplainer = { ref: pods, gather: gatherPod, findings: podFindings };
