import assert from 'node:assert/strict';
import test from 'node:test';
import type { ServiceCIDR } from '../generated/types/networking.v1.ts';
import { createErrors, updateErrors } from '../testing.ts';
import { serviceCidrResource } from './service-cidr.ts';

const range = (...cidrs: string[]): ServiceCIDR => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name: 'r' },
  spec: { cidrs },
});
const [v4, v6] = ['10.0.0.0/16', 'fd00::/112'];

test('one range of a family, two in all', () => {
  assert.deepEqual(createErrors(serviceCidrResource, range(v4!, v6!)), []);
  assert.deepEqual(createErrors(serviceCidrResource, range(v4!, v6!, '10.1.0.0/16')), [
    'spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/16","fd00::/112","10.1.0.0/16"]}: may only hold up to 2 values',
  ]);
});

test('two ranges of a family are too many however they are written', () => {
  assert.deepEqual(createErrors(serviceCidrResource, range('FD00:1::/112', v6!)), [
    'spec.cidrs[0]: Invalid value: "FD00:1::/112": must be in canonical form ("fd00:1::/112")',
    'spec.cidrs: Invalid value: ["FD00:1::/112","fd00::/112"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
  ]);
});

test('one family may become two, and nothing else changes', () => {
  assert.deepEqual(updateErrors(serviceCidrResource, range(v4!), range(v4!, v6!)), []);
  assert.deepEqual(updateErrors(serviceCidrResource, range(v4!), range('10.1.0.0/16')), [
    'spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable',
  ]);
  assert.deepEqual(updateErrors(serviceCidrResource, range(v4!, v6!), range(v4!)), [
    'spec.cidrs: Invalid value: ["10.0.0.0/16"]: field is immutable',
  ]);
  assert.deepEqual(updateErrors(serviceCidrResource, range(v4!), range()), [
    'spec.cidrs: Invalid value: []: field is immutable',
  ]);
});
