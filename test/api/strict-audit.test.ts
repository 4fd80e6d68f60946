import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WiredCluster } from './wire.ts';

test('a request that cannot be told of is refused before it does anything, where that is strict', async () => {
  const way = { isDown: false };
  await using wired = await WiredCluster.start({
    components: false,
    audit: {
      policy: {
        rules: [{ level: 'Metadata', resources: [{ resources: ['configmaps'] }] }, { level: 'None' }],
      },
      backends: () => [
        {
          name: 'log',
          isStrict: true,
          take: async () => {
            if (way.isDown) throw new Error('no space left on device');
          },
        },
      ],
    },
  });
  const path = '/api/v1/namespaces/default/configmaps';
  const create = (name: string) =>
    wired.send({ method: 'POST', path: `${path}?a=1&b=2`, body: { metadata: { name } } });
  assert.equal((await create('told')).status, 201);
  way.isDown = true;
  const refused = await create('untold');
  assert.equal(refused.status, 500);
  assert.equal(refused.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(refused.text, `Internal Server Error: "${path}?a=1&amp;b=2": failed to store audit event\n`);
  way.isDown = false;
  assert.equal((await wired.send({ path: `${path}/untold` })).status, 404);
  const { text } = await wired.send({ path: '/metrics' });
  assert.match(text, /^apiserver_audit_requests_rejected_total 1$/m);
});
