import { pods } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { hasReason } from '#machinery/status.ts';
import { kubeletConditionTypes } from '../lifecycle/conditions.ts';
import { canonicalJson } from '../same.ts';
import type { Pod, PodStatus } from '../types.ts';

const attemptsMax = 5;

/** The API's own conditions with ours put in. */
function merged(live: Pod, status: PodStatus): PodStatus {
  const isMine = (type: string) => kubeletConditionTypes.has(type) || type === 'DisruptionTarget';
  const mine = (status.conditions ?? []).filter(c => isMine(c.type));
  const set = new Set(mine.map(condition => condition.type));
  const others = (live.status?.conditions ?? []).filter(
    c => !kubeletConditionTypes.has(c.type) && !set.has(c.type),
  );
  return { ...live.status, ...status, conditions: [...others, ...mine] };
}

/** Writes the status where it differs from what the API has; resolves to the pod as it stands then. */
export async function writePodStatus(client: Client, pod: Pod, status: PodStatus): Promise<Pod | undefined> {
  let live: Pod | undefined = pod;
  for (let attempt = 1; live; attempt++) {
    if (live.metadata.uid !== pod.metadata.uid) return undefined;
    const wanted = merged(live, status);
    if (canonicalJson(wanted) === canonicalJson(live.status)) return live;
    try {
      return await client.updateStatus(pods, { ...live, status: wanted });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      if (!hasReason(error, 'Conflict') || attempt >= attemptsMax) throw error;
      live = await fetchPod(client, pod);
    }
  }
  return undefined;
}

async function fetchPod(client: Client, pod: Pod): Promise<Pod | undefined> {
  try {
    return await client.get(pods, pod.metadata.namespace!, pod.metadata.name!);
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
