import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import { resourceClaimTemplateResource } from './resource/resource-claim-template.ts';
import { resourceClaimResource } from './resource/resource-claim.ts';
import { created, testContext } from './testing.ts';

const detail =
  'admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace';
const devices = {
  requests: [
    { name: 'a', exactly: { deviceClassName: 'gpu' } },
    { name: 'b', exactly: { deviceClassName: 'gpu', adminAccess: true } },
  ],
};
const claim = {
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceClaim',
  metadata: { name: 'c', namespace: 'n' },
  spec: { devices },
};
const template = { ...claim, kind: 'ResourceClaimTemplate', spec: { spec: { devices } } };
const labelled = (value: string) => ({
  ...testContext(),
  namespaceLabels: () => ({ 'resource.kubernetes.io/admin-access': value }),
});

for (const [definition, object] of [
  [resourceClaimResource, claim],
  [resourceClaimTemplateResource, template],
] as const) {
  test(`a ${definition.kind} has admin access in a namespace that allows it`, () => {
    const errors = (value: string) =>
      definition.strategy.validate!(created(definition, object), labelled(value)).map(fieldErrorText);
    assert.deepEqual(errors('true'), []);
    assert.deepEqual(errors('no'), [`spec.devices.requests[1].adminAccess: Forbidden: ${detail}`]);
  });
}

test('so has what is allocated', () => {
  const made = created(resourceClaimResource, claim);
  const results = [{ request: 'b', driver: 'a.b', pool: 'p', device: 'd', adminAccess: true }];
  const allocated = { ...made, status: { allocation: { devices: { results } } } };
  const errors = (value: string) =>
    resourceClaimResource.strategy.validateStatusUpdate!(allocated, made, labelled(value)).map(
      fieldErrorText,
    );
  assert.deepEqual(errors('true'), []);
  assert.deepEqual(errors(''), [`status.allocation.devices.results[0].adminAccess: Forbidden: ${detail}`]);
});
