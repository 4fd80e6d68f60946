import { toleratesDeviceTaint } from '#api/device-taints.ts';
import type {
  DeviceRequestAllocationResult,
  DeviceTaint,
  DeviceToleration,
  ResourceClaim,
  ResourceSlice,
} from '#api/generated/types/resource.v1.ts';
import { timeMs } from '../shared/time.ts';
import { secondsToMs } from '#machinery/go-values.ts';

type DeviceId = Pick<DeviceRequestAllocationResult, 'driver' | 'pool' | 'device'>;

/** The taints of a device, from its pool's newest slices. */
export function taintsOf(
  slices: readonly ResourceSlice[],
  { driver, pool, device }: DeviceId,
): DeviceTaint[] {
  const ofPool = slices.filter(({ spec }) => spec.driver === driver && spec.pool.name === pool);
  const newest = Math.max(...ofPool.map(({ spec }) => spec.pool.generation));
  return ofPool
    .filter(({ spec }) => spec.pool.generation === newest)
    .flatMap(({ spec }) => spec.devices ?? [])
    .filter(({ name }) => name === device)
    .flatMap(({ taints = [] }) => taints);
}

/** When pods that use the claim have to go, in milliseconds since the epoch; undefined: never. */
export function evictionMs(claim: ResourceClaim, slices: readonly ResourceSlice[]): number | undefined {
  const times = (claim.status?.allocation?.devices?.results ?? []).flatMap(result =>
    taintsOf(slices, result)
      .filter(({ effect }) => effect === 'NoExecute')
      .map(taint => evictionByTaintMs(taint, result.tolerations ?? [])),
  );
  const earliest = Math.min(...times);
  return Number.isFinite(earliest) ? earliest : undefined;
}

/** Infinity where it is tolerated for good. */
function evictionByTaintMs(taint: DeviceTaint, tolerations: readonly DeviceToleration[]): number {
  const addedMs = timeMs(taint.timeAdded);
  const fitting = tolerations.filter(toleration => toleratesDeviceTaint(toleration, taint));
  if (fitting.length === 0) return addedMs;
  const times = fitting.map(({ tolerationSeconds }) =>
    tolerationSeconds === undefined ? Number.POSITIVE_INFINITY : secondsToMs(tolerationSeconds),
  );
  return addedMs + Math.max(0, Math.min(...times));
}
