import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '#cli/core/flags.ts';
import { componentFlags, rateOf } from './component.ts';

const defaults = { qps: 50, burst: 100 };
const flagsOf = (...words: string[]) =>
  parseArguments(words, componentFlags({ resourceName: 'kube-scheduler', port: 10_259, rate: defaults }))
    .flags;

test('a client’s rate is what the flags say, else what the file says, else the default', () => {
  assert.deepEqual(rateOf(flagsOf(), defaults), defaults);
  assert.deepEqual(rateOf(flagsOf(), defaults, { qps: 0, burst: 7 }), { qps: 50, burst: 7 });
  const given = flagsOf('--kube-api-qps=0.5', '--kube-api-burst', '3');
  assert.deepEqual(rateOf(given, defaults, { qps: 1, burst: 1 }), { qps: 0.5, burst: 3 });
  assert.equal(rateOf(flagsOf('--kube-api-qps=-1'), defaults).qps, -1);
  assert.throws(() => rateOf(flagsOf('--kube-api-qps=many'), defaults), /kube-api-qps must be a number/);
});
