import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CustomResourceDefinition } from '#api/generated/types/apiextensions.v1.ts';
import {
  type Custom,
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

describe('custom resources', () => {
  let wired: WiredCluster;
  let cluster: CustomCluster;
  before(async () => {
    wired = await WiredCluster.start();
    cluster = new CustomCluster(wired);
  });
  after(() => wired[Symbol.asyncDispose]());

  test('a definition is served once it is established, and no more once it is gone', async () => {
    assert.equal((await cluster.send('GET', boats)).status, 404);
    await cluster.define(definitionOf('Boat', [versionOf('v1', boatSchema)]));
    assert.equal(
      await cluster.condition('boats.example.com', 'NamesAccepted'),
      'True NoConflicts: no conflicts found',
    );
    const { resources } = (await cluster.ok('GET', '/apis/example.com/v1')) as unknown as {
      resources: { name: string; singularName: string; storageVersionHash?: string }[];
    };
    assert.deepEqual(
      resources.map(r => [r.name, r.singularName]),
      [['boats', 'boat']],
    );
    assert.ok(resources[0]!.storageVersionHash);
    const groups = await cluster.send('GET', '/apis', undefined, {
      accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    });
    assert.match(groups.text, /"name":"example\.com"/);
    const v3 = await cluster.ok('GET', '/openapi/v3');
    assert.ok('apis/example.com/v1' in (v3 as unknown as { paths: object }).paths);
    const v2 = await cluster.send('GET', '/openapi/v2');
    assert.match(v2.text, /"com\.example\.v1\.Boat":/);
    await cluster.remove('boats.example.com');
    assert.equal((await cluster.send('GET', boats)).status, 404);
    assert.equal((await cluster.send('GET', '/apis/example.com')).status, 404);
    assert.doesNotMatch((await cluster.send('GET', '/openapi/v2')).text, /com\.example\.v1\.Boat/);
  });

  test('nothing that the server serves by itself is taken over, or shown more of', async () => {
    const approved = { 'api-approved.kubernetes.io': 'unapproved, test-only' };
    const probe = { type: 'object', properties: { overlapProbe: { type: 'boolean' } } };
    const define = async (group: string, kind: string, version: string) => {
      const plural = `${kind.toLowerCase()}s`;
      const crd = definitionOf(kind, [versionOf(version, probe, { storage: true })], { group });
      await cluster.define({ ...crd, metadata: { name: `${plural}.${group}`, annotations: approved } });
      return `${plural}.${group}`;
    };
    const policies = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies';
    await cluster.ok('POST', policies, { metadata: { name: 'kept' }, spec: { podSelector: {} } });
    const openApi = async () => (await cluster.send('GET', '/openapi/v2')).text;
    const before = await openApi();

    const names = [
      await define('apiextensions.k8s.io', 'CustomResourceDefinition', 'v1'),
      await define('networking.k8s.io', 'Foo', 'v1'),
      await define('networking.k8s.io', 'Ingresse', 'v1'),
      await define('networking.k8s.io', 'NetworkPolicie', 'v9'),
    ];
    assert.equal(await openApi(), before);
    assert.equal((await cluster.send('GET', '/apis/networking.k8s.io/v1/foos')).status, 404);
    const other = policies.replace('v1', 'v9');
    assert.equal((await cluster.send('GET', other)).status, 404);
    const { resources } = (await cluster.ok('GET', '/apis/networking.k8s.io/v1')) as unknown as {
      resources: { name: string }[];
    };
    assert.ok(!resources.some(({ name }) => name === 'foos'));
    for (const name of names) await cluster.remove(name);
    assert.deepEqual((await cluster.ok('GET', `${policies}/kept`)).spec?.podSelector, {});
    await cluster.ok('DELETE', `${policies}/kept`);
    assert.equal((await cluster.ok('GET', crdsPath)).kind, 'CustomResourceDefinitionList');
  });

  test('a definition whose name in OpenAPI is a built-in one gets another, and keeps its own schema', async () => {
    const group = 'apiextensions.apis.pkg.apiextensions-apiserver.k8s.io';
    const probe = { type: 'object', properties: { overlapProbe: { type: 'boolean' } } };
    const crd = definitionOf('CustomResourceDefinition', [versionOf('v1', probe)], { group });
    const name = `customresourcedefinitions.${group}`;
    const metadata = { name, annotations: { 'api-approved.kubernetes.io': 'unapproved, test-only' } };
    const definition = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition';
    type Document = { definitions: Record<string, unknown> };
    const shown = async () => ((await cluster.ok('GET', '/openapi/v2')) as unknown as Document).definitions;
    const before = (await shown())[definition];
    await cluster.whileDefined({ ...crd, metadata }, async () => {
      const after = await shown();
      assert.deepEqual(after[definition], before);
      assert.match(JSON.stringify(after[`${definition}_v2`]), /overlapProbe/);
      const path = `/apis/${group}/v1/namespaces/default/customresourcedefinitions`;
      const body = {
        apiVersion: `${group}/v1`,
        kind: 'CustomResourceDefinition',
        overlapProbe: true,
        spec: {},
      };
      const made = await cluster.ok('POST', path, { ...body, metadata: { name: 'a' } });
      assert.deepEqual([(made as { overlapProbe?: boolean }).overlapProbe, made.spec], [true, undefined]);
    });
  });

  test('objects are pruned, defaulted, checked, and told of in the words of upstream', () =>
    cluster.whileDefined(definitionOf('Boat', [versionOf('v1', boatSchema)]), async () => {
      const made = await cluster.ok('POST', boats, boat('a', { color: 'red', sails: 3, masts: null }));
      assert.deepEqual(made.spec, { color: 'red', masts: 1 });
      assert.equal(made.metadata.generation, 1);
      const unknown = await cluster.send('POST', boats + strict, boat('b', { color: 'red', sails: 3 }));
      assert.equal(unknown.status, 400);
      assert.match(unknown.json.message!, /strict decoding error: unknown field "spec\.sails"$/);
      const warned = await cluster.send(
        'POST',
        `${boats}?fieldValidation=Warn`,
        boat('b', { color: 'red', sails: 3 }),
      );
      assert.equal(warned.headers.warning, '299 - "unknown field \\"spec.sails\\""');
      assert.deepEqual(
        await cluster.problems('POST', boats, boat('c', { color: 'green', masts: -1, crew: ['x', 'x'] })),
        [
          'spec.color: Unsupported value: "green": supported values: "red", "blue"',
          'spec.masts: Invalid value: -1: spec.masts in body should be greater than or equal to 0',
          'spec.crew[1]: Duplicate value: "x"',
        ],
      );
      assert.deepEqual(await cluster.problems('POST', boats, boat('c', {})), ['spec.color: Required value']);
      assert.deepEqual(await cluster.problems('PUT', `${boats}/a`, boat('a')), [
        'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      ]);
      const another = { ...boat('a'), metadata: { name: 'a', uid: 'u' } };
      const { status, json } = await cluster.send('PUT', `${boats}/a`, another);
      assert.equal(status, 409);
      assert.match(json.message!, /Precondition failed: UID in precondition: u, UID in object meta: /);
    }));

  test('answers about what is not there, or is of another kind', () =>
    cluster.whileDefined(definitionOf('Boat', [versionOf('v1', boatSchema)]), async () => {
      const answer = async (method: string, path: string, body?: unknown) => {
        const { status, json } = await cluster.send(method, path, body);
        return `${status} ${json.message}`;
      };
      await cluster.ok('POST', boats, boat('a'));
      const nowhere = boats.replace('default', 'nowhere');
      assert.equal(await answer('POST', nowhere, boat('a')), '404 namespaces "nowhere" not found');
      assert.equal(await answer('GET', `${boats}/b`), '404 boats.example.com "b" not found');
      assert.equal(await answer('GET', `${boats}/a/status`), '404 boats.example.com "a" not found');
      const other = { ...boat('b'), kind: 'Ship' };
      assert.equal(
        await answer('POST', boats, other),
        '422 Ship.example.com "b" is invalid: kind: Invalid value: "Ship": must be Boat',
      );
      assert.equal(
        await answer('POST', boats, boat('b', {}, 'v9')),
        '400 the API version in the data (example.com/v9) does not match the expected API version (example.com/v1)',
      );
      for (const [method, path] of [
        ['POST', '/apis/example.com/v1/boats'],
        ['GET', '/apis/example.com/v9/boats'],
        ['GET', '/apis/example.com/v1/ships'],
      ] as const) {
        const { status, text } = await cluster.send(method, path, method === 'POST' ? boat('b') : undefined);
        assert.deepEqual([status, text], [404, '404 page not found\n'], path);
      }
      assert.equal(await answer('PUT', boats, boat('a')), '400 name must be provided');
      assert.equal(
        await answer('DELETE', `${boats}/a`, { preconditions: { resourceVersion: '1' } }).then(text =>
          text.replace(/record \(\d+\)/, 'record (n)'),
        ),
        '409 Operation cannot be fulfilled on Boat.example.com "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (n). The object might have been modified',
      );
      const { items } = (await cluster.ok('GET', boats)) as unknown as { items: Custom[] };
      assert.deepEqual([items[0]!.kind, items[0]!.apiVersion], ['Boat', 'example.com/v1']);
    }));

  test('patches: JSON and merge, and no strategic merge; no protobuf', () =>
    cluster.whileDefined(definitionOf('Boat', [versionOf('v1', boatSchema)]), async () => {
      await cluster.ok('POST', boats, boat('a'));
      const merged = await cluster.merge(`${boats}/a`, { spec: { masts: 2 } });
      assert.deepEqual([merged.status, merged.json.spec], [200, { color: 'red', masts: 2 }]);
      const ops = [{ op: 'replace', path: '/spec/masts', value: 3 }];
      const patched = await cluster.ok('PATCH', `${boats}/a`, ops, {
        'content-type': 'application/json-patch+json',
      });
      assert.deepEqual([patched.spec!.masts, patched.metadata.generation], [3, 3]);
      const strategic = await cluster.send(
        'PATCH',
        `${boats}/a`,
        {},
        {
          'content-type': 'application/strategic-merge-patch+json',
        },
      );
      assert.equal(strategic.status, 415);
      const sent = await cluster.send('POST', boats, 'k8s\0', {
        'content-type': 'application/vnd.kubernetes.protobuf',
      });
      assert.equal(sent.status, 415);
      const form = { accept: 'application/vnd.kubernetes.protobuf,application/json' };
      const read = await cluster.send('GET', `${boats}/a`, undefined, form);
      assert.equal(read.headers['content-type'], 'application/json');
    }));

  test('status and scale are of their own', () => {
    const scale = {
      specReplicasPath: '.spec.masts',
      statusReplicasPath: '.status.masts',
      labelSelectorPath: '.status.selector',
    };
    const version = versionOf('v1', boatSchema, { subresources: { status: {}, scale } });
    return cluster.whileDefined(definitionOf('Boat', [version]), async () => {
      const made = await cluster.ok('POST', boats, { ...boat('a'), status: { masts: 9 } });
      assert.equal(made.status, undefined);
      const status = await cluster.merge(`${boats}/a/status`, {
        metadata: { labels: { x: 'y' } },
        spec: { masts: 7 },
        status: { masts: 4, selector: 'a=b' },
      });
      assert.deepEqual(status.json.status, { masts: 4, selector: 'a=b' });
      const after = await cluster.ok('GET', `${boats}/a`);
      assert.deepEqual(
        [after.spec!.masts, after.metadata.labels, after.metadata.generation],
        [1, undefined, 1],
      );
      const seen = await cluster.ok('GET', `${boats}/a/scale`);
      assert.deepEqual(
        [seen.kind, seen.spec, seen.status],
        ['Scale', { replicas: 1 }, { replicas: 4, selector: 'a=b' }],
      );
      await cluster.merge(`${boats}/a/scale`, { spec: { replicas: 5 } });
      const scaled = await cluster.ok('GET', `${boats}/a`);
      assert.deepEqual([scaled.spec!.masts, scaled.metadata.generation], [5, 2]);
      const bad = await cluster.merge(`${boats}/a/status`, { status: { masts: 'x' } });
      assert.match(
        bad.json.message!,
        /status\.masts: Invalid value: "string": masts in body must be of type integer/,
      );
    });
  });

  test('without a subresource, a status is like any other field', () =>
    cluster.whileDefined(definitionOf('Boat', [versionOf('v1', boatSchema)]), async () => {
      await cluster.ok('POST', boats, { ...boat('a'), status: { masts: 9 } });
      const changed = await cluster.merge(`${boats}/a`, { status: { masts: 8 } });
      assert.deepEqual(
        [changed.json.status, (changed.json.metadata as Custom['metadata']).generation],
        [{ masts: 8 }, 2],
      );
      assert.equal((await cluster.merge(`${boats}/a/status`, {})).status, 404);
    }));

  test('columns, selectable fields, short names', () => {
    const version = versionOf('v1', boatSchema, {
      selectableFields: [{ jsonPath: '.spec.color' }],
      additionalPrinterColumns: [
        { name: 'Color', type: 'string', jsonPath: '.spec.color', description: 'its color' },
        { name: 'Masts', type: 'integer', jsonPath: '.spec.masts', priority: 1 },
        { name: 'Crew', type: 'string', jsonPath: '.spec.crew' },
        { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
      ],
    });
    return cluster.whileDefined(definitionOf('Boat', [version]), async () => {
      await cluster.ok('POST', boats, boat('a', { color: 'red', crew: ['x', 'y'] }));
      await cluster.ok('POST', boats, boat('b', { color: 'blue' }));
      const table = (await cluster.ok('GET', boats, undefined, {
        accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      })) as unknown as {
        columnDefinitions: { name: string; priority: number }[];
        rows: { cells: unknown[] }[];
      };
      assert.deepEqual(
        table.columnDefinitions.map(c => [c.name, c.priority]),
        [
          ['Name', 0],
          ['Color', 0],
          ['Masts', 1],
          ['Crew', 0],
          ['Age', 0],
        ],
      );
      assert.deepEqual(
        table.rows.map(row => row.cells.slice(0, 4)),
        [
          ['a', 'red', 1, '["x","y"]'],
          ['b', 'blue', 1, null],
        ],
      );
      assert.match(String(table.rows[0]!.cells[4]), /^\d+s$/);
      const blue = (await cluster.ok('GET', `${boats}?fieldSelector=spec.color%3Dblue`)) as unknown as {
        items: Custom[];
      };
      assert.deepEqual(
        blue.items.map(item => item.metadata.name),
        ['b'],
      );
      const refused = await cluster.send('GET', `${boats}?fieldSelector=spec.masts%3D1`);
      assert.deepEqual(
        [refused.status, refused.json.message],
        [400, 'field label not supported: spec.masts'],
      );
    });
  });

  test('what was stored is read by the schema of now, and held to it only where it changes', () =>
    cluster.whileDefined(definitionOf('Boat', [versionOf('v1', boatSchema)]), async () => {
      await cluster.ok('POST', boats, boat('a', { color: 'red', crew: ['x'] }));
      const schema = structuredClone(boatSchema);
      const spec = schema.properties!.spec!;
      spec.properties = {
        color: { type: 'string', enum: ['blue', 'green'] },
        masts: { type: 'integer' },
        flag: { type: 'string', default: 'none' },
      };
      const changed = await cluster.merge(`${crdsPath}/boats.example.com`, {
        spec: { versions: [versionOf('v1', schema)] },
      });
      assert.equal(changed.status, 200, changed.text);
      const read = await cluster.ok('GET', `${boats}/a`);
      assert.deepEqual(read.spec, { color: 'red', masts: 1, flag: 'none' });
      const kept = await cluster.merge(`${boats}/a`, { spec: { masts: 2 } });
      assert.deepEqual([kept.status, kept.json.spec], [200, { color: 'red', masts: 2, flag: 'none' }]);
      const refused = await cluster.merge(`${boats}/a`, { spec: { color: 'black' } });
      assert.equal(refused.status, 422);
    }));

  test('rules in the expression language', () => {
    const schema = structuredClone(boatSchema);
    const spec = schema.properties!.spec!;
    spec['x-kubernetes-validations'] = [
      { rule: "self.color == 'red' || self.masts < 3", message: 'only red ones are tall' },
      {
        rule: 'self.masts >= oldSelf.masts',
        messageExpression: "oldSelf.masts > 2 ? 'was tall' : 'was low'",
        fieldPath: '.masts',
      },
      { rule: 'self.crew.all(name, name.size() < 5)', reason: 'FieldValueForbidden' },
    ];
    Object.assign(spec.properties!.crew!, { maxItems: 5, default: ['me'] });
    spec.properties!.crew!.items = { type: 'string', maxLength: 20 };
    return cluster.whileDefined(definitionOf('Boat', [versionOf('v1', schema)]), async () => {
      assert.deepEqual(
        await cluster.problems('POST', boats, boat('a', { color: 'blue', masts: 3, crew: ['somebody'] })),
        [
          'spec: Invalid value: only red ones are tall',
          'spec: Forbidden: failed rule: self.crew.all(name, name.size() < 5)',
        ],
      );
      await cluster.ok('POST', boats, boat('a', { color: 'red', masts: 3 }));
      const shrunk = await cluster.merge(`${boats}/a`, { spec: { masts: 2 } });
      assert.deepEqual(
        shrunk.json.details?.causes?.map(cause => [cause.field, cause.message]),
        [['spec.masts', 'Invalid value: was tall']],
      );
      assert.equal((await cluster.merge(`${boats}/a`, { spec: { masts: 4 } })).status, 200);
      const unasked = await cluster.problems('POST', boats, boat('b', { color: 'green' }));
      assert.match(unasked[1]!, /some validation rules were not checked because the object was invalid/);
    });
  });

  test('rules are compiled when they are written', async () => {
    const schema = structuredClone(boatSchema);
    schema.properties!.spec!['x-kubernetes-validations'] = [{ rule: 'self.sails == 1' }];
    const [error] = await cluster.problems('POST', crdsPath, definitionOf('Boat', [versionOf('v1', schema)]));
    assert.match(
      error!,
      /^spec\.validation\.openAPIV3Schema\.properties\[spec\]\.x-kubernetes-validations\[0\]\.rule: .*undefined field 'sails'/,
    );
  });

  test('several versions, which differ in their name alone', () => {
    const versions = [versionOf('v1', boatSchema), versionOf('v2', boatSchema, { deprecated: true })];
    return cluster.whileDefined(definitionOf('Boat', versions), async () => {
      await cluster.ok('POST', boats, boat('a'));
      const second = boats.replace('/v1/', '/v2/');
      const answer = await cluster.send('GET', `${second}/a`);
      assert.equal(answer.json.apiVersion, 'example.com/v2');
      assert.equal(answer.headers.warning, '299 - "example.com/v2 Boat is deprecated"');
      const created = await cluster.ok('POST', second, boat('b', { color: 'blue' }, 'v2'));
      assert.equal(created.apiVersion, 'example.com/v2');
      const { items } = (await cluster.ok('GET', boats)) as unknown as { items: Custom[] };
      assert.deepEqual(
        items.map(item => item.metadata.name),
        ['a', 'b'],
      );
      const moved = [
        versionOf('v1', boatSchema, { storage: false }),
        versionOf('v2', boatSchema, { storage: true }),
      ];
      await cluster.merge(`${crdsPath}/boats.example.com`, { spec: { versions: moved } });
      const crd = (await cluster.ok(
        'GET',
        `${crdsPath}/boats.example.com`,
      )) as unknown as CustomResourceDefinition;
      assert.deepEqual(crd.status!.storedVersions, ['v1', 'v2']);
      assert.equal((await cluster.ok('GET', `${boats}/a`)).apiVersion, 'example.com/v1');
      const removed = await cluster.merge(`${crdsPath}/boats.example.com`, {
        spec: { versions: [moved[1]] },
      });
      assert.equal(removed.status, 422);
      assert.match(
        removed.json.message!,
        /status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions/,
      );
      const unserved = [{ ...moved[0]!, served: false }, moved[1]!];
      await cluster.merge(`${crdsPath}/boats.example.com`, { spec: { versions: unserved } });
      assert.equal((await cluster.send('GET', boats)).status, 404);
      assert.equal((await cluster.ok('GET', `${second}/a`)).apiVersion, 'example.com/v2');
    });
  });

  test('names belong to who came first, until they are free', async () => {
    await cluster.define(
      definitionOf('Boat', [versionOf('v1', boatSchema)], {
        names: { plural: 'boats', kind: 'Boat', shortNames: ['bt'] },
      }),
    );
    const rival = definitionOf('Boat', [versionOf('v1', boatSchema)], {
      names: { plural: 'ships', kind: 'Boat', shortNames: ['bt', 'sh'], singular: 'ship' },
    });
    await cluster.ok('POST', crdsPath, rival);
    const verdict = await cluster.until(() => cluster.condition('ships.example.com', 'NamesAccepted'));
    assert.equal(verdict, 'False ListKindConflict: "BoatList" is already in use');
    assert.equal(
      await cluster.condition('ships.example.com', 'Established'),
      'False NotAccepted: not all names are accepted',
    );
    assert.equal((await cluster.send('GET', '/apis/example.com/v1/ships')).status, 404);
    await cluster.remove('boats.example.com');
    await cluster.established('ships.example.com');
    assert.equal((await cluster.send('GET', '/apis/example.com/v1/ships')).status, 200);
    await cluster.remove('ships.example.com');
  });

  test('a definition waits for its instances, which wait for their finalizers', async () => {
    await cluster.define(definitionOf('Boat', [versionOf('v1', boatSchema)]));
    await cluster.ok('POST', boats, boat('a'));
    const held = boat('b') as Custom;
    held.metadata.finalizers = ['example.com/hold'];
    await cluster.ok('POST', boats, held);
    const first = await cluster.ok('DELETE', `${crdsPath}/boats.example.com`);
    assert.deepEqual(first.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
    const state = await cluster.until(async () => {
      const { items } = (await cluster.ok('GET', boats)) as unknown as { items: Custom[] };
      return items.length === 1 && items[0]!.metadata.deletionTimestamp && items[0]!.metadata.name;
    });
    assert.equal(state, 'b');
    assert.equal(
      await cluster.condition('boats.example.com', 'Terminating'),
      'True InstanceDeletionInProgress: CustomResource deletion is in progress',
    );
    const refused = await cluster.send('POST', boats, boat('c'));
    assert.equal(refused.status, 403);
    assert.match(
      refused.json.message!,
      /create not allowed while custom resource definition is terminating$/,
    );
    const listed = await cluster.ok('GET', '/apis/example.com/v1');
    const [served] = (listed as unknown as { resources: { verbs: string[] }[] }).resources;
    assert.deepEqual(served!.verbs, ['delete', 'deletecollection', 'get', 'list', 'watch']);
    await cluster.merge(`${boats}/b`, { metadata: { finalizers: null } });
    await cluster.until(
      async () => (await cluster.send('GET', `${crdsPath}/boats.example.com`)).status === 404,
    );
  });

  test('watches see what selectors choose, and end with their definition', async () => {
    const version = versionOf('v1', boatSchema, { selectableFields: [{ jsonPath: '.spec.color' }] });
    await cluster.define(definitionOf('Boat', [version]));
    const watch = cluster.send('GET', `${boats}?watch=1&fieldSelector=spec.color%3Dred`);
    await cluster.ok('POST', boats, boat('a'));
    await cluster.ok('POST', boats, boat('b', { color: 'blue' }));
    await cluster.merge(`${boats}/a`, { spec: { color: 'blue' } });
    await cluster.remove('boats.example.com');
    const events = (await watch).text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { type: string; object: Custom });
    assert.deepEqual(
      events.map(event => [event.type, event.object.metadata.name, event.object.spec!.color]),
      [
        ['ADDED', 'a', 'red'],
        ['DELETED', 'a', 'red'],
      ],
    );
  });

  test('a namespace takes its custom resources with it, and an owner its dependents', () =>
    cluster.whileDefined(definitionOf('Boat', [versionOf('v1', boatSchema)]), async () => {
      await cluster.ok('POST', '/api/v1/namespaces', { metadata: { name: 'harbor' } });
      const there = '/apis/example.com/v1/namespaces/harbor/boats';
      await cluster.ok('POST', there, boat('a'));
      await cluster.ok('DELETE', '/api/v1/namespaces/harbor');
      await cluster.until(
        async () => (await cluster.send('GET', '/api/v1/namespaces/harbor')).status === 404,
      );
      const owner = await cluster.ok('POST', boats, boat('owner'));
      const owned = boat('owned') as Custom;
      owned.metadata.ownerReferences = [
        { apiVersion: 'example.com/v1', kind: 'Boat', name: 'owner', uid: owner.metadata.uid! },
      ];
      await cluster.ok('POST', boats, owned);
      await cluster.ok('DELETE', `${boats}/owner`);
      await cluster.until(async () => (await cluster.send('GET', `${boats}/owned`)).status === 404);
    }));

  test('many definitions at once are served, each in discovery and OpenAPI', async () => {
    const kinds = Array.from({ length: 24 }, (_, i) => `Kind${i}`);
    const crds = kinds.map(kind => definitionOf(kind, [versionOf('v1', boatSchema)]));
    await Promise.all(crds.map(crd => cluster.ok('POST', crdsPath, crd)));
    await Promise.all(crds.map(crd => cluster.established(crd.metadata.name!)));
    const { resources } = (await cluster.ok('GET', '/apis/example.com/v1')) as unknown as {
      resources: unknown[];
    };
    assert.equal(resources.length, kinds.length);
    const { text } = await cluster.send('GET', '/openapi/v3/apis/example.com/v1');
    for (const kind of kinds) assert.ok(text.includes(`"com.example.v1.${kind}List"`), kind);
    await Promise.all(crds.map(crd => cluster.remove(crd.metadata.name!)));
  });
});
