import { pods } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { hasReason } from '#machinery/status.ts';
import { kubeletConditionTypes } from '../lifecycle/conditions.ts';
import type { Pod, PodStatus } from '../types.ts';

const attemptsMax = 5;

/** JSON with sorted keys and without what is empty: equal text, equal meaning to the API. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part) => {
    if (part === null || part === false || part === '') return undefined;
    if (typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The API's own conditions with ours put in. */
function merged(live: Pod, status: PodStatus): PodStatus {
  const mine = (status.conditions ?? []).filter(c => kubeletConditionTypes.has(c.type));
  const others = (live.status?.conditions ?? []).filter(c => !kubeletConditionTypes.has(c.type));
  return { ...live.status, ...status, conditions: [...others, ...mine] };
}

/** Writes the status where it differs from what the API has; resolves to the pod as it stands then. */
export async function writePodStatus(client: Client, pod: Pod, status: PodStatus): Promise<Pod | undefined> {
  let live: Pod | undefined = pod;
  for (let attempt = 1; live; attempt++) {
    if (live.metadata.uid !== pod.metadata.uid) return undefined;
    const wanted = merged(live, status);
    if (canonical(wanted) === canonical(live.status)) return live;
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
