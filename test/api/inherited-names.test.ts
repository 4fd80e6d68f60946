/** Names that every object in JavaScript has are names like any other, wherever a client may put one. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CustomCluster, definitionOf, versionOf } from './custom-resources.ts';
import { ok } from './hooked-cluster.ts';
import { WiredCluster } from './wire.ts';

const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];
const labelNames = names.filter(name => name !== '__proto__');
const core = '/api/v1/namespaces/default';
const json = { 'content-type': 'application/json' };
const merge = { 'content-type': 'application/merge-patch+json' };
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
const apply = { 'content-type': 'application/apply-patch+yaml' };

/** An object with a member for each name, `__proto__` included; JSON.parse makes it as a client's text does. */
function each(keys: readonly string[], value: (key: string) => unknown): object {
  return JSON.parse(`{${keys.map(key => `${JSON.stringify(key)}:${JSON.stringify(value(key))}`).join()}}`);
}

const own = (value: unknown) => Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));

describe('inherited names', () => {
  let cluster: WiredCluster;
  const send = (method: string, path: string, body?: unknown, headers: object = json) =>
    cluster.send({ method, path, headers: { ...headers }, ...(body === undefined ? {} : { body }) });

  before(async () => {
    cluster = await WiredCluster.start({ controllers: [] });
  });
  after(() => cluster[Symbol.asyncDispose]());

  test('as labels, annotations and keys of data', async () => {
    const metadata = {
      name: 'one',
      labels: each(labelNames, key => key),
      annotations: each(labelNames, key => key),
    };
    const data = each(names, key => key);
    const made = await ok(
      send('POST', `${core}/configmaps`, { metadata, data, binaryData: { other: 'AA==' } }),
    );
    const shown = made.json as { metadata: Record<string, unknown>; data: object };
    assert.deepEqual(own(shown.data), own(data));
    for (const part of [shown.metadata.labels, shown.metadata.annotations]) {
      assert.deepEqual(own(part), own(metadata.labels));
    }
    await ok(send('POST', `${core}/configmaps`, { metadata: { name: 'plain' } }));
    for (const name of labelNames) {
      const found = async (selector: string) => {
        const { json: list } = await ok(
          send('GET', `${core}/configmaps?labelSelector=${encodeURIComponent(selector)}`),
        );
        return (list as { items: { metadata: { name: string } }[] }).items.map(item => item.metadata.name);
      };
      assert.deepEqual(await found(name), ['one']);
      assert.deepEqual(await found(`!${name}`), ['plain']);
      assert.deepEqual(await found(`${name}=${name}`), ['one']);
    }
    const changed = await ok(
      send('PATCH', `${core}/configmaps/one`, { data: each(names, () => null) }, strategic),
    );
    assert.equal((changed.json as { data?: object }).data, undefined);
  });

  test('as what a table of ours is asked for', async () => {
    for (const name of labelNames) {
      const secret = await ok(
        send('POST', `${core}/secrets`, {
          metadata: { name: `s-${name.toLowerCase()}` },
          type: name,
          stringData: each(names, key => key),
        }),
      );
      const { data } = secret.json as { data: object };
      assert.deepEqual(own(data), own(each(names, key => btoa(key))));
      const quota = { metadata: { name: 'q' }, spec: { hard: { pods: '1' }, scopes: [name] } };
      const refused = await send('POST', `${core}/resourcequotas`, quota);
      assert.equal(refused.status, 422, refused.text);
      const selector = { matchExpressions: [{ key: 'a', operator: name, values: ['b'] }] };
      const template = {
        metadata: { labels: { a: 'b' } },
        spec: { containers: [{ name: 'c', image: 'c' }] },
      };
      const set = { metadata: { name: 'r' }, spec: { selector, template } };
      assert.equal((await send('POST', '/apis/apps/v1/namespaces/default/replicasets', set)).status, 422);
      const node = await ok(
        send('POST', '/api/v1/nodes', {
          metadata: { name: `n-${name.toLowerCase()}`, labels: each([name], key => key) },
        }),
      );
      assert.equal(node.headers.warning, undefined);
    }
  });

  test('in the head of a request', async () => {
    for (const name of labelNames) {
      assert.equal((await send('GET', `${core}/configmaps`, undefined, { accept: name })).status, 406);
      assert.equal((await send('GET', `${core}/${name}`)).status, 404);
      assert.equal((await send('GET', `/apis/${name}/${name}`)).status, 404);
      assert.equal((await send('GET', `${core}/pods/a/${name}`)).status, 404);
      const odd = await send('POST', `${core}/configmaps`, '{}', { 'content-type': name });
      assert.equal(odd.status, 415, odd.text);
      assert.equal((await send('GET', `${core}/configmaps?fieldSelector=${name}%3Da`)).status, 400);
    }
  });

  test('as fields of custom resources, at any depth', async () => {
    const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;
    const typed = each(names, () => ({ type: 'string' }));
    const definition = definitionOf('Odd', [
      versionOf('v1', { ...free, properties: { spec: { type: 'object', properties: typed as never } } }),
    ]);
    await new CustomCluster(cluster).define(definition);
    const path = '/apis/example.com/v1/namespaces/default/odds';
    const fields = each(names, key => key);
    const object = (name: string, resourceVersion?: string) => {
      const whole = each([...names, 'spec', 'free'], key => (names.includes(key) ? key : fields));
      return JSON.stringify(
        Object.assign(whole, {
          apiVersion: 'example.com/v1',
          kind: 'Odd',
          metadata: { name, resourceVersion },
        }),
      );
    };
    const check = (value: unknown) => {
      const { spec, free: freely } = value as { spec: object; free: object };
      for (const part of [spec, freely]) assert.deepEqual(own(part), own(fields));
      const top = Object.entries(value as object).filter(([key]) => names.includes(key));
      assert.deepEqual(top.map(([key]) => key).sort(), [...names].sort());
    };
    check((await ok(send('POST', path, object('one')))).json);
    const read = (await ok(send('GET', `${path}/one`))).json as { metadata: { resourceVersion: string } };
    check(read);
    check((await ok(send('PUT', `${path}/one`, object('one', read.metadata.resourceVersion)))).json);
    check((await ok(send('PATCH', `${path}/one`, { metadata: { labels: { a: 'b' } } }, merge))).json);
    check((await ok(send('PATCH', `${path}/two?fieldManager=me`, object('two'), apply))).json);
    check((await ok(send('PATCH', `${path}/two?fieldManager=me&force=true`, object('two'), apply))).json);
    const { items } = (await ok(send('GET', path))).json as unknown as { items: object[] };
    items.forEach(check);
  });
});
