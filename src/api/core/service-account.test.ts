import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceAccount } from '../generated/types/core.v1.ts';
import { createWarnings, created } from '../testing.ts';
import { serviceAccountResource } from './service-account.ts';

const account = (more: Partial<ServiceAccount>): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'a', namespace: 'default' },
  ...more,
});

test('no more than the names of its secrets is kept', () => {
  const secrets = [{ kind: 'Secret', namespace: 'other', name: 's', uid: 'u' }, {}];
  assert.deepEqual(created(serviceAccountResource, account({ secrets })).secrets, [{ name: 's' }, {}]);
});

test('a restriction to mountable secrets is warned of once', () => {
  const key = 'kubernetes.io/enforce-mountable-secrets';
  const restricted = account({
    metadata: { name: 'a', namespace: 'default', annotations: { [key]: 'true' } },
  });
  assert.deepEqual(createWarnings(serviceAccountResource, restricted), [
    `metadata.annotations[${key}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
  ]);
  assert.deepEqual(serviceAccountResource.strategy.warnings!(restricted, restricted), []);
  assert.deepEqual(createWarnings(serviceAccountResource, account({})), []);
});
