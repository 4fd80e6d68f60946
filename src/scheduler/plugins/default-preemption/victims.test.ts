import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import { podInfo } from '../../framework/pod-info.ts';
import { podOf } from '../../scenario.ts';
import { BudgetView } from './victims.ts';

test('budgets protect the pods that they select, as many as they have left, and none without labels', () => {
  const budget = (selector: object, disruptionsAllowed: number, disrupted: readonly string[] = []) =>
    ({
      metadata: { name: 'b', namespace: 'default' },
      spec: { selector },
      status: {
        disruptionsAllowed,
        disruptedPods: Object.fromEntries(disrupted.map(name => [name, '2026-01-01T00:00:00Z'])),
      },
    }) as unknown as PodDisruptionBudget;
  const pods = [
    ['a', 'app:x'],
    ['b', 'app:x'],
    ['c', 'app:y'],
    ['d', ''],
  ].map(([name, labels]) => podInfo(podOf(name!, labels ? { labels } : {})));
  const violating = (...budgets: PodDisruptionBudget[]) =>
    new BudgetView(() => budgets)
      .now()(pods)
      .violating.map(({ uid }) => uid);
  const app = { matchLabels: { app: 'x' } };
  const notY = { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['y'] }] };
  assert.deepEqual(violating(), []);
  assert.deepEqual(violating(budget({}, 0)), []);
  assert.deepEqual(violating(budget(app, 0)), ['a', 'b']);
  assert.deepEqual(violating(budget(app, 1)), ['b']);
  assert.deepEqual(violating(budget(app, 0, ['a'])), ['b']);
  assert.deepEqual(violating(budget(notY, 0)), ['a', 'b']);
  assert.deepEqual(violating(budget(app, 2), budget(notY, 1)), ['b']);
});
