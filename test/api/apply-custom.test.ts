/** Server-side apply of custom resources, over the wire. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplyWire, mergeType, managersOf, conflictsOf } from './apply-wire.ts';

let wire: ApplyWire;
before(async () => {
  wire = await ApplyWire.start({ controllers: [] });
});
after(() => wire[Symbol.asyncDispose]());

/** A version that takes whatever comes. */
const free = {
  name: 'v3',
  served: true,
  storage: false,
  schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
};

const customDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'boats.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'boats', singular: 'boat', kind: 'Boat' },
    versions: [
      ...['v1', 'v2'].map(name => ({
        name,
        served: true,
        storage: name === 'v1',
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.oars', statusReplicasPath: '.status.oars' },
        },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  oars: { type: 'integer' },
                  hull: {
                    type: 'object',
                    properties: {
                      any: { type: 'object' },
                      open: {
                        type: 'object',
                        'x-kubernetes-preserve-unknown-fields': true,
                        properties: { known: { type: 'object', properties: { name: { type: 'string' } } } },
                      },
                    },
                  },
                  crew: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['seat', 'side'],
                    items: {
                      type: 'object',
                      required: ['seat'],
                      properties: {
                        seat: { type: 'integer' },
                        side: { type: 'string', default: 'port' },
                        name: { type: 'string' },
                      },
                    },
                  },
                  ports: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
                  course: {
                    type: 'object',
                    'x-kubernetes-map-type': 'atomic',
                    properties: { from: { type: 'string' }, to: { type: 'string' } },
                  },
                  cargo: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
              status: { type: 'object', properties: { oars: { type: 'integer' } } },
            },
          },
        },
      })),
      free,
    ],
  },
};

