import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldPath } from '#machinery/field.ts';
import { cidrWarnings, ipWarnings } from './address-warnings.ts';

const at = FieldPath.of('a');

test('an address that is valid no more, or not canonical', () => {
  for (const text of ['10.0.0.1', '2001:db8::1', 'x']) assert.deepEqual(ipWarnings(at, text), []);
  assert.deepEqual(ipWarnings(at, '05.06.07.08'), [
    'a: non-standard IP address "05.06.07.08" is invalid: use "5.6.7.8"',
  ]);
  assert.deepEqual(ipWarnings(at, '::ffff:1.2.3.4'), [
    'a: non-standard IP address "::ffff:1.2.3.4" is invalid: use "1.2.3.4"',
  ]);
  assert.deepEqual(ipWarnings(at, '2001:DB8:0::1'), [
    'a: IPv6 address "2001:DB8:0::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ]);
});

test('a network that is valid no more, or not canonical', () => {
  for (const text of ['10.0.0.0/8', '2001:db8::/64', 'x']) assert.deepEqual(cidrWarnings(at, text), []);
  assert.deepEqual(cidrWarnings(at, '10.1.2.3/8'), [
    'a: CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)',
  ]);
  assert.deepEqual(cidrWarnings(at, '010.0.0.0/8'), [
    'a: non-standard CIDR value "010.0.0.0/8" is invalid: use "10.0.0.0/8"',
  ]);
  assert.deepEqual(cidrWarnings(at, '2001:DB8:0::/64'), [
    'a: IPv6 CIDR value "2001:DB8:0::/64" should be in RFC 5952 canonical format ("2001:db8::/64")',
  ]);
});
