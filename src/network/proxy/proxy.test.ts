import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointSlices, nodes, serviceCIDRs, services } from '#api/generated/refs.ts';
import { sleep } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { InformerFactory } from '#client/informer.ts';
import { ObjectFeed } from '#test/object-feed.ts';
import type { HealthAnswer, HealthSockets } from './health-checks.ts';
import type { FlowFilter, Netfilter } from './netfilter.ts';
import { createProxy } from './proxy.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

/** Records what it is told; fails when told to. */
class RecordingNetfilter implements Netfilter {
  readonly scripts: string[] = [];
  readonly flows: FlowFilter[] = [];
  failures = 0;
  there = true;
  /** Of each call of `apply`. */
  work = async (): Promise<void> => {};

  async apply(script: string): Promise<void> {
    await this.work();
    if (this.failures > 0) {
      this.failures--;
      throw new Error('refused');
    }
    this.scripts.push(script);
    this.there = true;
  }

  async hasTable(): Promise<boolean> {
    return this.there;
  }

  async allowLocalnet(): Promise<void> {}

  async forgetFlows(flow: FlowFilter): Promise<void> {
    this.flows.push(flow);
  }
}

/** Ports that are listened on, and what they answer. */
class RecordingSockets implements HealthSockets {
  readonly answers = new Map<number, (path: string) => HealthAnswer>();

  async listen(port: number, answer: (path: string) => HealthAnswer): Promise<AsyncDisposable> {
    this.answers.set(port, answer);
    return { [Symbol.asyncDispose]: async () => void this.answers.delete(port) };
  }
}

async function open(feed: ObjectFeed, podCidrs: readonly string[] = ['10.244.0.0/16']) {
  const clock = new VirtualClock(settle);
  const seams = { clock, random: new SeededRandom(1), log: silentLog };
  const informers = new InformerFactory(feed.client(), seams);
  const netfilter = new RecordingNetfilter();
  const healthSockets = new RecordingSockets();
  const proxy = createProxy({
    informers,
    nodeName: 'n1',
    clusterName: 'c',
    podCidrs,
    netfilter,
    healthSockets,
    clock,
    log: silentLog,
  });
  informers.start();
  await clock.advance(1);
  return {
    clock,
    netfilter,
    healthSockets,
    proxy,
    close: async () => {
      await proxy[Symbol.asyncDispose]();
      informers[Symbol.dispose]();
      assert.equal(clock.pending, 0);
    },
  };
}

function putService(feed: ObjectFeed, name: string, ip: string, externalIPs: string[] = []): void {
  feed.put(services, {
    metadata: { namespace: 'ns', name },
    spec: { clusterIP: ip, clusterIPs: [ip], externalIPs, ports: [{ protocol: 'TCP', port: 80 }] },
  });
}

