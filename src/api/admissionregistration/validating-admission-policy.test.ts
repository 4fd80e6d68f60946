import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import type { ExpressionWarning } from '../generated/types/admissionregistration.v1.ts';
import { testContext } from '../testing.ts';
import { validatingAdmissionPolicyResource as resource } from './validating-admission-policy.ts';

test('the status warns of something, somewhere', () => {
  const errors = (...expressionWarnings: ExpressionWarning[]) => {
    const policy = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'p' },
      status: { typeChecking: { expressionWarnings } },
    };
    return resource.strategy.validateStatusUpdate!(policy, policy, testContext()).map(fieldErrorText);
  };
  const warning = "undefined field 'x'";
  assert.deepEqual(errors({ fieldRef: 'spec.validations[0].expression', warning }), []);
  const path = 'status.typeChecking.expressionWarnings';
  const found = errors({ fieldRef: ' ', warning }, { fieldRef: 'spec.[', warning: '' });
  assert.deepEqual(
    found.map(text => text.split(': ').slice(0, 2)),
    [
      [`${path}[0].fieldRef`, 'Required value'],
      [`${path}[1].warning`, 'Required value'],
      [`${path}[1].fieldRef`, 'Invalid value'],
    ],
  );
  assert.match(found[2]!, /invalid JSONPath: /);
});
