import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { Endpoint, EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { tableFamilyOf } from './families.ts';
import { flowsToForget } from './flows.ts';
import { type ServiceRules, serviceRules } from './service-rules.ts';
import { cleanupScript, staleAfter, transactionOf } from './transaction.ts';

const ipv4 = tableFamilyOf('10.244.0.0/16');
const options = { nodeName: 'n1', podCidr: '10.244.0.0/16' };

function service(spec: Service['spec'] = {}, more: Partial<Service> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'ns', name: 'web' },
    spec: {
      clusterIP: '10.96.0.7',
      clusterIPs: ['10.96.0.7'],
      ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }],
      ...spec,
    },
    ...more,
  };
}

function slice(endpoints: readonly Partial<Endpoint>[], protocol = 'TCP'): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'ns', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol, port: 8080 }],
    endpoints: endpoints.map((endpoint, i) => ({
      addresses: [`10.244.0.${i + 2}`],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'n1',
      ...endpoint,
    })),
  };
}

function verdicts(rules: ServiceRules): string[] {
  return rules.elements.map(({ map, key, verdict }) => `${map} { ${key} }${verdict && ` ${verdict}`}`);
}

const name = 'ns/web/tcp/http';
const clusterIpElement = 'cluster-ips { 10.96.0.7 }';

test('a cluster IP is spread over the ready endpoints in turn', () => {
  const rules = serviceRules(service(), [slice([{}, {}, { conditions: { ready: false } }])], options);
  assert.deepEqual(verdicts(rules), [
    clusterIpElement,
    `service-ips { 10.96.0.7 . tcp . 80 } goto service-${name}`,
  ]);
  assert.deepEqual(Object.fromEntries(rules.chains), {
    [`service-${name}`]: [
      'ip daddr 10.96.0.7 tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade',
      `numgen inc mod 2 vmap { 0 : goto endpoint-${name}__10.244.0.2/8080, 1 : goto endpoint-${name}__10.244.0.3/8080 }`,
      `goto endpoint-${name}__10.244.0.2/8080`,
    ],
    [`endpoint-${name}__10.244.0.2/8080`]: [
      'ip saddr 10.244.0.2 jump mark-for-masquerade',
      'meta l4proto tcp dnat to 10.244.0.2:8080',
    ],
    [`endpoint-${name}__10.244.0.3/8080`]: [
      'ip saddr 10.244.0.3 jump mark-for-masquerade',
      'meta l4proto tcp dnat to 10.244.0.3:8080',
    ],
  });
});

test('without endpoints it rejects, on every address', () => {
  const spec = { type: 'NodePort', externalIPs: ['192.0.2.1'] };
  const ports = [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 }];
  assert.deepEqual(verdicts(serviceRules(service({ ...spec, ports }), [], options)), [
    clusterIpElement,
    'no-endpoint-services { 10.96.0.7 . tcp . 80 } goto reject-traffic',
    'no-endpoint-services { 192.0.2.1 . tcp . 80 } goto reject-traffic',
    'no-endpoint-nodeports { tcp . 30080 } goto reject-traffic',
  ]);
});

test('what is not ours has no rules', () => {
  const labelled = (labels: Record<string, string>) =>
    service({}, { metadata: { namespace: 'ns', name: 'web', labels } });
  for (const other of [
    service({ clusterIP: 'None', clusterIPs: ['None'] }),
    service({ type: 'ExternalName', externalName: 'example.org' }),
    service({ clusterIP: '', clusterIPs: [] }),
    service({ clusterIP: 'fd00::7', clusterIPs: ['fd00::7'] }),
    labelled({ 'service.kubernetes.io/service-proxy-name': 'x' }),
    labelled({ 'service.kubernetes.io/headless': '' }),
  ]) {
    assert.deepEqual(verdicts(serviceRules(other, [slice([{}])], options)), []);
  }
});

test('endpoints that are not ours count for none', () => {
  for (const label of ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless']) {
    const other = slice([{}]);
    const { labels } = other.metadata;
    const foreign = { ...other, metadata: { ...other.metadata, labels: { ...labels, [label]: '' } } };
    const of = (slices: EndpointSlice[]) => verdicts(serviceRules(service(), slices, options));
    assert.deepEqual(of([foreign]), of([]));
    assert.notDeepEqual(of([other]), of([]));
  }
});

const ending = { conditions: { ready: false, serving: true, terminating: true } };

test('terminating endpoints serve only while none is ready', () => {
  const targets = (endpoints: Partial<Endpoint>[]) =>
    [...serviceRules(service(), [slice(endpoints)], options).chains.keys()].filter(chain =>
      chain.startsWith('endpoint-'),
    );
  assert.deepEqual(targets([ending, {}]), [`endpoint-${name}__10.244.0.3/8080`]);
  assert.deepEqual(targets([ending, { conditions: { ready: false } }]), [
    `endpoint-${name}__10.244.0.2/8080`,
  ]);
});

