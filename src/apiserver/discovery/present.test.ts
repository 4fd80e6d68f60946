import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseYaml } from '#machinery/yaml.ts';
import { loadSchemas } from '#api/schemas.ts';
import { ProtobufCodec } from '#machinery/protobuf.ts';
import { discoveryForm, presentDiscovery } from './present.ts';

const schemas = loadSchemas();
const services = { schemas, protobuf: new ProtobufCodec(schemas) };
const versions = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.0.1:6443' }],
};
const kindOf = (version: string) => `g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

function form(accept: string, path = '/apis') {
  return discoveryForm({ path, headers: { accept }, query: new URLSearchParams() });
}

function present(document: { json: string; etag?: string }, accept: string, known?: string) {
  const asked = { headers: { accept, 'if-none-match': known }, query: new URLSearchParams() };
  const answer = presentDiscovery(services, asked, document, form(accept));
  assert.equal(answer.type, 'bytes');
  return answer as Extract<typeof answer, { type: 'bytes' }>;
}

test('whoever takes the aggregated form at all gets it, at the roots', () => {
  assert.deepEqual(form(`application/json,application/json;${kindOf('v2')}`), {
    type: 'application/json',
    isPretty: false,
    isAggregated: true,
  });
  assert.equal(form(`application/json;${kindOf('v2')},application/json`, '/apis/apps').isAggregated, false);
  assert.throws(() => form(`application/json;${kindOf('v2')}`, '/apis/apps'), { code: 406 });
});

test('version v2beta1 of it is served no more', () => {
  const { isAggregated, type } = form(`application/json;${kindOf('v2beta1')},application/yaml`);
  assert.deepEqual([isAggregated, type], [false, 'application/yaml']);
  assert.throws(() => form(`application/json;${kindOf('v2beta1')}`), { code: 406 });
});

test('a form that there is not is refused', () => {
  for (const accept of ['text/html', 'application/json;as=Table;g=meta.k8s.io;v=v1'])
    assert.throws(() => form(accept), {
      code: 406,
      message: /^only the following media types are accepted: /,
    });
  assert.equal(form('text/html,*/*').type, 'application/json');
});

test('documents are had as JSON, YAML and protobuf', () => {
  const json = JSON.stringify(versions);
  assert.deepEqual(JSON.parse(String(present({ json }, 'application/json').body)), versions);
  const yaml = present({ json }, 'application/yaml');
  assert.equal(yaml.contentType, 'application/yaml');
  assert.deepEqual(parseYaml(String(yaml.body)), versions);
  const packed = present({ json }, 'application/vnd.kubernetes.protobuf');
  const fallback = { apiVersion: 'v1', kind: 'APIVersions' };
  assert.deepEqual(services.protobuf.decode(packed.body as Uint8Array, fallback), {
    ...fallback,
    ...versions,
  });
});

test('the aggregated form names its kind, and may be kept by its tag', () => {
  const json = JSON.stringify({
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    items: [],
  });
  const accept = `application/vnd.kubernetes.protobuf;${kindOf('v2')}`;
  const first = present({ json, etag: '"1"' }, accept);
  assert.equal(first.contentType, accept);
  assert.deepEqual(first.headers, { etag: '"1"', vary: 'Accept', 'cache-control': 'public' });
  assert.equal(present({ json, etag: '"1"' }, accept, '"1"').status, 304);
});