describe('custom resources', () => {
  const at = (version: string, name: string) =>
    `/apis/example.com/${version}/namespaces/default/boats/${name}`;
  const boat = (version: string, name: string, spec: object) => ({
    apiVersion: `example.com/${version}`,
    kind: 'Boat',
    metadata: { name },
    spec,
  });

  before(async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    assert.equal((await wire.send('POST', path, customDefinition)).status, 201);
    const established = async () =>
      (await wire.cluster.send({ path: '/apis/example.com/v2/boats' })).status === 200;
    while (!(await established())) await new Promise(resolve => setTimeout(resolve, 20));
  });

  it('are followed by their own types', async () => {
    const spec = {
      oars: 4,
      crew: [{ seat: 1, name: 'ann' }],
      ports: ['a'],
      course: { from: 'a' },
      cargo: { tea: { tons: 1 } },
    };
    const made = await wire.apply(at('v1', 'typed'), boat('v1', 'typed', spec));
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(managersOf(made.json)['applier Apply'], {
      'f:spec': {
        'f:cargo': { 'f:tea': { '.': {}, 'f:tons': {} } },
        'f:course': {},
        'f:crew': { 'k:{"seat":1,"side":"port"}': { '.': {}, 'f:name': {}, 'f:seat': {} } },
        'f:oars': {},
        'f:ports': { 'v:"a"': {} },
      },
    });
    const other = {
      crew: [{ seat: 1, name: 'bob' }],
      ports: ['b'],
      course: { to: 'b' },
      cargo: { tea: { tons: 2 } },
    };
    const refused = await wire.apply(at('v2', 'typed'), boat('v2', 'typed', other), 'fieldManager=other');
    assert.deepEqual(
      conflictsOf(refused)?.map(({ field }) => field),
      ['.spec.course', '.spec.cargo.tea.tons', '.spec.crew[seat=1,side="port"].name'],
    );
    const unknown = await wire.apply(at('v1', 'typed'), boat('v1', 'typed', { wheels: 4 }));
    assert.equal(
      unknown.json.message,
      'failed to create typed patch object (/typed; example.com/v1, Kind=Boat): .spec.wheels: field not declared in schema',
    );
  });

  it('may say what no schema declares where one says nothing, or keeps it further up', async () => {
    const hull = { any: { thing: 1 }, open: { known: { name: 'a', other: 2 }, more: 3 } };
    const made = await wire.apply(at('v1', 'free'), boat('v1', 'free', { hull }));
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(made.json.spec, { hull: { any: {}, open: { known: { name: 'a' }, more: 3 } } });
  });

  it('keep, of what one applies no more, what others hold of it, though it be empty', async () => {
    const path = '/apis/example.com/v1/namespaces/default/boats?fieldManager=maker';
    const bare = { ...boat('v1', 'emptied', { hull: { any: {}, open: { known: {} } } }) };
    assert.equal((await wire.send('POST', path, bare)).status, 201);
    const full = boat('v1', 'emptied', { hull: { open: { known: { name: 'a' } } } });
    assert.equal((await wire.apply(at('v1', 'emptied'), full)).status, 200);
    const less = await wire.apply(at('v1', 'emptied'), boat('v1', 'emptied', { oars: 1 }));
    assert.deepEqual(less.json.spec, { hull: { any: {}, open: { known: {} } }, oars: 1 });
  });

  it('belong, made by others, to their makers whole', async () => {
    const made = await wire.send(
      'POST',
      `${at('v1', '')}?fieldManager=maker`.replace('/?', '?'),
      boat('v1', 'posted', { oars: 2 }),
    );
    assert.deepEqual(managersOf(made.json), { 'maker Update': { 'f:spec': { '.': {}, 'f:oars': {} } } });
    const patch = { metadata: { labels: { a: 'b' } }, spec: { oars: 9 }, status: { oars: 2 } };
    const status = await wire.send('PATCH', `${at('v1', 'posted')}/status?fieldManager=s`, patch, mergeType);
    assert.deepEqual(managersOf(status.json)['s Update status'], { 'f:status': { '.': {}, 'f:oars': {} } });
  });

  it('keep managers of every version when they are scaled', async () => {
    await wire.apply(at('v1', 'scaled'), boat('v1', 'scaled', { ports: ['a'] }));
    await wire.send('PATCH', `${at('v2', 'scaled')}?fieldManager=two`, { spec: { oars: 2 } }, mergeType);
    const scale = `${at('v1', 'scaled')}/scale?fieldManager=scaler`;
    assert.equal((await wire.send('PATCH', scale, { spec: { replicas: 6 } }, mergeType)).status, 200);
    assert.deepEqual(managersOf(await wire.get(at('v1', 'scaled'))), {
      'applier Apply': { 'f:spec': { 'f:ports': { 'v:"a"': {} } } },
      'scaler Update scale': { 'f:spec': { 'f:oars': {} } },
    });
  });

  it('keep, of a status that another version was sent, what they hold, but not by force', async () => {
    const status = { ...boat('v1', 'kept', {}), status: { oars: 1 } };
    await wire.apply(at('v1', 'kept'), boat('v1', 'kept', { oars: 1 }));
    assert.equal((await wire.apply(`${at('v1', 'kept')}/status`, status, 'fieldManager=s')).status, 200);
    const other = { ...boat('v2', 'kept', { oars: 1 }), status: { oars: 2 } };
    const refused = await wire.apply(at('v2', 'kept'), other, 'fieldManager=other');
    assert.deepEqual(
      conflictsOf(refused)?.map(({ field }) => field),
      ['.status.oars'],
    );
    const same = await wire.apply(
      at('v1', 'kept'),
      { ...other, apiVersion: 'example.com/v1' },
      'fieldManager=same',
    );
    assert.equal(same.status, 200, same.text);
    const forced = await wire.apply(at('v2', 'kept'), other, 'fieldManager=other&force=true');
    assert.deepEqual(Object.keys(managersOf(forced.json)).sort(), [
      'applier Apply',
      'other Apply',
      'same Apply',
    ]);
    assert.deepEqual(forced.json.status, { oars: 1 });
  });

  it('are not scaled by what is applied', async () => {
    await wire.apply(at('v1', 'rowed'), boat('v1', 'rowed', { oars: 1 }));
    const scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'rowed' },
      spec: { replicas: 1 },
    };
    const path = `${at('v1', 'rowed')}/scale`;
    assert.equal((await wire.apply(path, scale)).status, 200);
    const more = await wire.apply(
      path,
      { ...scale, spec: { replicas: 2 } },
      'fieldManager=applier&force=true',
    );
    assert.deepEqual(
      [more.status, more.json.message],
      [
        500,
        'failed to convert new object (/rowed; autoscaling/v1, Kind=Scale) to proper version: request to convert CR to an invalid group/version: autoscaling/v1',
      ],
    );
  });

  it('have no Scale that is applied before somebody manages their replicas', async () => {
    await wire.apply(at('v1', 'unscaled'), boat('v1', 'unscaled', { ports: ['a'] }));
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'unscaled' } };
    const refused = await wire.apply(`${at('v1', 'unscaled')}/scale`, { ...scale, spec: { replicas: 2 } });
    assert.equal(refused.status, 500);
    assert.match(refused.json.message!, /^failed to create manager for existing fields: /);
  });

  it('are not cleared of nulls on their way to the version that was applied before', async () => {
    await wire.apply(at('v3', 'nulls'), boat('v3', 'nulls', { oars: 2 }));
    const refused = await wire.apply(at('v1', 'nulls'), boat('v1', 'nulls', { oars: 2, course: null }));
    assert.equal(refused.status, 422, refused.text);
    assert.match(refused.json.message!, /spec\.course in body must be of type object: "null"/);
  });

  it('have no managers when they are written as no other version of them can be read', async () => {
    await wire.apply(at('v1', 'twice'), boat('v1', 'twice', { crew: [{ seat: 1 }] }));
    const crew = [
      { seat: 1, side: 'port' },
      { seat: 1, side: 'port', name: 'a' },
    ];
    const twice = await wire.send('PATCH', at('v3', 'twice'), { spec: { crew } }, mergeType);
    assert.deepEqual([twice.status, twice.json.metadata!.managedFields], [200, undefined]);
  });

  it('have no strategic merge', async () => {
    const type = 'application/strategic-merge-patch+json';
    const answer = await wire.send('PATCH', at('v1', 'nowhere'), {}, type);
    assert.equal(answer.status, 415);
    assert.ok(!answer.json.message!.includes(type));
  });
});
