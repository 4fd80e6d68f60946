import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HPAScalingPolicy } from '#api/generated/types/autoscaling.v2.ts';
import { History, limitByDefault, limitByRules, stabilize, stabilizeByDefault } from './behavior.ts';

const minute = 60_000;
const pods = (value: number, periodSeconds = 60): HPAScalingPolicy => ({
  type: 'Pods',
  value,
  periodSeconds,
});
const percent = (value: number, periodSeconds = 60): HPAScalingPolicy => ({
  type: 'Percent',
  value,
  periodSeconds,
});
const still = { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [percent(100)] };
const limits = (current: number, nowMs = 0) => ({ current, min: 1, max: 100, nowMs });

const upTo = (
  history: History,
  policies: HPAScalingPolicy[],
  selectPolicy: string,
  current: number,
  nowMs = 0,
) =>
  limitByRules(
    history,
    1000,
    { up: { selectPolicy, policies }, down: still },
    { ...limits(current, nowMs), max: 1000 },
  );
const downTo = (
  history: History,
  policies: HPAScalingPolicy[],
  selectPolicy: string,
  current: number,
  nowMs = 0,
) => limitByRules(history, 1, { up: still, down: { selectPolicy, policies } }, limits(current, nowMs));

test('the largest change counts, or the smallest, or none', () => {
  const history = new History();
  const policies = [pods(4), percent(50)];
  assert.equal(upTo(history, policies, 'Max', 10).replicas, 15);
  assert.equal(upTo(history, policies, 'Min', 10).replicas, 14);
  assert.equal(upTo(history, policies, 'Disabled', 10).replicas, 10);
  assert.equal(downTo(history, policies, 'Max', 10).replicas, 5);
  assert.equal(downTo(history, policies, 'Min', 10).replicas, 6);
  assert.equal(downTo(history, policies, 'Disabled', 10).replicas, 10);
  assert.equal(upTo(history, [percent(1)], 'Max', 10).replicas, 11, 'rounded up, so that it moves at all');
});

test('changes of the period count against it, whichever way they went', () => {
  const history = new History();
  history.scaled(10, 13, 0, minute);
  assert.equal(upTo(history, [pods(4)], 'Max', 13, 30_000).replicas, 14);
  assert.equal(upTo(history, [pods(4)], 'Max', 13, 61_000).replicas, 17);
  history.scaled(13, 11, 30_000, minute);
  assert.equal(upTo(history, [pods(4)], 'Max', 11, 40_000).replicas, 14);
  assert.equal(downTo(history, [pods(3)], 'Max', 11, 100_000).replicas, 8);
});

test('what limits is said', () => {
  const history = new History();
  assert.deepEqual(upTo(history, [pods(4)], 'Max', 1000).reason, 'DesiredWithinRange');
  assert.equal(upTo(history, [pods(4)], 'Max', 10).reason, 'ScaleUpLimit');
  assert.equal(downTo(history, [pods(4)], 'Max', 10).reason, 'ScaleDownLimit');
  const rules = { up: still, down: still };
  assert.equal(limitByRules(history, 0, rules, limits(10)).reason, 'TooFewReplicas');
  assert.equal(limitByRules(history, 110, rules, limits(90)).reason, 'TooManyReplicas');
});

test('a window up takes the lowest, a window down the highest of its recommendations', () => {
  const rules = {
    up: { ...still, stabilizationWindowSeconds: 60 },
    down: { ...still, stabilizationWindowSeconds: 120 },
  };
  const history = new History();
  history.begin(5, 0);
  assert.deepEqual(stabilize(history, 9, rules, limits(5, 30_000)).reason, 'ScaleUpStabilized');
  assert.equal(stabilize(history, 8, rules, limits(5, 61_000)).replicas, 8);
  assert.deepEqual(stabilize(history, 2, rules, limits(8, 90_000)), {
    replicas: 8,
    reason: 'ScaleDownStabilized',
    message:
      'recent recommendations were higher than current one, applying the highest recent recommendation',
  });
  assert.equal(stabilize(history, 2, rules, limits(8, 182_000)).replicas, 2);
});

test('without rules five minutes hold, and replicas at most double or become four', () => {
  const history = new History();
  history.begin(6, 0);
  assert.equal(stabilizeByDefault(history, 2, 5 * minute, 5 * minute).replicas, 6);
  assert.equal(stabilizeByDefault(history, 2, 5 * minute, 5 * minute + 1).replicas, 2);
  assert.equal(limitByDefault(50, limits(10)).replicas, 20);
  assert.equal(limitByDefault(50, limits(1)).replicas, 4);
  assert.deepEqual(limitByDefault(15, { ...limits(10), max: 12 }).reason, 'TooManyReplicas');
  assert.deepEqual(limitByDefault(0, limits(10)).reason, 'TooFewReplicas');
});
