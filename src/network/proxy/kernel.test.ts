import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { endpointSlices, services } from '#api/generated/refs.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { sleep } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { InformerFactory } from '#client/informer.ts';
import { wallClock } from '#test/engine.ts';
import { ObjectFeed } from '#test/object-feed.ts';
import { tableFamilyOf } from './families.ts';
import { HostNetfilter } from './host-netfilter.ts';
import { hostHealthSockets } from './host-health.ts';
import { createProxy, purgeProxy } from './proxy.ts';
import { type ServiceRules, serviceRules } from './service-rules.ts';
import { tableName } from './table.ts';
import { transactionOf } from './transaction.ts';

/** The rules on a real kernel: a node, three pods and a client outside, each a network namespace made here. */

const run = promisify(execFile);
const node = 'coxt-node';
const clusterName = 'kernel-test';
const podNames = ['coxt-a', 'coxt-b', 'coxt-c'] as const;
const outside = 'coxt-out';

/** The addresses that it all has in one IP family. */
interface Addresses {
  readonly family: 'IPv4' | 'IPv6';
  readonly podCidr: string;
  readonly podIps: readonly [string, string, string];
  readonly bridgeIp: string;
  readonly podPrefix: number;
  readonly nodeIp: string;
  readonly outsideIp: string;
  readonly linkPrefix: number;
  readonly clusterIp: string;
  readonly serviceCidr: string;
}

const ipv4: Addresses = {
  family: 'IPv4',
  podCidr: '10.244.0.0/16',
  podIps: ['10.244.7.2', '10.244.7.3', '10.244.7.4'],
  bridgeIp: '10.244.7.1',
  podPrefix: 24,
  nodeIp: '192.0.2.1',
  outsideIp: '192.0.2.2',
  linkPrefix: 24,
  clusterIp: '10.96.0.7',
  serviceCidr: '10.96.0.0/16',
};

const ipv6: Addresses = {
  family: 'IPv6',
  podCidr: 'fd00:10:244::/56',
  podIps: ['fd00:10:244::2', 'fd00:10:244::3', 'fd00:10:244::4'],
  bridgeIp: 'fd00:10:244::1',
  podPrefix: 64,
  nodeIp: '2001:db8::1',
  outsideIp: '2001:db8::2',
  linkPrefix: 64,
  clusterIp: 'fd00:10:96::7',
  serviceCidr: 'fd00:10:96::/108',
};

async function ip(...args: string[]): Promise<void> {
  await run('ip', args);
}

async function skipReason(): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const command of ['nft', 'ip', 'conntrack']) {
    const found = await run('sh', ['-c', `command -v ${command}`]).catch(() => undefined);
    if (!found) return `needs ${command}`;
  }
  const made = await run('ip', ['netns', 'add', 'coxt-probe']).catch((error: Error) => error);
  if (made instanceof Error) return 'needs network namespaces';
  await ip('netns', 'delete', 'coxt-probe');
  return false;
}

async function sysctl(namespace: string, path: string): Promise<void> {
  await ip('netns', 'exec', namespace, 'sh', '-c', `echo 1 > /proc/sys/net/${path}`);
}

