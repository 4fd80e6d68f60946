import { readFile } from 'node:fs/promises';
import { type ServerRecord, readJson } from './cluster-record.ts';
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
