import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigMap } from '../generated/types/core.v1.ts';
import { createErrors, updateErrors } from '../testing.ts';
import { configMapResource } from './config-map.ts';

const configMap = (more: Partial<ConfigMap> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace: 'default' },
  ...more,
});

test('a key stands in one of the two maps', () => {
  assert.deepEqual(createErrors(configMapResource, configMap({ data: { a: '' }, binaryData: { a: '' } })), [
    'data[a]: Invalid value: "a": duplicate of key present in binaryData',
  ]);
});

test('bytes are counted over both maps', () => {
  const half = 'x'.repeat(600 * 1024);
  const both = configMap({ data: { a: half }, binaryData: { b: btoa(half) } });
  assert.deepEqual(createErrors(configMapResource, both), [
    '[]: Too long: may not be more than 1048576 bytes',
  ]);
  assert.deepEqual(createErrors(configMapResource, configMap({ data: { a: half } })), []);
});

test('immutable data does not change', () => {
  const old = configMap({ immutable: true, data: { a: '1' } });
  assert.deepEqual(updateErrors(configMapResource, old, configMap({ immutable: true, data: { a: '2' } })), [
    'data: Forbidden: field is immutable when `immutable` is set',
  ]);
});
