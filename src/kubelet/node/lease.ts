import { toRfc3339Micro } from '#base/clock.ts';
import type { Client } from '#client/client.ts';
import type { Lease } from '#api/generated/types/coordination.v1.ts';
import { leases } from '#api/generated/refs.ts';
import { hasReason } from '#machinery/status.ts';

export const nodeLeaseNamespace = 'kube-node-lease';
export const leaseDurationSeconds = 40;

/** The lease by which a node says that it is alive, owned by the node so that it goes with it. */
export function nodeLease(
  nodeName: string,
  nodeUid: string | undefined,
  durationSeconds: number,
  nowMs: number,
): Partial<Lease> {
  return {
    metadata: {
      name: nodeName,
      namespace: nodeLeaseNamespace,
      ...(nodeUid
        ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUid }] }
        : {}),
    },
    spec: {
      holderIdentity: nodeName,
      leaseDurationSeconds: durationSeconds,
      renewTime: toRfc3339Micro(nowMs),
    },
  };
}

/** Renews the lease from the copy that the last renewal gave, or makes it; resolves to the new copy. */
export async function renewNodeLease(
  client: Client,
  held: Lease | undefined,
  fresh: Partial<Lease>,
): Promise<Lease> {
  const name = fresh.metadata!.name!;
  const base = held ?? (await currentLease(client, name));
  if (!base) return client.create(leases, fresh);
  try {
    return await renew(client, base, fresh);
  } catch (error) {
    if (hasReason(error, 'NotFound')) return client.create(leases, fresh);
    if (!hasReason(error, 'Conflict')) throw error;
    return renew(client, await client.get(leases, nodeLeaseNamespace, name), fresh);
  }
}

function renew(client: Client, base: Lease, fresh: Partial<Lease>): Promise<Lease> {
  const owners = fresh.metadata?.ownerReferences ?? base.metadata.ownerReferences;
  return client.update(leases, {
    ...base,
    metadata: { ...base.metadata, ...(owners ? { ownerReferences: owners } : {}) },
    spec: { ...base.spec, ...fresh.spec },
  });
}

async function currentLease(client: Client, name: string): Promise<Lease | undefined> {
  try {
    return await client.get(leases, nodeLeaseNamespace, name);
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
