import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitRange, LimitRangeItem } from '../generated/types/core.v1.ts';
import { createErrors, created } from '../testing.ts';
import { limitRangeResource } from './limit-range.ts';

const limitRange = (...limits: LimitRangeItem[]): LimitRange => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'l', namespace: 'default' },
  spec: { limits },
});

test('a container’s defaults follow from its bounds', () => {
  const [item] = created(
    limitRangeResource,
    limitRange({ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }),
  ).spec!.limits;
  assert.deepEqual(item?.default, { cpu: '2' });
  assert.deepEqual(item?.defaultRequest, { cpu: '2', memory: '1Mi' });
});

test('bounds must be in order', () => {
  assert.deepEqual(
    createErrors(limitRangeResource, limitRange({ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } })),
    ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
  );
});

test('a ratio is at least one, and at most what the bounds allow', () => {
  const errorsOf = (ratio: string) => {
    const item = {
      type: 'Container',
      min: { cpu: '1' },
      max: { cpu: '2' },
      maxLimitRequestRatio: { cpu: ratio },
    };
    return createErrors(limitRangeResource, limitRange(item));
  };
  const at = 'spec.limits[0].maxLimitRequestRatio[cpu]';
  assert.deepEqual(errorsOf('2'), []);
  assert.deepEqual(errorsOf('500m'), [`${at}: Invalid value: "500m": ratio 500m is less than 1`]);
  assert.deepEqual(errorsOf('3'), [`${at}: Invalid value: "3": ratio 3 is greater than max/min = 2.000000`]);
});

test('what is not promised twice is requested as it is limited', () => {
  const gpus = { default: { 'example.com/gpu': '2' }, defaultRequest: { 'example.com/gpu': '1' } };
  assert.deepEqual(createErrors(limitRangeResource, limitRange({ type: 'Container', ...gpus })), [
    'spec.limits[0].defaultRequest[example.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in example.com/gpu',
  ]);
});

test('a type is a standard one or qualified', () => {
  const typed = (type: string) => createErrors(limitRangeResource, limitRange({ type, max: {} }));
  assert.deepEqual(typed('example.com/Thing'), []);
  assert.deepEqual(typed('Thing'), [
    'spec.limits[0].type: Invalid value: "Thing": must be a standard limit type or fully qualified',
  ]);
  assert.match(typed('')[0]!, /^spec\.limits\[0\]\.type: Invalid value: "": name part must be non-empty$/);
});
