import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { events, limitRanges, secrets, services } from '#api/generated/refs.ts';
import { StatusError } from '#machinery/status.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';

describe('validation, as a client sees it', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ nodes: 0, controllers: [], seed: 1 });
  });
  after(() => cluster.stop());

  test('of very many errors the first are told', async () => {
    const metadata = { name: 'many', namespace: 'default' };
    const ports = Array.from({ length: 50_000 }, () => ({ port: 0 }));
    await assert.rejects(cluster.client.create(services, { metadata, spec: { ports } }), error => {
      assert.ok(error instanceof StatusError);
      assert.equal(error.status.code, 422);
      assert.equal(error.status.details?.causes?.length, 1000);
      assert.match(error.message, /, and \d{6} more errors$/);
      return true;
    });
  });

  test('a LimitRange without a name gets one', async () => {
    const spec = { limits: [] };
    const made = await cluster.client.create(limitRanges, { metadata: { namespace: 'default' }, spec });
    assert.match(made.metadata.name!, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.ok(await cluster.client.get(limitRanges, 'default', made.metadata.name!));
  });

  test('finalizers of an Event need no domain, those of other kinds do', async () => {
    const metadata = { name: 'e', namespace: 'default', finalizers: ['hold'] };
    const made = await cluster.client.create(events, { metadata, involvedObject: { namespace: 'default' } });
    assert.deepEqual(made.metadata.finalizers, ['hold']);
    await assert.rejects(cluster.client.create(secrets, { metadata }), /nor is it fully qualified/);
  });

  test('data that is null is empty', async () => {
    const data = { a: null, b: 'Yg==' } as unknown as Record<string, string>;
    const metadata = { name: 'nulls', namespace: 'default' };
    const made = await cluster.client.create(secrets, { metadata, data });
    assert.deepEqual(made.data, { a: '', b: 'Yg==' });
  });
});
