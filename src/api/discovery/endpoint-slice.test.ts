import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice } from '../generated/types/discovery.v1.ts';
import { createErrors, created, updateErrors } from '../testing.ts';
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
  assert.equal(createErrors(endpointSliceResource, slice({ addressType: 'IPv6' })).length, 1);
  assert.deepEqual(createErrors(endpointSliceResource, slice({ ports: [{ port: 1 }, { port: 2 }] })), [
    'ports[1].name: Duplicate value: ""',
  ]);
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
