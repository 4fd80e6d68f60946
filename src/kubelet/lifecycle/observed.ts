import { fnv32a } from '#base/hash.ts';
import type { ContainerStatus, SandboxStatus } from '../runtime.ts';
import type { ContainerSpec, Pod } from '../types.ts';

/** What the runtime has of one pod. */
export interface ObservedPod {
  /** Newest first. */
  readonly sandboxes: readonly SandboxStatus[];
  /** Newest first, those of older sandboxes too. */
  readonly containers: readonly ContainerStatus[];
}

export const nothingObserved: ObservedPod = { sandboxes: [], containers: [] };

/** A container that could not be started, or must wait: what the API shows as `state.waiting`. */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
}

/** What the kubelet itself knows of a pod, beside the runtime. */
export interface PodView {
  /** The last start of the container failed for this reason. */
  problem(containerName: string): Waiting | undefined;
  /** The startup probe of this very container has passed; true where there is none. */
  started(containerId: string): boolean;
  /** The readiness probe's verdict; true where there is none. */
  ready(containerId: string): boolean;
  /** The probe that has failed for good and wants the container killed. */
  failedProbe(containerId: string): 'liveness' | 'startup' | undefined;
  /** The container has been granted other resources, and must start anew to get them. */
  resizeRestarts(container: ContainerSpec): boolean;
  /** What the container was granted, and what it runs with. */
  resources(container: ContainerSpec): {
    readonly granted: ContainerSpec['resources'];
    readonly actual: ContainerSpec['resources'];
  };
}

/** A view without probes and problems. */
export const plainView: PodView = {
  problem: () => undefined,
  started: () => true,
  ready: () => true,
  failedProbe: () => undefined,
  resizeRestarts: () => false,
  resources: ({ resources }) => ({ granted: resources, actual: resources }),
};

/** The newest container of that name; in `sandboxId` alone when given. */
export function newest(observed: ObservedPod, name: string, sandboxId?: string): ContainerStatus | undefined {
  return observed.containers.find(
    container => container.name === name && (sandboxId === undefined || container.sandboxId === sandboxId),
  );
}

/** Orders what the runtime answered as `ObservedPod` wants it. */
export function arrange(
  sandboxes: readonly SandboxStatus[],
  containers: readonly ContainerStatus[],
): ObservedPod {
  return {
    sandboxes: [...sandboxes].sort(
      (a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAtMs - a.createdAtMs,
    ),
    containers: [...containers].sort((a, b) => b.createdAtMs - a.createdAtMs || b.attempt - a.attempt),
  };
}

/** 'name_namespace(uid)', as the kubelet's messages name a pod. */
export function podText(pod: Pod): string {
  const { name, namespace, uid } = pod.metadata;
  return `${name}_${namespace}(${uid})`;
}

/** Changes when a container must be made anew: by its name and image, as upstream has it since v1.28. */
export function containerHash(container: ContainerSpec): string {
  return fnv32a(JSON.stringify([container.name, container.image])).toString(16);
}

/** The label and annotation names by which the kubelet knows its containers again after a restart. */
export const runtimeKeys = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
  containerHash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  gracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
} as const;
