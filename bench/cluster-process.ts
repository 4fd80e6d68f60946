import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { type ClusterAccess, accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
import { clusterPaths } from '#main/paths.ts';
import { runningServer } from '#main/process.ts';

const launcher = fileURLToPath(new URL('../bin/coxswain.js', import.meta.url));
/** Clock ticks a second in /proc (USER_HZ, the same on every Linux). */
const ticksPerSecond = 100;

/** A folder and a name for clusters of a bench's own; disposing removes them and all they made. */
export class BenchCluster implements AsyncDisposable {
  readonly #name = `bench-${process.pid}`;
  readonly #folder: string;
  readonly #nodeFlags: readonly string[];

  private constructor(folder: string, nodeFlags: readonly string[]) {
    this.#folder = folder;
    this.#nodeFlags = nodeFlags;
  }

  /** `hollowNodes` undefined: a real node. */
  static async create(hollowNodes: number | undefined): Promise<BenchCluster> {
    const flags = hollowNodes === undefined ? [] : ['--hollow-nodes', String(hollowNodes)];
    return new BenchCluster(await mkdtemp(join(tmpdir(), 'coxswain-bench-')), flags);
  }

  /** Runs `up` in a process of its own, as a user would. */
  start(): ClusterProcess {
    return new ClusterProcess(
      this.#run('up', '--port', '0', ...this.#nodeFlags),
      () => this.access(),
      () => this.pid(),
    );
  }

  /** The server's process; undefined before there is one. */
  async pid(): Promise<number | undefined> {
    const server = await runningServer(this.#paths());
    return server?.pid;
  }

  access(): ClusterAccess {
    const config = parseKubeConfig(readFileSync(join(this.#folder, 'kubeconfig'), 'utf8'));
    return accessOf(config, path => readFileSync(path, 'utf8'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const down = this.#run('down', '--purge');
    down.stdout!.resume();
    await once(down, 'exit');
    await rm(this.#folder, { recursive: true, force: true });
  }

  #paths() {
    return clusterPaths(this.#name, join(this.#folder, 'data'));
  }

  #run(command: string, ...flags: string[]): ChildProcess {
    const words = [command, '--name', this.#name, '--data-dir', this.#paths().dataDir, ...flags];
    return spawn(process.execPath, [launcher, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, HOME: this.#folder, KUBECONFIG: join(this.#folder, 'kubeconfig') },
    });
  }
}

/** One run of `up`. */
export class ClusterProcess {
  /** What each step of the start took, in ms, as `up` tells. */
  readonly steps: Record<string, number> = {};
  readonly access: () => ClusterAccess;
  readonly pid: () => Promise<number | undefined>;
  readonly #child: ChildProcess;
  readonly #said = new Map<string, PromiseWithResolvers<number>>();

  constructor(child: ChildProcess, access: () => ClusterAccess, pid: () => Promise<number | undefined>) {
    this.#child = child;
    this.access = access;
    this.pid = pid;
    createInterface(child.stdout!).on('line', line => this.#read(line));
    child.on('exit', code => {
      for (const said of this.#said.values()) said.reject(new Error(`up ended with ${code}`));
    });
  }

  /** When `up` says so (performance.now()): 'API ready', before components start, or 'Ready'. */
  said(what: 'API ready' | 'Ready'): Promise<number> {
    let said = this.#said.get(what);
    if (!said) {
      said = Promise.withResolvers();
      this.#said.set(what, said);
    }
    return said.promise;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGINT');
    await once(this.#child, 'exit');
  }

  #read(line: string): void {
    const step = /^ {2}(\S.*?) +([\d.]+) (ms|s)$/.exec(line);
    if (step && !line.includes(' after ')) {
      this.steps[step[1]!] = Number(step[2]) * (step[3] === 's' ? 1000 : 1);
    }
    const said = /^ *(API ready|Ready) after/.exec(line);
    if (!said) return;
    void this.said(said[1] as 'Ready').catch(() => {});
    this.#said.get(said[1]!)!.resolve(performance.now());
  }
}

/** What processes have used: seconds of CPU so far, and the most memory that each had at once, together. */
export function usageOf(...pids: readonly number[]): { cpuSeconds: number; rssMibMax: number } {
  let cpuSeconds = 0;
  let rssMibMax = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    cpuSeconds += (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    rssMibMax += Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
  }
  return { cpuSeconds, rssMibMax };
}
