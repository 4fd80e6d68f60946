import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
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
import { HostNetfilter } from './host-netfilter.ts';
import { hostHealthSockets } from './host-health.ts';
import { createProxy, purgeProxy } from './proxy.ts';
import { type ServiceRules, serviceRules } from './service-rules.ts';
import { transactionOf } from './transaction.ts';

/** The rules on a real kernel: a node, three pods and a client outside, each a network namespace made here. */

const run = promisify(execFile);
const node = 'coxt-node';
const clusterName = 'kernel-test';
const podCidr = '10.244.0.0/16';
const podNames = ['coxt-a', 'coxt-b', 'coxt-c'] as const;
const outside = 'coxt-out';
const podIps = ['10.244.7.2', '10.244.7.3', '10.244.7.4'] as const;
const nodeIp = '192.0.2.1';

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
async function makeNetwork(): Promise<void> {
  for (const namespace of [node, ...podNames, outside]) {
    await ip('netns', 'add', namespace);
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  await ip('-n', node, 'link', 'add', 'br0', 'type', 'bridge');
  await ip('-n', node, 'addr', 'add', '10.244.7.1/24', 'dev', 'br0');
  await ip('-n', node, 'link', 'set', 'br0', 'up');
  await sysctl(node, 'ipv4/ip_forward');
  await sysctl(node, 'bridge/bridge-nf-call-iptables');
  for (const [i, pod] of podNames.entries()) {
    await ip('-n', node, 'link', 'add', `v${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod);
    await ip('-n', node, 'link', 'set', `v${i}`, 'master', 'br0', 'up');
    await ip('-n', node, 'link', 'set', 'dev', `v${i}`, 'type', 'bridge_slave', 'hairpin', 'on');
    await ip('-n', pod, 'addr', 'add', `${podIps[i]}/24`, 'dev', 'eth0');
    await ip('-n', pod, 'link', 'set', 'eth0', 'up');
    await ip('-n', pod, 'route', 'add', 'default', 'via', '10.244.7.1');
  }
  await ip('-n', node, 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', outside);
  await ip('-n', node, 'addr', 'add', `${nodeIp}/24`, 'dev', 'up0');
  await ip('-n', node, 'link', 'set', 'up0', 'up');
  await ip('-n', node, 'route', 'add', 'default', 'via', '192.0.2.2');
  await ip('-n', outside, 'addr', 'add', '192.0.2.2/24', 'dev', 'eth0');
  await ip('-n', outside, 'link', 'set', 'eth0', 'up');
  await ip('-n', outside, 'route', 'add', '10.96.0.0/16', 'via', nodeIp);
}

async function removeNetwork(): Promise<void> {
  for (const namespace of [node, ...podNames, outside]) {
    await ip('netns', 'delete', namespace).catch(() => {});
  }
}

/** Answers 'NAME PEER' on TCP and UDP port 8080. */
const serverScript = `
const [, name] = process.argv;
require('net').createServer(s => { s.on('error', () => {}); s.end(name + ' ' + s.remoteAddress); }).listen(8080, '0.0.0.0');
const udp = require('dgram').createSocket('udp4');
udp.on('message', (m, from) => udp.send(name + ' ' + from.address, from.port, from.address));
udp.bind(8080, () => console.log('up'));
`;

/** Connects again and again over TCP, or over UDP from one port, and prints each answer or the error's code. */
const clientScript = `
const [, kind, host, port, times] = process.argv;
const tcp = () => new Promise(done => {
  let text = '';
  const s = require('net').connect(+port, host);
  s.setTimeout(700, () => { s.destroy(); done('timeout'); });
  s.on('data', d => text += d).on('end', () => done(text)).on('error', e => done(e.code));
});
const socket = kind === 'udp' && require('dgram').createSocket('udp4');
const udp = () => new Promise(done => {
  const timer = setTimeout(() => done('timeout'), 700);
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

function web(spec: Service['spec'] = {}): Partial<Service> {
  return {
    metadata: { namespace: 'default', name: 'web' },
    spec: {
      type: 'NodePort',
      clusterIP: '10.96.0.7',
      clusterIPs: ['10.96.0.7'],
      ports: [
        { name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 },
        { name: 'dns', protocol: 'UDP', port: 53, nodePort: 30053 },
      ],
      ...spec,
    },
  };
}

function slice(ips: readonly string[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'default',
      name: 'web-1',
      labels: { 'kubernetes.io/service-name': 'web' },
    },
    addressType: 'IPv4',
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

function putEndpoints(feed: ObjectFeed, ips: readonly string[]): void {
  feed.put(endpointSlices, slice(ips));
}

/** Takes the last endpoint away and brings it back, as fast as the kernel lets, until told to stop. */
function changeEndpoints(): () => Promise<void> {
  const [all, fewer] = [podIps, podIps.slice(0, 2)].map(ips =>
    serviceRules(web() as Service, [slice(ips)], { nodeName: 'n1', podCidr }),
  );
  const change = (before?: ServiceRules, after?: ServiceRules) =>
    `${transactionOf(clusterName, [{ before, after }]).trim().replaceAll('\n', ';')}\n`;
  const both = change(all, fewer) + change(fewer, all);
  const child = spawn('ip', ['netns', 'exec', node, 'nft', '-i'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const exit = once(child, 'exit');
  let goesOn = true;
  const feed = () => {
    while (goesOn && child.stdin.write(both));
  };
  child.stdin.on('drain', feed);
  feed();
  return async () => {
    goesOn = false;
    child.stdin.end();
    await exit;
  };
}

const names = (answers: readonly string[]) => answers.map(answer => answer.split(' ')[0]);

test('services on a real kernel', { skip: await skipReason() }, async t => {
  const feed = new ObjectFeed();
  const seams = { clock: wallClock, random: new SeededRandom(1), log: silentLog };
  const netfilter = new HostNetfilter({ netns: node });
  const informers = new InformerFactory(feed.client(), seams);
  const stops: (() => Promise<void>)[] = [];
  await removeNetwork();
  try {
    await makeNetwork();
    stops.push(...(await Promise.all(podNames.map(startServer))));
    const proxy = createProxy({
      healthSockets: hostHealthSockets,
      informers,
      nodeName: 'n1',
      clusterName,
      podCidr,
      netfilter,
      clock: wallClock,
      log: silentLog,
    });
    stops.push(async () => await proxy[Symbol.asyncDispose]());
    informers.start();
    await proxy.ready;
    const update = async (change: () => void) => {
      change();
      await proxy.settled();
    };

    await t.test('a cluster IP without endpoints is refused, and so is a node port', async () => {
      await update(() => feed.put(services, web()));
      assert.deepEqual(await ask(podNames[0], '10.96.0.7', 80), ['ECONNREFUSED']);
      assert.deepEqual(await ask(node, '10.96.0.7', 80), ['ECONNREFUSED']);
      assert.deepEqual(await ask(outside, nodeIp, 30080), ['ECONNREFUSED']);
    });

    await t.test('endpoints answer in turn', async () => {
      await update(() => putEndpoints(feed, podIps));
      for (const from of [podNames[1], node]) {
        const answers = names(await ask(from, '10.96.0.7', 80, 6));
        assert.deepEqual([...answers].sort(), [...podNames, ...podNames].sort(), from);
        assert.deepEqual(answers.slice(0, 3), answers.slice(3));
      }
    });

    await t.test('no connection is refused while endpoints come and go', async () => {
      const stop = changeEndpoints();
      // Nothing listens at the node's own port: who is sent nowhere is refused.
      const asking = [ask(node, '127.0.0.1', 30080, 4_000), ask(node, '10.96.0.7', 80, 4_000)];
      const answers = (await Promise.all(asking).finally(stop)).flat();
      assert.deepEqual([...new Set(names(answers))].sort(), [...podNames]);
    });

    await t.test('a pod sees who asks, and reaches itself', async () => {
      const answers = await ask(podNames[1], '10.96.0.7', 80, 3);
      assert.ok(answers.includes(`${podNames[0]} ${podIps[1]}`), String(answers));
      assert.ok(answers.includes(`${podNames[1]} 10.244.7.1`), String(answers));
    });

    await t.test('a port of a cluster IP that no service has is refused', async () => {
      assert.deepEqual(await ask(podNames[0], '10.96.0.7', 81), ['ECONNREFUSED']);
      assert.deepEqual(await ask(node, '10.96.0.7', 81), ['ECONNREFUSED']);
    });

    await t.test('node ports answer from outside, on the host, on 127.0.0.1 and to pods', async () => {
      const places = [
        [outside, nodeIp],
        [node, nodeIp],
        [node, '127.0.0.1'],
        [podNames[2], '10.244.7.1'],
      ] as const;
      for (const [from, host] of places) {
        const answers = names(await ask(from, host, 30080, 3));
        assert.deepEqual(answers.sort(), [...podNames].sort(), `${from} ${host}`);
      }
    });

    await t.test('nobody outside reaches the loopback addresses', async () => {
      await ip('-n', outside, 'addr', 'del', '127.0.0.1/8', 'dev', 'lo');
      await ip('netns', 'exec', outside, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet');
      await ip('-n', outside, 'route', 'add', '127.0.0.1/32', 'via', nodeIp, 'src', '192.0.2.2');
      const stop = await startServer(node);
      assert.deepEqual(await ask(outside, nodeIp, 8080), [`${node} 192.0.2.2`]);
      assert.deepEqual(await ask(outside, '127.0.0.1', 8080), ['timeout']);
      await stop();
    });

    await t.test('pods reach the outside with the address of the node', async () => {
      const stop = await startServer(outside);
      assert.deepEqual(await ask(podNames[0], '192.0.2.2', 8080), [`${outside} ${nodeIp}`]);
      await stop();
    });

    await t.test('a UDP client moves on when its endpoint goes', async () => {
      const [first] = names(await ask(podNames[0], '10.96.0.7', 53, 1, 'udp'));
      const [again] = names(await ask(podNames[0], '10.96.0.7', 53, 1, 'udp'));
      assert.equal(first, again, 'the flow is tracked');
      const left = podIps.filter((_, i) => podNames[i] !== first);
      await update(() => putEndpoints(feed, left));
      const [moved] = names(await ask(podNames[0], '10.96.0.7', 53, 1, 'udp'));
      assert.ok(moved !== first && podNames.some(name => name === moved), `${first} ${moved}`);
      await update(() => putEndpoints(feed, []));
      assert.deepEqual(await ask(outside, nodeIp, 30053, 1, 'udp'), ['timeout']);
      await update(() => putEndpoints(feed, podIps));
      assert.notDeepEqual(await ask(outside, nodeIp, 30053, 1, 'udp'), ['timeout']);
    });

    await t.test('ClientIP affinity keeps a client at its endpoint', async () => {
      await update(() => feed.put(services, web({ sessionAffinity: 'ClientIP' })));
      const answers = names(await ask(podNames[0], '10.96.0.7', 80, 5));
      assert.equal(new Set(answers).size, 1);
      await update(() => feed.put(services, web()));
      assert.equal(new Set(names(await ask(podNames[0], '10.96.0.7', 80, 3))).size, 3);
    });

    await t.test('policy Local keeps the source and stays on the node', async () => {
      await update(() =>
        feed.put(services, web({ externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local' })),
      );
      const external = await ask(outside, nodeIp, 30080, 4);
      assert.deepEqual([...new Set(external)].sort(), [
        `${podNames[0]} 192.0.2.2`,
        `${podNames[1]} 192.0.2.2`,
      ]);
      assert.deepEqual(new Set(names(await ask(podNames[0], '10.96.0.7', 80, 4))).size, 2);
      await update(() => putEndpoints(feed, [podIps[2]]));
      assert.deepEqual(await ask(outside, nodeIp, 30080), ['timeout']);
      assert.deepEqual(names(await ask(node, nodeIp, 30080)), [podNames[2]]);
      assert.deepEqual(await ask(podNames[0], '10.96.0.7', 80), ['timeout']);
    });

    await t.test('a service that goes leaves nothing; a purge takes the table', async () => {
      await update(() => feed.remove(services, 'default', 'web'));
      const list = ['netns', 'exec', node, 'nft', 'list', 'ruleset'];
      const rules = async () => (await run('ip', list)).stdout;
      assert.doesNotMatch(await rules(), /10\.96\.0\.7|dnat to|goto/);
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
});