test('an endpoint that two slices hold is one', () => {
  const slices = [slice([{ conditions: { ready: false } }]), slice([{}])];
  const { chains } = serviceRules(service(), slices, options);
  assert.deepEqual(chains.get(`service-${name}`)!.at(-1), `goto endpoint-${name}__10.244.0.2/8080`);
});

test('a family has its own address and endpoints, and its own words', () => {
  const clusterIPs = ['10.96.0.7', 'fd00::7'];
  const both = service({
    clusterIPs,
    externalIPs: ['192.0.2.1', '2001:db8::1'],
    sessionAffinity: 'ClientIP',
  });
  const slices = [slice([{}]), { ...slice([{ addresses: ['fd00:10:244::2'] }]), addressType: 'IPv6' }];
  const rules = serviceRules(both, slices, { nodeName: 'n1', podCidr: 'fd00:10:244::/56' });
  assert.deepEqual(verdicts(rules), [
    'cluster-ips { fd00::7 }',
    `service-ips { fd00::7 . tcp . 80 } goto service-${name}`,
    `service-ips { 2001:db8::1 . tcp . 80 } goto external-${name}`,
  ]);
  const endpoint = `${name}__fd00.10.244..2/8080`;
  assert.deepEqual(
    [...rules.sets],
    [[`affinity-${endpoint}`, 'type ipv6_addr; size 65535; flags dynamic,timeout;']],
  );
  assert.deepEqual(Object.fromEntries(rules.chains), {
    [`service-${name}`]: [
      'ip6 daddr fd00::7 tcp dport 80 ip6 saddr != fd00:10:244::/56 jump mark-for-masquerade',
      `ip6 saddr @affinity-${endpoint} goto endpoint-${endpoint}`,
      `goto endpoint-${endpoint}`,
    ],
    [`endpoint-${endpoint}`]: [
      'ip6 saddr fd00:10:244::2 jump mark-for-masquerade',
      `update @affinity-${endpoint} { ip6 saddr timeout 10800s }`,
      'meta l4proto tcp dnat to [fd00:10:244::2]:8080',
    ],
    [`external-${name}`]: ['jump mark-for-masquerade', `goto service-${name}`],
  });
});

test('node ports masquerade and go to the same endpoints', () => {
  const ports = [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 }];
  const rules = serviceRules(service({ type: 'NodePort', ports }), [slice([{}])], options);
  assert.ok(verdicts(rules).includes(`service-nodeports { tcp . 30080 } goto external-${name}`));
  assert.deepEqual(rules.chains.get(`external-${name}`), [
    'jump mark-for-masquerade',
    `goto service-${name}`,
  ]);
});

test('externalTrafficPolicy Local keeps to the node and drops where it has no endpoint', () => {
  const ports = [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 }];
  const local = service({ type: 'NodePort', externalTrafficPolicy: 'Local', ports });
  const here = serviceRules(local, [slice([{}, { nodeName: 'n2' }])], options);
  assert.deepEqual(here.chains.get(`external-${name}`)!.at(-1), `goto local-${name}`);
  assert.deepEqual(here.chains.get(`local-${name}`)!.at(-1), `goto endpoint-${name}__10.244.0.2/8080`);
  const elsewhere = serviceRules(local, [slice([{ nodeName: 'n2' }])], options);
  assert.ok(verdicts(elsewhere).includes('no-endpoint-nodeports { tcp . 30080 } drop'));
  assert.deepEqual(
    elsewhere.chains.get(`external-${name}`)!.at(-1),
    `fib saddr type local goto service-${name}`,
  );
});

test('internalTrafficPolicy Local keeps cluster IP traffic on the node', () => {
  const local = service({ internalTrafficPolicy: 'Local' });
  const here = verdicts(serviceRules(local, [slice([{}, { nodeName: 'n2' }])], options));
  assert.deepEqual(here[1], `service-ips { 10.96.0.7 . tcp . 80 } goto local-${name}`);
  const elsewhere = verdicts(serviceRules(local, [slice([{ nodeName: 'n2' }])], options));
  assert.deepEqual(elsewhere[1], 'no-endpoint-services { 10.96.0.7 . tcp . 80 } drop');
});

test('ClientIP affinity remembers the client for its time', () => {
  const spec = { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } };
  const rules = serviceRules(service(spec), [slice([{}])], options);
  const set = `affinity-${name}__10.244.0.2/8080`;
  assert.deepEqual([...rules.sets.keys()], [set]);
  assert.equal(
    rules.chains.get(`service-${name}`)![1],
    `ip saddr @${set} goto endpoint-${name}__10.244.0.2/8080`,
  );
  assert.equal(
    rules.chains.get(`endpoint-${name}__10.244.0.2/8080`)![1],
    `update @${set} { ip saddr timeout 60s }`,
  );
});

