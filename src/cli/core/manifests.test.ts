import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifests } from './manifests.ts';

const names = (text: string) => parseManifests(text, 'file').map(({ object }) => object.metadata.name);

test('documents and lists are taken apart, empty ones left out', () => {
  const text = `---
# nothing
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: b}}
---
apiVersion: v1
kind: PodList
items:
- metadata: {name: c}
`;
  assert.deepEqual(names(text), ['a', 'b', 'c']);
  assert.equal(parseManifests(text, 'file')[2]!.object.kind, 'Pod');
});

test('JSON values may follow each other', () => {
  const one = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name } });
  assert.deepEqual(names(`${one('a')}\n${one('b')}`), ['a', 'b']);
});

test('scalars are read as the Go library reads YAML 1.1', () => {
  const [manifest] = parseManifests(
    'apiVersion: v1\nkind: X\nmetadata: {name: a}\ndata: {on: yes, date: 2020-01-01, time: 12:30, octal: 010}\n',
    'file',
  );
  assert.deepEqual((manifest!.object as unknown as { data: unknown }).data, {
    true: true,
    date: '2020-01-01',
    time: '12:30',
    octal: 8,
  });
});

test('what is no object is refused with the name of its file', () => {
  assert.throws(() => names('apiVersion: v1\nmetadata: {name: a}\n'), /Object 'Kind' is missing/);
  assert.throws(() => names('kind: v1\n'), /Object 'apiVersion' is missing/);
  assert.throws(() => names('a: b: c\n'), /error parsing file: error converting YAML to JSON/);
  assert.throws(() => names('{"a":'), /error parsing file/);
});

test('integers of 64 bits keep their digits, in JSON and in YAML', () => {
  const digits = ['9007199254740993', '-9223372036854775808', '9223372036854775807', '7'];
  const json = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":[${digits.join()}]}`;
  const yaml = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n- ${digits.join('\n- ')}\n- 0x7fffffffffffffff\n`;
  const spec = (text: string) =>
    JSON.stringify((parseManifests(text, 'file')[0]!.object as { spec?: unknown }).spec);
  assert.equal(spec(json), `[${digits.join()}]`);
  assert.equal(spec(yaml), `[${digits.join()},9223372036854775807]`);
});
