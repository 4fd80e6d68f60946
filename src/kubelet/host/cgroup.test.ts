import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cpuWeight, limitCgroup } from './cgroup.ts';

async function mountPoint(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-cgroup-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const path = '/top/kubepods/pod1';

test('limits a group in each tree of cgroup v1', async t => {
  const mount = await mountPoint(t);
  const read = (name: string) => readFile(`${mount}${name}`, 'utf8');
  await limitCgroup(path, { cpuShares: 512, cpuQuotaMicroseconds: 50_000, memoryBytes: 1_024 }, mount);
  assert.equal(await read(`/cpu${path}/cpu.shares`), '512');
  assert.equal(await read(`/cpu${path}/cpu.cfs_period_us`), '100000');
  assert.equal(await read(`/cpu${path}/cpu.cfs_quota_us`), '50000');
  assert.equal(await read(`/memory${path}/memory.limit_in_bytes`), '1024');
  await limitCgroup(path, { cpuShares: 2 }, mount);
  assert.equal(await read(`/cpu${path}/cpu.cfs_quota_us`), '-1');
  assert.equal(await read(`/memory${path}/memory.limit_in_bytes`), '-1');
});

test('limits a group of cgroup v2, to which those above hand their controllers down', async t => {
  const mount = await mountPoint(t);
  const read = (name: string) => readFile(`${mount}${name}`, 'utf8');
  await writeFile(`${mount}/cgroup.controllers`, 'cpu memory');
  await mkdir(`${mount}/top`);
  await limitCgroup(path, { cpuShares: 1_024, memoryBytes: 1_024 }, mount);
  for (const folder of ['', '/top', '/top/kubepods']) {
    assert.equal(await read(`${folder}/cgroup.subtree_control`), '+cpu +memory', folder);
  }
  assert.equal(await read(`${path}/cpu.weight`), '39');
  assert.equal(await read(`${path}/cpu.max`), 'max 100000');
  assert.equal(await read(`${path}/memory.max`), '1024');
});

test('weighs the least and the most shares at the ends of its scale', () => {
  assert.deepEqual([2, 262_144].map(cpuWeight), [1, 10_000]);
});
