import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { defineCommand } from '#cli/core/command.ts';
import type { CliContext } from '#cli/core/context.ts';
import { CliError } from '#cli/errors.ts';
import { checkName, type ClusterRecord, readJson } from '../cluster-record.ts';
import { claimClusterName } from '../machine-claims.ts';
import { removeFromUserConfig } from '../kubeconfig.ts';
import type { ClusterPaths } from '../paths.ts';
import { runningServer, startTimeOf } from '../process.ts';
import { systemClock } from '../system.ts';
import { clusterFlags, pathsOf } from './cluster-flags.ts';

const stopWaitMs = 60_000;
const pollMs = 50;

export const downCommand = defineCommand({
  name: 'down',
  summary: 'Stop the cluster and take its context out of your kubeconfig.',
  examples: ['% down', '% down --purge'],
  flags: [
    ...clusterFlags,
    {
      name: 'purge',
      type: 'bool',
      help: 'Remove everything that the cluster is and has: state, images, volumes.',
    },
  ],
  run: async context => {
    const paths = pathsOf(context);
    checkName(paths, await readJson<ClusterRecord>(paths.record));
    const stopped = await stopServer(context, paths);
    const record = await readJson<ClusterRecord>(paths.record);
    if (!stopped) await stopLeftovers(context, paths, record);
    if (context.flags.bool('purge')) await purge(paths, record);
    await removeFromUserConfig(paths.name);
    if (!stopped && !record) context.out(`There is no cluster ${paths.name}.\n`);
    else context.out(`Cluster ${paths.name} is ${context.flags.bool('purge') ? 'gone' : 'stopped'}.\n`);
    return 0;
  },
});

async function stopServer(context: CliContext, paths: ClusterPaths): Promise<boolean> {
  const server = await runningServer(paths);
  if (!server) return false;
  process.kill(server.pid, 'SIGTERM');
  const { clock } = context.io;
  const endMs = clock.monotonicMs() + stopWaitMs;
  while ((await startTimeOf(server.pid)) === server.startTime) {
    if (clock.monotonicMs() > endMs) {
      throw new CliError(
        `error: process ${server.pid} does not stop; see ${paths.log}, then end it and run this again`,
      );
    }
    await sleep(clock, pollMs);
  }
  return true;
}

/** A server that was killed leaves its containers and their engine behind: that is what adoption needs. */
async function stopLeftovers(context: CliContext, paths: ClusterPaths, record: ClusterRecord | undefined) {
  if (record?.mode !== 'real' || context.flags.bool('purge')) return;
  const { stopEngine } = await import('../real-node.ts');
  await stopEngine(paths, context.io.clock);
}

async function purge(paths: ClusterPaths, record: ClusterRecord | undefined): Promise<void> {
  // A cluster whose record is lost may have had containers.
  if (record?.mode === 'real' || (!record && process.platform === 'linux' && process.getuid?.() === 0)) {
    const { purgeNode } = await import('../real-node.ts');
    await using _name = await claimClusterName(paths.name).catch(error => {
      throw new CliError(`error: ${(error as Error).message}`);
    });
    await purgeNode(paths, systemClock, silentLog);
  }
  await removeOurs(paths);
  await rm(paths.runDir, { recursive: true, force: true });
}

const ours =
  /^(?:cluster|encryption|server)\.json(?:\..*)?$|^state\.db|^(?:pki|kubelet|cni|containerd|run|volumes)$|^containerd\.|\.log$|^pause\.tar$/;

/** The folder may be one that the user named, with more in it than ours. */
async function removeOurs({ dataDir }: ClusterPaths): Promise<void> {
  const names = await readdir(dataDir).catch(() => []);
  for (const name of names.filter(one => ours.test(one))) {
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
  if (names.every(name => ours.test(name))) await rm(dataDir, { recursive: true, force: true });
}
