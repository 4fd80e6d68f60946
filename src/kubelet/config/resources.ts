import { podTotals } from '#api/pod-totals.ts';
import { quantityMilliValue, quantityValue } from '#machinery/quantity.ts';
import type { CgroupLimits } from '../host/port.ts';
import { qosClassOf } from '../lifecycle/qos.ts';
import { podLimit } from '../lifecycle/pod-resources.ts';
import { sidecars } from '../lifecycle/spec.ts';
import type { LinuxResources } from '../runtime.ts';
import type { ContainerSpec, Pod } from '../types.ts';

const sharesMin = 2;
const sharesMax = 262_144;
const quotaPeriod = 100_000;
const quotaMin = 1_000;

export function cpuShares(milliCpu: number): number {
  if (milliCpu === 0) return sharesMin;
  return Math.min(sharesMax, Math.max(sharesMin, Math.floor((milliCpu * 1_024) / 1_000)));
}

function memoryRequest(container: ContainerSpec): number {
  return quantityValue(container.resources?.requests?.memory ?? '0');
}

/** How soon the kernel kills the container when memory runs out; by quality of service and memory asked for. */
export function oomScoreAdj(pod: Pod, container: ContainerSpec, memoryCapacityBytes: number): number {
  if ((pod.spec?.priority ?? 0) >= 2_000_000_000 && pod.spec?.priorityClassName === 'system-node-critical') {
    return -997;
  }
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1_000;
  let request = memoryRequest(container);
  // A sidecar is to outlive the main containers: it counts as the smallest of them at least.
  if (sidecars(pod).some(({ name }) => name === container.name))
    request = Math.max(request, Math.min(...pod.spec!.containers.map(memoryRequest)));
  const score = 1_000 - Math.floor((1_000 * request) / memoryCapacityBytes);
  if (score < 3) return 3;
  return score === 1_000 ? 999 : score;
}

/** A container's limits as the kernel takes them. */
export function linuxResources(
  pod: Pod,
  container: ContainerSpec,
  memoryCapacityBytes: number,
): LinuxResources {
  const { requests = {} } = container.resources ?? {};
  // What a container leaves open, the pod as a whole may limit (KEP-2837).
  const limits = { ...pod.spec?.resources?.limits, ...container.resources?.limits };
  const limitMilli = quantityMilliValue(limits.cpu ?? '0');
  const requestMilli = quantityMilliValue(requests.cpu ?? container.resources?.limits?.cpu ?? '0');
  const memory = quantityValue(limits.memory ?? '0');
  return {
    cpuShares: cpuShares(requestMilli),
    cpuPeriod: quotaPeriod,
    ...(limitMilli > 0 ? { cpuQuota: cpuQuota(limitMilli) } : {}),
    ...(memory > 0 ? { memoryLimitBytes: memory } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, memoryCapacityBytes),
  };
}

/** What the pod as a whole may take: limits where it, or every one of its containers, has one. */
export function podLimits(pod: Pod): CgroupLimits {
  const qos = qosClassOf(pod);
  if (qos === 'BestEffort') return { cpuShares: sharesMin };
  const [cpu, memory] = [podLimit(pod, 'cpu'), podLimit(pod, 'memory')];
  return {
    cpuShares: cpuShares(cpuRequestMilli(pod)),
    ...(cpu ? { cpuQuotaMicroseconds: cpuQuota(cpu.milliValue()) } : {}),
    ...(memory ? { memoryBytes: memory.value() } : {}),
  };
}

/** What the burstable pods may take together beside the guaranteed ones. */
export function burstableShares(pods: readonly Pod[]): number {
  const burstable = pods.filter(pod => qosClassOf(pod) === 'Burstable');
  return cpuShares(burstable.reduce((total, pod) => total + cpuRequestMilli(pod), 0));
}

function cpuRequestMilli(pod: Pod): number {
  return podTotals(pod, 'requests').get('cpu')?.milliValue() ?? 0;
}

function cpuQuota(limitMilli: number): number {
  return Math.max(quotaMin, (limitMilli * quotaPeriod) / 1_000);
}

const tiers = { Guaranteed: '', Burstable: '/burstable', BestEffort: '/besteffort' } as const;

function groupIn(root: string, tier: string, podUid: string): string {
  return `${podsCgroup(root)}${tier}/pod${podUid}`;
}

/** The control group of a pod below the kubelet's root (cgroupfs driver). */
export function podCgroup(root: string, pod: Pod): string {
  return groupIn(root, tiers[qosClassOf(pod)], pod.metadata.uid!);
}

/** Where the control group of a pod may be of which only the uid is known. */
export function podCgroups(root: string, podUid: string): string[] {
  return Object.values(tiers).map(tier => groupIn(root, tier, podUid));
}

/** The control group that all pods' are in. */
export function podsCgroup(root: string): string {
  return `${root}/kubepods`;
}
