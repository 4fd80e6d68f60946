import assert from 'node:assert/strict';
import { isIP, isIPv4 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import * as ip from './ip.ts';

test('canonical text', () => {
  const cases: [string, string][] = [
    ['10.9.8.7', '10.9.8.7'],
    ['010.9.8.7', '10.9.8.7'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::', '::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['fe80::', 'fe80::'],
  ];
  for (const [text, want] of cases) assert.equal(ip.ipToString(ip.parseIpSloppy(text)!), want);
});

test("the API's rules", () => {
  assert.deepEqual(ip.checkIp('10.9.8.7'), []);
  assert.deepEqual(ip.checkInterfaceAddress('10.0.0.1/24'), []);
  assert.deepEqual(ip.checkInterfaceAddress('fd00::0:1/64'), ['must be in canonical form ("fd00::1/64")']);
  assert.deepEqual(ip.checkIp('2001:DB8::1'), ['must be in canonical form ("2001:db8::1")']);
  assert.deepEqual(ip.checkLegacyIp('2001:DB8::1'), []);
  assert.deepEqual(ip.checkIp('010.9.8.7'), ['must not have leading 0s']);
  assert.deepEqual(ip.checkIp('::ffff:1.2.3.4'), ['must not be an IPv4-mapped IPv6 address']);
  assert.deepEqual(ip.checkIp('a'), ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']);
  assert.deepEqual(ip.checkCidr('10.0.0.0/8'), []);
  assert.deepEqual(ip.checkCidr('10.0.0.1/8'), ['must not have bits set beyond the prefix length']);
  assert.deepEqual(ip.checkCidr('10.0.0.0/08'), ['must not have leading 0s in IP or prefix length']);
  assert.deepEqual(ip.checkCidr('10.0.0.0'), [
    'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ]);
});

test('networks and their addresses', () => {
  const cidr = ip.parseCidr('10.128.7.1/9')!;
  assert.equal(ip.cidrToString(cidr), '10.128.0.0/9');
  assert.ok(ip.cidrContains(cidr, ip.parseIp('10.255.0.1')!));
  assert.ok(!ip.cidrContains(cidr, ip.parseIp('10.1.0.1')!));
  assert.ok(!ip.cidrContains(cidr, ip.parseIp('::1')!));
});

test('parsing agrees with the platform', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), text => {
      const parsed = ip.parseIp(text);
      assert.equal(parsed !== undefined, isIP(text) !== 0 && !text.includes('%'));
      if (!parsed) return;
      assert.equal(ip.isIpv4(parsed), isIPv4(text));
      if (!ip.isIpv4Mapped(parsed)) assert.deepEqual(ip.parseIp(ip.ipToString(parsed)), parsed);
    }),
  );
});
