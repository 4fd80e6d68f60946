import assert from 'node:assert/strict';
import { after, before, describe, mock, test } from 'node:test';
import { type SecureServer, startSecureServer } from '../auth/testing.ts';
import { loopbackUser } from '../identity.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const json = 'application/json';
const apply = 'application/apply-patch+yaml';
const configMaps = '/api/v1/namespaces/default/configmaps';

/** Some 128 KiB. */
const large = Object.fromEntries(Array.from({ length: 8192 }, (_, i) => [`key-${i}`, 'v']));
const configMap = (name: string, data: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

describe('writes of large objects', () => {
  let server: SecureServer;
  before(async () => {
    server = await startSecureServer(settle);
    server.server.services.cache.codec.encodeAhead();
  });
  after(() => server[Symbol.asyncDispose]());

  /** How often a request that comes in bytes asked whether its turn of the event loop is over. */
  async function pauses(method: string, path: string, body: object, type = json): Promise<number> {
    const breathe = mock.method(server.server.services.slice, 'breathe');
    try {
      await server.server.handle({
        method,
        path,
        query: new URLSearchParams({ fieldManager: 'a', ...(type === apply ? { force: 'true' } : {}) }),
        headers: { 'content-type': type },
        body: new TextEncoder().encode(JSON.stringify(body)),
        user: loopbackUser,
        signal: new AbortController().signal,
        origin: {},
      });
      return breathe.mock.callCount();
    } finally {
      breathe.mock.restore();
    }
  }

  test('let others in between their steps, and small ones do not ask', async () => {
    assert.equal(await pauses('POST', configMaps, configMap('small', { a: 'b' })), 0);
    // Its text alone comes in eight pieces, its set of fields and its JSON in as many steps.
    assert.ok((await pauses('POST', configMaps, configMap('large', large))) >= 40);
    const other = { ...large, more: '' };
    assert.ok((await pauses('PUT', `${configMaps}/large`, configMap('large', other))) >= 30);
    assert.ok((await pauses('PATCH', `${configMaps}/large`, configMap('large', large), apply)) >= 12);
  });

  test('a small body that changes a large object pauses as well', async () => {
    await pauses('POST', configMaps, configMap('grown', large));
    const patch = 'application/merge-patch+json';
    assert.ok((await pauses('PATCH', `${configMaps}/grown`, { data: { a: 'b' } }, patch)) >= 7);
    assert.ok((await pauses('PUT', `${configMaps}/grown`, configMap('grown', { a: 'b' }))) >= 5);
    assert.equal(await pauses('PATCH', `${configMaps}/grown`, { data: { a: 'c' } }, patch), 0);
  });
});
