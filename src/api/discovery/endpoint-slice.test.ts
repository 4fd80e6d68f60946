import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice } from '../generated/types/discovery.v1.ts';
import { createErrors, createWarnings, created, testContext, updateErrors } from '../testing.ts';
import { endpointSliceResource } from './endpoint-slice.ts';

const slice = (more: Partial<EndpointSlice> = {}): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 's', namespace: 'default' },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'] }],
  ports: [{ port: 80 }],
  ...more,
});

test('ports have a name and a protocol', () => {
  assert.deepEqual(created(endpointSliceResource, slice()).ports, [{ port: 80, name: '', protocol: 'TCP' }]);
});

test('addresses are of the type', () => {
  assert.deepEqual(createErrors(endpointSliceResource, slice({ endpoints: [{ addresses: [] }] })), [
    'endpoints[0].addresses: Required value: must contain at least 1 address',
  ]);
  assert.deepEqual(createErrors(endpointSliceResource, slice({ addressType: 'IPv6' })), [
    'endpoints[0].addresses: Invalid value: "10.0.0.1": must be an IPv6 address',
  ]);
  assert.deepEqual(createErrors(endpointSliceResource, slice({ ports: [{ port: 1 }, { port: 2 }] })), [
    'ports[1].name: Duplicate value: ""',
  ]);
});

test('endpoints that stay as they were are taken; what is wrong is told of ports first', () => {
  const odd = slice({ endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'N' }] });
  assert.deepEqual(updateErrors(endpointSliceResource, odd, odd), []);
  const worse = { ...odd, ports: [{ port: 70_000, protocol: 'IP' }] };
  assert.deepEqual(
    createErrors(endpointSliceResource, worse).map(text => text.split(': ').slice(0, 2).join(': ')),
    ['ports[0].protocol: Unsupported value', 'endpoints[0].nodeName: Invalid value'],
  );
});

test('clients of v1 write no topology, but what was there stays with its endpoints', () => {
  const endpoint = { addresses: ['10.0.0.1'], deprecatedTopology: { a: 'b' } };
  const topological = slice({ endpoints: [endpoint] });
  assert.deepEqual(created(endpointSliceResource, topological).endpoints, [{ addresses: ['10.0.0.1'] }]);
  const updated = (now: EndpointSlice) => {
    endpointSliceResource.strategy.prepareForUpdate!(now, topological, testContext());
    return now.endpoints?.map(({ deprecatedTopology }) => deprecatedTopology);
  };
  assert.deepEqual(updated(structuredClone(topological)), [{ a: 'b' }]);
  assert.deepEqual(updated(slice({ endpoints: [{ ...endpoint, hostname: 'h' }] })), [undefined]);
});

test('the type never changes', () => {
  const next = slice({ addressType: 'FQDN', endpoints: [{ addresses: ['a.example.com'] }] });
  assert.deepEqual(updateErrors(endpointSliceResource, slice(), next), [
    'addressType: Invalid value: "FQDN": field is immutable',
  ]);
});

test('kubectl get endpointslices', () => {
  const many = slice({ endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }] });
  assert.deepEqual(endpointSliceResource.row!(many, 0), [
    's',
    'IPv4',
    '80',
    '10.0.0.1,10.0.0.2',
    '<unknown>',
  ]);
});

test('a name is of two labels, and hints are few, each once', () => {
  const named = (address: string) =>
    createErrors(
      endpointSliceResource,
      slice({ addressType: 'FQDN', endpoints: [{ addresses: [address] }] }),
    );
  assert.deepEqual(named('a.example.com.'), []);
  assert.deepEqual(named('localhost'), [
    'endpoints[0].addresses[0]: Invalid value: "localhost": should be a domain with at least two segments separated by dots',
  ]);
  const hinted = (...zones: string[]) =>
    createErrors(
      endpointSliceResource,
      slice({ endpoints: [{ addresses: ['10.0.0.1'], hints: { forZones: zones.map(name => ({ name })) } }] }),
    );
  assert.deepEqual(hinted('a', 'b'), []);
  assert.deepEqual(hinted('a', 'a', ''), ['endpoints[0].hints.forZones[1].name: Duplicate value: "a"']);
  assert.deepEqual(hinted(...'abcdefghi'), [
    'endpoints[0].hints.forZones: Too many: 9: must have at most 8 items',
  ]);
});

test('addresses of what others write are warned of', () => {
  const warningsOf = (managedBy: string) =>
    createWarnings(
      endpointSliceResource,
      slice({
        metadata: {
          name: 's',
          namespace: 'd',
          labels: { 'endpointslice.kubernetes.io/managed-by': managedBy },
        },
        addressType: 'IPv6',
        endpoints: [{ addresses: ['2001:DB8::1'] }],
      }),
    );
  assert.deepEqual(warningsOf('me'), [
    'endpoints[0].addresses[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ]);
  assert.deepEqual(warningsOf('endpointslice-controller.k8s.io'), []);
});
