import { availableParallelism } from 'node:os';
import type { CliContext } from '#cli/core/context.ts';
import { CliError } from '#cli/errors.ts';
import { type ClusterRecord, type ServerRecord, readRecord, writeJson } from '../cluster-record.ts';
import { diskFull } from '../detach.ts';
import { contextName, mergeIntoUserConfig, renewInUserConfig } from '../kubeconfig.ts';
import { liveStatus } from '../live-status.ts';
import { openLogFile } from '../log-file.ts';
import { claimClusterName } from '../machine-claims.ts';
import { claimNetworks } from '../networks.ts';
import type { ClusterPaths } from '../paths.ts';
import { claimServer, releaseServer, tellPort } from '../process.ts';
import type { ClusterServer } from '../server.ts';
import type { ServerOptions } from '../server-options.ts';
import { Steps } from '../steps.ts';
import { systemClock, systemRandom } from '../system.ts';
import type { Additions } from './additions.ts';
import type { Settings } from './settings.ts';

export function sayRunning(context: CliContext, paths: ClusterPaths, { pid, port }: ServerRecord): number {
  const what = port === 0 ? 'being started' : 'running';
  const where = port === 0 ? '' : `, API at https://127.0.0.1:${port}`;
  context.out(`Cluster ${paths.name} is ${what} already (process ${pid})${where}\n`);
  return 0;
}

/** Serves the cluster in this process until it is interrupted. */
export async function serve(
  context: CliContext,
  paths: ClusterPaths,
  record: ClusterRecord,
  settings: Settings,
  additions: Additions,
): Promise<number> {
  let claimed = false;
  try {
    const other = await claimServer(paths);
    if (other) return sayRunning(context, paths, other);
    claimed = true;
    const isNew = !(await readRecord(paths));
    await using _name = record.mode === 'real' ? await claimClusterName(record.name) : undefined;
    await using claim =
      record.mode === 'real' ? await claimNetworks(record, isNew, settings.serviceClusterIPRange) : undefined;
    const cluster = { paths, record: { ...record, ...claim?.networks }, isNew };
    await serveClaimed(context, cluster, settings, additions);
    return 0;
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`error: ${explainStart(error, paths)}`);
  } finally {
    if (claimed) await releaseServer(paths);
  }
}

async function serveClaimed(
  context: CliContext,
  cluster: Pick<ServerOptions, 'paths' | 'record' | 'isNew'>,
  settings: Settings,
  additions: Additions,
): Promise<void> {
  const { paths, record } = cluster;
  const clock = systemClock;
  const steps = new Steps(clock, 0, step => context.out(`  ${step.name.padEnd(28)}${format(step.ms)}\n`));
  await using log = await openLogFile(paths.log, clock, settings.logLevel);
  context.out(`Starting cluster ${paths.name} (${describe(record)}) …\n`);
  const options = { ...cluster, clock, random: systemRandom(), log, steps, additions };
  await using server = await openServer(options, settings);
  await writeJson(paths.record, { ...record, port: server.port });
  const config = await mergeIntoUserConfig(paths.name, server.port, server.pki.files);
  await tellPort(paths, server.port);
  server.pki.onRenewal(files => renewInUserConfig(paths.name, server.port, files));
  context.out(`  API ready after ${format(steps.totalMs)}\n`);
  const { interrupted } = context.io;
  const ran = await Promise.race([server.run().then(() => true), aborted(interrupted).then(() => false)]);
  if (ran) {
    context.out(`Ready after ${format(steps.totalMs)}.\n\n${whatNext(context, record, config, server.port)}`);
    using _status = liveStatus(context, server, clock);
    await aborted(interrupted);
  }
  context.out('\nStopping …\n');
  await server.stop();
  context.out('Stopped.\n');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The default port of a new cluster gives way to a free one; a port that the user chose does not. */
async function openServer(options: ServerOptions, { port }: Settings): Promise<ClusterServer> {
  const { ClusterServer: Server } = await import('../server.ts');
  const { record, isNew } = options;
  try {
    return await Server.start({ ...options, record: { ...record, port: port ?? record.port } });
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!taken || port !== undefined || !isNew) throw error;
    return Server.start({ ...options, record: { ...record, port: 0 } });
  }
}

function explainStart(error: unknown, paths: ClusterPaths): string {
  const { code, message, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code === 'EADDRINUSE' && address !== '127.0.0.1') {
    return `port ${port} of ${address}, which the node needs, is in use: end the program that has it, then start again`;
  }
  if (code === 'EADDRINUSE') {
    return `port ${port} of 127.0.0.1 is in use: choose another with --port, or --port 0 for any free one`;
  }
  if (code === 'EACCES')
    return `${message}: run it as the user that made the cluster, or choose another --data-dir`;
  if (message.startsWith(`${paths.database} is `) && / is (?:missing|empty|damaged)$/.test(message)) {
    return `${message}: put the data folder back from a copy, or remove the cluster with 'down --purge'`;
  }
  if (code === 'ENOSPC' || message.endsWith('database or disk is full')) return diskFull(paths);
  return message;
}

function describe(record: ClusterRecord): string {
  if (record.mode === 'hollow')
    return `${record.hollowNodes} simulated node${record.hollowNodes === 1 ? '' : 's'}`;
  return `real containers, ${availableParallelism()} CPUs`;
}

function format(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function whatNext(context: CliContext, record: ClusterRecord, config: string, port: number): string {
  const lines = [
    `API      https://127.0.0.1:${port}`,
    `kubectl  context ${contextName(record.name)} in ${config}`,
    '',
    'Next:',
    `  npx ${context.program} get nodes`,
    ...(record.mode === 'real'
      ? ['  sh examples/web/prepare.sh && npx coxswain apply -f examples/web']
      : [`  npx ${context.program} create deployment web --image=web --replicas=3`]),
    `  npx ${context.program} get pods -w`,
    '',
  ];
  return `${lines.join('\n')}\n`;
}
