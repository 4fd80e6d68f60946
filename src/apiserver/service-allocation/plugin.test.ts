import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ipAddresses, serviceCIDRs, services } from '#api/generated/refs.ts';
import type { ServiceSpec } from '#api/generated/types/core.v1.ts';
import type { StatusError } from '#machinery/status.ts';
import { type SecureServer, startSecureServer } from '../auth/testing.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

async function start(t: TestContext, serviceCidrs?: readonly string[]): Promise<SecureServer> {
  const server = await startSecureServer(settle, serviceCidrs);
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}

const make = ({ admin }: SecureServer, name: string, spec: ServiceSpec = {}) =>
  admin.create(services, {
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ port: 80 }], ...spec },
  });

async function refusal(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'not refused',
    (error: StatusError) => error.message,
  );
}

async function addresses({ admin }: SecureServer): Promise<string[]> {
  const { items } = await admin.list(ipAddresses, '');
  return items.map(
    ({ metadata, spec }) => `${metadata.name} ${spec?.parentRef?.namespace}/${spec?.parentRef?.name}`,
  );
}

test('a Service has an IPAddress as long as it has the address', async t => {
  const server = await start(t);
  const { admin } = server;
  const { spec } = await make(server, 'web', { clusterIP: '10.96.0.7' });
  assert.deepEqual(spec!.clusterIPs, ['10.96.0.7']);
  const address = await admin.get(ipAddresses, '', '10.96.0.7');
  assert.deepEqual(address.metadata.labels, {
    'ipaddress.kubernetes.io/ip-family': 'IPv4',
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  });
  assert.deepEqual(address.spec!.parentRef, { resource: 'services', namespace: 'default', name: 'web' });
  await admin.patch(services, 'default', 'web', 'merge', {
    spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null },
  });
  assert.deepEqual(await addresses(server), ['10.96.0.1 default/kubernetes']);
  const back = await admin.patch(services, 'default', 'web', 'merge', {
    spec: { type: 'ClusterIP', externalName: null, clusterIP: '10.96.0.8' },
  });
  assert.equal(back.spec!.clusterIP, '10.96.0.8');
  assert.deepEqual(await addresses(server), ['10.96.0.1 default/kubernetes', '10.96.0.8 default/web']);
  await admin.delete(services, 'default', 'web');
  assert.deepEqual(await addresses(server), ['10.96.0.1 default/kubernetes']);
});

test('an IPAddress that the server makes has the managers that one made by its API has', async t => {
  const server = await start(t);
  await make(server, 'web', { clusterIP: '10.96.0.7' });
  const made = await server.admin.get(ipAddresses, '', '10.96.0.7');
  const { labels } = made.metadata;
  const again = await server.admin.create(ipAddresses, {
    metadata: { name: '10.96.0.8', labels: labels! },
    spec: made.spec!,
  });
  const withoutTime = ({ metadata }: typeof made) =>
    metadata.managedFields!.map(each => ({ ...each, time: '' }));
  assert.deepEqual(withoutTime(made), withoutTime(again));
});

test('addresses are refused in upstream’s words', async t => {
  const server = await start(t);
  await make(server, 'web', { clusterIP: '10.96.0.7' });
  await server.admin.create(ipAddresses, {
    metadata: { name: '10.96.0.9' },
    spec: { parentRef: { group: 'example.com', resource: 'gateways', name: 'g' } },
  });
  const refused = (address: string, why: string) =>
    `Service "x" is invalid: spec.clusterIPs: Invalid value: ["${address}"]: failed to allocate IP ${address}: ${why}`;
  for (const [address, why] of [
    ['10.96.0.7', 'provided IP is already allocated'],
    ['10.96.0.9', 'provided IP is already allocated'],
    ['10.1.2.3', 'the provided network does not match the current range'],
    ['10.96.0.0', 'the provided network does not match the current range'],
    ['10.96.255.255', 'the provided network does not match the current range'],
  ] as const) {
    assert.equal(await refusal(make(server, 'x', { clusterIP: address })), refused(address, why));
  }
});

