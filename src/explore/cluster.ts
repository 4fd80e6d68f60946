import { loadSchemas } from '#api/schemas.ts';
import { namespaces, serviceAccounts } from '#api/generated/refs.ts';
import { builtInResources } from '#api/registry.ts';
import { createSecurity } from '#apiserver/auth/security.ts';
import { loopbackUser } from '#apiserver/identity.ts';
import { createInProcessTransport } from '#apiserver/in-process.ts';
import { ApiServer } from '#apiserver/server.ts';
import type { Clock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { createClient } from '#client/client.ts';
import { InformerFactory } from '#client/informer.ts';
import type { Transport } from '#client/transport.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import { HollowFleet } from '#kubelet/hollow/fleet.ts';
import { createManager } from '#runtime/manager.ts';
import { createScheduler } from '#scheduler/scheduler.ts';
import type { Store } from '#store/store.ts';
import type { Company } from './exploration.ts';

const noKeys = () => {
  throw new Error('nobody proves anything to an explored API server');
};
const firstNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** A whole API server over `store`, with nothing in it but the first namespaces and their accounts. */
export async function startServer(
  store: Store,
  schemas: SchemaRegistry,
  clock: Clock,
  seed: number,
): Promise<ApiServer> {
  const random = new SeededRandom(seed);
  const server = await ApiServer.start({
    store,
    definitions: builtInResources,
    schemas,
    clock,
    random,
    log: silentLog,
    hostname: 'explored',
    serviceAllocation: { cidrs: ['10.96.0.0/16'], nodePorts: [30_000, 32_767] },
    security: createSecurity({ schemas: loadSchemas(), pki: noKeys, clock, random, log: silentLog }),
  });
  const client = createClient(transportTo(server, 'kube-apiserver'));
  server.run(client);
  for (const name of firstNamespaces) {
    await client.create(namespaces, { metadata: { name } });
    await client.create(serviceAccounts, { metadata: { namespace: name, name: 'default' } });
  }
  return server;
}

export function transportTo(server: ApiServer, userAgent: string): Transport {
  return createInProcessTransport(server, loopbackUser, userAgent);
}

/** Starts what runs beside the explored controllers. */
export async function startCompany(
  { controllers = [], nodes = 0, scheduler = false }: Company,
  server: ApiServer,
  clock: Clock,
  seed: number,
): Promise<AsyncDisposable> {
  const client = createClient(transportTo(server, 'company'));
  const seams = { clock, random: new SeededRandom(seed), log: silentLog };
  const informers = new InformerFactory(client, seams);
  const fleet = nodes > 0 ? new HollowFleet({ ...seams, client, informers, nodes }) : undefined;
  const pods = scheduler ? createScheduler({ ...seams, client, informers, hostname: 'explored' }) : undefined;
  const manager = createManager({ ...seams, client, informers, controllers });
  informers.start();
  await fleet?.start();
  await Promise.all([manager.start(), pods?.start()]);
  return {
    async [Symbol.asyncDispose]() {
      informers[Symbol.dispose]();
      await manager.stop();
      await pods?.[Symbol.asyncDispose]();
      await fleet?.[Symbol.asyncDispose]();
    },
  };
}
