import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { persistentVolumeClaims, persistentVolumes } from '#api/generated/refs.ts';
import { KubeletBed } from '#test/kubelet.ts';

const path = '/disks/one';

let bed: KubeletBed;

before(async () => {
  bed = await KubeletBed.start({ runtime: { images: ['app:1'] } });
  const { client } = bed.cluster;
  const accessModes = ['ReadWriteOnce'];
  const hostname = { key: 'kubernetes.io/hostname', operator: 'In', values: ['node-1'] };
  await bed.host.fs.makeDirectory(`${path}/deep`);
  await bed.host.fs.writeFile(`${path}/deep/file`, 'kept', 0o600);
  await client.create(persistentVolumeClaims, {
    metadata: { name: 'data', namespace: 'default' },
    spec: {
      accessModes,
      storageClassName: '',
      volumeName: 'one',
      resources: { requests: { storage: '1Gi' } },
    },
  });
  await client.create(persistentVolumes, {
    metadata: { name: 'one' },
    spec: {
      accessModes,
      capacity: { storage: '1Gi' },
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
    },
  });
});

after(() => bed[Symbol.asyncDispose]());

async function run(name: string, securityContext: object): Promise<void> {
  await bed.create(name, {
    securityContext,
    containers: [{ name: 'main', image: 'app:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  });
  assert.ok(await bed.until(bed.isReady(name)));
}

const state = async (file: string) => {
  const { gid, mode } = (await bed.host.fs.stat(`${path}${file}`))!;
  return `${gid} ${mode.toString(8)}`;
};

test("gives a local volume to the pod's group, and to the next pod's", async () => {
  await run('plain', {});
  assert.deepEqual([await state(''), await state('/deep/file')], ['0 755', '0 600']);
  await run('first', { fsGroup: 1234 });
  assert.deepEqual([await state(''), await state('/deep/file')], ['1234 2775', '1234 660']);
  await run('second', { fsGroup: 4321 });
  assert.deepEqual([await state(''), await state('/deep/file')], ['4321 2775', '4321 660']);
});

test('leaves alone what the group has by its root, where the pod says so', async () => {
  await run('third', { fsGroup: 77 });
  await bed.host.fs.changeOwner(`${path}/deep/file`, 0, 5);
  await run('fourth', { fsGroup: 77, fsGroupChangePolicy: 'OnRootMismatch' });
  assert.equal(await state('/deep/file'), '5 660');
  await run('fifth', { fsGroup: 78, fsGroupChangePolicy: 'OnRootMismatch' });
  assert.equal(await state('/deep/file'), '78 660');
});

test('says what is wrong with a claim that is used, and asks nothing of one that is not', async () => {
  const claimed = (claimName: string) => [{ name: 'data', persistentVolumeClaim: { claimName } }];
  const main = { name: 'main', image: 'app:1' };
  await bed.create('careless', { containers: [main], volumes: claimed('none') });
  assert.ok(await bed.until(bed.isReady('careless')));
  const volumeMounts = [{ name: 'data', mountPath: '/data' }];
  await bed.create('missing', { containers: [{ ...main, volumeMounts }], volumes: claimed('none') });
  const volumeDevices = [{ name: 'data', devicePath: '/dev/data' }];
  await bed.create('device', { containers: [{ ...main, volumeDevices }], volumes: claimed('data') });
  await bed.clock.advance(200);
  const failed =
    'Warning FailedMount: Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]:';
  assert.deepEqual(await bed.told('missing'), [
    `${failed} error processing PVC default/none: failed to fetch PVC from API server: persistentvolumeclaims "none" not found`,
  ]);
  assert.deepEqual(await bed.told('device'), [
    `${failed} volume data has volumeMode Filesystem, but is specified in volumeDevices`,
  ]);
});
