/** The writes that bind a claim and a volume, each a step that a later run can find done. */
import { persistentVolumeClaims, persistentVolumes } from '#api/generated/refs.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import type { Client } from '#client/client.ts';
import { deepEqual } from '#base/equal.ts';
import { annotations, boundToClaim } from '#runtime/volume-matching.ts';

/** Both sides name each other, and say so; the volume goes first, for it is what two claims may compete for. */
export async function bind(
  client: Client,
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): Promise<void> {
  const taken = await bindVolume(client, volume, claim);
  await setVolumePhase(client, taken, 'Bound');
  await bindClaim(client, taken, claim);
}

async function bindVolume(
  client: Client,
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): Promise<PersistentVolume> {
  const bound = boundToClaim(volume, claim);
  return bound === volume ? volume : client.update(persistentVolumes, bound);
}

async function bindClaim(
  client: Client,
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): Promise<void> {
  let current = claim;
  const { annotations: known = {} } = claim.metadata;
  if (claim.spec?.volumeName !== volume.metadata.name || !known[annotations.bindCompleted]) {
    const chosen: Record<string, string> = claim.spec?.volumeName
      ? {}
      : { [annotations.boundByController]: 'yes' };
    current = await client.update(persistentVolumeClaims, {
      ...claim,
      metadata: {
        ...claim.metadata,
        annotations: { ...known, ...chosen, [annotations.bindCompleted]: 'yes' },
      },
      spec: { ...claim.spec, volumeName: volume.metadata.name },
    });
  }
  const { accessModes, capacity, volumeAttributesClassName } = volume.spec ?? {};
  // Once bound, the claim's size and class are what its driver's resizer says of them.
  const given = { capacity, currentVolumeAttributesClassName: volumeAttributesClassName };
  const isBound = current.status?.phase === 'Bound';
  const status = { ...current.status, phase: 'Bound', accessModes, ...(isBound ? {} : given) };
  if (!deepEqual(status, current.status))
    await client.updateStatus(persistentVolumeClaims, { ...current, status });
}

/** The phase of a claim that has no volume, and so neither its size nor its modes. */
export async function setClaimPhase(
  client: Client,
  claim: PersistentVolumeClaim,
  phase: 'Pending' | 'Lost',
): Promise<PersistentVolumeClaim> {
  const { accessModes, capacity, ...rest } = claim.status ?? {};
  if (claim.status?.phase === phase && !accessModes && !capacity) return claim;
  return client.updateStatus(persistentVolumeClaims, { ...claim, status: { ...rest, phase } });
}

export async function setVolumePhase(
  client: Client,
  volume: PersistentVolume,
  phase: string,
  message?: string,
): Promise<PersistentVolume> {
  const { message: _, reason: __, ...rest } = volume.status ?? {};
  const status = { ...rest, phase, ...(message ? { message } : {}) };
  if (volume.status?.phase === phase && volume.status.message === message) return volume;
  return client.updateStatus(persistentVolumes, { ...volume, status });
}
