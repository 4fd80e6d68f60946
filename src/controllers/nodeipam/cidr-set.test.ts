import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CidrSet } from './cidr-set.ts';

test('parts are handed out in turn, and again only when the others have been', () => {
  const set = new CidrSet('10.0.0.0/22', 24);
  assert.equal(set.allocate(), '10.0.0.0/24');
  assert.equal(set.allocate(), '10.0.1.0/24');
  set.release('10.0.0.0/24');
  assert.equal(set.allocate(), '10.0.2.0/24');
  assert.equal(set.allocate(), '10.0.3.0/24');
  assert.equal(set.allocate(), '10.0.0.0/24');
  assert.throws(() => set.allocate(), /no remaining CIDRs left/);
});

test('what is taken otherwise, in whole or in part, is not handed out', () => {
  const set = new CidrSet('10.0.0.0/22', 24);
  set.occupy('10.0.0.128/25');
  set.occupy('10.0.2.0/23');
  set.occupy('192.168.0.0/16');
  set.occupy('2001:db8::/32');
  assert.equal(set.allocate(), '10.0.1.0/24');
  assert.throws(() => set.allocate());
  const covered = new CidrSet('10.0.0.0/22', 24);
  covered.occupy('10.0.0.0/8');
  assert.throws(() => covered.allocate());
});

test('IPv6 networks are cut likewise, and nonsense is refused', () => {
  const set = new CidrSet('2001:db8::/56', 64);
  set.occupy('2001:db8::/64');
  assert.equal(set.allocate(), '2001:db8:0:1::/64');
  assert.throws(() => new CidrSet('10.0.0.0/24', 16));
  assert.throws(() => new CidrSet('2001:db8::/32', 64), /the node CIDR size is too big/);
  assert.equal(new CidrSet('10.0.0.0/8', 26).allocate(), '10.0.0.0/26');
  assert.throws(() => new CidrSet('nonsense', 24));
});
