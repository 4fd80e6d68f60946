import assert from 'node:assert/strict';
import type { KubernetesObject } from '@kubernetes/client-node';
import { checkOperations } from '../operations.ts';
import type { Resource } from '../resource.ts';
import { row } from '../row.ts';
import { refused, type Trial } from '../trial.ts';
import { pod, podSpec } from '../workloads.ts';

/** Create, read, patch, list and delete; then another, updated and removed by its label. */
async function lifecycle<T extends KubernetesObject>(
  t: Trial,
  resource: Resource<T>,
  make: (name: string) => T,
): Promise<void> {
  const labelSelector = `conformance=${t.id}`;
  const labels = { conformance: t.id };
  const [first, second] = [t.name('first'), t.name('second')];
  t.defer(() => resource.deleteCollection({ labelSelector }));
  for (const name of [first, second]) {
    const object = make(name);
    await resource.create({ ...object, metadata: { ...object.metadata, labels } });
  }
  assert.equal((await resource.get(first)).metadata!.name, first);
  const patched = await resource.patch(first, { metadata: { labels: { [first]: 'patched' } } });
  assert.equal(patched.metadata!.labels?.[first], 'patched');
  assert.deepEqual(await resource.names({ labelSelector: `${first}=patched` }), [first]);
  await resource.delete(first);
  await t.gone(resource, first);
  await resource.update(second, object => {
    object.metadata!.labels = { ...object.metadata!.labels, [second]: 'updated' };
  });
  assert.deepEqual(await resource.names({ labelSelector: `${second}=updated` }), [second]);
  await resource.deleteCollection({ labelSelector: `${second}=updated` });
  await t.gone(resource, second);
}

const csiDriver = (name: string) => ({
  metadata: { name },
  spec: { attachRequired: false, podInfoOnMount: true },
});

const attachment = (name: string) => ({
  metadata: { name },
  spec: { attacher: 'example.com', nodeName: 'no-such-node', source: { persistentVolumeName: `pv-${name}` } },
});

const volume = (name: string, storageClassName: string) => ({
  metadata: { name },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    storageClassName,
    persistentVolumeReclaimPolicy: 'Retain',
    csi: { driver: 'example.com', volumeHandle: name },
  },
});

const claim = (name: string, storageClassName: string) => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } },
});

/** Immutable once it says so: the data stay, metadata and deletion do not mind. */
async function checkImmutable(
  t: Trial,
  resource: Trial['api']['configMaps'] | Trial['api']['secrets'],
  data: (value: string) => Record<string, string>,
): Promise<void> {
  const patch = (body: unknown) => (resource as Resource<KubernetesObject>).patch('o', body);
  await resource.create({ metadata: { name: 'o' }, data: data('1') });
  await patch({ data: data('2') });
  await patch({ immutable: true });
  await refused(patch({ data: data('3') }), 422, /immutable/);
  await refused(patch({ immutable: false }), 422, /immutable/);
  await patch({ metadata: { labels: { more: 'yes' } } });
  assert.deepEqual({ ...(await resource.get('o')).data }, data('2'));
  await resource.delete('o');
  await t.gone(resource as Resource<KubernetesObject>, 'o');
}

