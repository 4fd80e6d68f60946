import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { Endpoint, EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { answer } from './answer.ts';
import { clusterIpsOf, type DnsState, serviceOfSlice } from './state.ts';
import { recordTypes } from './wire.ts';

const config = { zone: 'cluster.local', serial: 1 };

function service(name: string, spec: Service['spec']): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'ns', name }, spec };
}

function slice(name: string, endpoints: readonly Endpoint[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'ns', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints: [...endpoints],
  };
}

const ports = [
  { name: 'http', protocol: 'TCP', port: 80 },
  { name: 'dns', protocol: 'UDP', port: 53 },
];
const services = [
  service('web', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7', 'fd00::7'], ports }),
  service('pets', { clusterIP: 'None', clusterIPs: ['None'], ports }),
  service('empty', { clusterIP: 'None', ports }),
  service('out', { type: 'ExternalName', externalName: 'Example.org.' }),
  service('in', { type: 'ExternalName', externalName: 'web.ns.svc.cluster.local' }),
  service('loop', { type: 'ExternalName', externalName: 'loop.ns.svc.cluster.local' }),
];
const slices = [
  slice('pets', [
    { addresses: ['10.244.0.2'], hostname: 'rex', conditions: { ready: true } },
    { addresses: ['10.244.0.3'] },
    { addresses: ['10.244.0.4'], hostname: 'ill', conditions: { ready: false } },
  ]),
  slice('web', [{ addresses: ['10.244.0.9'] }]),
];

const state: DnsState = {
  hasNamespace: name => name === 'ns',
  service: (namespace, name) =>
    services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
  slicesOf: (_, name) => slices.filter(one => serviceOfSlice(one) === name),
  servicesByIp: ip => services.filter(one => clusterIpsOf(one).includes(ip)),
  slicesByIp: ip => slices.filter(one => one.endpoints!.some(endpoint => endpoint.addresses.includes(ip))),
};

/** The answer in one line. */
function ask(name: string, type: number = recordTypes.A): string {
  const found = answer(config, { name, type, class: 1 }, state);
  if (found.kind === 'forward') return 'forward';
  if (found.kind === 'alias') return `alias ${found.target}`;
  const { rcode, answers, authorities, authoritative } = found.body;
  assert.ok(authoritative);
  assert.deepEqual(
    authorities.map(record => record.type),
    answers.length === 0 ? ['SOA'] : [],
  );
  if (rcode === 3) return 'NXDOMAIN';
  assert.equal(rcode, 0);
  if (answers.length === 0) return 'NODATA';
  const shown = answers.map(record => {
    if (record.type === 'SRV')
      return `SRV ${record.priority} ${record.weight} ${record.port} ${record.target}`;
    return record.type === 'SOA' ? 'SOA' : `${record.type} ${record.data}`;
  });
  return shown.join(', ');
}

const { A, AAAA, SRV, PTR, CNAME, TXT, SOA, NS } = recordTypes;

const cases: readonly [name: string, type: number, expected: string][] = [
  ['web.ns.svc.cluster.local', A, 'A 10.96.0.7'],
  ['web.ns.svc.cluster.local', AAAA, 'AAAA fd00::7'],
  ['web.ns.svc.cluster.local', TXT, 'NODATA'],
  [
    'web.ns.svc.cluster.local',
    SRV,
    'SRV 0 50 80 web.ns.svc.cluster.local, SRV 0 50 53 web.ns.svc.cluster.local',
  ],
  ['_http._tcp.web.ns.svc.cluster.local', SRV, 'SRV 0 100 80 web.ns.svc.cluster.local'],
  ['_dns._udp.web.ns.svc.cluster.local', SRV, 'SRV 0 100 53 web.ns.svc.cluster.local'],
  ['_http._udp.web.ns.svc.cluster.local', SRV, 'NXDOMAIN'],
  ['_no._tcp.web.ns.svc.cluster.local', SRV, 'NXDOMAIN'],
  ['x._http._tcp.web.ns.svc.cluster.local', SRV, 'NXDOMAIN'],
  ['nothing.ns.svc.cluster.local', A, 'NXDOMAIN'],
  ['web.other.svc.cluster.local', A, 'NXDOMAIN'],
  ['ns.svc.cluster.local', A, 'NODATA'],
  ['other.svc.cluster.local', A, 'NXDOMAIN'],
  ['svc.cluster.local', A, 'NODATA'],
  ['cluster.local', A, 'NODATA'],
  ['cluster.local', SOA, 'SOA'],
  ['cluster.local', NS, 'NS ns.dns.cluster.local'],
  ['web.cluster.local', A, 'NXDOMAIN'],
  ['dns-version.cluster.local', TXT, 'TXT 1.1.0'],
  ['dns-version.cluster.local', A, 'NODATA'],
  ['pets.ns.svc.cluster.local', A, 'A 10.244.0.2, A 10.244.0.3'],
  ['pets.ns.svc.cluster.local', AAAA, 'NODATA'],
  ['rex.pets.ns.svc.cluster.local', A, 'A 10.244.0.2'],
  ['10-244-0-3.pets.ns.svc.cluster.local', A, 'A 10.244.0.3'],
  ['ill.pets.ns.svc.cluster.local', A, 'NXDOMAIN'],
  ['10-244-0-9.web.ns.svc.cluster.local', A, 'A 10.244.0.9'],
  [
    '_http._tcp.pets.ns.svc.cluster.local',
    SRV,
    'SRV 0 50 8080 rex.pets.ns.svc.cluster.local, SRV 0 50 8080 10-244-0-3.pets.ns.svc.cluster.local',
  ],
  ['empty.ns.svc.cluster.local', A, 'NXDOMAIN'],
  ['out.ns.svc.cluster.local', A, 'alias example.org'],
  ['out.ns.svc.cluster.local', CNAME, 'CNAME example.org'],
  ['in.ns.svc.cluster.local', A, 'CNAME web.ns.svc.cluster.local, A 10.96.0.7'],
  ['10-244-0-2.ns.pod.cluster.local', A, 'A 10.244.0.2'],
  ['10-244-0-2.ns.pod.cluster.local', AAAA, 'NODATA'],
  ['fd00--2.ns.pod.cluster.local', AAAA, 'AAAA fd00::2'],
  ['10-244-0-256.ns.pod.cluster.local', A, 'NXDOMAIN'],
  ['x.ns.pod.cluster.local', A, 'NXDOMAIN'],
  ['10-244-0-2.other.pod.cluster.local', A, 'NXDOMAIN'],
  ['ns.pod.cluster.local', A, 'NODATA'],
  ['7.0.96.10.in-addr.arpa', PTR, 'PTR web.ns.svc.cluster.local'],
  ['7.0.96.10.in-addr.arpa', A, 'NODATA'],
  ['2.0.244.10.in-addr.arpa', PTR, 'PTR rex.pets.ns.svc.cluster.local'],
  ['4.0.244.10.in-addr.arpa', PTR, 'forward'],
  ['1.2.3.4.in-addr.arpa', PTR, 'forward'],
  [`8.${'0.'.repeat(29)}d.f.ip6.arpa`, PTR, 'forward'],
  [`7.${'0.'.repeat(29)}d.f.ip6.arpa`, PTR, 'PTR web.ns.svc.cluster.local'],
  ['example.org', A, 'forward'],
  ['notcluster.local', A, 'forward'],
  ['', A, 'forward'],
];

test('names are answered as the specification says', () => {
  for (const [name, type, expected] of cases) assert.equal(ask(name, type), expected, `${name} ${type}`);
});

test('an SRV answer brings the addresses of its targets', () => {
  const found = answer(config, { name: 'pets.ns.svc.cluster.local', type: SRV, class: 1 }, state);
  assert.ok(found.kind === 'answer');
  assert.deepEqual(
    found.body.additionals.map(record => `${record.name} ${record.type === 'A' && record.data}`),
    ['rex.pets.ns.svc.cluster.local 10.244.0.2', '10-244-0-3.pets.ns.svc.cluster.local 10.244.0.3'],
  );
});

test('an alias of itself ends', () => {
  assert.match(ask('loop.ns.svc.cluster.local'), /^CNAME loop/);
});

test('another class than IN is refused', () => {
  const found = answer(config, { name: 'cluster.local', type: TXT, class: 3 }, state);
  assert.ok(found.kind === 'answer' && found.body.rcode === 5);
});
