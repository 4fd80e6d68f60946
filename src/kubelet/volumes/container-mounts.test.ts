import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { MemoryFs } from '../host/memory-host.ts';
import type { VolumeMount } from '../types.ts';
import { volumeDevices, volumeMounts } from './container-mounts.ts';

let fs: MemoryFs;

beforeEach(async () => {
  fs = new MemoryFs();
  await fs.makeDirectory('/v/data', 0o777);
});

function mountsOf(mount: Partial<VolumeMount>, env: { key: string; value: string }[] = []) {
  const container = { name: 'main', volumeMounts: [{ name: 'data', mountPath: '/d', ...mount }] };
  const volumes = {
    paths: new Map([
      ['data', '/v/data'],
      ['config', '/v/data'],
    ]),
    readOnly: new Set(['config']),
  };
  return volumeMounts(fs, container, volumes, env);
}

test('mounts what the API fills read-only, whatever the container asks for', async () => {
  assert.deepEqual(
    (await Promise.all([mountsOf({}), mountsOf({ name: 'config' }), mountsOf({ readOnly: true })])).map(
      ([mount]) => mount!.readonly,
    ),
    [false, true, true],
  );
});

test('makes a missing subPath with the mode of its volume', async () => {
  const [mount] = await mountsOf({ subPath: 'a/b' });
  assert.equal(mount!.hostPath, '/v/data/a/b');
  for (const path of ['/v/data/a', '/v/data/a/b']) assert.equal((await fs.stat(path))!.mode, 0o777);
});

test('follows links inside the volume, and makes nothing outside of it', async () => {
  await fs.makeDirectory('/v/data/real');
  await fs.symlink('/v/data/real', '/v/data/in');
  assert.equal((await mountsOf({ subPath: 'in/x' }))[0]!.hostPath, '/v/data/real/x');
  await fs.makeDirectory('/etc');
  await fs.symlink('/etc', '/v/data/out');
  await fs.symlink('/nowhere', '/v/data/dangling');
  for (const subPath of ['out/x', 'out', 'dangling']) {
    await assert.rejects(mountsOf({ subPath }), {
      message: 'failed to prepare subPath for volumeMount "data" of container "main"',
    });
  }
  assert.deepEqual(await fs.list('/etc'), []);
});

test('refuses to expand what has no value', async () => {
  const env = [
    { key: 'A', value: 'x' },
    { key: 'EMPTY', value: '' },
  ];
  assert.equal((await mountsOf({ subPathExpr: 'p-$(A)' }, env))[0]!.hostPath, '/v/data/p-x');
  const missing = { message: 'missing value for EMPTY, NONE' };
  await assert.rejects(mountsOf({ subPathExpr: '$(NONE)$(A)$(EMPTY)' }, env), missing);
  await assert.rejects(mountsOf({ subPathExpr: '/$(A)' }, env), /must not be an absolute path/);
});

test('maps block devices, to be written where the volume may be', () => {
  const paths = new Map([
    ['data', '/dev/loop0'],
    ['config', '/dev/loop1'],
  ]);
  const container = {
    name: 'main',
    volumeDevices: [...paths.keys()].map(name => ({ name, devicePath: `/dev/${name}` })),
  };
  assert.deepEqual(volumeDevices(container, { paths, readOnly: new Set(['config']) }), [
    { containerPath: '/dev/data', hostPath: '/dev/loop0', permissions: 'mrw' },
    { containerPath: '/dev/config', hostPath: '/dev/loop1', permissions: 'r' },
  ]);
  assert.throws(
    () => volumeDevices(container, { paths: new Map(), readOnly: new Set() }),
    /cannot find volume "data" to map into container "main"/,
  );
});
