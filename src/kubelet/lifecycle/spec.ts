import type { ContainerSpec, Pod } from '../types.ts';

/** An init container that keeps running beside the others (KEP-753). */
export function isSidecar(container: ContainerSpec): boolean {
  return container.restartPolicy === 'Always';
}

/** Init containers that must end before the next one starts. */
export function plainInitContainers(pod: Pod): ContainerSpec[] {
  return (pod.spec?.initContainers ?? []).filter(container => !isSidecar(container));
}

export function sidecars(pod: Pod): ContainerSpec[] {
  return (pod.spec?.initContainers ?? []).filter(isSidecar);
}

/** Every container of the pod's spec: init, main, ephemeral. */
export function allContainers(pod: Pod): ContainerSpec[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? { containers: [] };
  return [...initContainers, ...containers, ...(ephemeralContainers as ContainerSpec[])];
}

/** Succeeded or Failed: nothing of the pod runs or will run. */
export function isTerminalPhase(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
