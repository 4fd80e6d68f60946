import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asInternal } from './internal-type.ts';

const shown = (type: string, value: object) => JSON.stringify(asInternal(type, value));

test('fields have the names that Go gives them, and are all there', () => {
  assert.equal(
    shown('apps.StatefulSetUpdateStrategy', {
      type: 'a',
      rollingUpdate: { partition: 1, maxUnavailable: '1%' },
    }),
    '{"Type":"a","RollingUpdate":{"Partition":1,"MaxUnavailable":"1%"}}',
  );
  assert.equal(shown('apps.StatefulSetUpdateStrategy', {}), '{"Type":"","RollingUpdate":null}');
});

test('what a struct has of another is its own, and metadata is named as in the API', () => {
  const template = {
    metadata: { labels: { a: 'b' } },
    spec: { hostNetwork: true, volumes: [{ name: 'v' }] },
  };
  const text = shown('core.PodTemplateSpec', template);
  assert.match(text, /^\{"labels":\{"a":"b"\},"Spec":\{"Volumes":\[\{"Name":"v","HostPath":null,/);
  assert.match(text, /"SecurityContext":\{"HostNetwork":true,"HostPID":false/);
});

test('lists and maps of structs are shown by their elements, the map by its keys in order', () => {
  const counter = (value: string) => ({ value });
  assert.equal(
    shown('resource.CounterSet', { name: 's', counters: { b: counter('1'), a: counter('2') } }),
    '{"Name":"s","Counters":{"a":{"Value":"2"},"b":{"Value":"1"}}}',
  );
  assert.equal(
    shown('batch.SuccessPolicy', { rules: [{}] }),
    '{"Rules":[{"SucceededIndexes":null,"SucceededCount":null}]}',
  );
});
