import type { DeviceClaim } from './generated/types/resource.v1.ts';

/** One device of each request, unless it says otherwise. */
export function setDeviceClaimDefaults(claim: DeviceClaim | undefined): void {
  const requests = (claim?.requests ?? []).flatMap(request => [
    ...(request.exactly ? [request.exactly] : []),
    ...(request.firstAvailable ?? []),
  ]);
  for (const request of requests) {
    request.allocationMode ||= 'ExactCount';
    if (request.allocationMode === 'ExactCount') request.count ||= 1;
    for (const toleration of request.tolerations ?? []) toleration.operator ||= 'Equal';
  }
}
