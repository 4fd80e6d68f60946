import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faultKinds } from './fault-kinds.ts';

test('the page on exploring has every kind of fault', () => {
  const page = readFileSync(new URL('../../docs/explore.md', import.meta.url), 'utf8');
  const rows = Array.from(page.matchAll(/^\| `([\w ]+)` \| (\w+) \| (.+) \|$/gm), ([, ...row]) => row);
  assert.deepEqual(
    rows,
    faultKinds.map(({ name, site, text }) => [name, site, text]),
  );
});
