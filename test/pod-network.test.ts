import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { endpointSlices, namespaces, services } from '#api/generated/refs.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { InformerFactory } from '#client/informer.ts';
import { gatewayOf } from '#kubelet/engine/bridge.ts';
import { removePods } from '#kubelet/engine/purge.ts';
import type { ContainerConfig, Runtime, SandboxConfig } from '#kubelet/runtime.ts';
import { createDns } from '#network/dns/server.ts';
import { HostSockets } from '#network/dns/sockets.ts';
import { HostNetfilter } from '#network/proxy/host-netfilter.ts';
import { hostHealthSockets } from '#network/proxy/host-health.ts';
import { createProxy, purgeProxy } from '#network/proxy/proxy.ts';
import { engineSkipReason, openTestEngine, type TestEngine, wallClock } from './engine.ts';
import { ObjectFeed } from './object-feed.ts';

/** Real pods, the service proxy and the cluster's DNS together on this host; only the API server is left out. */

const nodePort = 38123;

interface Network {
  readonly podCidr: string;
  readonly dnsIp: string;
  readonly serviceIp: string;
}

function sandboxConfig(opened: TestEngine, name: string, dnsIp: string): SandboxConfig {
  return {
    metadata: { name, uid: name, namespace: 'default', attempt: 0 },
    hostname: name,
    logDirectory: `${opened.folder}/logs`,
    dns: { servers: [dnsIp], searches: ['default.svc.cluster.local'], options: ['ndots:5'] },
    portMappings: [],
    labels: {},
    annotations: {},
    cgroupParent: `${opened.engine.layout.cgroupRoot}/${name}`,
    sysctls: {},
    namespaces: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
    securityContext: {},
  };
}

function containerConfig(name: string, image: string): ContainerConfig {
  const script =
    'mkdir -p /tmp/www; hostname > /tmp/www/index.html; exec busybox httpd -f -p 8080 -h /tmp/www';
  return {
    name,
    attempt: 0,
    image,
    command: ['/bin/busybox', 'sh', '-c', script],
    args: [],
    workingDir: '',
    env: [{ key: 'PATH', value: '/bin' }],
    mounts: [],
    labels: {},
    annotations: {},
    logPath: `${name}.log`,
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: {},
    securityContext: {},
  };
}

async function startPod(opened: TestEngine, name: string, dnsIp: string) {
  const { runtime } = opened.engine;
  const config = sandboxConfig(opened, name, dnsIp);
  const sandbox = await runtime.runSandbox(config);
  const container = await runtime.createContainer(sandbox, containerConfig(name, opened.image), config);
  await runtime.startContainer(container);
  return { container, ip: (await runtime.sandboxStatus(sandbox)).ips[0]! };
}

function putService(feed: ObjectFeed, name: string, ip: string, ports: object[], endpoints: object): void {
  feed.put(services, {
    metadata: { namespace: 'default', name },
    spec: { type: 'NodePort', clusterIP: ip, clusterIPs: [ip], ports } as never,
  });
  feed.put(endpointSlices, {
    metadata: {
      namespace: 'default',
      name: `${name}-1`,
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    ...endpoints,
  } as never);
}

async function sh(runtime: Runtime, container: string, script: string): Promise<string> {
  const command = ['/bin/busybox', 'sh', '-c', script];
  const { stdout, stderr } = await runtime.execSync(container, command, 20);
  return Buffer.concat([stdout, stderr]).toString();
}

async function wgetOnHost(host: string): Promise<string> {
  const socket = connect(nodePort, host);
  socket.write('GET / HTTP/1.0\r\n\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString().trim().split('\n').at(-1)!;
}

function hostIp(): string {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  return addresses.find(address => address.family === 'IPv4' && !address.internal)?.address ?? '127.0.0.1';
}

async function scenario(opened: TestEngine, network: Network, dnsAddress: string): Promise<void> {
  const { engine } = opened;
  const { podCidr, dnsIp, serviceIp } = network;
  const clusterName = engine.layout.network.replace('coxswain-', '');
  const feed = new ObjectFeed();
  const seams = { clock: wallClock, random: new SeededRandom(1), log: silentLog };
  const informers = new InformerFactory(feed.client(), seams);
  const netfilter = new HostNetfilter();
  const sockets = new HostSockets();
  const proxy = createProxy({
    informers,
    nodeName: 'n1',
    clusterName,
    podCidrs: [podCidr],
    netfilter,
    healthSockets: hostHealthSockets,
    ...seams,
  });
  const listen = [{ address: dnsAddress, port: 0 }];
  const dns = await createDns({ informers, listen, resolvers: [], sockets, ...seams });
  try {
    feed.put(namespaces, { metadata: { name: 'default' } });
    putService(feed, 'dns', dnsIp, [{ protocol: 'UDP', port: 53 }], {
      ports: [{ protocol: 'UDP', port: dns.listeners[0]!.port }],
      endpoints: [{ addresses: [dnsAddress], nodeName: 'n1' }],
    });
    informers.start();
    await dns.ready;
    const names = ['a', 'b', 'c'];
    const pods = await Promise.all(names.map(name => startPod(opened, name, dnsIp)));
    putService(feed, 'web', serviceIp, [{ protocol: 'TCP', port: 80, nodePort }], {
      ports: [{ protocol: 'TCP', port: 8080 }],
      endpoints: pods.map(pod => ({ addresses: [pod.ip], nodeName: 'n1' })),
    });
    await proxy.ready;
    await proxy.settled();
    for (const [i, pod] of pods.entries()) {
      const script = 'for i in 1 2 3 4 5 6; do busybox wget -q -O - http://web/; done';
      const answers = (await sh(engine.runtime, pod.container, script)).trim().split('\n');
      assert.deepEqual([...answers].sort(), ['a', 'a', 'b', 'b', 'c', 'c'], `from ${names[i]}`);
    }
    for (const host of ['127.0.0.1', hostIp()]) {
      const answers = [await wgetOnHost(host), await wgetOnHost(host), await wgetOnHost(host)];
      assert.deepEqual(answers.sort(), names, host);
    }
  } finally {
    await proxy[Symbol.asyncDispose]();
    await dns[Symbol.asyncDispose]();
    informers[Symbol.dispose]();
    await removePods(engine.runtime);
    await purgeProxy(netfilter, clusterName);
  }
}

const skip = await engineSkipReason();

test('pods on a bridge reach services by name, in turn, and so does the host', { skip }, async () => {
  const podCidr = '10.201.12.0/24';
  const opened = await openTestEngine('netb', podCidr, { network: 'bridge' });
  try {
    const network = { podCidr, dnsIp: '10.202.12.10', serviceIp: '10.202.12.11' };
    await scenario(opened, network, gatewayOf(podCidr).address);
  } finally {
    await opened.engine.leave();
    await opened.close();
  }
});

test('pods on links of their own do, too', { skip }, async () => {
  const podCidr = '10.201.13.0/24';
  const opened = await openTestEngine('netp', podCidr, { network: 'ptp', snapshotter: 'native' });
  try {
    await scenario(opened, { podCidr, dnsIp: '10.202.13.10', serviceIp: '10.202.13.11' }, hostIp());
  } finally {
    await opened.engine.leave();
    await opened.close();
  }
});
