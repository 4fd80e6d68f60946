import assert from 'node:assert/strict';
import test from 'node:test';
import type { IngressClass, IngressClassParametersReference } from '../generated/types/networking.v1.ts';
import { createErrors } from '../testing.ts';
import { ingressClassResource } from './ingress-class.ts';

const errorsOf = (parameters: Partial<IngressClassParametersReference>, controller = 'example.com/c') => {
  const object: IngressClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'c' },
    spec: { controller, parameters: { kind: 'K', name: 'n', ...parameters } },
  };
  return createErrors(ingressClassResource, object);
};

const at = 'spec.parameters';

test('parameters are an object of the cluster or of a namespace', () => {
  assert.deepEqual(errorsOf({}), []);
  assert.deepEqual(errorsOf({ scope: 'Namespace', namespace: 'n' }), []);
  assert.match(errorsOf({ scope: 'Namespace', namespace: 'N' })[0]!, /^spec\.parameters\.namespace: Invalid/);
  assert.deepEqual(errorsOf({ kind: 'a%b', name: '' }), [
    `${at}.kind: Invalid value: "a%b": may not contain '%'`,
    `${at}.name: Required value`,
  ]);
  assert.match(errorsOf({ apiGroup: 'A' })[0]!, /^spec\.parameters\.apiGroup: Invalid value: "A"/);
});
