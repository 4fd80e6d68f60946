import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { pods } from '#api/generated/refs.ts';
import { metricsText } from '#base/metric-families.ts';
import { KubeletBed } from '#test/kubelet.ts';

describe('volumes of images', { timeout: 60_000 }, () => {
  let bed: KubeletBed;
  let unmountable: boolean;
  let mounted: string[];
  const volumeMounts = [{ name: 'files', mountPath: '/files' }];
  const using = (reference: string, pullPolicy = 'IfNotPresent') => ({
    containers: ['main', 'side'].map(name => ({ name, image: 'app:1', volumeMounts })),
    volumes: [
      { name: 'files', image: { reference, pullPolicy } },
      { name: 'unused', image: { reference: 'never-asked-for:1' } },
    ],
  });
  const waiting = async () => (await bed.containerStatus('web'))?.state?.waiting;

  beforeEach(async () => {
    unmountable = false;
    mounted = [];
    bed = await KubeletBed.start({
      runtime: {
        images: ['app:1'],
        fail: (operation, subject) =>
          operation === 'pullImage' && subject.includes('secret') ? new Error('denied') : undefined,
      },
      kubelet: {
        mountImage: async (image, directory) => {
          if (unmountable) throw new Error('no such layer');
          mounted.push(`${image} ${directory.split('/volumes/')[1]}`);
          await bed.host.mounts.mountTmpfs(directory, {});
        },
      },
    });
  });

  afterEach(() => bed[Symbol.asyncDispose]());

  test('are pulled, mounted once for all containers, and gone with the pod', async () => {
    await bed.create('web', using('files:1'));
    assert.ok(await bed.until(bed.isReady('web')));
    assert.equal(mounted.length, 1);
    assert.match(mounted[0]!, /files:1.* kubernetes\.io~image\/files$/);
    const events = await bed.told('web');
    assert.ok(events.some(text => text.startsWith('Normal Pulled: Successfully pulled image "files:1" in')));
    assert.ok(events.every(text => !text.includes('never-asked-for')));
    assert.match(metricsText(bed.kubelet.metrics), /^kubelet_image_volume_mounted_succeed_total 2$/m);
    assert.equal(bed.host.mounts.mounted.size, 1);
    await bed.cluster.client.delete(pods, 'default', 'web');
    assert.ok(await bed.until(async () => (await bed.pod('web')) === undefined));
    assert.equal(bed.host.mounts.mounted.size, 0);
  });

  test('that cannot be pulled show at the container', async () => {
    await bed.create('web', using('secret:1'));
    assert.ok(await bed.until(async () => (await waiting())?.reason === 'ImagePullBackOff'));
    assert.equal((await waiting())!.message, 'Back-off pulling image "secret:1": ErrImagePull: denied');
    assert.ok((await bed.told('web')).includes('Warning Failed: Error: ErrImagePull'));
    assert.deepEqual(mounted, []);
  });

  test('that are not there show it where they must not be pulled', async () => {
    await bed.create('web', using('files:1', 'Never'));
    assert.ok(await bed.until(async () => (await waiting())?.reason === 'ErrImageNeverPull'));
  });

  test('that cannot be mounted show why, and are tried again', async () => {
    unmountable = true;
    await bed.create('web', using('files:1'));
    assert.ok(await bed.until(async () => (await waiting())?.reason === 'CreateContainerError'));
    assert.equal((await waiting())!.message, 'ImageVolumeMountFailed: no such layer');
    unmountable = false;
    assert.ok(await bed.until(bed.isReady('web'), 600_000));
  });
});
