import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDetachKeys, untilDetached } from './detach-keys.ts';

/** What passes of chunks of text, and whether the keys were among them. */
async function typed(keys: string, ...chunks: string[]): Promise<{ passed: string; detached: boolean }> {
  let detached = false;
  let passed = '';
  async function* input() {
    for (const chunk of chunks) yield new TextEncoder().encode(chunk);
  }
  for await (const part of untilDetached(input(), parseDetachKeys(keys), () => {
    detached = true;
  }))
    passed += new TextDecoder().decode(part);
  return { passed, detached };
}

test('keys are letters, and control keys by name', () => {
  assert.deepEqual(parseDetachKeys('ctrl-p,ctrl-q'), [16, 17]);
  assert.deepEqual(parseDetachKeys('a,ctrl-[,ctrl-@,ctrl-_'), [97, 27, 0, 31]);
  assert.throws(() => parseDetachKeys('ctrl-P'), /could not bind detach keys: Unknown character: 'ctrl-P'/);
  assert.throws(() => parseDetachKeys(''), /Unknown character: ''/);
});

test('what is typed passes up to the keys, wherever chunks end', async () => {
  const keys = 'ctrl-p,ctrl-q';
  assert.deepEqual(await typed(keys, 'ls\n', 'x\x10\x11y', 'z'), { passed: 'ls\nx', detached: true });
  assert.deepEqual(await typed(keys, 'x\x10', '\x11y'), { passed: 'x', detached: true });
  assert.deepEqual(await typed(keys, 'x\x10', '\x10', '\x11'), { passed: 'x\x10', detached: true });
  assert.deepEqual(await typed(keys, 'x\x10', 'y\x11'), { passed: 'x\x10y\x11', detached: false });
});
