import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasReason } from '#machinery/status.ts';
import { negotiate, rememberRanges } from './negotiate.ts';

const none = new URLSearchParams();
const remembered = rememberRanges();
const show = (accept: string | undefined) => {
  const { encoding, as } = negotiate(accept, none);
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(
      negotiate(accept, none, () => true, remembered),
      negotiate(accept, none),
    );
  }
  return `${encoding} ${as}`;
};

test('the best of what the client takes', () => {
  assert.equal(show(undefined), 'json object');
  assert.equal(show('*/*'), 'json object');
  assert.equal(show('application/yaml'), 'yaml object');
  assert.equal(show('text/html, application/json;q=0.5, application/yaml;q=0.9'), 'yaml object');
  assert.equal(show('application/vnd.kubernetes.protobuf,application/json'), 'protobuf object');
  assert.equal(
    show(
      'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
    ),
    'json table',
  );
  assert.equal(show('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'), 'json metadata');
  assert.equal(show('application/json;as=Table;v=v9;g=meta.k8s.io,application/json'), 'json object');
  for (const parts of ['as=Table', 'g=meta.k8s.io;v=v1', 'as=Table;g=k8s.io;v=v1', 'as=Service;g=;v=v1']) {
    assert.throws(() => show(`application/json;${parts}`), /only the following media types/, parts);
  }
  assert.throws(() => show('text/html'), /only the following media types are accepted/);
});

const part = fc.constantFrom(
  'application/json',
  'application/*',
  '*/*',
  ';',
  ',',
  'q=',
  'q=0.1',
  'as=Table',
  'v=v1',
  'g=meta.k8s.io',
  '=',
  ' ',
  'x',
);

test('any header is understood or refused', () => {
  const header = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 12 }).map(parts => parts.join('')),
  );
  fc.assert(
    fc.property(header, text => {
      try {
        negotiate(text, none);
      } catch (error) {
        assert.ok(hasReason(error, 'NotAcceptable'), String(error));
      }
    }),
  );
});
