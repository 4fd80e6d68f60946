import assert from 'node:assert/strict';
import test from 'node:test';
import { FieldPath, fieldErrorText } from '#machinery/field.ts';
import type { JobSpec } from '../../generated/types/batch.v1.ts';
import { validateFailurePolicy } from './failure-policy.ts';

test('exit codes that are shown as null are none', () => {
  const onExitCodes = { operator: 'In', values: null as unknown as number[] };
  const spec = { podFailurePolicy: { rules: [{ action: 'Count', onExitCodes }] } } as unknown as JobSpec;
  assert.deepEqual(validateFailurePolicy(FieldPath.of('p'), spec).map(fieldErrorText), [
    'p.rules[0].onExitCodes.values: Invalid value: null: at least one value is required',
  ]);
});
