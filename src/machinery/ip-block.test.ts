import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipBlock } from './ip-block.ts';

test('a block of either family knows its addresses by their offsets', () => {
  assert.equal(ipBlock('10.96.0.0/16').addressAt(1), '10.96.0.1');
  const block = ipBlock('fd00:10:96::7/108');
  assert.equal(block.size, 1_048_576);
  assert.equal(block.addressAt(1), 'fd00:10:96::1');
  assert.equal(block.addressAt(65_537), 'fd00:10:96::1:1');
  assert.equal(block.offsetOf('FD00:10:96:0::1:2'), 65_538);
  assert.equal(block.offsetOf('fd00:10:96::10:0'), undefined);
  assert.equal(block.offsetOf('10.96.0.1'), undefined);
  assert.equal(block.offsetOf('None'), undefined);
});

test('a block may have more addresses than a number counts', () => {
  const block = ipBlock('fd00::/64');
  assert.equal(block.addressAt(1), 'fd00::1');
  assert.equal(block.offsetOf('fd00::ffff:ffff:ffff:ffff'), block.size);
});

test('what is no block', () => {
  for (const bad of ['', 'fd00::', 'fd00::/129', 'fd00::g/64']) {
    assert.throws(() => ipBlock(bad), /is not an IPv[46] network/, bad);
  }
});
