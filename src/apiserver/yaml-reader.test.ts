import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from '#machinery/decode-error.ts';
import { readYaml } from '#machinery/yaml.ts';
import { loopbackUser } from './identity.ts';
import type { ApiRequest } from './request.ts';
import { type YamlReader, readAhead, yamlReadingOf, yamlValueOf } from './yaml-reader.ts';

class CountingReader implements YamlReader {
  texts = 0;

  async read(text: string) {
    this.texts++;
    return readYaml(text);
  }

  [Symbol.dispose](): void {}
}

const long = `# ${'x'.repeat(70_000)}`;
const encode = (text: string) => new TextEncoder().encode(text);

function request(text: string, method = 'POST', type = 'application/yaml; charset=utf-8'): ApiRequest {
  return {
    method,
    path: '/',
    query: new URLSearchParams(),
    headers: { 'content-type': type },
    body: encode(text),
    user: loopbackUser,
    signal: new AbortController().signal,
    origin: {},
  };
}

test('large YAML is read ahead; what is small, JSON or read already is not', async () => {
  const reader = new CountingReader();
  const read = async (sent: ApiRequest) => {
    await readAhead(reader, sent, () => undefined);
    return { sent, texts: reader.texts };
  };
  assert.equal((await read(request('a: 1'))).texts, 0);
  assert.equal((await read(request(`{"a":1} ${long}`, 'POST', 'application/json'))).texts, 0);
  const json = await read(
    request(`{"b":"${'x'.repeat(70_000)}","a":1.0}`, 'PATCH', 'application/apply-patch+yaml'),
  );
  assert.equal(json.texts, 0);
  assert.deepEqual(Object.keys(yamlValueOf(json.sent, encode('')).value as object), ['b', 'a']);
  const { sent, texts } = await read(request(`b: 1\na: yes\na: 9007199254740993\n${long}`));
  assert.equal(texts, 1);
  assert.equal(yamlReadingOf(sent, encode('')).json, '{"a":9007199254740993,"b":1}');
  assert.deepEqual(yamlValueOf(sent, encode('')), {
    value: { a: 9007199254740993n, b: 1 },
    duplicates: ['line 3: key "a" already set in map'],
  });
});

test('what is wrong with it is told to whoever decodes it', async () => {
  const sent = request(`a: b: c\n${long}`);
  await readAhead(new CountingReader(), sent, () => undefined);
  assert.throws(() => yamlReadingOf(sent, encode('')), DecodeError);
  assert.throws(() => yamlValueOf(sent, encode('')), DecodeError);
});
