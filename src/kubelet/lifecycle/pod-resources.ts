import { type Amounts, podTotals } from '#api/pod-totals.ts';
import type { Pod, PodStatus } from '../types.ts';

type Written = Record<string, string>;

/** Less than the kernel can be told: a pod that asks for no CPU has as much. */
const cpuSharesMinMilli = 2;

function written(amounts: Amounts): Written | undefined {
  return amounts.size > 0
    ? Object.fromEntries([...amounts].map(([name, amount]) => [name, String(amount)]))
    : undefined;
}

/** The limit that the pod's own control group has: the pod's, or the sum where each container has one. */
export function podLimit(pod: Pod, resource: string) {
  const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const declared =
    pod.spec?.resources?.limits?.[resource] !== undefined ||
    all.every(container => container.resources?.limits?.[resource] !== undefined);
  return declared ? podTotals(pod, 'limits').get(resource) : undefined;
}

/** What a pod that runs holds as a whole: what it says itself, and of CPU and memory what its control group has. */
function held(pod: Pod): { requests?: Written; limits?: Written } {
  const requests: Written = { ...pod.spec?.resources?.requests };
  const limits: Written = { ...pod.spec?.resources?.limits };
  const asked = podTotals(pod, 'requests');
  for (const name of ['cpu', 'memory']) {
    const request = asked.get(name);
    if (request && (name !== 'cpu' || request.milliValue() > cpuSharesMinMilli)) {
      requests[name] ??= String(request);
    }
    const limit = podLimit(pod, name);
    if (limit) limits[name] ??= String(limit);
  }
  return {
    ...(Object.keys(requests).length > 0 ? { requests } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
  };
}

/** What a pod has been granted as a whole, and what it holds; `actual` of one that runs (KEP-5419). */
export function podResources(
  granted: Pod,
  actual: Pod | undefined,
): Pick<PodStatus, 'allocatedResources' | 'resources'> {
  const requests = written(podTotals(granted, 'requests'));
  const limits = written(podTotals(granted, 'limits'));
  const resources = actual
    ? held(actual)
    : { ...granted.spec?.resources, ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) };
  return { ...(requests ? { allocatedResources: requests } : {}), resources };
}
