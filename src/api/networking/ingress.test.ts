import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HTTPIngressPath, Ingress } from '../generated/types/networking.v1.ts';
import { fieldErrorText } from '#machinery/field.ts';
import { createErrors, createWarnings, created, testContext, updateErrors } from '../testing.ts';
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
    ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
  ],
  [
    'no path type',
    ingress({ pathType: undefined as never }),
    [`${first}.pathType: Required value: pathType must be specified`],
  ],
  [
    'an empty path type',
    ingress({ pathType: '' }),
    [
      `${first}.pathType: Unsupported value: "": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
    ],
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

test('secrets of TLS have names, but those that were there before', () => {
  const withSecret = (secretName: string) => {
    const object = ingress();
    object.spec!.tls = [{ hosts: ['10.0.0.1'], secretName }];
    return object;
  };
  assert.deepEqual(createErrors(ingressResource, withSecret('web')), []);
  assert.match(
    createErrors(ingressResource, withSecret('Web'))[0]!,
    /^spec\.tls\[0\]\.secretName: Invalid value/,
  );
  assert.deepEqual(updateErrors(ingressResource, withSecret('Web'), withSecret('Web')), []);
});

test('the class and the annotation that it was agree', () => {
  const object = ingress();
  object.metadata.annotations = { 'kubernetes.io/ingress.class': 'a' };
  object.spec!.ingressClassName = 'b';
  assert.deepEqual(createErrors(ingressResource, object), [
    'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
  ]);
  object.spec!.ingressClassName = 'a';
  assert.deepEqual(createErrors(ingressResource, object), []);
  assert.deepEqual(createWarnings(ingressResource, object), []);
  delete object.spec!.ingressClassName;
  assert.deepEqual(createWarnings(ingressResource, object), [
    'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead',
  ]);
});

test('a backend of any kind is named, and a load balancer has addresses or names', () => {
  assert.deepEqual(
    createErrors(
      ingressResource,
      ingress({ backend: { resource: { apiGroup: 'a.b', kind: 'a/b', name: '' } } }),
    ),
    [
      `${first}.backend.resource.kind: Invalid value: "a/b": may not contain '/'`,
      `${first}.backend.resource.name: Required value`,
    ],
  );
  const object: Ingress = { ...ingress(), status: { loadBalancer: { ingress: [{ hostname: '10.0.0.1' }] } } };
  const { validateStatusUpdate } = ingressResource.strategy;
  assert.deepEqual(validateStatusUpdate!(object, ingress(), testContext()).map(fieldErrorText), [
    'status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ]);
});

test('a backend of the core group has no API group', () => {
  const resource = { apiGroup: null as never, kind: 'ConfigMap', name: 'c' };
  assert.deepEqual(createErrors(ingressResource, ingress({ backend: { resource } })), []);
});

test('hosts are cut where a rule follows the third', () => {
  const hosts = (...names: string[]) => {
    const object = ingress();
    object.spec!.rules = names.map(host => ({ host }));
    return ingressResource.row!(object, 0)[2];
  };
  assert.equal(hosts('', ''), '*');
  assert.equal(hosts('', 'a', 'b', 'c'), 'a,b,c');
  assert.equal(hosts('a', 'b', 'c', ''), 'a,b,c + 1 more...');
  assert.equal(hosts('a', 'a', 'a', 'b', 'c'), 'a,a,a + 2 more...');
});