test('a Service’s families are filled in, or refused in upstream’s words', async t => {
  const server = await start(t);
  const families = async (spec: ServiceSpec) => {
    const made = await make(server, 'x', spec);
    await server.admin.delete(services, 'default', 'x');
    return [made.spec!.ipFamilyPolicy, made.spec!.ipFamilies?.join()];
  };
  assert.deepEqual(await families({}), ['SingleStack', 'IPv4']);
  assert.deepEqual(await families({ ipFamilyPolicy: 'PreferDualStack' }), ['PreferDualStack', 'IPv4']);
  assert.deepEqual(await families({ clusterIP: 'None', selector: { a: 'b' } }), ['SingleStack', 'IPv4']);
  assert.deepEqual(await families({ clusterIP: 'None' }), ['RequireDualStack', 'IPv4,IPv6']);
  for (const [spec, message] of [
    [
      { ipFamilyPolicy: 'RequireDualStack' },
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [
      { ipFamilies: ['IPv4', 'IPv6'] },
      `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
    ],
    [{ ipFamilies: ['IPv6'] }, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
    [
      { clusterIP: 'fd00::1' },
      'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster',
    ],
  ] as const) {
    assert.equal(
      await refusal(make(server, 'x', spec as unknown as ServiceSpec)),
      `Service "x" is invalid: ${message}`,
    );
  }
});

test('on a cluster of two families, a Service gets as many addresses as its policy says', async t => {
  const server = await start(t, ['10.96.0.0/16', 'fd00:10:96::/108']);
  const { admin } = server;
  const own = await admin.get(serviceCIDRs, '', 'kubernetes');
  assert.deepEqual(own.spec!.cidrs, ['10.96.0.0/16', 'fd00:10:96::/108']);
  const shown = async (name: string, spec: object) => {
    const made = (await make(server, name, spec as ServiceSpec)).spec!;
    const families = made.clusterIPs!.map(ip => (ip.includes(':') ? 6 : ip === 'None' ? ip : 4)).join();
    return [made.ipFamilyPolicy, made.ipFamilies!.join(), families];
  };
  assert.deepEqual(await shown('a', {}), ['SingleStack', 'IPv4', '4']);
  assert.deepEqual(await shown('b', { ipFamilies: ['IPv6'] }), ['SingleStack', 'IPv6', '6']);
  const prefer = { ipFamilyPolicy: 'PreferDualStack' };
  assert.deepEqual(await shown('c', prefer), ['PreferDualStack', 'IPv4,IPv6', '4,6']);
  const first = { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6'] };
  assert.deepEqual(await shown('d', first), ['RequireDualStack', 'IPv6,IPv4', '6,4']);
  const chosen = { ...prefer, clusterIP: 'fd00:10:96::7' };
  assert.deepEqual(await shown('e', chosen), ['PreferDualStack', 'IPv6,IPv4', '6,4']);
  assert.deepEqual(await shown('f', { clusterIP: 'None', selector: { a: 'b' }, ...prefer }), [
    'PreferDualStack',
    'IPv4,IPv6',
    'None',
  ]);
  const address = await admin.get(ipAddresses, '', 'fd00:10:96::7');
  assert.equal(address.metadata.labels!['ipaddress.kubernetes.io/ip-family'], 'IPv6');
  const last = await make(server, 'g', { clusterIP: 'fd00:10:96::f:ffff' });
  assert.equal(last.spec!.ipFamilies!.join(), 'IPv6', 'IPv6 has no broadcast address');
  await admin.create(serviceCIDRs, { metadata: { name: 'large' }, spec: { cidrs: ['fd01::/48'] } });
  assert.match(
    await refusal(make(server, 'x', { clusterIP: 'fd01::7' })),
    /does not match the current range$/,
  );
  const both = ['10.1.2.3', ''];
  assert.equal(
    await refusal(make(server, 'x', { ...prefer, clusterIP: '10.1.2.3' } as ServiceSpec)),
    `Service "x" is invalid: spec.clusterIPs: Invalid value: ${JSON.stringify(both)}: failed to allocate IP 10.1.2.3: the provided network does not match the current range`,
  );
});

test('a Service gets a second family, and gives it back, as its policy changes', async t => {
  const server = await start(t, ['10.96.0.0/16', 'fd00:10:96::/108']);
  const { admin } = server;
  const patch = async (spec: object) =>
    (await admin.patch(services, 'default', 'web', 'merge', { spec })).spec!;
  const { clusterIP } = (await make(server, 'web')).spec!;
  const two = await patch({ ipFamilyPolicy: 'PreferDualStack' });
  assert.equal(two.clusterIPs!.length, 2);
  assert.equal(two.clusterIPs![0], clusterIP);
  assert.ok((await addresses(server)).includes(`${two.clusterIPs![1]} default/web`));
  assert.equal(
    await refusal(patch({ clusterIPs: [clusterIP] })),
    `Service "web" is invalid: spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be 'SingleStack' to release the secondary cluster IP`,
  );
  assert.equal(
    await refusal(patch({ clusterIP: '10.96.0.9', clusterIPs: null })),
    `Service "web" is invalid: spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be 'SingleStack' to release the secondary cluster IP`,
  );
  const one = await patch({ ipFamilyPolicy: 'SingleStack' });
  assert.deepEqual([one.clusterIPs, one.ipFamilies], [[clusterIP], ['IPv4']]);
  assert.equal((await addresses(server)).length, 2);
  const chosen = await patch({
    ipFamilyPolicy: 'RequireDualStack',
    clusterIPs: [clusterIP, 'fd00:10:96::9'],
  });
  assert.deepEqual(chosen.clusterIPs, [clusterIP, 'fd00:10:96::9']);
  await patch({ type: 'ExternalName', externalName: 'example.com' });
  assert.deepEqual(await addresses(server), ['10.96.0.1 default/kubernetes']);
});

test('a cluster may have IPv6 alone', async t => {
  const server = await start(t, ['fd00:10:96::/108']);
  const { spec } = await server.admin.get(services, 'default', 'kubernetes');
  assert.deepEqual([spec!.clusterIPs, spec!.ipFamilies], [['fd00:10:96::1'], ['IPv6']]);
  assert.deepEqual((await make(server, 'web')).spec!.ipFamilies, ['IPv6']);
  assert.equal(
    await refusal(make(server, 'x', { clusterIP: '10.96.0.7' })),
    'Service "x" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.0.7"]: IPv4 is not configured on this cluster',
  );
});

test('addresses are of ready ranges: the upper part first, and none when all are given', async t => {
  const server = await start(t);
  const { admin } = server;
  await admin.delete(serviceCIDRs, '', 'kubernetes');
  assert.match(await refusal(make(server, 'early')), /failed to allocate a serviceIP: range is full$/);
  await admin.create(serviceCIDRs, { metadata: { name: 'small' }, spec: { cidrs: ['10.200.0.0/27'] } });
  const made: number[] = [];
  for (let i = 0; i < 30; i++) {
    const { spec } = await make(server, `s${i}`);
    assert.match(spec!.clusterIP!, /^10\.200\.0\./);
    made.push(Number(spec!.clusterIP!.split('.')[3]));
  }
  assert.ok(
    made.slice(0, 14).every(last => last > 16),
    'the lower sixteen are for whoever asks for them',
  );
  assert.equal(new Set(made).size, 30);
  assert.match(await refusal(make(server, 'late')), /failed to allocate a serviceIP: range is full$/);
  await admin.create(serviceCIDRs, { metadata: { name: 'more' }, spec: { cidrs: ['10.201.0.0/27'] } });
  const { spec } = await make(server, 'late');
  assert.match(spec!.clusterIP!, /^10\.201\.0\./);
  await admin.patch(
    serviceCIDRs,
    '',
    'more',
    'merge',
    {
      status: {
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'Off',
            message: '',
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
      },
    },
    { subresource: 'status' },
  );
  assert.match(await refusal(make(server, 'later')), /range is full$/);
});

test('Services that are made at once share no address and no node port', async t => {
  const server = await start(t);
  const { admin } = server;
  await admin.delete(serviceCIDRs, '', 'kubernetes');
  await admin.create(serviceCIDRs, { metadata: { name: 'small' }, spec: { cidrs: ['10.200.0.0/26'] } });
  const all = await Promise.allSettled(
    Array.from({ length: 80 }, (_, i) => make(server, `s${i}`, { type: 'NodePort' })),
  );
  const made = all.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
  assert.equal(made.length, 62, 'the range has room for so many');
  assert.equal(new Set(made.map(({ spec }) => spec!.clusterIP)).size, 62);
  assert.equal(new Set(made.map(({ spec }) => spec!.ports![0]!.nodePort)).size, 62);
  for (const each of all) {
    if (each.status === 'rejected') assert.match(String(each.reason), /range is full$/);
  }
  const claim = (name: string) =>
    make(server, name, { type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] });
  await admin.create(serviceCIDRs, { metadata: { name: 'more' }, spec: { cidrs: ['10.201.0.0/26'] } });
  const outcome = (await Promise.all([refusal(claim('a')), refusal(claim('b'))])).sort();
  assert.match(
    outcome[0]!,
    /spec\.ports\[0\]\.nodePort: Invalid value: 30000: provided port is already allocated$/,
  );
  assert.equal(outcome[1], 'not refused');
});

test('node ports are kept, shared by protocol, and given back', async t => {
  const server = await start(t);
  const { admin } = server;
  const dns = await make(server, 'dns', {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    ports: [
      { name: 'tcp', port: 53, protocol: 'TCP' },
      { name: 'udp', port: 53, protocol: 'UDP' },
    ],
  });
  const [tcp, udp] = dns.spec!.ports!;
  assert.equal(tcp!.nodePort, udp!.nodePort);
  assert.ok(tcp!.nodePort! >= 30_086, 'the lower part is for whoever asks for it');
  const { healthCheckNodePort } = dns.spec!;
  assert.ok(healthCheckNodePort! >= 30_086 && healthCheckNodePort !== tcp!.nodePort);
  const same = (name: string, nodePort: number) =>
    make(server, name, { type: 'NodePort', ports: [{ port: 80, protocol: 'SCTP', nodePort }] });
  assert.match(await refusal(same('x', tcp!.nodePort!)), /provided port is already allocated$/);
  assert.match(await refusal(same('x', healthCheckNodePort!)), /provided port is already allocated$/);
  assert.match(
    await refusal(same('x', 80)),
    /provided port is not in the valid range\. The range of valid ports is 30000-32767$/,
  );
  await admin.patch(services, 'default', 'dns', 'merge', { spec: { type: 'ClusterIP' } });
  assert.equal(await refusal(same('x', tcp!.nodePort!)), 'not refused');
  assert.equal(await refusal(same('y', healthCheckNodePort!)), 'not refused');
  const external = {
    type: 'ExternalName',
    externalName: 'e.com',
    ports: [{ port: 80, nodePort: 30_500 }],
  } as const;
  await make(server, 'external', external as unknown as ServiceSpec);
  assert.equal(await refusal(same('free', 30_500)), 'not refused', 'nobody is reached there');
  const none = await make(server, 'z', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false });
  assert.equal(none.spec!.ports![0]!.nodePort, undefined);
});
