import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CgroupLimits } from './port.ts';

const mountPoint = '/sys/fs/cgroup';
const periodMicroseconds = 100_000;
const unlimited = -1;

/** cgroup v2's weight that stands to others as these shares do (KEP-2254). */
export function cpuWeight(shares: number): number {
  return 1 + Math.floor(((shares - 2) * 9_999) / 262_142);
}

/** Makes a group where it is missing, in the one tree of cgroup v2 or in v1's trees of cpu and memory, and limits it. */
export async function limitCgroup(path: string, limits: CgroupLimits, mount = mountPoint): Promise<void> {
  const { cpuShares, cpuQuotaMicroseconds: quota, memoryBytes } = limits;
  if (existsSync(`${mount}/cgroup.controllers`)) {
    await delegate(mount, path);
    return write(`${mount}${path}`, {
      'cpu.weight': cpuWeight(cpuShares),
      'cpu.max': `${quota ?? 'max'} ${periodMicroseconds}`,
      'memory.max': memoryBytes ?? 'max',
    });
  }
  await write(`${mount}/cpu${path}`, {
    'cpu.shares': cpuShares,
    'cpu.cfs_period_us': periodMicroseconds,
    'cpu.cfs_quota_us': quota ?? unlimited,
  });
  await write(`${mount}/memory${path}`, { 'memory.limit_in_bytes': memoryBytes ?? unlimited });
}

/** A group has a controller's files where the group above hands the controller down. */
async function delegate(mount: string, path: string): Promise<void> {
  await mkdir(`${mount}${path}`, { recursive: true });
  const above: string[] = [];
  for (let at = dirname(path); ; at = dirname(at)) {
    above.unshift(at === '/' ? mount : `${mount}${at}`);
    if (at === '/') break;
  }
  for (const folder of above) await writeFile(`${folder}/cgroup.subtree_control`, '+cpu +memory');
}

async function write(folder: string, values: Readonly<Record<string, string | number>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, value] of Object.entries(values)) await writeFile(`${folder}/${name}`, String(value));
}

/** Of a group and those below it, in the one tree of cgroup v2 or in v1's tree of memory. */
export async function countProcesses(path: string, mount = mountPoint): Promise<number> {
  const tree = existsSync(`${mount}/cgroup.controllers`) ? mount : `${mount}/memory`;
  return countIn(`${tree}${path}`);
}

async function countIn(folder: string): Promise<number> {
  const [processes, entries] = await Promise.all([
    readFile(`${folder}/cgroup.procs`, 'utf8').catch(() => ''),
    readdir(folder, { withFileTypes: true }).catch(() => []),
  ]);
  const below = entries.filter(entry => entry.isDirectory());
  const counts = await Promise.all(below.map(({ name }) => countIn(`${folder}/${name}`)));
  const own = processes.split('\n').filter(line => line !== '').length;
  return counts.reduce((sum, count) => sum + count, own);
}

/** cgroup v2 has one tree, v1 one a controller: the path is removed from each. */
export async function removeCgroup(path: string): Promise<void> {
  if (path === '' || path === '/') return;
  const relative = path.replace(/^\/+/, '');
  await removeEmpty(`${mountPoint}/${relative}`);
  for (const controller of await readdir(mountPoint).catch(() => [])) {
    await removeEmpty(`${mountPoint}/${controller}/${relative}`);
  }
}

async function removeEmpty(path: string): Promise<void> {
  let children: string[];
  try {
    children = (await readdir(path, { withFileTypes: true })).filter(d => d.isDirectory()).map(d => d.name);
  } catch {
    // Not there: nothing to remove.
    return;
  }
  for (const child of children) await removeEmpty(`${path}/${child}`);
  // A group that still holds a process stays; the next clean-up meets it again.
  await rmdir(path).catch(() => {});
}
