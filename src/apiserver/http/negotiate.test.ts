import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasReason } from '#machinery/status.ts';
import {
  type Asked,
  negotiate,
  negotiateRefusal,
  listedTypes,
  rememberRanges,
  shownTypes,
  unrouted,
} from './negotiate.ts';

const asks = (headers: Asked['headers'], query = ''): Asked => ({
  headers,
  query: new URLSearchParams(query),
});
const accepts = (accept: string | undefined) => asks(accept === undefined ? {} : { accept });
const remembered = rememberRanges();
const show = (accept: string | undefined) => {
  const { encoding, as } = negotiate(accepts(accept));
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(
      negotiate(accepts(accept), () => true, remembered),
      negotiate(accepts(accept)),
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
  for (const parts of [
    'as=Table',
    'g=meta.k8s.io;v=v1',
    'as=Table;g=k8s.io;v=v1',
    'as=Service;g=;v=v1',
    'sv=v2',
    'stream=all',
  ]) {
    assert.throws(() => show(`application/json;${parts}`), /only the following media types/, parts);
  }
  assert.throws(() => show('text/html'), /only the following media types are accepted/);
});

test('types go before wildcards, and what is malformed is passed over', () => {
  assert.equal(show('*/*, application/yaml;q=0.1'), 'yaml object');
  assert.equal(show('application/yaml;q=x, application/json;q=0.1'), 'json object');
  assert.equal(show('x, application/yaml/z, ;, application/yaml'), 'yaml object');
  assert.equal(show('application/json;as=Table=1;q=1=2, text/html'), 'json object');
  assert.equal(show('application/json;sv=v1'), 'json object');
  assert.throws(() => show('APPLICATION/JSON'), /only the following media types/);
  assert.throws(() => show('application/yaml;stream=watch'), /only the following media types/);
  assert.ok(negotiate(accepts('application/json;pretty=1')).pretty);
});

test('routes know their types by the letter', () => {
  for (const taken of [
    undefined,
    '*/*',
    'x, application/json;as=Table',
    'text/html;q=1 , application/yaml',
  ]) {
    assert.equal(unrouted(taken, shownTypes), undefined);
  }
  assert.match(unrouted('application/*', shownTypes)!.message, /^406: .*: application\/json, .*protobuf$/s);
  assert.match(unrouted('text/html', listedTypes)!.message, /stream=watch$/);
});

test('a refusal is in no form but its own', () => {
  assert.equal(negotiateRefusal(accepts('application/yaml;as=Table, application/yaml')).encoding, 'yaml');
  for (const other of ['application/yaml;g=meta.k8s.io', 'application/yaml;sv=v1', 'text/html']) {
    assert.deepEqual(
      [negotiateRefusal(accepts(other)).encoding, negotiateRefusal(accepts(other)).pretty],
      ['json', true],
    );
  }
});

test('JSON is for people where they ask for it, or by the program that they use', () => {
  const pretty = (agent: string, query = '') => negotiate(asks({ 'user-agent': agent }, query)).pretty;
  for (const agent of ['curl/8.5.0', 'Wget/1.21', 'Mozilla/5.0 (X11; Linux x86_64)'])
    assert.ok(pretty(agent), agent);
  for (const agent of ['', 'kubectl/v1.36.0', 'Go-http-client/2.0', 'libcurl'])
    assert.ok(!pretty(agent), agent);
  for (const yes of ['1', 't', 'true', 'True']) assert.ok(pretty('', `pretty=${yes}`), yes);
  for (const no of ['0', 'false', 'yes']) assert.ok(!pretty('curl/8.5.0', `pretty=${no}`), no);
  assert.ok(pretty('curl/8.5.0', 'pretty='));
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
        negotiate(accepts(text));
      } catch (error) {
        assert.ok(hasReason(error, 'NotAcceptable'), String(error));
      }
    }),
  );
});

test('what is long is neither read to its end nor remembered', () => {
  const junk = 'text/html,'.repeat(100);
  assert.throws(
    () => negotiate(accepts(`${junk}application/json`)),
    error => hasReason(error, 'NotAcceptable'),
  );
  const rangesOf = rememberRanges();
  assert.equal(rangesOf('application/yaml'), rangesOf('application/yaml'));
  assert.notEqual(rangesOf(junk.repeat(2)), rangesOf(junk.repeat(2)));
});
