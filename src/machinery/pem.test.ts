import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pemBlocks } from './pem.ts';

const block = (type: string, body: string) => `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;

test('blocks among other text, with and without headers', () => {
  const text = `before\n${block('A', 'AQID')}between\n${block('B B', 'Proc-Type: 4\n\nAQ\nID')}after`;
  assert.deepEqual(pemBlocks(text), [
    { type: 'A', hasHeaders: false, der: Uint8Array.of(1, 2, 3) },
    { type: 'B B', hasHeaders: true, der: Uint8Array.of(1, 2, 3) },
  ]);
  assert.equal(pemBlocks(text.replaceAll('\n', '\r\n')).length, 2);
});

test('what is no block, or no base64, is passed over', () => {
  for (const text of ['', 'x', block('A', '*'), '-----BEGIN A-----\nAQID\n-----END B-----']) {
    assert.deepEqual(pemBlocks(text), [], text);
  }
});

test('a block ends before the next one begins, so that what never ends is no harder to read', () => {
  assert.deepEqual(
    pemBlocks(`-----BEGIN A-----\nAQID\n${block('B', 'AQID')}-----END A-----\n`).map(({ type }) => type),
    ['B'],
  );
  assert.deepEqual(pemBlocks('-----BEGIN A-----\n'.repeat(50_000)), []);
  assert.equal(pemBlocks(block('A', 'AQID'.repeat(500_000))).length, 1);
});
