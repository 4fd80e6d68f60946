import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { checkCollection } from '../lifecycle.ts';
import { row } from '../row.ts';
import { ifNotFound } from '../trial.ts';
import { image, isReady, pod, podSpec, runningPod } from '../workloads.ts';

export const podRows = [
  row('Pods should get a host IP', async t => {
    await t.api.pods.create(pod('p'));
    const { status } = await runningPod(t, 'p');
    assert.notEqual(isIP(status!.hostIP!), 0);
    const node = await t.api.nodes.get((await t.api.pods.get('p')).spec!.nodeName!);
    assert.ok(node.status!.addresses!.some(address => address.address === status!.hostIP));
  }),

  row('Pods should be submitted and removed', async t => {
    const labelSelector = `time=${t.id}`;
    const watcher = await t.watch(t.api.pods, { labelSelector });
    const spec = { ...podSpec(), terminationGracePeriodSeconds: 30 };
    await t.api.pods.create(pod('p', { time: t.id }, spec));
    assert.deepEqual(await t.api.pods.names({ labelSelector }), ['p']);
    await watcher.expect('ADDED');
    await runningPod(t, 'p');
    await t.api.pods.delete('p', { gracePeriodSeconds: 30 });
    const going = await watcher.until('MODIFIED', object => object.metadata!.deletionTimestamp !== undefined);
    assert.equal(going.metadata!.deletionGracePeriodSeconds, 30);
    assert.ok((await watcher.until('DELETED')).metadata!.deletionTimestamp);
    assert.deepEqual(await t.api.pods.names({ labelSelector }), []);
  }),

  row('Pods should be updated', async t => {
    await t.api.pods.create(pod('p', { time: t.id }));
    await runningPod(t, 'p');
    await t.api.pods.update('p', object => {
      object.metadata!.labels!.time = `${t.id}-updated`;
    });
    assert.deepEqual(await t.api.pods.names({ labelSelector: `time=${t.id}-updated` }), ['p']);
    assert.deepEqual(await t.api.pods.names({ labelSelector: `time=${t.id}` }), []);
  }),

  row('Pods should delete a collection of pods', t =>
    checkCollection(t, t.api.pods, (name, labels) => pod(name, labels)),
  ),

  row('Pods should patch a pod status', async t => {
    await t.api.pods.create(pod('p'));
    await runningPod(t, 'p');
    const patched = await t.api.pods.patchStatus('p', {
      metadata: { annotations: { patchedstatus: 'true' } },
      status: { message: 'Patched by e2e test', reason: 'E2E' },
    });
    assert.equal(patched.metadata!.annotations?.patchedstatus, 'true');
    const { status } = await t.api.pods.getStatus('p');
    assert.deepEqual([status!.message, status!.reason], ['Patched by e2e test', 'E2E']);
  }),

  row('Pods should run through the lifecycle of Pods and PodStatus', async t => {
    const labelSelector = `conformance=${t.id}`;
    const watcher = await t.watch(t.api.pods, { labelSelector });
    await t.api.pods.create(pod('p', { conformance: t.id }));
    await watcher.expect('ADDED');
    await watcher.until('MODIFIED', isReady);
    const containers = [{ name: 'c', image: `${image}-other` }];
    await t.api.pods.patch(
      'p',
      { metadata: { labels: { patched: 'yes' } }, spec: { containers } },
      'strategic',
    );
    const patched = await watcher.until('MODIFIED', object => object.metadata!.labels?.patched === 'yes');
    assert.equal(patched.spec!.containers[0]!.image, `${image}-other`);
    const updated = await t.api.pods.updateStatus('p', object => {
      const ready = object.status!.conditions!.find(condition => condition.type === 'Ready')!;
      ready.status = 'False';
    });
    assert.ok(updated.status!.conditions!.some(c => c.type === 'Ready' && c.status === 'False'));
    await watcher.until('MODIFIED', object =>
      object.status!.conditions!.some(c => c.type === 'Ready' && c.status === 'False'),
    );
    await t.api.pods.deleteCollection({ labelSelector });
    await watcher.until('DELETED');
    assert.equal(await t.api.pods.get('p').catch(ifNotFound), undefined);
  }),

  row(
    'Pods Extended Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu',
    async t => {
      const amounts = { cpu: '100m', memory: '100Mi' };
      await t.api.pods.create(
        pod('p', {}, podSpec({}, { resources: { requests: amounts, limits: amounts } })),
      );
      assert.equal((await t.api.pods.get('p')).status!.qosClass, 'Guaranteed');
    },
  ),

  row('Sysctls should reject invalid sysctls', async t => {
    const sysctls = ['foo-', 'kernel.shmmax', 'safe-and-unsafe', 'bar..'].map(name => ({ name, value: '1' }));
    const made = t.api.pods.create(pod('p', {}, podSpec({ securityContext: { sysctls } })));
    const error = await made.then(
      () => undefined,
      (reason: { code?: number; body?: string }) => reason,
    );
    assert.equal(error?.code, 422);
    const text = JSON.stringify(error?.body);
    for (const name of ['foo-', 'bar..']) assert.ok(text.includes(name), `no word of ${name}`);
    assert.ok(!text.includes('kernel.shmmax'));
  }),
];
