import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRecord } from './cluster-record.ts';
import {
  checkRealServiceRange,
  checkServiceRange,
  continuedServiceRange,
  portRangeOf,
  serviceCidrsOf,
} from './service-range.ts';

const dual = '10.96.0.0/16,fd00:10:96::/108';
const record = { name: 'web', serviceCidr: '10.96.0.0/16' } as ClusterRecord;

test('one network, or one of each family in either order', () => {
  for (const range of ['10.96.0.0/12', 'fd00::/64', dual, 'fd00:10:96::/112,10.96.0.0/28'])
    checkServiceRange(range);
  assert.deepEqual(serviceCidrsOf({ serviceCidr: dual }), ['10.96.0.0/16', 'fd00:10:96::/108']);
});

test('what is no range of Services is refused', () => {
  for (const [range, why] of [
    ['10.96.0.0', /must be a valid CIDR value/],
    ['10.96.0.1/16', /must not have bits set beyond the prefix length/],
    ['10.96.0.0/29', /must have at least 16 addresses/],
    ['fd00::/56', /must have a prefix of at least 64/],
    ['10.96.0.0/16,10.97.0.0/16', /must be of different IP families/],
    [`${dual},10.97.0.0/16`, /must not contain more than two entries/],
  ] as const) {
    assert.throws(() => checkServiceRange(range), why, range);
  }
  assert.throws(() => checkRealServiceRange(dual, false), /kernel has no IPv6/);
  checkRealServiceRange(dual, true);
});

test('a cluster goes on with its range, and may get a second family', () => {
  assert.equal(continuedServiceRange(record, undefined), '10.96.0.0/16');
  assert.equal(continuedServiceRange(record, dual), dual);
  for (const other of ['10.97.0.0/16', 'fd00:10:96::/108,10.96.0.0/16']) {
    assert.throws(
      () => continuedServiceRange(record, other),
      /was made with the service-cluster-ip-range/,
      other,
    );
  }
  assert.throws(() => continuedServiceRange({ ...record, serviceCidr: dual }, '10.96.0.0/16'));
});

test('node ports are given by their first and last, or how many more there are', () => {
  assert.deepEqual(portRangeOf('30000-32767'), [30_000, 32_767]);
  assert.deepEqual(portRangeOf('30000+10'), [30_000, 30_010]);
  assert.deepEqual(portRangeOf('30000'), [30_000, 30_000]);
  for (const bad of ['', 'a-b', '30000-', '0-10', '30000-70000', '32767-30000']) {
    assert.throws(() => portRangeOf(bad), /service-node-port-range/, bad);
  }
});
