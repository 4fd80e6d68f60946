import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { boats, crdsPath, definitionOf, versionOf } from './custom-resources.ts';
import { WiredCluster } from './wire.ts';

const maps = '/api/v1/namespaces/default/configmaps';

suite('bodies that are read strictly', () => {
  let wired: WiredCluster;
  before(async () => {
    wired = await WiredCluster.start();
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { a: '1' } };
    assert.equal((await wired.send({ method: 'POST', path: maps, body: object })).status, 201);
  });
  after(() => wired[Symbol.asyncDispose]());

  test('a patch is told of what it has twice, and of operations with unknown members', async () => {
    const patch = (type: string, body: string, validation: string) =>
      wired.send({
        method: 'PATCH',
        path: `${maps}/one?dryRun=All&fieldValidation=${validation}`,
        headers: { 'content-type': `application/${type}` },
        body,
      });
    const operations =
      '[{"op":"add","path":"/foo","value":1,"bar":2},{"op":"add","path":"/x","path":"/data/b","value":"2"}]';
    const cases = [
      ['merge-patch+json', '{"foo":1,"data":{"b":"1","b":"2"}}', 'duplicate field "data.b"'],
      ['strategic-merge-patch+json', '{"foo":1,"data":{"b":"1","b":"2"}}', 'duplicate field "data.b"'],
      [
        'json-patch+json',
        operations,
        'json patch unknown field "[0].bar"',
        'json patch duplicate field "[1].path"',
      ],
    ] as const;
    for (const [type, body, ...problems] of cases) {
      const all = [...problems, 'unknown field "foo"'];
      const warned = await patch(type, body, 'Warn');
      const warnings = all.map(problem => `299 - ${JSON.stringify(problem)}`).join(', ');
      assert.deepEqual([warned.status, warned.headers.warning], [200, warnings], type);
      const refused = await patch(type, body, 'Strict');
      assert.equal(refused.status, 422, type);
      assert.ok(refused.json.message!.endsWith(`strict decoding error: ${all.join(', ')}`), refused.text);
      assert.equal((await patch(type, body, 'Ignore')).headers.warning, undefined, type);
    }
  });

  test('what is nested too deeply is refused, whatever it is written in', async () => {
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    const text = (levels: number) => `{"apiVersion":"v1","kind":"ConfigMap","foo":${deep(levels)}}`;
    const send = (method: string, type: string, body: string) =>
      wired.send({
        method,
        path: method === 'POST' ? maps : `${maps}/one?dryRun=All&fieldManager=test`,
        headers: { 'content-type': `application/${type}` },
        body,
      });
    for (const levels of [2_000, 9_000, 1_500_000]) {
      const bodies = [
        ['POST', 'json', text(levels)],
        ['POST', 'yaml', text(levels)],
        ['PATCH', 'merge-patch+json', text(levels)],
        ['PATCH', 'strategic-merge-patch+json', text(levels)],
        ['PATCH', 'json-patch+json', `[{"op":"add","path":"/foo","value":${deep(levels)}}]`],
        ['PATCH', 'apply-patch+yaml', text(levels)],
      ] as const;
      for (const [method, type, body] of bodies) {
        const answer = await send(method, type, body);
        assert.equal(answer.status, 400, `${type} ${levels}: ${answer.text}`);
        assert.match(answer.json.message!, /exceeded max depth/, type);
      }
    }
  });

  test('a custom resource says itself what it is', async () => {
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;
    const body = definitionOf('Boat', [versionOf('v1', schema)]);
    assert.equal((await wired.send({ method: 'POST', path: crdsPath, body })).status, 201);
    const metadata = { name: 'a' };
    const unrecognized = 'the object provided is unrecognized (must be of type Boat): ';
    const unreadable = "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go ";
    const cases = [
      [
        { apiVersion: 'example.com/v1', metadata },
        `${unrecognized}Object 'Kind' is missing in '{"apiVersion":"example.com/v1","metadata":{"name":"a"}}' ({"apiVersion":"example.com/v1" ...)`,
      ],
      [null, `${unrecognized}Object 'Kind' is missing in 'null' (6e756c6c)`],
      [
        { apiVersion: 'example.com/v1', kind: 5 },
        `${unrecognized}${unreadable}struct field .kind of type string ({"apiVersion":"example.com/v1" ...)`,
      ],
      [
        5,
        `${unrecognized}${unreadable}value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (35)`,
      ],
      [
        { apiVersion: 'a/b/c', kind: 'Boat' },
        `${unrecognized}unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c","kind":" ...)`,
      ],
      [
        { kind: 'Boat', metadata },
        'the API version in the data () does not match the expected API version (example.com/v1)',
      ],
    ] as const;
    for (const [body, message] of cases) {
      const answer = await wired.send({ method: 'POST', path: boats, body });
      assert.deepEqual([answer.status, answer.json.message], [400, message]);
    }
  });
});