/** Pods hang on a bridge of the node; the outside on a link of its own. */
async function makeNetwork(addresses: Addresses): Promise<void> {
  const { podIps, bridgeIp, podPrefix, nodeIp, outsideIp, linkPrefix, serviceCidr } = addresses;
  const flags = addresses.family === 'IPv6' ? ['nodad'] : [];
  for (const namespace of [node, ...podNames, outside]) {
    await ip('netns', 'add', namespace);
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  await ip('-n', node, 'link', 'add', 'br0', 'type', 'bridge');
  await ip('-n', node, 'addr', 'add', `${bridgeIp}/${podPrefix}`, 'dev', 'br0', ...flags);
  await ip('-n', node, 'link', 'set', 'br0', 'up');
  await sysctl(node, 'ipv4/ip_forward');
  await sysctl(node, 'ipv6/conf/all/forwarding');
  await sysctl(node, 'bridge/bridge-nf-call-iptables');
  await sysctl(node, 'bridge/bridge-nf-call-ip6tables');
  for (const [i, pod] of podNames.entries()) {
    await ip('-n', node, 'link', 'add', `v${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod);
    await ip('-n', node, 'link', 'set', `v${i}`, 'master', 'br0', 'up');
    await ip('-n', node, 'link', 'set', 'dev', `v${i}`, 'type', 'bridge_slave', 'hairpin', 'on');
    await ip('-n', pod, 'addr', 'add', `${podIps[i]}/${podPrefix}`, 'dev', 'eth0', ...flags);
    await ip('-n', pod, 'link', 'set', 'eth0', 'up');
    await ip('-n', pod, 'route', 'add', 'default', 'via', bridgeIp);
  }
  await ip('-n', node, 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', outside);
  await ip('-n', node, 'addr', 'add', `${nodeIp}/${linkPrefix}`, 'dev', 'up0', ...flags);
  await ip('-n', node, 'link', 'set', 'up0', 'up');
  await ip('-n', node, 'route', 'add', 'default', 'via', outsideIp);
  await ip('-n', outside, 'addr', 'add', `${outsideIp}/${linkPrefix}`, 'dev', 'eth0', ...flags);
  await ip('-n', outside, 'link', 'set', 'eth0', 'up');
  await ip('-n', outside, 'route', 'add', serviceCidr, 'via', nodeIp);
}

async function removeNetwork(): Promise<void> {
  for (const namespace of [node, ...podNames, outside]) {
    await ip('netns', 'delete', namespace).catch(() => {});
  }
}

/** Answers 'NAME PEER' on TCP and UDP port 8080. */
const serverScript = `
const [, name] = process.argv;
const plain = address => address.replace('::ffff:', '');
require('net').createServer(s => { s.on('error', () => {}); s.end(name + ' ' + plain(s.remoteAddress)); }).listen(8080, '::');
const udp = require('dgram').createSocket('udp6');
udp.on('message', (m, from) => udp.send(name + ' ' + plain(from.address), from.port, from.address));
udp.bind(8080, () => console.log('up'));
`;

/** Longer than TCP takes to ask again: Linux may tell a connection of IPv6 only then that it was refused. */
const patienceMs = 1_500;

/** Connects again and again over TCP, or over UDP from one port, and prints each answer or the error's code. */
const clientScript = `
const [, kind, host, port, times] = process.argv;
const tcp = () => new Promise(done => {
  let text = '';
  const s = require('net').connect(+port, host);
  s.setTimeout(${patienceMs}, () => { s.destroy(); done('timeout'); });
  s.on('data', d => text += d).on('end', () => done(text)).on('error', e => done(e.code));
});
const socket = kind === 'udp' && require('dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4');
const udp = () => new Promise(done => {
  const timer = setTimeout(() => done('timeout'), ${patienceMs});
  socket.removeAllListeners('message');
  socket.once('message', m => { clearTimeout(timer); done(String(m)); });
  socket.send('x', +port, host);
});
(async () => {
  if (socket) await new Promise(done => socket.bind(47123, done));
  for (let i = 0; i < +times; i++) console.log(await (kind === 'udp' ? udp : tcp)());
  process.exit();
})();
`;

async function startServer(namespace: string) {
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', serverScript, namespace], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  await once(child.stdout, 'data');
  return async () => {
    child.kill('SIGKILL');
    await exit;
  };
}

async function ask(
  from: string,
  host: string,
  port: number,
  times = 1,
  kind: 'tcp' | 'udp' = 'tcp',
): Promise<string[]> {
  const args = [
    'netns',
    'exec',
    from,
    process.execPath,
    '-e',
    clientScript,
    kind,
    host,
    String(port),
    String(times),
  ];
  const { stdout } = await run('ip', args);
  return stdout.trim().split('\n');
}

function web({ clusterIp }: Addresses, spec: Service['spec'] = {}): Partial<Service> {
  return {
    metadata: { namespace: 'default', name: 'web' },
    spec: {
      type: 'NodePort',
      clusterIP: clusterIp,
      clusterIPs: [clusterIp],
      ports: [
        { name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 },
        { name: 'dns', protocol: 'UDP', port: 53, nodePort: 30053 },
      ],
      ...spec,
    },
  };
}

function slice({ family, podIps }: Addresses, ips: readonly string[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'default',
      name: 'web-1',
      labels: { 'kubernetes.io/service-name': 'web' },
    },
    addressType: family,
    ports: [
      { name: 'http', protocol: 'TCP', port: 8080 },
      { name: 'dns', protocol: 'UDP', port: 8080 },
    ],
    endpoints: ips.map(ip => ({
      addresses: [ip],
      conditions: { ready: true },
      nodeName: ip === podIps[2] ? 'other' : 'n1',
    })),
  };
}

/** Takes the last endpoint away and brings it back, as fast as the kernel lets, until told to stop. */
function changeEndpoints(addresses: Addresses): () => Promise<void> {
  const { podIps, podCidr } = addresses;
  const [all, fewer] = [podIps, podIps.slice(0, 2)].map(ips =>
    serviceRules(web(addresses) as Service, [slice(addresses, ips)], { nodeName: 'n1', podCidr }),
  );
  const table = tableName(tableFamilyOf(podCidr), clusterName);
  const change = (before?: ServiceRules, after?: ServiceRules) =>
    `${transactionOf(table, [{ before, after }]).trim().replaceAll('\n', ';')}\n`;
  const both = change(all, fewer) + change(fewer, all);
  const child = spawn('ip', ['netns', 'exec', node, 'nft', '-i'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const exit = once(child, 'exit');
  const feed = () => {
    while (child.stdin.write(both));
  };
  child.stdin.on('error', () => {}).on('drain', feed);
  feed();
  return async () => {
    child.kill('SIGKILL');
    await exit;
    await new HostNetfilter({ netns: node }).apply(change(all) + change(undefined, all));
  };
}

const names = (answers: readonly string[]) => answers.map(answer => answer.split(' ')[0]);

async function scenario(t: TestContext, addresses: Addresses): Promise<void> {
  const { podIps, bridgeIp, nodeIp, outsideIp, clusterIp, podCidr } = addresses;
  const feed = new ObjectFeed();
  const seams = { clock: wallClock, random: new SeededRandom(1), log: silentLog };
  const netfilter = new HostNetfilter({ netns: node });
  const informers = new InformerFactory(feed.client(), seams);
  const stops: (() => Promise<void>)[] = [];
  await removeNetwork();
  try {
    await makeNetwork(addresses);
    stops.push(...(await Promise.all(podNames.map(startServer))));
    const proxy = createProxy({
      healthSockets: hostHealthSockets,
      informers,
      nodeName: 'n1',
      clusterName,
      podCidrs: [podCidr],
      netfilter,
      clock: wallClock,
      log: silentLog,
    });
    stops.push(async () => await proxy[Symbol.asyncDispose]());
    informers.start();
    await proxy.ready;
    const putService = (spec?: Service['spec']) => feed.put(services, web(addresses, spec));
    const putEndpoints = (ips: readonly string[]) => feed.put(endpointSlices, slice(addresses, ips));
    const update = async (change: () => void) => {
      change();
      await proxy.settled();
    };

    await t.test('a cluster IP without endpoints is refused, and so is a node port', async () => {
      await update(() => putService());
      assert.deepEqual(await ask(podNames[0], clusterIp, 80), ['ECONNREFUSED']);
      assert.deepEqual(await ask(node, clusterIp, 80), ['ECONNREFUSED']);
      assert.deepEqual(await ask(outside, nodeIp, 30080), ['ECONNREFUSED']);
    });

    await t.test('endpoints answer in turn', async () => {
      await update(() => putEndpoints(podIps));
      for (const from of [podNames[1], node]) {
        const answers = names(await ask(from, clusterIp, 80, 6));
        assert.deepEqual([...answers].sort(), [...podNames, ...podNames].sort(), from);
        assert.deepEqual(answers.slice(0, 3), answers.slice(3));
      }
    });

    await t.test('no connection is refused while endpoints come and go', async () => {
      const stop = changeEndpoints(addresses);
      // Nothing listens at the node's own port: who is sent nowhere is refused.
      const asking = [ask(node, nodeIp, 30080, 1_000), ask(node, clusterIp, 80, 1_000)];
      const answers = (await Promise.all(asking).finally(stop)).flat();
      assert.deepEqual([...new Set(names(answers))].sort(), [...podNames]);
    });

    await t.test('a pod sees who asks, and reaches itself', async () => {
      const answers = await ask(podNames[1], clusterIp, 80, 3);
      assert.ok(answers.includes(`${podNames[0]} ${podIps[1]}`), String(answers));
      assert.ok(answers.includes(`${podNames[1]} ${bridgeIp}`), String(answers));
    });

    await t.test('a port of a cluster IP that no service has is refused', async () => {
      assert.deepEqual(await ask(podNames[0], clusterIp, 81), ['ECONNREFUSED']);
      assert.deepEqual(await ask(node, clusterIp, 81), ['ECONNREFUSED']);
    });

    await t.test('node ports answer from outside, on the host, on 127.0.0.1 and to pods', async () => {
      const places = [
        [outside, nodeIp],
        [node, nodeIp],
        ...(addresses === ipv4 ? [[node, '127.0.0.1'] as const] : []),
        [podNames[2], bridgeIp],
      ] as const;
      for (const [from, host] of places) {
        const answers = names(await ask(from, host, 30080, 3));
        assert.deepEqual(answers.sort(), [...podNames].sort(), `${from} ${host}`);
      }
    });

    const isIpv4 = addresses === ipv4;
    await t.test(
      'nobody outside reaches the loopback addresses',
      { skip: !isIpv4 && 'IPv6 lets nothing there' },
      async () => {
        await ip('-n', outside, 'addr', 'del', '127.0.0.1/8', 'dev', 'lo');
        await ip('netns', 'exec', outside, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet');
        await ip('-n', outside, 'route', 'add', '127.0.0.1/32', 'via', nodeIp, 'src', '192.0.2.2');
        const stop = await startServer(node);
        assert.deepEqual(await ask(outside, nodeIp, 8080), [`${node} 192.0.2.2`]);
        assert.deepEqual(await ask(outside, '127.0.0.1', 8080), ['timeout']);
        await stop();
      },
    );

    await t.test('pods reach the outside with the address of the node', async () => {
      const stop = await startServer(outside);
      assert.deepEqual(await ask(podNames[0], outsideIp, 8080), [`${outside} ${nodeIp}`]);
      await stop();
    });

    await t.test('a UDP client moves on when its endpoint goes', async () => {
      const [first] = names(await ask(podNames[0], clusterIp, 53, 1, 'udp'));
      const [again] = names(await ask(podNames[0], clusterIp, 53, 1, 'udp'));
      assert.equal(first, again, 'the flow is tracked');
      const left = podIps.filter((_, i) => podNames[i] !== first);
      await update(() => putEndpoints(left));
      const [moved] = names(await ask(podNames[0], clusterIp, 53, 1, 'udp'));
      assert.ok(moved !== first && podNames.some(name => name === moved), `${first} ${moved}`);
      await update(() => putEndpoints([]));
      assert.deepEqual(await ask(outside, nodeIp, 30053, 1, 'udp'), ['timeout']);
      await update(() => putEndpoints(podIps));
      assert.notDeepEqual(await ask(outside, nodeIp, 30053, 1, 'udp'), ['timeout']);
    });

    await t.test('ClientIP affinity keeps a client at its endpoint', async () => {
      await update(() => putService({ sessionAffinity: 'ClientIP' }));
      const answers = names(await ask(podNames[0], clusterIp, 80, 5));
      assert.equal(new Set(answers).size, 1);
      await update(() => putService());
      assert.equal(new Set(names(await ask(podNames[0], clusterIp, 80, 3))).size, 3);
    });

    await t.test('policy Local keeps the source and stays on the node', async () => {
      await update(() => putService({ externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local' }));
      const external = await ask(outside, nodeIp, 30080, 4);
      assert.deepEqual([...new Set(external)].sort(), [
        `${podNames[0]} ${outsideIp}`,
        `${podNames[1]} ${outsideIp}`,
      ]);
      assert.deepEqual(new Set(names(await ask(podNames[0], clusterIp, 80, 4))).size, 2);
      await update(() => putEndpoints([podIps[2]]));
      assert.deepEqual(await ask(outside, nodeIp, 30080), ['timeout']);
      assert.deepEqual(names(await ask(node, nodeIp, 30080)), [podNames[2]]);
      assert.deepEqual(await ask(podNames[0], clusterIp, 80), ['timeout']);
    });

    await t.test('a service that goes leaves nothing; a purge takes the table', async () => {
      await update(() => feed.remove(services, 'default', 'web'));
      const list = ['netns', 'exec', node, 'nft', 'list', 'ruleset'];
      const rules = async () => (await run('ip', list)).stdout;
      assert.doesNotMatch(await rules(), /dnat to|goto/);
      // Empty chains go a little later, for there is no other change that they could go with.
      while (/default\/web/.test(await rules())) await sleep(wallClock, 200);
      await proxy[Symbol.asyncDispose]();
      await purgeProxy(netfilter, clusterName);
      assert.doesNotMatch((await run('ip', list)).stdout, /coxswain/);
      await purgeProxy(netfilter, clusterName);
    });
  } finally {
    for (const stop of stops) await stop();
    informers[Symbol.dispose]();
    await removeNetwork();
  }
}

const skip = await skipReason();
const skipIpv6 = skip || (!existsSync('/proc/net/if_inet6') && 'the kernel has no IPv6');

test('services on a real kernel', { skip }, t => scenario(t, ipv4));

test('services of IPv6 on a real kernel', { skip: skipIpv6 }, t => scenario(t, ipv6));
