import assert from 'node:assert/strict';
import type { V1ResourceQuota } from '@kubernetes/client-node';
import { plain } from '../operations.ts';
import { row } from '../row.ts';
import { refused, type Trial } from '../trial.ts';
import { pod, podSpec, replicaSet, replicationController } from '../workloads.ts';

const hard = {
  pods: '5',
  services: '10',
  replicationcontrollers: '10',
  resourcequotas: '2',
  secrets: '10',
  configmaps: '10',
  persistentvolumeclaims: '10',
  'count/replicasets.apps': '5',
  cpu: '1',
  memory: '500Mi',
};

const quota = (name: string, spec: V1ResourceQuota['spec'] = { hard }): V1ResourceQuota => ({
  metadata: { name },
  spec,
});

/** Waits until the quota's status says this of what is used. */
function used(t: Trial, expected: Readonly<Record<string, string>>, name = 'quota') {
  return t.until(
    `quota ${name} to show ${JSON.stringify(expected)}`,
    async () => {
      const { status } = await t.api.resourceQuotas.get(name);
      return Object.entries(expected).every(([resource, amount]) => status?.used?.[resource] === amount);
    },
    15_000,
  );
}

async function created(t: Trial): Promise<V1ResourceQuota> {
  await t.api.resourceQuotas.create(quota('quota'));
  return t.until(
    'the quota to be counted',
    async () => {
      const found = await t.api.resourceQuotas.get('quota');
      return found.status?.used !== undefined && Object.keys(found.status.used).length > 0 && found;
    },
    15_000,
  );
}

/** A row about an object whose life moves one figure up by one and down again. */
function captures(kind: string, resource: string, make: (t: Trial) => Promise<() => Promise<unknown>>) {
  return row(`ResourceQuota should create a ResourceQuota and capture the life of a ${kind}.`, async t => {
    const { status } = await created(t);
    const before = Number(status!.used![resource]);
    const remove = await make(t);
    await used(t, { [resource]: String(before + 1) });
    await remove();
    await used(t, { [resource]: String(before) });
  });
}

const requests = (cpu: string, memory: string) =>
  podSpec({}, { resources: { requests: { cpu, memory }, limits: { cpu, memory } } });