export const storageRows = [
  row('ConfigMap should be immutable if `immutable` field is set', t =>
    checkImmutable(t, t.api.configMaps, value => ({ key: value })),
  ),

  row('Secrets should be immutable if `immutable` field is set', t =>
    checkImmutable(t, t.api.secrets, value => ({ key: Buffer.from(value).toString('base64') })),
  ),

  row('CSIInlineVolumes should run through the lifecycle of a CSIDriver', t =>
    lifecycle(t, t.api.csiDrivers, csiDriver),
  ),

  row('CSIInlineVolumes should support CSIVolumeSource in Pod API', async t => {
    // No node may try to mount what no driver serves.
    const spec = podSpec({
      nodeSelector: { nobody: t.id },
      volumes: [{ name: 'v', csi: { driver: 'e2e.example.com' } }],
    });
    spec.containers = [{ ...spec.containers[0]!, volumeMounts: [{ name: 'v', mountPath: '/v' }] } as never];
    const made = await t.api.pods.create(pod('p', {}, spec));
    assert.equal(made.spec!.volumes![0]!.csi!.driver, 'e2e.example.com');
    assert.deepEqual(await t.api.pods.names(), ['p']);
    await t.api.pods.patch('p', { metadata: { labels: { patched: 'yes' } } });
    assert.equal((await t.api.pods.get('p')).metadata!.labels!.patched, 'yes');
    await t.api.pods.delete('p');
    await t.gone(t.api.pods, 'p');
  }),

  row('CSINodes CSI Conformance should run through the lifecycle of a csinode', t =>
    lifecycle(t, t.api.csiNodes, name => ({ metadata: { name }, spec: { drivers: [] } })),
  ),

  row('CSIStorageCapacity should support CSIStorageCapacities API operations', t =>
    checkOperations(t, {
      resource: t.api.csiStorageCapacities,
      make: name => ({ metadata: { name }, storageClassName: 'some-class', capacity: '1Gi' }),
    }),
  ),

  row('StorageClasses CSI Conformance should run through the lifecycle of a StorageClass', t =>
    lifecycle(t, t.api.storageClasses, name => ({ metadata: { name }, provisioner: 'example.com/e2e' })),
  ),

  row('VolumeAttachment Conformance should run through the lifecycle of a VolumeAttachment', t =>
    lifecycle(t, t.api.volumeAttachments, attachment),
  ),

  row('VolumeAttachment Conformance should apply changes to a volumeattachment status', async t => {
    const { volumeAttachments } = t.api;
    const name = t.name('va');
    await volumeAttachments.create(attachment(name));
    t.defer(() => volumeAttachments.delete(name));
    const patched = await volumeAttachments.patchStatus(name, { status: { attached: true } });
    assert.equal(patched.status!.attached, true);
    const updated = await volumeAttachments.updateStatus(name, object => {
      object.status!.attached = false;
    });
    assert.equal(updated.status!.attached, false);
    await volumeAttachments.patch(name, { metadata: { labels: { more: 'yes' } } });
    assert.equal((await volumeAttachments.get(name)).metadata!.labels!.more, 'yes');
    await volumeAttachments.delete(name);
    await t.gone(volumeAttachments, name);
  }),

  row('PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC', async t => {
    const storageClass = t.name('class');
    await lifecycle(t, t.api.persistentVolumes, name => volume(name, storageClass));
    await lifecycle(t, t.api.persistentVolumeClaims, name => claim(name, storageClass));
  }),

  row('PersistentVolumes CSI Conformance should apply changes to a pv/pvc status', async t => {
    const storageClass = t.name('class');
    const name = t.name('pv');
    const { persistentVolumes, persistentVolumeClaims } = t.api;
    await persistentVolumes.create(volume(name, storageClass));
    t.defer(() => persistentVolumes.delete(name));
    await persistentVolumeClaims.create(claim('pvc', storageClass));
    const bound = async () => (await persistentVolumeClaims.getStatus('pvc')).status?.phase === 'Bound';
    await t.until('the claim to be bound', bound);
    assert.equal((await persistentVolumes.getStatus(name)).status?.phase, 'Bound');
    const patched = await persistentVolumes.patchStatus(name, {
      status: { message: 'patched', reason: 'E2E' },
    });
    assert.deepEqual([patched.status!.message, patched.status!.reason], ['patched', 'E2E']);
    const condition = { type: 'StatusPatched', status: 'True', reason: 'E2E', message: 'm' };
    const claimed = await persistentVolumeClaims.patchStatus('pvc', { status: { conditions: [condition] } });
    assert.ok(claimed.status!.conditions!.some(c => c.type === 'StatusPatched'));
    const updated = await persistentVolumeClaims.updateStatus('pvc', object => {
      object.status!.conditions!.push({ ...condition, type: 'StatusUpdate' });
    });
    assert.ok(updated.status!.conditions!.some(c => c.type === 'StatusUpdate'));
  }),
];
