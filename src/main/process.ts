import { link, mkdir, readFile, rm } from 'node:fs/promises';
import { type ServerRecord, readJson, writeJson } from './cluster-record.ts';
import type { ClusterPaths } from './paths.ts';

/** When a process started, in clock ticks since boot; '' where there is no /proc. Undefined: there is none. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    if (process.platform === 'linux') return undefined;
    return isAlive(pid) ? '' : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The server that serves this cluster now, if any. */
export async function runningServer(paths: ClusterPaths): Promise<ServerRecord | undefined> {
  const record = await readJson<ServerRecord>(paths.server);
  if (!record) return undefined;
  const startTime = await startTimeOf(record.pid);
  return startTime !== undefined && startTime === record.startTime ? record : undefined;
}

/** Takes the right to serve this cluster; the record of the server that has it already, where there is one. */
export async function claimServer(paths: ClusterPaths): Promise<ServerRecord | undefined> {
  await mkdir(paths.dataDir, { recursive: true, mode: 0o700 });
  const own = `${paths.server}.${process.pid}`;
  await writeJson(own, await ownRecord(0));
  try {
    for (;;) {
      try {
        await link(own, paths.server);
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other = await runningServer(paths);
      if (other) return other;
      await rm(paths.server, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Tells the others where the API of this process is. */
export async function tellPort(paths: ClusterPaths, port: number): Promise<void> {
  await writeJson(paths.server, await ownRecord(port));
}

/** Gives up what `claimServer` took. */
export async function releaseServer(paths: ClusterPaths): Promise<void> {
  await rm(paths.server, { force: true });
}

async function ownRecord(port: number): Promise<ServerRecord> {
  return { pid: process.pid, startTime: (await startTimeOf(process.pid)) ?? '', port };
}