export const quotaRows = [
  row(
    'ResourceQuota should create a ResourceQuota and ensure its status is promptly calculated.',
    async t => {
      const { status } = await created(t);
      assert.partialDeepStrictEqual(plain(status!.hard), hard);
      await used(t, { resourcequotas: '1', pods: '0', cpu: '0' });
    },
  ),

  row('ResourceQuota should be able to update and delete ResourceQuota.', async t => {
    await t.api.resourceQuotas.create(quota('q', { hard: { cpu: '1', memory: '500Mi' } }));
    await t.api.resourceQuotas.update('q', object => {
      object.spec!.hard = { cpu: '2', memory: '1Gi' };
    });
    assert.deepEqual(plain((await t.api.resourceQuotas.get('q')).spec!.hard), { cpu: '2', memory: '1Gi' });
    await t.api.resourceQuotas.delete('q');
    await refused(t.api.resourceQuotas.get('q'), 404);
  }),

  row('ResourceQuota should manage the lifecycle of a ResourceQuota', async t => {
    const labels = { conformance: t.id };
    await t.api.resourceQuotas.create({
      ...quota('q', { hard: { cpu: '1' } }),
      metadata: { name: 'q', labels },
    });
    const found = await t.api.resourceQuotas.listAll({ labelSelector: `conformance=${t.id}` });
    assert.deepEqual(
      found.items.map(item => item.metadata!.name),
      ['q'],
    );
    const patched = await t.api.resourceQuotas.patch('q', {
      metadata: { labels: { more: 'yes' } },
      spec: { hard: { memory: '750Mi' } },
    });
    assert.deepEqual(plain(patched.spec!.hard), { cpu: '1', memory: '750Mi' });
    await t.api.resourceQuotas.deleteCollection({ labelSelector: 'more=yes' });
    assert.deepEqual(await t.api.resourceQuotas.names(), []);
  }),

  row('ResourceQuota should apply changes to a resourcequota status', async t => {
    await t.api.resourceQuotas.create(quota('q', { hard: { cpu: '500m', memory: '500Mi' } }));
    const follows = (expected: Record<string, string>) =>
      t.until(
        `status.hard of ${JSON.stringify(expected)}`,
        async () =>
          JSON.stringify(plain((await t.api.resourceQuotas.getStatus('q')).status?.hard)) ===
          JSON.stringify(expected),
        15_000,
      );
    await follows({ cpu: '500m', memory: '500Mi' });
    await t.api.resourceQuotas.patch('q', { spec: { hard: { cpu: '1', memory: '1Gi' } } });
    await follows({ cpu: '1', memory: '1Gi' });
    await t.api.resourceQuotas.patchStatus('q', { status: { hard: { cpu: '2' } } });
    await t.api.resourceQuotas.updateStatus('q', object => {
      object.status!.hard = { cpu: '3', memory: '3Gi' };
    });
    assert.deepEqual(plain((await t.api.resourceQuotas.get('q')).spec!.hard), { cpu: '1', memory: '1Gi' });
  }),

  captures('configMap', 'configmaps', async t => {
    await t.api.configMaps.create({ metadata: { name: 'c' } });
    return () => t.api.configMaps.delete('c');
  }),
  captures('secret', 'secrets', async t => {
    await t.api.secrets.create({ metadata: { name: 's' } });
    return () => t.api.secrets.delete('s');
  }),
  captures('service', 'services', async t => {
    await t.api.services.create({ metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } });
    return () => t.api.services.delete('s');
  }),
  captures('replica set', 'count/replicasets.apps', async t => {
    await t.api.replicaSets.create(replicaSet('r', 0));
    return () => t.api.replicaSets.delete('r');
  }),
  captures('replication controller', 'replicationcontrollers', async t => {
    await t.api.replicationControllers.create(replicationController('r', 0));
    return () => t.api.replicationControllers.delete('r');
  }),

  row('ResourceQuota should create a ResourceQuota and capture the life of a pod.', async t => {
    await created(t);
    await t.api.pods.create(pod('fits', {}, requests('500m', '252Mi')));
    await used(t, { pods: '1', cpu: '500m', memory: '252Mi' });
    await refused(t.api.pods.create(pod('big', {}, requests('600m', '100Mi'))), 403, /exceeded quota/);
    await refused(
      t.api.pods.patch(
        'fits',
        {
          spec: { containers: [{ name: 'c', resources: { requests: { cpu: '100m' } } }] },
        },
        'strategic',
      ),
      422,
    );
    await t.api.pods.delete('fits', { gracePeriodSeconds: 0 });
    await used(t, { pods: '0', cpu: '0', memory: '0' });
  }),

  row('ResourceQuota should verify ResourceQuota with best effort scope.', async t => {
    await t.api.resourceQuotas.create(quota('best', { hard: { pods: '5' }, scopes: ['BestEffort'] }));
    await t.api.resourceQuotas.create(quota('not', { hard: { pods: '5' }, scopes: ['NotBestEffort'] }));
    await used(t, { pods: '0' }, 'best');
    await used(t, { pods: '0' }, 'not');
    await t.api.pods.create(pod('plain'));
    await used(t, { pods: '1' }, 'best');
    await used(t, { pods: '0' }, 'not');
    await t.api.pods.delete('plain', { gracePeriodSeconds: 0 });
    await used(t, { pods: '0' }, 'best');
    await t.api.pods.create(pod('sized', {}, requests('100m', '50Mi')));
    await used(t, { pods: '1' }, 'not');
    await used(t, { pods: '0' }, 'best');
    await t.api.pods.delete('sized', { gracePeriodSeconds: 0 });
    await used(t, { pods: '0' }, 'not');
  }),

  row('ResourceQuota should verify ResourceQuota with terminating scopes.', async t => {
    await t.api.resourceQuotas.create(quota('ending', { hard: { pods: '5' }, scopes: ['Terminating'] }));
    await t.api.resourceQuotas.create(quota('lasting', { hard: { pods: '5' }, scopes: ['NotTerminating'] }));
    await used(t, { pods: '0' }, 'ending');
    await used(t, { pods: '0' }, 'lasting');
    await t.api.pods.create(pod('lasts'));
    await used(t, { pods: '1' }, 'lasting');
    await used(t, { pods: '0' }, 'ending');
    await t.api.pods.delete('lasts', { gracePeriodSeconds: 0 });
    await used(t, { pods: '0' }, 'lasting');
    await t.api.pods.create(pod('ends', {}, podSpec({ activeDeadlineSeconds: 3_600 })));
    await used(t, { pods: '1' }, 'ending');
    await used(t, { pods: '0' }, 'lasting');
    await t.api.pods.delete('ends', { gracePeriodSeconds: 0 });
    await used(t, { pods: '0' }, 'ending');
  }),
];
