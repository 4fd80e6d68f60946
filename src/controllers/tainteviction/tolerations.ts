import type { Pod, Taint } from '#api/generated/types/core.v1.ts';
import { tolerates } from '#api/tolerations.ts';
import { secondsToMs } from '#machinery/go-values.ts';

/** How long the pod may stay under these NoExecute taints: 0 not at all, Infinity for good. */
export function toleratedMs(pod: Pod, taints: readonly Taint[]): number {
  let leastMs = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const fitting = (pod.spec?.tolerations ?? []).filter(toleration => tolerates(toleration, taint));
    if (fitting.length === 0) return 0;
    for (const { tolerationSeconds } of fitting) {
      if (tolerationSeconds !== undefined)
        leastMs = Math.min(leastMs, Math.max(0, secondsToMs(tolerationSeconds)));
    }
  }
  return leastMs;
}
