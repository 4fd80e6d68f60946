import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldPath, fieldErrorText } from '#machinery/field.ts';
import type { PodSpec } from '../../generated/types/core.v1.ts';
import { validateOs } from './validate-os.ts';

const errorsOf = (spec: Partial<PodSpec>, container: object = {}) =>
  validateOs(FieldPath.of('spec'), { containers: [{ name: 'c', image: 'i', ...container }], ...spec }).map(
    fieldErrorText,
  );

test('a windows pod has nothing that only linux knows', () => {
  const os = { name: 'windows' };
  assert.deepEqual(
    errorsOf({ os, hostPID: false, securityContext: { windowsOptions: {}, sysctls: [] } }),
    [],
  );
  assert.deepEqual(
    errorsOf(
      { os, hostPID: true, securityContext: { fsGroup: 0 } },
      { securityContext: { privileged: false } },
    ),
    ['hostPID', 'securityContext.fsGroup', 'containers[0].securityContext.privileged'].map(
      field => `spec.${field}: Forbidden: cannot be set for a windows pod`,
    ),
  );
});

test('a linux pod has no windows options', () => {
  const securityContext = { windowsOptions: {} };
  assert.deepEqual(errorsOf({ os: { name: 'linux' }, securityContext }, { securityContext }), [
    'spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
    'spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
  ]);
  assert.deepEqual(errorsOf({ securityContext }), []);
});

test('there are two systems', () => {
  assert.deepEqual(errorsOf({ os: { name: 'plan9' } }), [
    'spec.os: Unsupported value: "plan9": supported values: "linux", "windows"',
  ]);
});
