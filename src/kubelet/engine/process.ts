import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';

/** Adapter: processes, /proc and sockets of this machine. */

/** A process and when it started, so that another one with the same number is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTicks: string;
  readonly bootId: string;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. A command that is not there has the code 127. */
export function run(command: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise(resolve => {
    execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const failure = error as (Error & { code?: number | string }) | null;
      const code = failure === null ? 0 : typeof failure.code === 'number' ? failure.code : 127;
      resolve({ code, stdout, stderr: stderr || failure?.message || '' });
    });
  });
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Undefined where there is no such process or only its remains. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The name in parentheses may hold anything; the state is the first field after it, the start time the 20th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, startTicks: fields[19]!, bootId: await bootId() };
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** The processes whose arguments satisfy `matches`. */
export async function findProcesses(matches: (args: readonly string[]) => boolean): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line !== '' && matches(line.split('\0').slice(0, -1))) found.push(pid);
  }
  return found;
}

/** Sends a signal; a process that is gone is none the worse. */
export function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Starts a process in a session of its own that outlives this one; its output goes to `logFile`. */
export async function launchDetached(
  command: string,
  args: readonly string[],
  logFile: string,
): Promise<number> {
  const log = openSync(logFile, 'a', 0o600);
  try {
    return await new Promise((resolve, reject) => {
      const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;
      const child = spawn(command, args, {
        cwd: '/',
        detached: true,
        env: { PATH: path },
        stdio: ['ignore', log, log],
      });
      child.once('error', reject);
      child.once('spawn', () => {
        child.unref();
        resolve(child.pid!);
      });
    });
  } finally {
    closeSync(log);
  }
}

/** Whether something listens on a Unix socket. */
export function accepts(address: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(address);
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
