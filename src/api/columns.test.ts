import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabelSelector } from './generated/types/meta.v1.ts';
import { policyBindingRow } from './policy-binding-columns.ts';
import { humanDuration, labelsText, listText, since } from './columns.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

for (const [ms, text] of [
  [-2 * second, '<invalid>'],
  [-1 * second, '0s'],
  [0, '0s'],
  [119 * second, '119s'],
  [2 * minute, '2m'],
  [5 * minute + 10 * second, '5m10s'],
  [10 * minute + 59 * second, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [3 * hour + 5 * minute, '3h5m'],
  [47 * hour, '47h'],
  [48 * hour, '2d'],
  [3 * day + 4 * hour, '3d4h'],
  [30 * day, '30d'],
  [2 * 365 * day, '2y'],
  [2 * 365 * day + 5 * day, '2y5d'],
  [9 * 365 * day + 5 * day, '9y'],
] as const) {
  test(`${ms} ms is ${text}`, () => assert.equal(humanDuration(ms), text));
}

test('no time is unknown', () => assert.equal(since(undefined, 0), '<unknown>'));

test('labels in key order', () => {
  assert.equal(labelsText({ b: '2', a: '1' }), 'a=1,b=2');
  assert.equal(labelsText({}), '<none>');
});

test('long lists are cut', () => {
  assert.equal(listText(['a', 'b', 'c', 'd'], 3), 'a,b,c + 1 more...');
  assert.equal(listText([], 3), '<unset>');
});

test('null is no time, and no duration is longer than Go has it', () => {
  assert.equal(since(null, 0), '<unknown>');
  assert.equal(since('0001-01-01T00:00:01Z', Date.UTC(2026, 0, 1)), '292y');
});

test('an admission policy binding shows its selector as Go writes it', () => {
  const shown = (selector: LabelSelector) =>
    policyBindingRow({ metadata: { name: 'b' }, spec: { paramRef: { selector } } } as never, 0)[2];
  assert.equal(
    shown({
      matchLabels: { b: '2', a: '1' },
      matchExpressions: [
        { key: 'k', operator: 'In', values: ['x', 'y'] },
        { key: 'l', operator: 'Exists' },
      ],
    }),
    '&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},LabelSelectorRequirement{Key:l,Operator:Exists,Values:[],},},}',
  );
});
