import { Quantity } from '#machinery/quantity.ts';
import type { Container, PodSpec, ResourceRequirements } from '../../generated/types/core.v1.ts';

type Amounts = Record<string, string>;

/** Whether a pod as a whole may ask for the resource (KEP-2837). */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** What is limited is also requested, unless the request is given. */
function requestLimits({ resources }: Container): void {
  if (!resources?.limits) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

function add(
  into: Amounts,
  amounts: Amounts | undefined,
  merge: (a: Quantity, b: Quantity) => Quantity,
): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    const before = into[name];
    const [a, b] = [Quantity.tryParse(before ?? ''), Quantity.tryParse(amount)];
    into[name] = a && b ? merge(a, b).toString() : amount;
  }
}

const sum = (a: Quantity, b: Quantity) => a.add(b);
const larger = (a: Quantity, b: Quantity) => (a.compare(b) >= 0 ? a : b);

/** What a pod's containers ask for together: the sum of those that run side by side, or the largest init step. */
export function containerTotals(spec: PodSpec, of: 'requests' | 'limits'): Amounts {
  const total: Amounts = {};
  for (const { resources } of spec.containers ?? []) add(total, resources?.[of], sum);
  const sidecars: Amounts = {};
  const initPeak: Amounts = {};
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    if (restartPolicy === 'Always') {
      add(total, resources?.[of], sum);
      add(sidecars, resources?.[of], sum);
      add(initPeak, sidecars, larger);
    } else {
      const step: Amounts = { ...resources?.[of] };
      add(step, sidecars, sum);
      add(initPeak, step, larger);
    }
  }
  add(total, initPeak, larger);
  return total;
}

/** A pod-level request that is not given, where limits are, is what the containers ask for together, else the pod's limit. */
function requestPodLevel(spec: PodSpec, resources: ResourceRequirements): void {
  const requests: Amounts = { ...resources.requests };
  for (const [name, amount] of Object.entries(containerTotals(spec, 'requests'))) {
    if (isPodLevelResource(name) && !name.startsWith('hugepages-')) requests[name] ??= amount;
  }
  for (const [name, amount] of Object.entries(resources.limits ?? {})) {
    if (isPodLevelResource(name)) requests[name] ??= amount;
  }
  if (Object.keys(requests).length > 0) resources.requests = requests;
}

/** Requests that limits imply. Bad quantities stay as they are, for validation to name. */
export function setPodResourceDefaults(spec: PodSpec): void {
  for (const container of spec.containers ?? []) requestLimits(container);
  for (const container of spec.initContainers ?? []) requestLimits(container);
  const { limits = {} } = spec.resources ?? {};
  if (Object.keys(limits).length > 0) requestPodLevel(spec, spec.resources!);
}
