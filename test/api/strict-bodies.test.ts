import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { boats, crdsPath, definitionOf, versionOf } from './custom-resources.ts';
import { applyType, mergeType } from './apply-wire.ts';
import { WiredCluster } from './wire.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';

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

  test('what a body has that its kind has not is told in the order of how upstream reads it', async () => {
    const warningsOf = async (method: string, type: string, body: string) => {
      const path = method === 'POST' ? `${pods}?dryRun=All` : `${pods}/one?dryRun=All&fieldManager=test`;
      const answer = await wired.send({ method, path, headers: { 'content-type': type }, body });
      assert.ok(answer.status < 300, answer.text);
      return [...String(answer.headers.warning).matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map(
        ([, quoted]) => JSON.parse(quoted!) as string,
      );
    };
    const container = '{"name":"c","image":"i","wrong":1}';
    const pod = (name: string) =>
      `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"${name}"},"spec":{"z":1,"z":2,"containers":[${container}],"a":1}}`;
    const spec = 'unknown field "spec.';
    const inner = `${spec}containers[0].wrong"`;
    // As it stands. What is unknown is told once, though it is there twice.
    const asSent = [`${spec}z"`, inner, `${spec}a"`];
    assert.deepEqual(await warningsOf('POST', 'application/json', pod('two')), asSent);
    // YAML is made JSON of first, with its keys in order; and so is what a merge patch makes.
    const ordered = [`${spec}a"`, inner, `${spec}z"`];
    const yaml = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  name: two\nspec:\n  z: 1\n  z: 2\n  containers: [${container}]\n  a: 1\n`;
    assert.deepEqual(await warningsOf('POST', 'application/yaml', yaml), [
      'line 5: key "name" already set in map',
      'line 8: key "z" already set in map',
      ...ordered,
    ]);
    const refused = await wired.send({
      method: 'POST',
      path: `${pods}?dryRun=All&fieldValidation=Strict`,
      headers: { 'content-type': 'application/yaml' },
      body: yaml,
    });
    const repeated = 'line 5: key "name" already set in map\n  line 8: key "z" already set in map';
    assert.equal(
      refused.json.message,
      `Pod in version "v1" cannot be handled as a Pod: strict decoding error: yaml: unmarshal errors:\n  ${repeated}, ${ordered.join(', ')}`,
    );
    const made = await wired.send({ method: 'POST', path: pods, body: pod('one') });
    assert.equal(made.status, 201, made.text);
    const { containers } = made.json.spec as { containers: { volumeMounts: object[] }[] };
    const mounts = containers[0]!.volumeMounts.map(mount => JSON.stringify(mount)).join();
    const patch = `{"spec":{"z":1,"containers":[${container}],"a":1}}`;
    const whole = patch.replace('"wrong":1', `"wrong":1,"volumeMounts":[${mounts}]`);
    assert.deepEqual(await warningsOf('PATCH', mergeType, whole), ordered);
    // A strategic patch is converted as it is, and what is found sorted.
    assert.deepEqual(await warningsOf('PATCH', 'application/strategic-merge-patch+json', patch), ordered);
    const applied =
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: one\n  labels: {a: x}\n  labels:\n    b: y\n    b: z\n';
    assert.deepEqual(await warningsOf('PATCH', applyType, applied), [
      'line 6: key "labels" already set in map',
      'line 8: key "b" already set in map',
    ]);
    // That is told last: who applies what the type has not, or what is another's, is told of that alone.
    const unknown = await wired.send({
      method: 'PATCH',
      path: `${pods}/one?dryRun=All&fieldManager=test&fieldValidation=Strict`,
      headers: { 'content-type': applyType },
      body: `${applied}spec:\n  a: 1\n`,
    });
    assert.match(unknown.json.message!, /: \.spec\.a: field not declared in schema$/);
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
