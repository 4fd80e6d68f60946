import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import type { Node, Pod, Service } from '#api/generated/types/core.v1.ts';
import { eventually, fetchText, skipReason, TestCluster } from './harness.ts';

/** Pods and Services with addresses of both IP families, and of IPv6 alone. */

const skip = (await skipReason()) || (!existsSync('/proc/net/if_inet6') && 'the kernel has no IPv6');

const serve = 'mkdir -p /tmp/www; hostname > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www';
const rest = "trap 'exit 0' TERM; while :; do sleep 1; done";

const workload = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: c
        image: e2e:1
        args: [-c, "${serve}"]
        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: c, image: "e2e:1", args: [-c, "${rest}"]}]
`;

function service(name: string, spec: object): string {
  const ports = [{ port: 80, targetPort: 8080 }];
  const whole = { type: 'NodePort', ipFamilyPolicy: 'PreferDualStack', selector: { app: 'web' }, ports };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ...whole, ...spec },
  });
}

/** A cluster with two pods that serve and one that asks, all of them ready. */
async function start(kind: string, serviceClusterIPRange: string): Promise<TestCluster> {
  const cluster = await TestCluster.start(kind, { serviceClusterIPRange });
  await cluster.apply(workload);
  await cluster.ok('rollout', 'status', 'deploy/web', '--timeout=60s');
  await cluster.ok('wait', '--for=condition=Ready', 'pod/client', '--timeout=60s');
  return cluster;
}

function inPod(cluster: TestCluster, pod: string, script: string): Promise<string> {
  return cluster.ok('exec', pod, '--', 'sh', '-c', script);
}

const isIpv6 = (address: string) => address.includes(':');
const hostOf = (address: string) => (isIpv6(address) ? `[${address}]` : address);
const distinct = (text: string) => [...new Set(text.trim().split('\n'))].sort();

function serving(cluster: TestCluster): Promise<Pod[]> {
  return cluster.json<{ items: Pod[] }>('get', 'pods', '-l', 'app=web').then(({ items }) => items);
}

async function applied(cluster: TestCluster, name: string, spec: object = {}): Promise<Service> {
  await cluster.apply(service(name, spec));
  return eventually(async () => {
    const { items } = await cluster.json<{ items: EndpointSlice[] }>('get', 'endpointslices');
    const found = await cluster.json<Service>('get', 'service', name);
    const slices = items.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
    assert.deepEqual(slices.map(slice => slice.addressType).sort(), [...found.spec!.ipFamilies!].sort());
    for (const { addressType, endpoints } of slices) {
      const addresses = endpoints!.flatMap(endpoint => endpoint.addresses);
      assert.equal(addresses.length, 2);
      assert.ok(addresses.every(address => isIpv6(address) === (addressType === 'IPv6')));
    }
    return found;
  });
}

/** The pods that answer six calls from a pod to an address. A change of rules may begin the turns anew. */
async function asked(cluster: TestCluster, pod: string, url: string): Promise<string[]> {
  return distinct(await inPod(cluster, pod, `for i in 1 2 3 4 5 6; do wget -qO- ${url}; done`));
}

test('pods and services have addresses of both families', { skip }, async t => {
  await using cluster = await start('dual', '10.120.0.0/16,fd00:10:120::/108');
  const pods = await serving(cluster);
  const names = pods.map(pod => pod.metadata.name!).sort();

  await t.test('a node and its pods tell an address of each', async () => {
    const { items } = await cluster.json<{ items: Node[] }>('get', 'nodes');
    const [{ spec, status }] = items as [Node];
    assert.deepEqual(spec!.podCIDRs!.map(isIpv6), [false, true]);
    const internal = status!.addresses!.filter(({ type }) => type === 'InternalIP');
    assert.deepEqual(
      internal.map(({ address }) => isIpv6(address)),
      [false, true],
    );
    for (const { status: of } of pods) {
      assert.deepEqual(
        of!.podIPs!.map(({ ip }) => isIpv6(ip)),
        [false, true],
      );
      assert.equal(of!.podIP, of!.podIPs![0]!.ip);
      assert.deepEqual(
        of!.hostIPs!.map(({ ip }) => ip),
        internal.map(({ address }) => address),
      );
    }
    const [, ipv6] = pods[0]!.status!.podIPs!;
    assert.equal(
      await inPod(cluster, 'client', `wget -qO- http://[${ipv6!.ip}]:8080/`),
      `${pods[0]!.metadata.name}\n`,
    );
  });

  await t.test('a service answers in turn at both addresses, by its name and at its node port', async () => {
    const { spec } = await applied(cluster, 'both');
    assert.deepEqual(spec!.clusterIPs!.map(isIpv6), [false, true]);
    for (const ip of spec!.clusterIPs!) {
      assert.deepEqual(await asked(cluster, 'client', `http://${hostOf(ip)}/`), names, ip);
      assert.equal((await fetchText(`http://${hostOf(ip)}/`)).startsWith('web-'), true);
    }
    const { items } = await cluster.json<{ items: Node[] }>('get', 'nodes');
    for (const { type, address } of items[0]!.status!.addresses!) {
      if (type !== 'InternalIP') continue;
      const url = `http://${hostOf(address)}:${spec!.ports![0]!.nodePort}/`;
      let answers = '';
      for (let i = 0; i < 6; i++) answers += await fetchText(url);
      assert.deepEqual(distinct(answers), names, url);
    }
    const found = await inPod(cluster, 'client', 'nslookup -type=aaaa both.default.svc.cluster.local');
    assert.ok(found.includes(`Address: ${spec!.clusterIPs![1]}`), found);
  });

  await t.test('a pod reaches itself, a client stays where it was, and nobody is refused', async () => {
    const { spec } = await applied(cluster, 'sticky', {
      sessionAffinity: 'ClientIP',
      ipFamilies: ['IPv6', 'IPv4'],
    });
    const url = `http://${hostOf(spec!.clusterIP!)}/`;
    assert.ok(isIpv6(spec!.clusterIP!));
    assert.equal((await asked(cluster, 'client', url)).length, 1);
    const [, both] = (await applied(cluster, 'both')).spec!.clusterIPs!;
    assert.deepEqual(await asked(cluster, names[0]!, `http://[${both}]/`), names);
    await cluster.ok('scale', 'deploy/web', '--replicas=0');
    await eventually(async () => {
      const refused = await cluster.kubectl(['exec', 'client', '--', 'timeout', '3', 'wget', '-qO-', url]);
      assert.match(refused.stderr, /refused/);
    });
  });
});

test('a cluster of IPv6 alone serves its pods', { skip }, async () => {
  await using cluster = await start('six', 'fd00:10:121::/108');
  const pods = await serving(cluster);
  for (const { status } of pods) {
    assert.deepEqual(
      status!.podIPs!.map(({ ip }) => isIpv6(ip)),
      [true],
    );
    assert.deepEqual(
      status!.hostIPs!.map(({ ip }) => isIpv6(ip)),
      [true],
    );
  }
  const { spec } = await applied(cluster, 'web');
  assert.deepEqual(spec!.ipFamilies, ['IPv6']);
  assert.deepEqual(await asked(cluster, 'client', 'http://web/'), pods.map(pod => pod.metadata.name!).sort());
});
