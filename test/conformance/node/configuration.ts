import assert from 'node:assert/strict';
import { checkCollection } from '../lifecycle.ts';
import { checkOperations } from '../operations.ts';
import { row } from '../row.ts';
import { ifNotFound, refused } from '../trial.ts';
import { pod, podSpec } from '../workloads.ts';

export const configurationRows = [
  row('ConfigMap should fail to create ConfigMap with empty key', async t => {
    await refused(t.api.configMaps.create({ metadata: { name: 'c' }, data: { '': 'value' } }), 422);
  }),

  row('Secrets should fail to create secret due to empty secret key', async t => {
    await refused(t.api.secrets.create({ metadata: { name: 's' }, data: { '': 'dmFsdWU=' } }), 422);
  }),

  row('ConfigMap should run through a ConfigMap lifecycle', async t => {
    const { configMaps } = t.api;
    const labelSelector = `conformance=${t.id}`;
    const watcher = await t.watch(configMaps, { labelSelector });
    await configMaps.create({
      metadata: { name: 'c', labels: { conformance: t.id } },
      data: { valueName: 'value' },
    });
    await watcher.expect('ADDED');
    await configMaps.patch('c', { metadata: { labels: { patched: 'true' } }, data: { valueName: 'value1' } });
    await watcher.until('MODIFIED', object => object.data?.valueName === 'value1');
    assert.equal((await configMaps.get('c')).metadata!.labels?.patched, 'true');
    assert.equal((await configMaps.listAll({ labelSelector })).items.length, 1);
    await configMaps.deleteCollection({ labelSelector });
    await watcher.until('DELETED');
    assert.deepEqual(await configMaps.names({ labelSelector }), []);
  }),

  row('Secrets should patch a secret', async t => {
    const labelSelector = `conformance=${t.id}`;
    await t.api.secrets.create({
      metadata: { name: 's', labels: { conformance: t.id } },
      data: { key: Buffer.from('value').toString('base64') },
    });
    const key = Buffer.from('value1').toString('base64');
    await t.api.secrets.patch('s', { metadata: { labels: { patched: 'true' } }, data: { key } }, 'strategic');
    const secret = await t.api.secrets.get('s');
    assert.equal(secret.data!.key, key);
    assert.equal(secret.metadata!.labels!.patched, 'true');
    await t.api.secrets.deleteCollection({ labelSelector: 'patched=true' });
    assert.equal((await t.api.secrets.listAll({ labelSelector })).items.length, 0);
  }),

  row('PodTemplates should run the lifecycle of PodTemplates', async t => {
    const { podTemplates } = t.api;
    const labelSelector = `conformance=${t.id}`;
    const labels = { conformance: t.id };
    await podTemplates.create({ metadata: { name: 'pt', labels }, template: { spec: podSpec() } });
    await podTemplates.patch('pt', { metadata: { labels: { patched: 'true' } } }, 'strategic');
    assert.equal((await podTemplates.get('pt')).metadata!.labels!.patched, 'true');
    assert.equal((await podTemplates.listAll({ labelSelector })).items.length, 1);
    await podTemplates.delete('pt');
    assert.equal((await podTemplates.listAll({ labelSelector })).items.length, 0);
  }),

  row('PodTemplates should replace a pod template', async t => {
    await t.api.podTemplates.create({ metadata: { name: 'pt' }, template: { spec: podSpec() } });
    await t.api.podTemplates.update('pt', object => {
      object.metadata!.annotations = { updated: 'true' };
    });
    assert.equal((await t.api.podTemplates.get('pt')).metadata!.annotations?.updated, 'true');
  }),

  row('PodTemplates should delete a collection of pod templates', t =>
    checkCollection(t, t.api.podTemplates, (name, labels) => ({
      metadata: { name, labels },
      template: { spec: podSpec() },
    })),
  ),

  row('Lease lease API should be available', async t => {
    const { leases } = t.api;
    await leases.create({
      metadata: { name: 'l' },
      spec: { holderIdentity: 'holder', leaseDurationSeconds: 30, leaseTransitions: 0 },
    });
    assert.equal((await leases.get('l')).spec!.holderIdentity, 'holder');
    await leases.update('l', object => {
      object.spec = { holderIdentity: 'holder2', leaseDurationSeconds: 60, leaseTransitions: 1 };
    });
    assert.equal((await leases.get('l')).spec!.leaseTransitions, 1);
    await leases.patch('l', { spec: { leaseDurationSeconds: 90 } }, 'strategic');
    assert.equal((await leases.get('l')).spec!.leaseDurationSeconds, 90);
    await checkCollection(t, leases, (name, labels) => ({ metadata: { name, labels }, spec: {} }));
    await leases.delete('l');
    assert.equal(await leases.get('l').catch(ifNotFound), undefined);
  }),

  row(
    'Node Lifecycle should run through the lifecycle of a node',
    async t => {
      const { nodes } = t.api;
      const name = t.name('node');
      const labelSelector = `conformance=${t.id}`;
      await nodes.create({ metadata: { name }, spec: { unschedulable: true } });
      t.defer(() => nodes.delete(name).catch(ifNotFound));
      assert.equal((await nodes.get(name)).metadata!.name, name);
      await nodes.patch(name, { metadata: { labels: { conformance: t.id } } });
      assert.deepEqual(await nodes.names({ labelSelector }), [name]);
      const updated = await nodes.update(name, object => {
        object.metadata!.labels!.updated = 'yes';
      });
      assert.equal(updated.metadata!.labels!.updated, 'yes');
      await nodes.delete(name);
      await t.gone(nodes, name);
    },
    { alone: true },
  ),

  row('RuntimeClass should support RuntimeClasses API operations', t =>
    checkOperations(t, {
      resource: t.api.runtimeClasses,
      make: name => ({ metadata: { name }, handler: 'test-handler' }),
    }),
  ),

  row('RuntimeClass should reject a Pod requesting a non-existent RuntimeClass', async t => {
    const made = t.api.pods.create(pod('p', {}, podSpec({ runtimeClassName: t.name('nonexistent') })));
    await refused(made, 403, /not found/);
  }),

  row('RuntimeClass should reject a Pod requesting a deleted RuntimeClass', async t => {
    const name = t.name('class');
    await t.api.runtimeClasses.create({ metadata: { name }, handler: 'test-handler' });
    await t.api.runtimeClasses.delete(name);
    await t.gone(t.api.runtimeClasses, name);
    await t.until(
      'the class to be missed',
      async () => {
        const made = t.api.pods.create(pod('p', {}, podSpec({ runtimeClassName: name })));
        const code = await made.then(
          () => 201,
          (error: { code?: number }) => error.code,
        );
        if (code === 201) await t.api.pods.delete('p', { gracePeriodSeconds: 0 });
        return code === 403;
      },
      5_000,
    );
  }),

  ...(
    [
      'schedule a Pod requesting a RuntimeClass without PodOverhead',
      'schedule a Pod requesting a RuntimeClass and initialize its Overhead',
    ] as const
  ).map((what, index) =>
    row(`RuntimeClass should ${what}`, async t => {
      const name = t.name('class');
      const podFixed = { cpu: '10m', memory: '1Mi' };
      const overhead = index === 1 ? { overhead: { podFixed } } : {};
      await t.api.runtimeClasses.create({ metadata: { name }, handler: 'runc', ...overhead });
      t.defer(() => t.api.runtimeClasses.delete(name));
      const spec = podSpec({ runtimeClassName: name });
      const made = await t.until('the pod to be accepted', () =>
        t.api.pods.create(pod('p', {}, spec)).catch(() => undefined),
      );
      if (index === 1) assert.deepEqual({ ...made.spec!.overhead }, podFixed);
      else assert.equal(made.spec!.overhead, undefined);
      await t.until('the pod to be scheduled', async () => (await t.api.pods.get('p')).spec!.nodeName);
    }),
  ),
];
