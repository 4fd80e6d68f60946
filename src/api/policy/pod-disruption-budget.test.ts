import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../generated/types/policy.v1.ts';
import { createErrors, created } from '../testing.ts';
import { podDisruptionBudgetResource } from './pod-disruption-budget.ts';

const budget = (spec: PodDisruptionBudgetSpec = {}): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'b', namespace: 'default' },
  spec,
});

test('a new budget allows nothing yet', () => {
  assert.deepEqual(created(podDisruptionBudgetResource, budget()).status, {
    currentHealthy: 0,
    desiredHealthy: 0,
    disruptionsAllowed: 0,
    expectedPods: 0,
  });
});

test('names are whatever a path can have', () => {
  assert.equal(podDisruptionBudgetResource.strategy.nameRule, 'pathSegment');
});

test('one of the two bounds is given, as a count or a share', () => {
  const both = createErrors(podDisruptionBudgetResource, budget({ minAvailable: 1, maxUnavailable: 1 }));
  assert.match(both[0]!, /^spec: Invalid value: .*: minAvailable and maxUnavailable cannot be both set$/);
  assert.deepEqual(createErrors(podDisruptionBudgetResource, budget({ minAvailable: '101%' })), [
    'spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
  ]);
  assert.match(
    createErrors(podDisruptionBudgetResource, budget({ minAvailable: 'most' }))[0]!,
    /a valid percent string/,
  );
  assert.deepEqual(createErrors(podDisruptionBudgetResource, budget({ maxUnavailable: '50%' })), []);
});
