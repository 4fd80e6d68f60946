import type { Container, Pod } from '#api/generated/types/core.v1.ts';
import { Quantity, quantityMilliValue } from '#machinery/quantity.ts';
import { podCondition } from '../shared/pods.ts';
import { timeMs } from '../shared/time.ts';
import type { PodMetrics, PodSample } from './metrics-client.ts';
import { autoscalerOptions } from './options.ts';

export interface PodGroups {
  /** Pods whose sample counts. */
  readonly ready: number;
  readonly unready: readonly string[];
  /** Running, but without a sample. */
  readonly missing: readonly string[];
  /** Failed or going: their samples do not count. */
  readonly ignored: readonly string[];
}

/** Which of the pods a metric is computed from. Only the start of a pod distorts its use of CPU (`resource` 'cpu'). */
export function groupPods(
  pods: readonly Pod[],
  metrics: PodMetrics,
  resource: string,
  nowMs: number,
): PodGroups {
  const groups = { ready: 0, unready: [] as string[], missing: [] as string[], ignored: [] as string[] };
  for (const pod of pods) {
    const name = pod.metadata.name!;
    const sample = metrics.get(name);
    if (pod.metadata.deletionTimestamp || pod.status?.phase === 'Failed') groups.ignored.push(name);
    else if (pod.status?.phase === 'Pending') groups.unready.push(name);
    else if (!sample) groups.missing.push(name);
    else if (resource === 'cpu' && isStarting(pod, sample, nowMs)) groups.unready.push(name);
    else groups.ready++;
  }
  return groups;
}

function isStarting(pod: Pod, sample: PodSample, nowMs: number): boolean {
  const ready = podCondition(pod, 'Ready');
  if (!ready || !pod.status?.startTime) return true;
  const startMs = timeMs(pod.status.startTime);
  const changeMs = timeMs(ready.lastTransitionTime);
  const isUnready = ready.status === 'False';
  if (startMs + autoscalerOptions.cpuInitializationMs > nowMs) {
    return isUnready || sample.atMs < changeMs + sample.windowMs;
  }
  return isUnready && startMs + autoscalerOptions.initialReadinessMs > changeMs;
}

/**
 * What each pod, or its container of that name, asks for in thousandths; throws where one asks for nothing. Requests of
 * the pod as a whole (KEP-2837) go before those of its containers.
 */
export function podRequests(
  pods: readonly Pod[],
  resource: string,
  container: string,
): ReadonlyMap<string, number> {
  return new Map(pods.map(pod => [pod.metadata.name!, requestOf(pod, resource, container)]));
}

function requestOf(pod: Pod, resource: string, container: string): number {
  const whole = pod.spec?.resources?.requests ?? {};
  if (container === '' && whole[resource] !== undefined) return quantityMilliValue(whole[resource]);
  const containers = [...(pod.spec?.containers ?? []), ...sidecars(pod)];
  return containers
    .filter(({ name }) => container === '' || name === container)
    .reduce((sum, each) => sum + containerRequest(pod, each, resource), 0);
}

function sidecars({ spec }: Pod): Container[] {
  return (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
}

function containerRequest(pod: Pod, { name, resources }: Container, resource: string): number {
  const request = resources?.requests?.[resource];
  if (request !== undefined) return quantityMilliValue(request);
  throw new Error(`missing request for ${resource} in container ${name} of Pod ${pod.metadata.name}`);
}

/** Thousandths as a quantity. */
export function milliText(milli: number): string {
  return Quantity.ofMilli(milli).toString();
}
