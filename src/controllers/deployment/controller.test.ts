import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deployments, pods, replicaSets } from '#api/generated/refs.ts';
import { startCluster } from '#main/embedded.ts';
import { VirtualClock } from '#base/virtual-clock.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
test('a deployment rolls', async () => {
  const clock = new VirtualClock(settle);
  const log: any = { debug() {}, info: console.log, warn: console.log, error: console.log, with: () => log };
  const starting = startCluster({ clock, seed: 1, nodes: 2, log });
  const cluster = await starting;
  await clock.advance(1000);
  await cluster.client.create(deployments, {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'x:1' }] } },
    },
  });
  await clock.advance(5000);
  const d = await cluster.client.get(deployments, 'default', 'web');
  console.log(
    JSON.stringify(d.status),
    (await cluster.client.list(replicaSets, 'default')).items.map(
      x => x.metadata.name + JSON.stringify(x.status),
    ),
  );
  console.log(
    (await cluster.client.list(pods, 'default')).items.map(
      x => x.metadata.name + x.spec?.nodeName + x.status?.phase,
    ),
  );
  await cluster.stop();
});