test('a load balancer is kept to its source ranges', () => {
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.9' }, { ip: '192.0.2.10', ipMode: 'Proxy' }] } };
  const spec = { type: 'LoadBalancer', loadBalancerSourceRanges: ['198.51.100.0/24', ' 203.0.113.0/24'] };
  const rules = serviceRules(service(spec, { status }), [slice([{}])], options);
  assert.deepEqual(
    rules.chains.get(`external-${name}`)![0],
    'ip daddr { 192.0.2.9 } ip saddr != { 198.51.100.0/24, 203.0.113.0/24 } drop',
  );
  assert.equal(verdicts(rules).filter(verdict => verdict.includes('192.0.2.10')).length, 0);
});

test('a change is as small as what changed', () => {
  const before = serviceRules(service(), [slice([{}, {}])], options);
  const after = serviceRules(service(), [slice([{}, {}, {}])], options);
  assert.equal(transactionOf('ip coxswain-c', [{ before, after: before }]), '');
  const grown = transactionOf('ip coxswain-c', [{ before, after }]);
  assert.equal(grown.split('\n').length - 1, 8);
  assert.doesNotMatch(grown, /element/);
  const stale = staleAfter({ before: after, after: before });
  assert.deepEqual(stale, { chains: [`endpoint-${name}__10.244.0.4/8080`], sets: [] });
  assert.equal(
    cleanupScript('ip coxswain-c', stale),
    `delete chain ip coxswain-c endpoint-${name}__10.244.0.4/8080\n`,
  );
});

test('what leaves goes before what comes', () => {
  const rules = serviceRules(service(), [slice([{}])], options);
  const script = transactionOf('ip coxswain-c', [
    { before: undefined, after: rules },
    { before: rules, after: undefined },
  ]);
  const verbs = script
    .split('\n')
    .filter(line => line.includes('element'))
    .map(line => line.split(' ')[0]);
  assert.deepEqual(verbs, ['delete', 'delete', 'add', 'add']);
});

test('UDP flows to endpoints that have gone are forgotten, and those that found none', () => {
  const ports = [{ name: 'http', protocol: 'UDP', port: 53, nodePort: 30053 }];
  const rules = (endpoints: Partial<Endpoint>[]) =>
    serviceRules(service({ type: 'NodePort', ports }), [slice(endpoints, 'UDP')], options);
  const filter = { family: 'IPv4', protocol: 'udp', destinationIp: '10.96.0.7', destinationPort: 53 };
  const nodePort = { family: 'IPv4', protocol: 'udp', destinationIp: '', destinationPort: 30053 };
  assert.deepEqual(flowsToForget(ipv4, rules([]), rules([{}])), [filter, nodePort]);
  assert.deepEqual(flowsToForget(ipv4, rules([{}, {}]), rules([{}])), [
    { ...filter, endpointIp: '10.244.0.3' },
    { ...nodePort, endpointIp: '10.244.0.3' },
  ]);
  assert.deepEqual(flowsToForget(ipv4, rules([{}]), undefined).length, 2);
  assert.deepEqual(flowsToForget(ipv4, rules([{}]), rules([{}])), []);
});

test('clients go to what is meant for their node, else for their zone, else anywhere', () => {
  const hint = (nodeName: string, zone: string) => ({
    nodeName,
    hints: { forNodes: [{ name: nodeName }], forZones: [{ name: zone }] },
  });
  const zoneOnly = (zone: string) => ({ nodeName: 'n9', hints: { forZones: [{ name: zone }] } });
  const targets = (endpoints: Partial<Endpoint>[], where: { nodeName: string; zone?: string }) =>
    [...serviceRules(service(), [slice(endpoints)], { ...options, ...where }).chains.keys()]
      .filter(chain => chain.startsWith('endpoint-'))
      .map(chain => chain.split('__')[1]!.split('/')[0]);
  const both = [hint('n1', 'a'), hint('n2', 'b'), hint('n3', 'b')];
  assert.deepEqual(targets(both, { nodeName: 'n2', zone: 'b' }), ['10.244.0.3']);
  assert.deepEqual(targets(both, { nodeName: 'n4', zone: 'b' }), ['10.244.0.3', '10.244.0.4']);
  const everything = ['10.244.0.2', '10.244.0.3', '10.244.0.4'];
  assert.deepEqual(targets(both, { nodeName: 'n4', zone: 'c' }), everything);
  assert.deepEqual(targets(both, { nodeName: 'n4' }), everything);
  const zones = [hint('n1', 'a'), zoneOnly('b')];
  assert.deepEqual(targets(zones, { nodeName: 'n1', zone: 'b' }), ['10.244.0.3']);
  assert.deepEqual(targets([hint('n1', 'a'), {}], { nodeName: 'n1', zone: 'a' }), [
    '10.244.0.2',
    '10.244.0.3',
  ]);
  const notReady = { ...hint('n1', 'a'), conditions: { ready: false, serving: false, terminating: false } };
  assert.deepEqual(targets([notReady, hint('n2', 'b')], { nodeName: 'n1', zone: 'a' }), ['10.244.0.3']);
});
