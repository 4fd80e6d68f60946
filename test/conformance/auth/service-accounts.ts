import assert from 'node:assert/strict';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { pod, podSpec } from '../workloads.ts';

const automounted = '/var/run/secrets/kubernetes.io/serviceaccount';

async function isMounted(t: Trial, name: string, account: string, own?: boolean): Promise<boolean> {
  const extra = own === undefined ? {} : { automountServiceAccountToken: own };
  const made = await t.api.pods.create(pod(name, {}, podSpec({ serviceAccountName: account, ...extra })));
  return made.spec!.containers[0]!.volumeMounts?.some(mount => mount.mountPath === automounted) === true;
}

export const serviceAccountRows = [
  row('ServiceAccounts should allow opting out of API token automount', async t => {
    await t.api.serviceAccounts.create({ metadata: { name: 'mount' }, automountServiceAccountToken: true });
    await t.api.serviceAccounts.create({
      metadata: { name: 'nomount' },
      automountServiceAccountToken: false,
    });
    const cases: [account: string, own: boolean | undefined, expected: boolean][] = [
      ['default', undefined, true],
      ['mount', undefined, true],
      ['nomount', undefined, false],
      ['default', true, true],
      ['mount', true, true],
      ['nomount', true, true],
      ['default', false, false],
      ['mount', false, false],
      ['nomount', false, false],
    ];
    for (const [index, [account, own, expected]] of cases.entries()) {
      assert.equal(await isMounted(t, `p${index}`, account, own), expected, `${account}, pod says ${own}`);
    }
  }),

  row('ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace', async t => {
    const name = 'kube-root-ca.crt';
    const bundle = () =>
      t.until('the root CA', async () => {
        const found = (await t.api.configMaps.list()).items.find(item => item.metadata!.name === name);
        return found?.data?.['ca.crt'];
      });
    const original = await bundle();
    assert.match(original, /BEGIN CERTIFICATE/);
    await t.api.configMaps.delete(name);
    assert.equal(await bundle(), original);
    await t.api.configMaps.patch(name, { data: { 'ca.crt': '' } });
    await t.until(
      'the root CA to be restored',
      async () => (await t.api.configMaps.get(name)).data?.['ca.crt'] === original,
    );
  }),

  row('ServiceAccounts should run through the lifecycle of a ServiceAccount', async t => {
    const { serviceAccounts } = t.api;
    const labels = { conformance: t.id };
    const watcher = await t.watch(serviceAccounts, { labelSelector: `conformance=${t.id}` });
    await serviceAccounts.create({ metadata: { name: 'sa', labels } });
    await watcher.expect('ADDED');
    await serviceAccounts.patch('sa', { automountServiceAccountToken: false }, 'strategic');
    const found = await serviceAccounts.listAll({ labelSelector: `conformance=${t.id}` });
    assert.deepEqual(
      found.items.map(item => item.automountServiceAccountToken),
      [false],
    );
    await serviceAccounts.deleteCollection({ labelSelector: `conformance=${t.id}` });
    await watcher.until('DELETED');
  }),

  row('ServiceAccounts should update a ServiceAccount', async t => {
    await t.api.serviceAccounts.create({ metadata: { name: 'sa' }, automountServiceAccountToken: false });
    await t.api.serviceAccounts.update('sa', object => {
      object.automountServiceAccountToken = true;
    });
    assert.equal((await t.api.serviceAccounts.get('sa')).automountServiceAccountToken, true);
  }),
];
