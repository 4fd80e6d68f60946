import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import type { APIService, APIServiceSpec } from '../generated/types/apiregistration.v1.ts';
import { createErrors, created, testContext } from '../testing.ts';
import { apiServiceResource } from './api-service.ts';

const apiService = (spec: Partial<APIServiceSpec> = {}): APIService => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1.example.com' },
  spec: { group: 'example.com', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10, ...spec },
});

test('what is served here is available', () => {
  assert.equal(created(apiServiceResource, apiService()).status?.conditions?.[0]?.reason, 'Local');
  const remote = created(apiServiceResource, apiService({ service: { namespace: 'n', name: 's' } }));
  assert.deepEqual(remote.status, {});
  assert.equal(remote.spec?.service?.port, 443);
});

test('its name is its version and group', () => {
  assert.deepEqual(createErrors(apiServiceResource, apiService({ version: 'v2', versionPriority: 0 })), [
    'metadata.name: Invalid value: "v1.example.com": must be `spec.version+"."+spec.group`: "v2.example.com"',
    'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
  ]);
});

test('what is served here has no certificates, whose bytes are told', () => {
  assert.deepEqual(createErrors(apiServiceResource, apiService({ caBundle: 'aGVsbG8=' })), [
    'spec.caBundle: Invalid value: "5 bytes": local APIServices may not have a caBundle',
  ]);
});

test('a condition is true, false or unknown', () => {
  const withStatus = (status: string) => ({
    ...apiService(),
    status: { conditions: [{ type: 'Available', status }] },
  });
  const validate = apiServiceResource.strategy.validateStatusUpdate!;
  assert.deepEqual(validate(withStatus('Unknown'), apiService(), testContext()), []);
  assert.deepEqual(validate(withStatus('Perhaps'), apiService(), testContext()).map(fieldErrorText), [
    'status.conditions[0].status: Unsupported value: "Perhaps": supported values: "True", "False", "Unknown"',
  ]);
});

test('kubectl get apiservices', () => {
  const object = created(apiServiceResource, apiService());
  assert.deepEqual(apiServiceResource.row!(object, 0), ['v1.example.com', 'Local', 'True', '<unknown>']);
  const down: APIService = {
    ...apiService({ service: { namespace: 'n', name: 's' } }),
    status: { conditions: [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }] },
  };
  assert.deepEqual(apiServiceResource.row!(down, 0).slice(1, 3), ['n/s', 'False (MissingEndpoints)']);
});

test('what has no name has no wrong one', () => {
  assert.deepEqual(createErrors(apiServiceResource, { ...apiService(), metadata: {} }), []);
});
