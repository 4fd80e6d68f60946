import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyBytes, bodyBytesMax } from './exchange.ts';

test('a body in small pieces holds on to no more than itself', () => {
  const body = new BodyBytes();
  for (let i = 0; i < 10_000; i++) body.add(Buffer.alloc(16 * 1024, i).subarray(0, 1));
  const whole = body.whole()!;
  assert.equal(whole.length, 10_000);
  assert.deepEqual([...whole.subarray(254, 258)], [254, 255, 0, 1]);
  assert.ok(whole.buffer.byteLength <= 32 * 1024);
});

test('what is as large as may be is there whole, and nothing that is larger', () => {
  const body = new BodyBytes();
  body.add(Buffer.alloc(bodyBytesMax - 1, 'a'));
  body.add(Buffer.from('b'));
  assert.equal(body.whole()!.length, bodyBytesMax);
  assert.equal(body.whole()!.at(-1), 'b'.charCodeAt(0));
  body.add(Buffer.from('c'));
  assert.equal(body.whole(), undefined);
});
