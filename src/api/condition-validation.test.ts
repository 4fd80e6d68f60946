import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldPath, fieldErrorText } from '#machinery/field.ts';
import { validateConditions } from './condition-validation.ts';

const errorsOf = (...conditions: object[]) =>
  validateConditions(FieldPath.of('c'), conditions).map(fieldErrorText);
const good = { type: 'a.b/Ready', status: 'True', reason: 'Ok', lastTransitionTime: '2026-01-01T00:00:00Z' };

test('conditions have a type, a status, a reason and a time', () => {
  assert.deepEqual(errorsOf(good, { ...good, type: 'Other', reason: 'A,b:C_' }), []);
  assert.deepEqual(errorsOf(good, good), ['c[1].type: Duplicate value: "a.b/Ready"']);
  assert.deepEqual(errorsOf({ type: 'Ready', status: 'Maybe', observedGeneration: -1 }), [
    'c[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
    'c[0].observedGeneration: Invalid value: -1: must be greater than or equal to zero',
    'c[0].lastTransitionTime: Required value',
    'c[0].reason: Required value',
  ]);
  assert.deepEqual(errorsOf({ ...good, reason: '1', message: 'x'.repeat(32_769) }), [
    `c[0].reason: Invalid value: "1": a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')`,
    'c[0].message: Too long: may not be more than 32768 bytes',
  ]);
});
