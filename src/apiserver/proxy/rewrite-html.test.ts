import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewritePage } from './rewrite-html.ts';

const mount = { host: 'h', prefix: '/p' };

test('tags that are never closed are left as they are, and are no harder to read', () => {
  assert.equal(rewritePage('<a href="/x">', mount), '<a href="/p/x">');
  for (const part of ['<a href=/x ', '<a "', '<a \'"']) {
    const page = part.repeat(100_000);
    assert.ok(rewritePage(page, mount) === page, part);
  }
});
