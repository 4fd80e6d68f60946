import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CSIDriver, CSIDriverSpec } from '../generated/types/storage.v1.ts';
import { createErrors, createWarnings, created, testContext } from '../testing.ts';
import { csiDriverResource } from './csi-driver.ts';

const driver = (spec: CSIDriverSpec = {}): CSIDriver => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSIDriver',
  metadata: { name: 'd.example.com', generation: 1 },
  spec,
});

test('only a driver that asks for tokens says where it takes them, and may change its mind', () => {
  const tokenRequests = [{ audience: 'a' }];
  const inSecrets = driver({ tokenRequests, serviceAccountTokenInSecrets: true });
  assert.deepEqual(createErrors(csiDriverResource, inSecrets), []);
  assert.deepEqual(createErrors(csiDriverResource, driver({ serviceAccountTokenInSecrets: false })), [
    'spec.serviceAccountTokenInSecrets: Invalid value: false: serviceAccountTokenInSecrets is set but no tokenRequests are specified',
  ]);
  const now = structuredClone(inSecrets);
  csiDriverResource.strategy.prepareForUpdate!(
    now,
    created(csiDriverResource, driver({ tokenRequests })),
    testContext(),
  );
  assert.equal(now.metadata.generation, 2);
});

test('a name may be long, and what there is to choose from is told in its order', () => {
  const long = driver({ volumeLifecycleModes: ['Fleeting'] });
  long.metadata.name = `${'a'.repeat(63)}.example.com`;
  assert.deepEqual(createErrors(csiDriverResource, long), [
    'spec.volumeLifecycleModes: Unsupported value: "Fleeting": supported values: "Persistent", "Ephemeral"',
  ]);
});

test('who asks for tokens is warned of where they are told', () => {
  const asking = driver({ tokenRequests: [{ audience: 'a' }] });
  assert.match(
    createWarnings(csiDriverResource, asking)[0]!,
    /^spec\.serviceAccountTokenInSecrets is unset; /,
  );
  const { warnings } = csiDriverResource.strategy;
  assert.deepEqual(warnings!(asking, asking), []);
  assert.equal(warnings!(asking, driver()).length, 1);
  assert.deepEqual(createWarnings(csiDriverResource, driver()), []);
});
