import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { explore, replay } from '#explore/index.ts';
import { planted } from './registry.ts';

const budget = 40;

test('every planted bug is registered, and they are sorted', () => {
  const parts = new Set(['crew.ts', 'planted.ts', 'planted.test.ts', 'registry.ts']);
  const files = readdirSync(import.meta.dirname).filter(file => !parts.has(file));
  const names = planted.map(({ name }) => name);
  assert.deepEqual(names, files.map(file => file.replace(/\.ts$/, '')).toSorted());
  assert.ok(names.length >= 20);
});

for (const { name, bug, exploration } of planted) {
  test(`${name}: the explorer finds that it ${bug}`, async () => {
    const { failure } = await explore(() => exploration(false), { budget });
    assert.ok(failure, `not found in ${budget} runs`);
    assert.ok(failure.script.faults.length <= 2, failure.text);
    const again = await replay(() => exploration(false), failure.text);
    assert.equal(again?.text, failure.text);
  });

  test(`${name}: its twin without the bug holds`, async () => {
    const { failure, runs } = await explore(() => exploration(true), { budget });
    assert.equal(failure?.text, undefined);
    assert.equal(runs, budget);
  });
}
