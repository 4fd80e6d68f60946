import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MemoryHost } from '../host/memory-host.ts';
import { NodeFs } from '../host/node-fs.ts';
import { HostDisk } from './disk.ts';

async function diskOf(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-disk-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { mounts } = new MemoryHost();
  return { folder, disk: new HostDisk({ fs: new NodeFs(), mounts }, join(folder, 'volumes')) };
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

test('a volume is open to every user, and the folder around it to its owner alone', async t => {
  const { folder, disk } = await diskOf(t);
  await disk.make('pvc-1');
  assert.equal(await modeOf(disk.path('pvc-1')), '777');
  assert.equal(await modeOf(join(folder, 'volumes')), '700');
  await writeFile(join(disk.path('pvc-1'), 'kept'), 'x');
  await disk.make('pvc-1');
  assert.deepEqual(await readdir(disk.path('pvc-1')), ['kept']);
});

test('what a link in a volume leads to stays when the volume goes', async t => {
  const { folder, disk } = await diskOf(t);
  await writeFile(join(folder, 'outside'), 'x');
  await disk.make('pvc-1');
  await symlink(folder, join(disk.path('pvc-1'), 'link'));
  await disk.remove('pvc-1');
  await disk.remove('pvc-1');
  assert.deepEqual(await disk.names(), []);
  assert.equal(await readFile(join(folder, 'outside'), 'utf8'), 'x');
});

test('of what nobody uses only what is empty goes', async t => {
  const { disk } = await diskOf(t);
  assert.deepEqual(await disk.names(), []);
  await disk.make('pvc-1');
  await disk.make('pvc-2');
  await writeFile(join(disk.path('pvc-1'), 'kept'), 'x');
  for (const name of await disk.names()) await disk.removeEmpty(name);
  assert.deepEqual(await disk.names(), ['pvc-1']);
});
