import { pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import type { Client } from '#client/client.ts';

/** Why a pod is about to be deleted (KEP-3329), for its Job's failure policy and for its users. */
export interface Disruption {
  readonly reason: string;
  readonly message: string;
}

/** Shows a disruption on the pod, or the phase that it ends in, or both. */
export async function markDisrupted(
  client: Client,
  pod: Pod,
  disruption: Disruption | undefined,
  nowMs: number,
  phase?: string,
): Promise<void> {
  const { namespace, name, uid, generation } = pod.metadata;
  const observed = generation ? { observedGeneration: generation } : {};
  const lastTransitionTime = toRfc3339(nowMs);
  const conditions = disruption
    ? [{ type: 'DisruptionTarget', status: 'True', ...disruption, lastTransitionTime, ...observed }]
    : [];
  const patch = { metadata: { uid }, status: { conditions, ...(phase ? { phase, ...observed } : {}) } };
  await client.patch(pods, namespace!, name!, 'strategic', patch, { subresource: 'status' });
}
