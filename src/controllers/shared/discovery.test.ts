import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '#client/client.ts';
import type { Transport, TransportRequest } from '#client/transport.ts';
import { discoverResources } from './discovery.ts';

const groups = 500;

/** Serves two kinds in each of many groups. */
const transport: Pick<Transport, 'request'> = {
  request: async ({ path }: TransportRequest) => {
    const resource = (name: string) => ({ resource: name, scope: 'Namespaced', verbs: ['list'] });
    const items = Array.from({ length: path === '/apis' ? groups : 0 }, (_, i) => ({
      metadata: { name: `g${i}.example.com` },
      versions: [{ version: 'v1', freshness: 'Current', resources: [resource('as'), resource('bs')] }],
    }));
    return { status: 200, headers: {}, body: { kind: 'APIGroupDiscoveryList', items } };
  },
};

test('what is told of hundreds of groups is looked at in pieces', async () => {
  let pieces = 0;
  const breathe = () => {
    pieces++;
    return undefined;
  };
  const found = await discoverResources(createClient(transport as Transport), { breathe });
  assert.equal(found.length, 2 * groups);
  assert.ok(pieces >= groups / 10, `in ${pieces} pieces`);
});
