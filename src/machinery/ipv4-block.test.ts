import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ipv4Block } from './ipv4-block.ts';

test('a block knows its addresses by their offsets', () => {
  const block = new Ipv4Block('192.168.255.200/25');
  assert.equal(block.size, 128);
  assert.equal(block.addressAt(1), '192.168.255.129');
  assert.equal(block.offsetOf('192.168.255.130'), 2);
  assert.equal(block.offsetOf('192.168.255.127'), undefined);
  assert.equal(block.contains('192.169.0.0'), false);
  assert.equal(block.contains('192.168.255'), false);
});

test('a block may reach over an octet', () => {
  const block = new Ipv4Block('10.96.0.0/12');
  assert.equal(block.addressAt(65_536 + 259), '10.97.1.3');
  assert.equal(block.offsetOf('10.97.1.3'), 65_536 + 259);
});

test('what is no block', () => {
  for (const bad of ['', '10.0.0.0', '10.0.0/8', '10.0.0.0/33', '10.0.0.256/8', 'fd00::/64']) {
    assert.throws(() => new Ipv4Block(bad), /is not an IPv4 network/, bad);
  }
});
