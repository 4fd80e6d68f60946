import type * as k8s from '@kubernetes/client-node';
import type { Trial } from './trial.ts';

/** What containers run where it does not matter; a cluster under KUBECONFIG must be able to get it. */
export const image = process.env.CONFORMANCE_IMAGE ?? 'registry.k8s.io/pause:3.10';

export function podSpec(extra: Partial<k8s.V1PodSpec> = {}, container: Partial<k8s.V1Container> = {}) {
  return { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image, ...container }], ...extra };
}

export function pod(
  name: string,
  labels: Record<string, string> = {},
  spec: k8s.V1PodSpec = podSpec(),
): k8s.V1Pod {
  return { metadata: { name, labels }, spec };
}

/** The part that Deployments, ReplicaSets and DaemonSets have in common. */
export function selected(app: string, spec: k8s.V1PodSpec = podSpec()) {
  return {
    selector: { matchLabels: { app } },
    template: { metadata: { labels: { app } }, spec },
  };
}

export function deployment(name: string, replicas: number, spec: Partial<k8s.V1DeploymentSpec> = {}) {
  return {
    metadata: { name, labels: { app: name } },
    spec: { replicas, ...selected(name), ...spec },
  } satisfies k8s.V1Deployment;
}

export function replicaSet(name: string, replicas: number, spec?: k8s.V1PodSpec) {
  return {
    metadata: { name, labels: { app: name } },
    spec: { replicas, ...selected(name, spec) },
  } satisfies k8s.V1ReplicaSet;
}

export function replicationController(name: string, replicas: number, spec: k8s.V1PodSpec = podSpec()) {
  return {
    metadata: { name, labels: { app: name } },
    spec: { replicas, selector: { app: name }, template: { metadata: { labels: { app: name } }, spec } },
  } satisfies k8s.V1ReplicationController;
}

export function statefulSet(name: string, replicas: number, spec: Partial<k8s.V1StatefulSetSpec> = {}) {
  return {
    metadata: { name, labels: { app: name } },
    spec: { replicas, serviceName: name, ...selected(name), ...spec },
  } satisfies k8s.V1StatefulSet;
}

export function job(
  name: string,
  spec: Partial<k8s.V1JobSpec> = {},
  container: Partial<k8s.V1Container> = {},
) {
  const template = {
    metadata: { labels: { app: name } },
    spec: podSpec({ restartPolicy: 'Never' }, { command: ['sleep', '1000'], ...container }),
  };
  return { metadata: { name, labels: { app: name } }, spec: { template, ...spec } } satisfies k8s.V1Job;
}

export function isReady(candidate: k8s.V1Pod): boolean {
  return (
    !candidate.metadata?.deletionTimestamp &&
    candidate.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') === true
  );
}

/** The pods that a selector finds, ends included. */
export async function podsOf(t: Trial, labelSelector: string): Promise<k8s.V1Pod[]> {
  return (await t.api.pods.list({ labelSelector })).items;
}

/** Waits until the selector finds this many pods, all ready, and none on its way out. */
export function readyPods(t: Trial, labelSelector: string, count: number, timeoutMs?: number) {
  return t.until(
    `${count} ready pods of ${labelSelector}`,
    async () => {
      const pods = await podsOf(t, labelSelector);
      return pods.length === count && pods.every(isReady) && pods;
    },
    timeoutMs,
  );
}

export function runningPod(t: Trial, name: string, timeoutMs?: number): Promise<k8s.V1Pod> {
  return t.until(
    `pod ${name} to be ready`,
    async () => {
      const found = await t.api.pods.get(name);
      return isReady(found) && found;
    },
    timeoutMs,
  );
}

/** Waits until a Deployment's controller says that all replicas are of the newest template and available. */
export function rolledOut(t: Trial, name: string, timeoutMs?: number): Promise<k8s.V1Deployment> {
  return t.until(
    `deployment ${name} to be rolled out`,
    async () => {
      const found = await t.api.deployments.get(name);
      const wanted = found.spec!.replicas!;
      const { observedGeneration, updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = found.status!;
      return (
        observedGeneration === found.metadata!.generation &&
        updatedReplicas === wanted &&
        availableReplicas === wanted &&
        replicas === wanted &&
        found
      );
    },
    timeoutMs,
  );
}