function putSlice(feed: ObjectFeed, name: string, ips: readonly string[]): void {
  feed.put(endpointSlices, {
    metadata: { namespace: 'ns', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    endpoints: ips.map(ip => ({ addresses: [ip] })),
  });
}

test('drops what goes to cluster addresses that no Service has', async () => {
  const feed = new ObjectFeed();
  const block = (name: string, ...cidrs: string[]) => ({ metadata: { name }, spec: { cidrs } });
  feed.put(serviceCIDRs, block('kubernetes', '10.96.0.0/16', 'fd00::/112'));
  const { clock, netfilter, proxy, close } = await open(feed);
  await proxy.ready;
  assert.match(
    netfilter.scripts.at(-1)!,
    /chain check-cluster-ips \{\n +ip daddr @cluster-ips reject\n +ip daddr \{ 10\.96\.0\.0\/16 \} drop\n/,
  );
  feed.put(serviceCIDRs, block('more', '10.97.0.0/16'));
  await clock.advance(20);
  await proxy.settled();
  assert.match(netfilter.scripts.at(-1)!, /ip daddr \{ 10\.96\.0\.0\/16, 10\.97\.0\.0\/16 \} drop\n/);
  await close();
});

test('the first sync makes the table, later ones only what changed, many changes are one', async () => {
  const feed = new ObjectFeed();
  putService(feed, 'a', '10.96.0.1');
  putSlice(feed, 'a', ['10.244.0.2']);
  const { clock, netfilter, proxy, close } = await open(feed);
  await proxy.ready;
  assert.equal(netfilter.scripts.length, 1);
  assert.match(netfilter.scripts[0]!, /^add table ip coxswain-c\ndelete table ip coxswain-c\n/);
  assert.match(netfilter.scripts[0]!, /map service-ips \{ .*10\.96\.0\.1 \. tcp \. 80 : goto/);
  putService(feed, 'b', '10.96.0.2');
  putSlice(feed, 'b', ['10.244.0.3']);
  putSlice(feed, 'b', ['10.244.0.3', '10.244.0.4']);
  const settled = proxy.settled();
  await clock.advance(100);
  await settled;
  assert.equal(netfilter.scripts.length, 2);
  assert.doesNotMatch(netfilter.scripts[1]!, /10\.96\.0\.1 |table \w+ \w+ \{/);
  await close();
});

test('what a change leaves over goes with the next one, or by itself when none comes', async () => {
  const feed = new ObjectFeed();
  putService(feed, 'a', '10.96.0.1');
  putSlice(feed, 'a', ['10.244.0.2', '10.244.0.3']);
  const { clock, netfilter, close } = await open(feed);
  const scripts = async (ms: number) => {
    await clock.advance(ms);
    return netfilter.scripts.splice(0).map(script => script.match(/delete chain .*/g)?.length ?? 0);
  };
  assert.deepEqual(await scripts(100), [0]);
  for (const ips of [['10.244.0.2'], ['10.244.0.4'], ['10.244.0.2']]) {
    putSlice(feed, 'a', ips);
    await clock.advance(100);
  }
  // The last one takes up what the one before left, so that there is nothing to delete of that.
  assert.deepEqual(await scripts(100), [0, 1, 0]);
  assert.deepEqual(await scripts(10_000), [1]);
  feed.remove(services, 'ns', 'a');
  assert.deepEqual(await scripts(100), [0]);
  netfilter.failures = 1;
  assert.deepEqual(await scripts(1_100), [], 'it is not for that that all is made anew');
  assert.deepEqual(await scripts(10_000), [2]);
  await close();
});

test('while changes go on, a kernel that takes long is left alone half of the time', async () => {
  const feed = new ObjectFeed();
  putService(feed, 'a', '10.96.0.1');
  const { clock, netfilter, proxy, close } = await open(feed);
  await proxy.ready;
  netfilter.work = () => sleep(clock, 200);
  const before = netfilter.scripts.length;
  for (let i = 0; i < 40; i++) {
    putSlice(feed, 'a', [`10.244.0.${i + 2}`]);
    await clock.advance(50);
  }
  await clock.advance(2_000);
  assert.match(netfilter.scripts.slice(before).join(''), /10\.244\.0\.41:8080/);
  const count = netfilter.scripts.length - before;
  assert.ok(count <= 8, `${count} transactions for two seconds of changes`);
  await close();
});

test('when the kernel refuses, all is made anew later', async () => {
  const feed = new ObjectFeed();
  const { clock, netfilter, close } = await open(feed);
  netfilter.failures = 2;
  putService(feed, 'a', '10.96.0.1');
  await clock.advance(500);
  assert.equal(netfilter.scripts.length, 1);
  await clock.advance(5_000);
  assert.equal(netfilter.scripts.length, 2);
  assert.match(netfilter.scripts[1]!, /^add table[\s\S]*10\.96\.0\.1/);
  await close();
});

test('a table that somebody took away comes back', async () => {
  const { clock, netfilter, close } = await open(new ObjectFeed());
  netfilter.there = false;
  await clock.advance(31_000);
  assert.equal(netfilter.scripts.length, 2);
  await close();
});

test('an external IP and port that two services ask for goes to one, then to the other', async () => {
  const feed = new ObjectFeed();
  for (const [name, ip] of [
    ['a', '10.96.0.1'],
    ['b', '10.96.0.2'],
  ] as const) {
    putService(feed, name, ip, ['192.0.2.1']);
    putSlice(feed, name, [`10.244.0.${name === 'a' ? 2 : 3}`]);
  }
  const { clock, netfilter, close } = await open(feed);
  const claims = (script: string) => script.match(/192\.0\.2\.1 \. tcp \. 80 : goto external-ns\/\w/g) ?? [];
  assert.equal(claims(netfilter.scripts[0]!).length, 1);
  assert.match(claims(netfilter.scripts[0]!)[0]!, /ns\/a$/);
  feed.remove(services, 'ns', 'a');
  await clock.advance(200);
  assert.match(claims(netfilter.scripts.join(''))[1]!, /ns\/b$/);
  await close();
});

test('tells load balancers whether this node has endpoints of a service', async () => {
  const feed = new ObjectFeed();
  const put = (healthCheckNodePort: number) =>
    feed.put(services, {
      metadata: { namespace: 'ns', name: 'lb' },
      spec: {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.1',
        externalTrafficPolicy: 'Local',
        healthCheckNodePort,
        ports: [{ protocol: 'TCP', port: 80 }],
      },
    });
  const endpoint = (ip: string, nodeName: string, ready: boolean) => ({
    addresses: [ip],
    nodeName,
    conditions: { ready, serving: true, terminating: !ready },
  });
  const putEndpoints = (...endpoints: ReturnType<typeof endpoint>[]) =>
    feed.put(endpointSlices, {
      metadata: { namespace: 'ns', name: 'lb-1', labels: { 'kubernetes.io/service-name': 'lb' } },
      addressType: 'IPv4',
      ports: [{ name: '', protocol: 'TCP', port: 8080 }],
      endpoints,
    });
  put(30_001);
  putEndpoints(endpoint('10.244.0.2', 'n1', true), endpoint('10.244.1.2', 'n2', true));
  const { clock, healthSockets, proxy, close } = await open(feed);
  await proxy.ready;
  const { status, headers, body } = healthSockets.answers.get(30_001)!('/');
  assert.deepEqual([status, headers['x-load-balancing-endpoint-weight']], [200, '1']);
  assert.deepEqual(JSON.parse(body), {
    service: { namespace: 'ns', name: 'lb' },
    localEndpoints: 1,
    serviceProxyHealthy: true,
  });
  putEndpoints(endpoint('10.244.0.2', 'n1', false), endpoint('10.244.1.2', 'n2', true));
  await clock.advance(100);
  assert.equal(healthSockets.answers.get(30_001)!('/').status, 503);
  put(30_002);
  await clock.advance(100);
  const nodePorts = () => [...healthSockets.answers.keys()].filter(port => port >= 30_000);
  assert.deepEqual(nodePorts(), [30_002]);
  feed.remove(services, 'ns', 'lb');
  await clock.advance(100);
  assert.deepEqual(nodePorts(), []);
  await close();
  assert.equal(healthSockets.answers.size, 0);
});

test('tells how it is itself, and that its node is about to go', async () => {
  const feed = new ObjectFeed();
  const putNode = (taints: { key: string; effect: string }[]) =>
    feed.put(nodes, { metadata: { name: 'n1' }, spec: { taints } });
  putNode([]);
  const { clock, netfilter, healthSockets, proxy, close } = await open(feed);
  await proxy.ready;
  const ask = (port: number, path: string) => healthSockets.answers.get(port)!(path);
  const statuses = () => ['/healthz', '/livez', '/other'].map(path => ask(10_256, path).status);
  assert.deepEqual(statuses(), [200, 200, 404]);
  const { lastUpdated, currentTime, nodeEligible } = JSON.parse(ask(10_256, '/healthz').body);
  assert.deepEqual([lastUpdated === currentTime, nodeEligible], [true, true]);
  assert.deepEqual(ask(10_249, '/proxyMode').body, 'nftables');
  assert.match(
    ask(10_249, '/metrics').body,
    /^kubeproxy_sync_proxy_rules_last_timestamp_seconds\{ip_family="IPv4"\} \d/m,
  );
  putNode([{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }]);
  await clock.advance(100);
  assert.deepEqual(statuses(), [503, 200, 404]);
  putNode([]);
  netfilter.failures = 100;
  putService(feed, 'web', '10.96.0.7');
  await clock.advance(61_000);
  assert.deepEqual(statuses(), [503, 503, 404]);
  netfilter.failures = 0;
  await clock.advance(60_000);
  assert.deepEqual(statuses(), [200, 200, 404]);
  await close();
});

test('makes the rules anew when the node moves to another zone', async () => {
  const feed = new ObjectFeed();
  const move = (zone: string) =>
    feed.put(nodes, { metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': zone } } });
  move('a');
  putService(feed, 'web', '10.96.0.1');
  feed.put(endpointSlices, {
    metadata: { namespace: 'ns', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    endpoints: ['a', 'b'].map((name, i) => ({
      addresses: [`10.244.${i}.2`],
      hints: { forZones: [{ name }] },
    })),
  });
  const { clock, netfilter, proxy, close } = await open(feed);
  await proxy.ready;
  assert.doesNotMatch(netfilter.scripts[0]!, /dnat to 10\.244\.1\.2/);
  move('b');
  await clock.advance(100);
  assert.match(netfilter.scripts.at(-1)!, /dnat to 10\.244\.1\.2/);
  assert.doesNotMatch(netfilter.scripts.at(-1)!, /dnat to 10\.244\.0\.2/);
  await close();
});

test('two families have a table each, and one transaction', async () => {
  const feed = new ObjectFeed();
  putService(feed, 'web', '10.96.0.7');
  const { clock, netfilter, proxy, close } = await open(feed, ['10.244.0.0/16', 'fd00:10:244::/56']);
  await proxy.ready;
  assert.match(netfilter.scripts[0]!, /^add table ip coxswain-c\n[\s\S]*^add table ip6 coxswain-c\n/m);
  const clusterIPs = ['10.96.0.7', 'fd00::7'];
  feed.put(services, {
    metadata: { namespace: 'ns', name: 'web' },
    spec: { clusterIP: clusterIPs[0]!, clusterIPs, ports: [{ protocol: 'TCP', port: 80 }] },
  });
  await clock.advance(100);
  assert.deepEqual(netfilter.scripts.slice(1), [
    'add element ip6 coxswain-c cluster-ips { fd00::7 }\n' +
      'add element ip6 coxswain-c no-endpoint-services { fd00::7 . tcp . 80 : goto reject-traffic }\n',
  ]);
  await close();
});
