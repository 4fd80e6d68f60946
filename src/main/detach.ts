import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statfsSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from '#base/clock.ts';
import type { CliContext } from '#cli/core/context.ts';
import { CliError } from '#cli/errors.ts';
import type { ClusterPaths } from './paths.ts';
import { runningServer } from './process.ts';

const pollMs = 50;
const waitMs = 120_000;

/** Starts the same command without --detach in the background, and returns once the API answers. */
export async function startDetached(context: CliContext, paths: ClusterPaths): Promise<number> {
  mkdirSync(paths.dataDir, { recursive: true, mode: 0o700 });
  const output = join(paths.dataDir, 'up.log');
  const child = launch(paths, output);
  const { clock, interrupted } = context.io;
  const endMs = clock.monotonicMs() + waitMs;
  while (clock.monotonicMs() < endMs) {
    // One that ends well has found another at work.
    if (child.exitCode) throw new CliError(whyEnded(paths));
    const server = await runningServer(paths);
    if (server && server.port !== 0 && (await isReady(server.port))) {
      context.out(
        `Cluster ${paths.name} is up: https://127.0.0.1:${server.port} (process ${server.pid}, log ${paths.log})\n`,
      );
      return 0;
    }
    if (child.signalCode || (child.exitCode === 0 && !server)) {
      throw new CliError(`error: cluster ${paths.name} was stopped before its API answered`);
    }
    if (interrupted.aborted) {
      child.kill('SIGTERM');
      throw new CliError(`error: interrupted before the API of cluster ${paths.name} answered`);
    }
    await sleep(clock, pollMs);
  }
  throw new CliError(
    `error: the API did not answer within ${waitMs / 1000} s; see ${output} and ${paths.log}`,
  );
}

function launch(paths: ClusterPaths, output: string): ChildProcess {
  const out = openSync(output, 'w', 0o600);
  const errors = openSync(errorsOf(paths), 'w', 0o600);
  const bin = fileURLToPath(new URL('./bin.ts', import.meta.url));
  const args = process.argv
    .slice(2)
    .filter(word => word !== '--detach' && word !== '-d' && word !== '--detach=true');
  const child = spawn(process.execPath, [...process.execArgv, bin, ...args], {
    detached: true,
    stdio: ['ignore', out, errors],
  });
  closeSync(out);
  closeSync(errors);
  child.unref();
  return child;
}

function errorsOf(paths: ClusterPaths): string {
  return join(paths.dataDir, 'up-errors.log');
}

function whyEnded(paths: ClusterPaths): string {
  const said = readFileSync(errorsOf(paths), 'utf8').trim();
  if (said !== '') return said;
  // Where nothing can be written, neither can the reason.
  if (statfsSync(paths.dataDir).bavail === 0) return `error: ${diskFull(paths)}`;
  return `error: cluster ${paths.name} did not start; see ${paths.log}`;
}

/** What to say where there is no space for the state. */
export function diskFull({ dataDir }: ClusterPaths): string {
  return `the disk of ${dataDir} is full: free some space, then start again`;
}

/** The certificate is not checked: nothing is sent, and /readyz is open to all. */
export function isReady(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const call = request(
      { host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, timeout: 2_000, agent: false },
      response => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    call.on('error', () => resolve(false));
    call.on('timeout', () => call.destroy());
    call.end();
  });
}
