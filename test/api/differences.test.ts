import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderDifferences } from '#tools/differences/render.ts';
import { runDifferences, unexplained } from '#tools/differences/run.ts';

test("answers are upstream's, but for the differences that are explained", async () => {
  const results = await runDifferences();
  assert.deepEqual(unexplained(results), []);
  const page = readFileSync(new URL('../../docs/differences.md', import.meta.url), 'utf8');
  assert.equal(page, renderDifferences(results), 'docs/differences.md is not what tools/differences writes');
});
