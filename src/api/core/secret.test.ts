import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '../generated/types/core.v1.ts';
import { createErrors, createWarnings, created, updateErrors } from '../testing.ts';
import { secretResource } from './secret.ts';

const secret = (more: Partial<Secret> = {}): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's', namespace: 'default' },
  ...more,
});

test('stringData is folded into data and wins', () => {
  const made = created(secretResource, secret({ data: { a: 'AA==', b: 'Yg==' }, stringData: { a: 'ä' } }));
  assert.deepEqual(made.data, { a: 'w6Q=', b: 'Yg==' });
  assert.equal('stringData' in made, false);
  assert.equal(made.type, 'Opaque');
});

test('types ask for their keys', () => {
  assert.deepEqual(
    createErrors(secretResource, secret({ type: 'kubernetes.io/tls', data: { 'tls.crt': '' } })),
    ['data[tls.key]: Required value'],
  );
  assert.deepEqual(createErrors(secretResource, secret({ type: 'kubernetes.io/basic-auth' })), [
    'data[username]: Required value',
    'data[password]: Required value',
  ]);
  assert.deepEqual(createErrors(secretResource, secret({ type: 'kubernetes.io/service-account-token' })), [
    'metadata.annotations[kubernetes.io/service-account.name]: Required value',
  ]);
  const docker = secret({
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': 'no' },
  });
  assert.match(
    createErrors(secretResource, docker)[0]!,
    /^data\[\.dockerconfigjson\]: Invalid value: "<secret contents redacted>": invalid character 'o' in literal null/,
  );
});

test('too much data and bad keys are refused', () => {
  const big = secret({ stringData: { a: 'x'.repeat(1024 * 1024 + 1) } });
  assert.deepEqual(createErrors(secretResource, big), ['data: Too long: may not be more than 1048576 bytes']);
  assert.match(
    createErrors(secretResource, secret({ stringData: { 'a/b': '' } }))[0]!,
    /^data\[a\/b\]: Invalid value: "a\/b": a valid config key must consist of/,
  );
});

test('type and immutable data do not change', () => {
  const old = secret({ immutable: true, data: { a: 'YQ==' } });
  assert.deepEqual(updateErrors(secretResource, old, secret({ immutable: true, data: { a: 'Yg==' } })), [
    'data: Forbidden: field is immutable when `immutable` is set',
  ]);
  assert.deepEqual(updateErrors(secretResource, old, secret({ data: { a: 'YQ==' } })), [
    'immutable: Forbidden: field is immutable when `immutable` is set',
  ]);
  assert.deepEqual(updateErrors(secretResource, secret(), secret({ type: 'x' })), [
    'type: Invalid value: "x": field is immutable',
  ]);
});

test('a certificate that is none is warned of', () => {
  const pair = secret({ type: 'kubernetes.io/tls', data: { 'tls.crt': 'eA==', 'tls.key': 'eA==' } });
  assert.deepEqual(createWarnings(secretResource, pair), [
    'tls: failed to find any PEM data in certificate input',
  ]);
});
