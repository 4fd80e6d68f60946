import assert from 'node:assert/strict';
import type { V1Service, V1ServiceSpec } from '@kubernetes/client-node';
import { agnhost, containerRow } from '../containers/programs.ts';
import type { Row } from '../row.ts';
import type { Trial } from '../trial.ts';
import {
  client,
  isClosed,
  namesAt,
  nodeAddress,
  reaches,
  reachesUdp,
  resolves,
  servers,
} from './reaching.ts';

const three = ['server-a', 'server-b', 'server-c'];
const ports = [{ port: 80, targetPort: 8080, protocol: 'TCP' }];
const selector = { app: 'server' };

function make(t: Trial, spec: Partial<V1ServiceSpec>): Promise<V1Service> {
  return t.api.services.create({ metadata: { name: 'svc' }, spec: { selector, ports, ...spec } });
}

/** Where a service is reached: by name, by address and, for one with a node port, on the node. */
async function addressesOf(t: Trial): Promise<string[]> {
  const { clusterIP, ports: served, type } = (await t.api.services.get('svc')).spec!;
  const node = await nodeAddress(t);
  const { port, nodePort } = served![0]!;
  return [`svc:${port}`, `${clusterIP}:${port}`, ...(type === 'NodePort' ? [`${node}:${nodePort}`] : [])];
}

async function sticks(t: Trial, address: string): Promise<void> {
  await t.until(`one pod to answer at ${address} always`, async () => {
    const names = await namesAt(t, address, 15);
    return names.length === 15 && new Set(names).size === 1;
  });
}

/** How a service sends one client to one pod; with `toggled`, how that is switched off and on. */
function affinity(type: string, words: string, toggled: boolean): Row {
  const id = toggled
    ? `be able to switch session affinity for ${words}`
    : `have session affinity work for ${words}`;
  return containerRow(`Services should ${id}`, async t => {
    await make(t, { type, sessionAffinity: toggled ? 'None' : 'ClientIP' });
    await servers(t, three);
    await client(t);
    const addresses = (await addressesOf(t)).slice(1);
    const everywhere = async (check: (address: string) => Promise<unknown>) => {
      for (const address of addresses) await check(address);
    };
    if (!toggled) return everywhere(address => sticks(t, address));
    await everywhere(address => reaches(t, address, three));
    await t.api.services.patch('svc', { spec: { sessionAffinity: 'ClientIP' } });
    await everywhere(address => sticks(t, address));
    await t.api.services.patch('svc', { spec: { sessionAffinity: 'None' } });
    await everywhere(address => reaches(t, address, three));
  });
}

const isExternal = (t: Trial, name: string) =>
  resolves<string>(t, 'CNAME', `svc.${t.namespace}.svc.cluster.local.`, records => records.join() === name);

const external = { type: 'ExternalName', externalName: 'example.com' };

const types: readonly Row[] = [
  containerRow('Services should be able to create a functioning NodePort service', async t => {
    await make(t, { type: 'NodePort' });
    await servers(t, three.slice(0, 2));
    await client(t);
    for (const address of await addressesOf(t)) await reaches(t, address, three.slice(0, 2));
  }),

  ...['ClusterIP', 'NodePort'].map(type =>
    containerRow(`Services should be able to change the type from ExternalName to ${type}`, async t => {
      const made = await t.api.services.create({ metadata: { name: 'svc' }, spec: external });
      assert.equal(made.spec!.clusterIP, undefined);
      await t.api.services.patch('svc', { spec: { type, externalName: null, ports, selector } });
      await servers(t, three.slice(0, 2));
      await client(t);
      for (const address of await addressesOf(t)) await reaches(t, address, three.slice(0, 2));
    }),
  ),

  ...['ClusterIP', 'NodePort'].map(type =>
    containerRow(`Services should be able to change the type from ${type} to ExternalName`, async t => {
      await make(t, { type });
      await servers(t, ['server-a']);
      await client(t);
      const [, ...addresses] = await addressesOf(t);
      for (const address of addresses) await reaches(t, address, ['server-a']);
      const changed = await t.api.services.patch('svc', {
        spec: { ...external, clusterIP: null, clusterIPs: null, ports: null },
      });
      assert.equal(changed.spec!.clusterIP, undefined);
      await isExternal(t, 'example.com');
      for (const address of addresses) await isClosed(t, address);
    }),
  ),
];

async function endpointsAre(t: Trial, names: readonly string[]): Promise<void> {
  await t.until(`endpoints ${names}`, async () => {
    const { subsets = [] } = await t.api.endpoints.get('svc').catch(() => ({ subsets: undefined }));
    const found = (subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
      addresses.flatMap(({ targetRef }) => ports.map(({ port }) => `${targetRef!.name}:${port}`)),
    );
    return found.sort().join() === names.map(name => `${name}:8080`).join();
  });
}

const basic = containerRow('Services should serve a basic endpoint from pods', async t => {
  await make(t, {});
  await client(t);
  await endpointsAre(t, []);
  const clusterIP = (await addressesOf(t))[1]!;
  await servers(t, ['server-a']);
  await endpointsAre(t, ['server-a']);
  await reaches(t, clusterIP, ['server-a']);
  await servers(t, ['server-b']);
  await endpointsAre(t, ['server-a', 'server-b']);
  await reaches(t, clusterIP, ['server-a', 'server-b']);
  await t.api.pods.delete('server-a', { gracePeriodSeconds: 0 });
  await endpointsAre(t, ['server-b']);
  await reaches(t, clusterIP, ['server-b']);
  await t.api.pods.delete('server-b', { gracePeriodSeconds: 0 });
  await endpointsAre(t, []);
  await isClosed(t, clusterIP);
});

const protocols = containerRow(
  'Services should serve endpoints on same port and different protocols',
  async t => {
    const both = [
      { name: 'tcp', port: 80, targetPort: 8080, protocol: 'TCP' },
      { name: 'udp', port: 80, targetPort: 8081, protocol: 'UDP' },
    ];
    const made = await make(t, { ports: both });
    const { clusterIP } = made.spec!;
    await servers(t, ['server-a']);
    await client(t);
    await reaches(t, `${clusterIP}:80`, ['server-a']);
    await reachesUdp(t, clusterIP!, 80, 'server-a');
    await t.api.services.update('svc', object => {
      object.spec!.ports = [both[1]!];
    });
    await isClosed(t, `${clusterIP}:80`);
    await reachesUdp(t, clusterIP!, 80, 'server-a');
  },
);

/** That every server answers a client for itself, over http or udp. */
function granular(from: 'intra-pod' | 'node-pod', protocol: 'http' | 'udp'): Row {
  return containerRow(
    `Networking Granular Checks: Pods should function for ${from} communication: ${protocol}`,
    async t => {
      const found = await servers(t, three);
      const spec = agnhost(['pause']);
      await client(t, from === 'node-pod' ? { ...spec, hostNetwork: true } : spec);
      for (const [name, { status }] of found) {
        if (protocol === 'http') await reaches(t, `${status!.podIP}:8080`, [name]);
        else await reachesUdp(t, status!.podIP!, 8081, name);
      }
    },
  );
}

export const trafficRows: readonly Row[] = [
  ...types,
  affinity('ClusterIP', 'service with type clusterIP', false),
  affinity('NodePort', 'NodePort service', false),
  affinity('ClusterIP', 'service with type clusterIP', true),
  affinity('NodePort', 'NodePort service', true),
  basic,
  protocols,
  granular('intra-pod', 'http'),
  granular('intra-pod', 'udp'),
  granular('node-pod', 'http'),
  granular('node-pod', 'udp'),
];
