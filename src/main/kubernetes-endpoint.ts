import { familyOf } from '#machinery/ip.ts';
import { endpointSlices, endpoints } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';

const name = 'kubernetes';
const namespace = 'default';

/** Tells pods where the API server behind the Service `kubernetes` is (upstream's endpoint reconciler). */
export async function publishApiServer(client: Client, address: string, port: number): Promise<void> {
  const skip = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
  await put(client, endpoints, {
    metadata: { name, namespace, labels: skip },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  await put(client, endpointSlices, {
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: familyOf(address),
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
}

async function put<T extends KubeObject>(
  client: Client,
  ref: ResourceRef<T>,
  object: Partial<T>,
): Promise<void> {
  try {
    await client.create(ref, object);
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
    await client.update(ref, object);
  }
}
