import { pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import type { Client } from '#client/client.ts';

/** Says on the pod why it is about to be deleted (KEP-3329), for its Job's failure policy and for its users. */
export async function markDisrupted(
  client: Client,
  pod: Pod,
  reason: string,
  message: string,
  nowMs: number,
  phase?: string,
): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const lastTransitionTime = toRfc3339(nowMs);
  const condition = { type: 'DisruptionTarget', status: 'True', reason, message, lastTransitionTime };
  const patch = { metadata: { uid }, status: { conditions: [condition], ...(phase ? { phase } : {}) } };
  await client.patch(pods, namespace!, name!, 'strategic', patch, { subresource: 'status' });
}
