import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CustomCluster,
  boat,
  boatSchema,
  boats,
  crdsPath,
  definitionOf,
  versionOf,
} from './custom-resources.ts';
import { WiredCluster } from './wire.ts';

const strict = '?fieldValidation=Strict';

describe('what is sent as a custom resource, and what is shown of it', () => {
  let wired: WiredCluster;
  let cluster: CustomCluster;
  before(async () => {
    wired = await WiredCluster.start();
    cluster = new CustomCluster(wired);
  });
  after(() => wired[Symbol.asyncDispose]());

  test('a resource in a resource decodes, or the whole does not', async () => {
    const embedded = (more: object) => ({ type: 'object', 'x-kubernetes-embedded-resource': true, ...more });
    const schema = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            open: embedded({ 'x-kubernetes-preserve-unknown-fields': true }),
            list: { type: 'array', items: embedded({ properties: { size: { type: 'integer' } } }) },
          },
        },
      },
    };
    await cluster.whileDefined(definitionOf('Boat', [versionOf('v1', schema)]), async () => {
      const type = { apiVersion: 'v1', kind: 'A' };
      const refused = [
        [{ open: { ...type, kind: 5 } }, 'spec.open.kind: Invalid value: 5: must be a string'],
        [{ open: { ...type, kind: null } }, 'spec.open.kind: Invalid value: null: must be a string'],
        [
          { list: [type, { ...type, apiVersion: [] }] },
          'spec.list[1].apiVersion: Invalid value: []: must be a string',
        ],
        [
          { open: { ...type, metadata: { labels: { a: 5 } } } },
          'spec.open.metadata: Invalid value: {"labels":{"a":5}}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
        ],
      ] as const;
      for (const [spec, message] of refused) {
        const { status, json } = await cluster.send('POST', boats, boat('a', spec));
        const expected = `Boat in version "v1" cannot be handled as a Boat: ${message}`;
        assert.deepEqual([status, json.message], [400, expected]);
      }
      const made = await cluster.ok('POST', boats, boat('a', { open: { ...type, metadata: null } }));
      assert.deepEqual(made.spec, { open: { ...type, metadata: {} } });
      const patched = await cluster.merge(`${boats}/a`, { spec: { open: { kind: 5 } } });
      assert.equal(patched.status, 422);
      assert.match(patched.json.message!, /spec\.open\.kind: Invalid value: 5: must be a string$/);
      const unknown = await cluster.send(
        'POST',
        boats + strict,
        boat('b', {
          list: [{ ...type, size: 1, other: 1, metadata: { name: 'x', foo: 1 } }],
          zz: 1,
          aa: { b: 1 },
        }),
      );
      assert.match(
        unknown.json.message!,
        /error: unknown field "spec\.aa", unknown field "spec\.list\[0\]\.other", unknown field "spec\.zz", unknown field "spec\.list\[0\]\.metadata\.foo"$/,
      );
    });
  });

  test('what an older schema let be stored can still be read and deleted', async () => {
    const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const definition = (spec: object) =>
      definitionOf('Boat', [versionOf('v1', { type: 'object', properties: { spec } })]);
    await cluster.whileDefined(definition(open), async () => {
      const metadata = { name: 'x', labels: { a: 5 } };
      await cluster.ok('POST', boats, boat('a', { apiVersion: 'v1', kind: 5, metadata }));
      const narrow = { ...open, 'x-kubernetes-embedded-resource': true };
      await cluster.ok(
        'PATCH',
        `${crdsPath}/boats.example.com`,
        { spec: definition(narrow).spec },
        { 'content-type': 'application/merge-patch+json' },
      );
      const spec = { apiVersion: 'v1', metadata: { name: 'x' } };
      await cluster.until(async () => !('kind' in (await cluster.ok('GET', `${boats}/a`)).spec!));
      assert.deepEqual((await cluster.ok('GET', `${boats}/a`)).spec, spec);
      await cluster.ok('DELETE', `${boats}/a`);
    });
  });

  test('what is in no schema goes from any value, and no number is more than a double holds', () =>
    cluster.whileDefined(definitionOf('Boat', [versionOf('v1', boatSchema)]), async () => {
      const { status, json } = await cluster.send('POST', boats + strict, boat('a', { color: { a: 1 } }));
      assert.equal(status, 400);
      assert.match(json.message!, /unknown field "spec\.color\.a"$/);
      assert.deepEqual(await cluster.problems('POST', boats, boat('a', { color: { a: 1 } })), [
        'spec.color: Invalid value: "object": spec.color in body must be of type string: "object"',
        'spec.color: Unsupported value: {}: supported values: "red", "blue"',
      ]);
      const huge = JSON.stringify(boat('a')).replace('"red"', '"red","masts":1e400');
      const refused = await cluster.send('POST', boats, new TextEncoder().encode(huge));
      assert.equal(refused.status, 400);
      assert.match(
        refused.json.message!,
        /json: cannot unmarshal number 1e400 into Go value of type float64/,
      );
    }));

  test('a null that is applied is for validation to refuse', () =>
    cluster.whileDefined(definitionOf('Boat', [versionOf('v1', boatSchema)]), async () => {
      const apply = { 'content-type': 'application/apply-patch+yaml' };
      const path = `${boats}/a?fieldManager=me`;
      await cluster.ok('PATCH', path, boat('a', { color: 'red', crew: ['x'] }), apply);
      const { status, json } = await cluster.send('PATCH', path, boat('a', { color: null }), apply);
      assert.equal(status, 422);
      assert.match(json.message!, /spec\.color in body must be of type string: "null"/);
      // Of a list whose items are merged, that they are not applied any more is what is left.
      const without = await cluster.ok('PATCH', path, boat('a', { color: 'red', crew: null }), apply);
      assert.deepEqual(without.spec, { color: 'red', masts: 1 });
      const defaulted = await cluster.ok('PATCH', path, boat('a', { color: 'red', masts: null }), apply);
      assert.deepEqual(defaulted.spec, { color: 'red', masts: 1 });
    }));

  test('lists, discovery and paths as upstream has them for custom resources alone', async () => {
    const subresources = {
      status: {},
      scale: { specReplicasPath: '.spec.masts', statusReplicasPath: '.status.masts' },
    };
    await cluster.whileDefined(
      definitionOf('Boat', [versionOf('v1', boatSchema, { subresources })]),
      async () => {
        const list = await cluster.ok('GET', boats);
        assert.equal((list.metadata as { continue?: string }).continue, '');
        const partial = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
        assert.ok(!('continue' in (await cluster.ok('GET', boats, undefined, partial)).metadata));
        const { resources } = (await cluster.ok('GET', '/apis/example.com/v1')) as unknown as {
          resources: { name: string; verbs: string[] }[];
        };
        assert.deepEqual(
          resources.map(({ name }) => name),
          ['boats', 'boats/status', 'boats/scale'],
        );
        assert.equal(
          resources[0]!.verbs.join(),
          'delete,deletecollection,get,list,patch,create,update,watch',
        );
        const outside = await cluster.send('POST', '/apis/example.com/v1/boats/a/status', boat('a'));
        assert.deepEqual([outside.status, outside.text], [404, '404 page not found\n']);
      },
    );
  });

  test('an empty list of managers is none, and only what is valid is warned of', () =>
    cluster.whileDefined(definitionOf('Boat', [versionOf('v1', boatSchema)]), async () => {
      const made = await cluster.ok('POST', boats, boat('a'));
      assert.ok(made.metadata.managedFields!.length > 0);
      const kept = await cluster.ok('PUT', `${boats}/a`, {
        ...made,
        metadata: { ...made.metadata, managedFields: [] },
      });
      assert.deepEqual(kept.metadata.managedFields, made.metadata.managedFields);
      const finalizers = ['sails'];
      const create = (spec: object) =>
        cluster.send('POST', boats, { ...boat('b', spec), metadata: { name: 'b', finalizers } });
      assert.equal((await create({ color: 'green' })).headers.warning, undefined);
      assert.match(
        String((await create({ color: 'red' })).headers.warning),
        /prefer a domain-qualified finalizer name/,
      );
      await cluster.merge(`${boats}/b`, { metadata: { finalizers: null } });
    }));

  test('the members of custom resources are sorted in every answer, those of types are not', async () => {
    const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    await cluster.whileDefined(definitionOf('Boat', [versionOf('v1', open)]), async () => {
      const sent =
        '{"spec":{"b":"<","a":{"d":1,"c":[{"f":1.0,"e":1e21}]}},"metadata":{"name":"a","labels":{"b":"","a":""}}';
      const made = await cluster.send(
        'POST',
        boats,
        `${sent},"kind":"Boat","apiVersion":"example.com/v1","also":1}`,
      );
      const item =
        /^\{"also":1,"apiVersion":"[^"]+","kind":"Boat","metadata":\{"creationTimestamp":"[^"]+","generation":1,"labels":\{"a":"","b":""\},"managedFields":\[\{"apiVersion":"[^"]+","fieldsType":"FieldsV1","fieldsV1":\{.+\},"manager":"[^"]+","operation":"Update","time":"[^"]+"\}\],"name":"a","namespace":"default","resourceVersion":"\d+","uid":"[^"]+"\},"spec":\{"a":\{"c":\[\{"e":1e\+21,"f":1\}\],"d":1\},"b":"\\u003c"\}\}\n$/;
      assert.match(made.text, item);
      const text = made.text.trimEnd();
      assert.equal((await cluster.send('GET', `${boats}/a`)).text, made.text);
      const { text: list } = await cluster.send('GET', boats);
      const revision = JSON.parse(list).metadata.resourceVersion;
      assert.equal(
        list,
        `{"apiVersion":"example.com/v1","items":[${text}],"kind":"BoatList","metadata":{"continue":"","resourceVersion":"${revision}"}}\n`,
      );
      const watch = await cluster.send('GET', `${boats}?watch=1&resourceVersion=0&timeoutSeconds=1`);
      assert.equal(watch.text, `{"type":"ADDED","object":${text}}\n`);
      const accept = (as: string) => ({ accept: `application/json;as=${as};g=meta.k8s.io;v=v1` });
      const partial = await cluster.send('GET', `${boats}/a`, undefined, accept('PartialObjectMetadata'));
      assert.match(partial.text, /^\{"kind":"PartialObjectMetadata".*"metadata":\{"name":"a","namespace"/);
      const table = await cluster.send('GET', `${boats}?includeObject=Object`, undefined, accept('Table'));
      assert.ok(
        table.text.startsWith('{"kind":"Table"') && table.text.endsWith(`"object":${text}}]}\n`),
        table.text,
      );
    });
  });
});
