import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unifiedDiff } from './unified-diff.ts';

const lines = (...numbers: readonly (number | string)[]) => numbers.join('\n');
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test('texts that are alike have no difference', () => {
  assert.equal(unifiedDiff('a\nb', 'a\nb'), '');
});

test('a change stands between three lines that did not', () => {
  const before = lines(...numbers(9));
  assert.equal(
    unifiedDiff(before, before.replace('5', 'x\ny')),
    '@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+x\n+y\n 6\n 7\n 8\n',
  );
});

test('changes that are far from each other stand alone', () => {
  const before = numbers(20);
  const after = lines('x', ...before.slice(1, 19));
  assert.equal(
    unifiedDiff(lines(...before), after),
    '@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -17,4 +17,3 @@\n 17\n 18\n 19\n-20\n',
  );
});

test('what is common longest is found first', () => {
  assert.equal(unifiedDiff('a\nb', 'a\nc\na\nb'), '@@ -1,2 +1,4 @@\n+a\n+c\n a\n b\n');
});

test('in long texts, lines that come often are none to go by', () => {
  const before = [...numbers(150), ...Array.from({ length: 60 }, () => '}')];
  const after = [...before.slice(0, 150), '}', ...before.slice(150)];
  assert.equal(unifiedDiff(lines(...before), lines(...after)), '@@ -208,3 +208,4 @@\n }\n }\n }\n+}\n');
});

test('texts of many equal lines take no time that grows with their square', () => {
  const many = lines(...Array.from({ length: 20_000 }, (_, i) => (i % 7 === 0 ? `a${i}` : '}')));
  assert.notEqual(unifiedDiff(many, `x\n${many.replaceAll('a', 'b')}`), '');
});
