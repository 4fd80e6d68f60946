import assert from 'node:assert/strict';
import { agnhost, containerRow, shell } from '../containers/programs.ts';
import type { Row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { pod, runningPod } from '../workloads.ts';
import { client, resolves, servers } from './reaching.ts';

interface SrvRecord {
  readonly name: string;
  readonly port: number;
}

/** An ordinary and a headless service over one server. */
async function twoServices(t: Trial): Promise<{ clusterIP: string; podIP: string }> {
  const ports = [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }];
  const selector = { app: 'server' };
  await t.api.services.create({
    metadata: { name: 'headless' },
    spec: { clusterIP: 'None', selector, ports },
  });
  const made = await t.api.services.create({ metadata: { name: 'ordinary' }, spec: { selector, ports } });
  const found = await servers(t, ['server']);
  await client(t);
  return { clusterIP: made.spec!.clusterIP!, podIP: found.get('server')!.status!.podIP! };
}

const only = (address: string) => (records: string[]) => records.length === 1 && records[0] === address;

/** That A and SRV records of both services are found under their names with each of these endings. */
async function resolvesServices(t: Trial, endings: readonly string[]): Promise<void> {
  const { clusterIP, podIP } = await twoServices(t);
  for (const ending of endings) {
    await resolves<string>(t, 'A', `ordinary${ending}`, only(clusterIP));
    await resolves<string>(t, 'A', `headless${ending}`, only(podIP));
    for (const name of ['ordinary', 'headless']) {
      const port = name === 'ordinary' ? 80 : 8080;
      const fits = (records: SrvRecord[]) =>
        records.length === 1 &&
        records[0]!.port === port &&
        records[0]!.name.includes(`${name}.${t.namespace}.svc.`);
      await resolves<SrvRecord>(t, 'SRV', `_http._tcp.${name}${ending}`, fits);
    }
  }
}

/** A pod with a host name of its own below a headless service. */
async function namedPod(t: Trial): Promise<string> {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
  await t.api.services.create({
    metadata: { name: 'peers' },
    spec: { clusterIP: 'None', selector: { app: 'named' }, ports },
  });
  const spec = { ...agnhost(['pause']), hostname: 'first', subdomain: 'peers' };
  await t.api.pods.create(pod('client', { app: 'named' }, spec));
  return (await runningPod(t, 'client')).status!.podIP!;
}

const externalName = (name: string) => (records: string[]) => records.length === 1 && records[0] === name;

export const dnsRows: readonly Row[] = [
  containerRow('DNS should provide DNS for the cluster', async t => {
    await client(t);
    const { clusterIP } = (await t.api.services.in('default').get('kubernetes')).spec!;
    for (const name of [
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ]) {
      await resolves<string>(t, 'A', name, only(clusterIP!));
    }
  }),

  containerRow('DNS should provide /etc/hosts entries for the cluster', async t => {
    const spec = { ...agnhost(['pause']), hostname: 'querier', subdomain: 'sub' };
    await t.api.pods.create(pod('client', {}, spec));
    const { podIP } = (await runningPod(t, 'client')).status!;
    const full = `querier.sub.${t.namespace}.svc.cluster.local`;
    const look = `node -e 'require("dns").lookup(process.argv[1], (e, a) => console.log(a))'`;
    for (const name of ['querier', full]) {
      assert.equal(await shell(t, 'client', `${look} ${name}`), `${podIP}\n`, name);
    }
    assert.match(
      await shell(t, 'client', 'cat /etc/hosts'),
      new RegExp(`^${podIP}\\s+${full}\\s+querier$`, 'm'),
    );
  }),

  containerRow('DNS should provide DNS for services', t =>
    resolvesServices(t, [`.${t.namespace}.svc`, `.${t.namespace}.svc.cluster.local.`]),
  ),

  containerRow('DNS should resolve DNS of partial qualified names for services', t =>
    resolvesServices(t, ['', `.${t.namespace}`, `.${t.namespace}.svc`]),
  ),

  containerRow('DNS should provide DNS for pods for Hostname', async t => {
    const address = await namedPod(t);
    await resolves<string>(t, 'A', `first.peers.${t.namespace}.svc.cluster.local.`, only(address));
    assert.equal(await shell(t, 'client', 'hostname'), 'first\n');
    assert.match(await shell(t, 'client', 'cat /etc/hosts'), new RegExp(`^${address}.*\\sfirst$`, 'm'));
  }),

  containerRow('DNS should provide DNS for pods for Subdomain', async t => {
    const address = await namedPod(t);
    await resolves<string>(t, 'A', `first.peers.${t.namespace}.svc.cluster.local.`, only(address));
    await resolves<string>(t, 'A', `peers.${t.namespace}.svc.cluster.local.`, only(address));
    assert.equal(await shell(t, 'client', 'hostname -f'), `first.peers.${t.namespace}.svc.cluster.local\n`);
  }),

  containerRow('DNS should provide DNS for ExternalName services', async t => {
    const { services } = t.api;
    await client(t);
    await services.create({
      metadata: { name: 'ext' },
      spec: { type: 'ExternalName', externalName: 'foo.example.com' },
    });
    const name = `ext.${t.namespace}.svc.cluster.local.`;
    await resolves<string>(t, 'CNAME', name, externalName('foo.example.com'));
    await services.patch('ext', { spec: { externalName: 'bar.example.com' } });
    await resolves<string>(t, 'CNAME', name, externalName('bar.example.com'));
    await services.patch('ext', {
      spec: { type: 'ClusterIP', externalName: null, ports: [{ port: 80, protocol: 'TCP' }] },
    });
    const { clusterIP } = (await services.get('ext')).spec!;
    await resolves<string>(t, 'A', name, only(clusterIP!));
  }),

  containerRow('DNS should support configurable pod DNS nameservers', async t => {
    const dnsConfig = { nameservers: ['1.1.1.1'], searches: ['resolv.conf.local'] };
    await client(t, { ...agnhost(['pause']), dnsPolicy: 'None', dnsConfig });
    const text = await shell(t, 'client', 'cat /etc/resolv.conf');
    assert.deepEqual(text.trim().split('\n'), ['search resolv.conf.local', 'nameserver 1.1.1.1']);
  }),
];
