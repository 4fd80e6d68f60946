import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WebhookServer } from '#test/webhook-server.ts';
import { type Custom, CustomCluster, boat, boats, definitionOf, versionOf } from './custom-resources.ts';
import { WiredCluster } from './wire.ts';

describe('conversion webhooks', () => {
  let wired: WiredCluster;
  let cluster: CustomCluster;
  let server: WebhookServer;
  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
    cluster = new CustomCluster(wired);
    server = await WebhookServer.start();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await wired[Symbol.asyncDispose]();
  });

  const schema = (field: string) => ({
    type: 'object',
    properties: { spec: { type: 'object', properties: { [field]: { type: 'string' } } } },
  });
  const second = boats.replace('/v1/', '/v2/');

  /** v1 has spec.color, v2 spec.paint. */
  const convert = (object: Custom, apiVersion: string): Custom => {
    const { color, paint } = object.spec as Record<string, string>;
    const value = color ?? paint;
    return { ...object, apiVersion, spec: apiVersion.endsWith('v1') ? { color: value } : { paint: value } };
  };
  const answer = (respond: (objects: Custom[], apiVersion: string) => object) => (request: unknown) => {
    const { uid, objects, desiredAPIVersion } = request as {
      uid: string;
      objects: Custom[];
      desiredAPIVersion: string;
    };
    const response = { uid, result: { status: 'Success' }, ...respond(objects, desiredAPIVersion) };
    const body = JSON.stringify({
      kind: 'ConversionReview',
      apiVersion: 'apiextensions.k8s.io/v1',
      response,
    });
    return { raw: { status: 200, body } };
  };
  const define = (respond: (objects: Custom[], apiVersion: string) => object) =>
    cluster.define(
      definitionOf('Boat', [versionOf('v1', schema('color')), versionOf('v2', schema('paint'))], {
        conversion: {
          strategy: 'Webhook',
          webhook: {
            clientConfig: server.clientConfig('/convert', answer(respond)),
            conversionReviewVersions: ['v1'],
          },
        },
      }),
    );

  test('objects are written and read in either version, and watched', async () => {
    await define((objects, apiVersion) => ({ convertedObjects: objects.map(o => convert(o, apiVersion)) }));
    const watch = cluster.send('GET', `${second}?watch=1`);
    const made = await cluster.ok('POST', boats, boat('a', { color: 'red' }));
    assert.deepEqual(made.spec, { color: 'red' });
    const other = await cluster.ok('GET', `${second}/a`);
    assert.deepEqual([other.apiVersion, other.spec], ['example.com/v2', { paint: 'red' }]);
    const created = await cluster.ok('POST', second, boat('b', { paint: 'blue' }, 'v2'));
    assert.deepEqual(created.spec, { paint: 'blue' });
    const patched = await cluster.merge(`${second}/a`, { spec: { paint: 'green' } });
    assert.deepEqual(patched.json.spec, { paint: 'green' });
    assert.deepEqual((await cluster.ok('GET', `${boats}/a`)).spec, { color: 'green' });
    server.calls.length = 0;
    const lists = [boats, second].map(async path => {
      const { items } = (await cluster.ok('GET', path)) as unknown as { items: Custom[] };
      return items.map(item => item.spec);
    });
    assert.deepEqual(await Promise.all(lists), [
      [{ color: 'green' }, { color: 'blue' }],
      [{ paint: 'green' }, { paint: 'blue' }],
    ]);
    await cluster.ok('DELETE', `${second}/b`);
    await cluster.remove('boats.example.com');
    const events = (await watch).text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { type: string; object: Custom });
    assert.deepEqual(
      events.map(({ type, object }) => [type, object.metadata.name, object.spec]),
      [
        ['ADDED', 'a', { paint: 'red' }],
        ['ADDED', 'b', { paint: 'blue' }],
        ['MODIFIED', 'a', { paint: 'green' }],
        ['DELETED', 'b', { paint: 'blue' }],
        ['DELETED', 'a', { paint: 'green' }],
      ],
    );
  });

  test('who reads what is stored now asks the webhook again', async () => {
    let calls = 0;
    await define((objects, apiVersion) => {
      calls++;
      return { convertedObjects: objects.map(o => convert(o, apiVersion)) };
    });
    await cluster.ok('POST', boats, boat('a', { color: 'red' }));
    const callsOf = async (path: string) => {
      const before = calls;
      await cluster.ok('GET', path);
      return calls - before;
    };
    assert.equal(await callsOf(`${second}/a`), 1);
    assert.equal(await callsOf(`${second}/a`), 1, 'a GET is answered past what was shown before');
    await cluster.ok('GET', second);
    assert.equal(await callsOf(second), 0, 'a list is not');
    assert.equal(await callsOf(`${second}/a?resourceVersion=0`), 0, 'nor who takes any state');
    assert.equal(await callsOf(`${boats}/a`), 0, 'nor what is stored in that version');
    await cluster.remove('boats.example.com');
  });

  const failures: readonly (readonly [
    name: string,
    respond: (objects: Custom[]) => object,
    message: RegExp,
  ])[] = [
    [
      'that refuses',
      () => ({ result: { status: 'Failure', message: 'no paint' } }),
      /^conversion webhook for example\.com\/v1, Kind=Boat failed: no paint$/,
    ],
    [
      'that answers too little',
      () => ({ convertedObjects: [] }),
      /conversion webhook for example\.com\/v1, Kind=Boat returned 0 objects, expected 1$/,
    ],
    [
      'that renames',
      objects => ({
        convertedObjects: objects.map(o => ({
          ...o,
          apiVersion: 'example.com/v2',
          metadata: { ...o.metadata, name: 'z' },
        })),
      }),
      /Kind=Boat returned invalid object: must have the same name: a != z$/,
    ],
    [
      'that does not convert',
      objects => ({ convertedObjects: objects }),
      /invalid groupVersion \(expected example\.com\/v2, received example\.com\/v1\)$/,
    ],
    [
      'that answers nothing for an object',
      () => ({ convertedObjects: [null] }),
      /^unexpected end of JSON input$/,
    ],
    [
      'that answers a text',
      () => ({ convertedObjects: ['boat'] }),
      /^json: cannot unmarshal string into Go value of type map\[string\]interface \{\}$/,
    ],
  ];
  for (const [name, respond, message] of failures) {
    test(`a webhook ${name} fails the request`, async () => {
      await define(respond);
      await cluster.ok('POST', boats, boat('a', { color: 'red' }));
      const read = await cluster.send('GET', `${second}/a`);
      assert.equal(read.status, 500);
      assert.match(read.json.message!, message);
      assert.equal(read.json.reason, undefined);
      const tried = await cluster.send('POST', `${second}?dryRun=All`, {
        ...boat('b', { paint: 'red' }),
        apiVersion: 'example.com/v2',
      });
      assert.equal(tried.status, 500, 'a dry run is converted too');
      const again = await cluster.send('POST', second, {
        ...boat('a', { paint: 'red' }),
        apiVersion: 'example.com/v2',
      });
      assert.equal(again.status, 500, 'and what is there already');
      assert.equal((await cluster.send('GET', `${boats}/a`)).status, 200);
      await cluster.remove('boats.example.com');
    });
  }
});
