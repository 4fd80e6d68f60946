import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WiredCluster } from './wire.ts';

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const services = '/api/v1/namespaces/default/services';
const template = '{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}';
const deployment = (replicas: string, name = 'one') =>
  `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"${name}","annotations":{"v":"a, 1.0"}},` +
  `"spec":{"replicas":${replicas},"selector":{"matchLabels":{"a":"b"}},"template":${template}}}`;
const service = (targetPort: string) =>
  `{"apiVersion":"v1","kind":"Service","metadata":{"name":"one"},` +
  `"spec":{"ports":[{"port":80,"targetPort":${targetPort}}]}}`;
const replicasAs = (number: string) =>
  `json: cannot unmarshal number ${number} into Go struct field DeploymentSpec.spec.replicas of type int32`;
const json = { 'content-type': 'application/json' };

describe('an integer of a built-in kind is what is written as one', () => {
  let wired: WiredCluster;
  const create = (path: string, body: string, contentType = 'application/json') =>
    wired.send({ method: 'POST', path, headers: { 'content-type': contentType }, body });
  const patch = (type: string, body: string, query = '') =>
    wired.send({
      method: 'PATCH',
      path: `${deployments}/one${query}`,
      headers: { 'content-type': `application/${type}` },
      body,
    });
  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
    const made = await create(deployments, deployment('1'));
    assert.equal(made.status, 201, made.text);
  });
  after(() => wired[Symbol.asyncDispose]());

  for (const number of ['1.0', '1e0', '1E0', '-1.50', '10.0e-1']) {
    for (const validation of ['Strict', 'Warn', 'Ignore']) {
      test(`${number} in JSON, ${validation}`, async () => {
        const path = `${deployments}?fieldValidation=${validation}`;
        const { status, text } = await create(path, deployment(number, 'two'));
        assert.equal(status, 400, text);
        const prefix = 'Deployment in version "v1" cannot be handled as a Deployment: ';
        assert.equal((JSON.parse(text) as { message: string }).message, prefix + replicasAs(number));
      });
    }
  }

  test('one of a value that may be a text as well', async () => {
    for (const [value, shown] of [
      ['80.0', 'number 80.0'],
      ['true', 'bool'],
    ] as const) {
      const { status, text } = await create(services, service(value));
      assert.equal(status, 400, text);
      const field = 'Go struct field ServicePort.spec.ports.targetPort of type int32';
      assert.match(text, new RegExp(`: json: cannot unmarshal ${shown} into ${field}"`));
    }
  });

  test('YAML has numbers, whatever their texts', async () => {
    const { status, text } = await create(deployments, deployment('3.0', 'yaml'), 'application/yaml');
    assert.equal(status, 201, text);
    assert.match(text, /"replicas":3,/);
  });

  test('a zero may be negative', async () => {
    const { status, text } = await create(deployments, deployment('-0', 'zero'));
    assert.equal(status, 201, text);
    assert.match(text, /"replicas":0,/);
  });

  test('options of a deletion', async () => {
    const body = '{"gracePeriodSeconds": 1.0}';
    const { status, text } = await wired.send({
      method: 'DELETE',
      path: `${deployments}/one`,
      headers: json,
      body,
    });
    assert.equal(status, 400, text);
    assert.match(text, /number 1\.0 into Go struct field DeleteOptions.gracePeriodSeconds of type int64/);
  });

  test('JSON patches and merge patches make texts, which are read as others', async () => {
    for (const [type, body] of [
      ['merge-patch+json', '{"spec":{"replicas":2.0}}'],
      ['json-patch+json', '[{"op":"replace","path":"/spec/replicas","value":2.0}]'],
      ['json-patch+json', '[{"op":"add","path":"/spec","value":{"replicas":2.0}}]'],
    ] as const) {
      const { status, text } = await patch(type, body);
      assert.equal(status, 422, text);
      const { message } = JSON.parse(text) as { message: string };
      assert.ok(message.endsWith(`: ${replicasAs('2.0')}`), message);
      assert.match(message, /"replicas\\":2\.0[,}]/);
    }
  });

  test('a JSON patch tests for a text', async () => {
    const test = (value: string) =>
      patch('json-patch+json', `[{"op":"test","path":"/spec/replicas","value": ${value}}]`);
    assert.equal((await test('1')).status, 200);
    assert.equal((await test('1.0')).status, 422);
  });

  test('a number elsewhere, and one that a patch takes away again, is no trouble', async () => {
    const { status, text } = await patch(
      'json-patch+json',
      '[{"op":"add","path":"/spec/x","value":[1.0]},{"op":"test","path":"/spec/x/0","value":1.0},' +
        '{"op":"add","path":"/metadata/annotations/w","value":"x 2.5"},{"op":"remove","path":"/spec/x"}]',
    );
    assert.equal(status, 200, text);
    assert.match(text, /"w":"x 2\.5"/);
  });

  test('strategic merge patches and applied configurations have numbers', async () => {
    const merged = await patch('strategic-merge-patch+json', '{"spec":{"replicas":2.0}}');
    assert.equal(merged.status, 200, merged.text);
    assert.match(merged.text, /"replicas":2,/);
    const applied = await patch('apply-patch+yaml', deployment('4.0'), '?fieldManager=m&force=true');
    assert.equal(applied.status, 200, applied.text);
    assert.match(applied.text, /"replicas":4,/);
  });
});
