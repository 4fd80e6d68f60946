import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
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
  const file = openSync(output, 'w', 0o600);
  const bin = fileURLToPath(new URL('./bin.ts', import.meta.url));
  const args = process.argv
    .slice(2)
    .filter(word => word !== '--detach' && word !== '-d' && word !== '--detach=true');
  const child = spawn(process.execPath, [bin, ...args], { detached: true, stdio: ['ignore', file, file] });
  let ended = false;
  child.on('exit', () => {
    ended = true;
  });
  child.unref();
  const { clock } = context.io;
  const endMs = clock.monotonicMs() + waitMs;
  while (clock.monotonicMs() < endMs) {
    if (ended) throw new CliError(readFileSync(output, 'utf8').trim());
    const server = await runningServer(paths);
    if (server && (await isReady(server.port))) {
      context.out(
        `Cluster ${paths.name} is up: https://127.0.0.1:${server.port} (process ${server.pid}, log ${paths.log})\n`,
      );
      return 0;
    }
    await sleep(clock, pollMs);
  }
  throw new CliError(
    `error: the API did not answer within ${waitMs / 1000} s; see ${output} and ${paths.log}`,
  );
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
