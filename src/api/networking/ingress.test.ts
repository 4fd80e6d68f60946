import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HTTPIngressPath, Ingress } from '../generated/types/networking.v1.ts';
import { createErrors, created } from '../testing.ts';
import { ingressResource } from './ingress.ts';

const backend = { service: { name: 's', port: { number: 80 } } };
const ingress = (path: Partial<HTTPIngressPath> = {}, host?: string): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'i', namespace: 'default' },
  spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...path }] } }] },
});

const first = 'spec.rules[0].http.paths[0]';

test('a good one starts with an empty load balancer', () => {
  assert.deepEqual(createErrors(ingressResource, ingress({}, '*.example.com')), []);
  assert.deepEqual(created(ingressResource, ingress()).status, { loadBalancer: {} });
});

const bad: readonly (readonly [name: string, object: Ingress, errors: readonly string[]])[] = [
  [
    'nothing at all',
    { ...ingress(), spec: {} },
    ['spec: Invalid value: []: either `defaultBackend` or `rules` must be specified'],
  ],
  [
    'no path type',
    ingress({ pathType: '' }),
    [`${first}.pathType: Required value: pathType must be specified`],
  ],
  [
    'a relative path',
    ingress({ path: 'a' }),
    [`${first}.path: Invalid value: "a": must be an absolute path`],
  ],
  [
    'a doubled slash',
    ingress({ path: '/a//b' }),
    [`${first}.path: Invalid value: "/a//b": must not contain '//'`],
  ],
  [
    'an address as host',
    ingress({}, '10.0.0.1'),
    ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
  ],
  [
    'a backend without a port',
    ingress({ backend: { service: { name: 's' } } }),
    [`${first}.backend: Required value: port name or number is required`],
  ],
];

for (const [name, object, errors] of bad) {
  test(`refused: ${name}`, () => assert.deepEqual(createErrors(ingressResource, object), errors));
}
