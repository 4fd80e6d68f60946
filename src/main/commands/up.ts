import { readFile } from 'node:fs/promises';
import { availableParallelism, hostname } from 'node:os';
import { parse } from 'yaml';
import { defineCommand } from '#cli/core/command.ts';
import type { CliContext } from '#cli/core/context.ts';
import { CliError } from '#cli/errors.ts';
import { type ClusterRecord, pickNetworks, readJson, writeJson } from '../cluster-record.ts';
import { startDetached } from '../detach.ts';
import { hasApt, installPackages, missingPackages } from '../install.ts';
import { contextName, mergeIntoUserConfig } from '../kubeconfig.ts';
import { openLogFile } from '../log-file.ts';
import type { ClusterPaths } from '../paths.ts';
import { runningServer } from '../process.ts';
import type { ClusterServer } from '../server.ts';
import { liveStatus } from '../live-status.ts';
import { Steps } from '../steps.ts';
import { systemClock, systemRandom } from '../system.ts';
import { clusterFlags, pathsOf } from './cluster-flags.ts';

const defaultPort = 6443;

export const upCommand = defineCommand({
  name: 'up',
  aliases: ['start'],
  summary: 'Start the cluster: make it when there is none, go on with it when there is.',
  details:
    'On Linux as root it runs real containers on this machine. Elsewhere, or with --hollow-nodes, nodes are simulated.\n' +
    'It adds a context to your kubeconfig and switches to it. Ctrl-C stops the cluster; its state stays.',
  examples: ['% up', '% up --detach', '% up --name test --hollow-nodes 50 --port 0'],
  flags: [
    ...clusterFlags,
    {
      name: 'detach',
      short: 'd',
      type: 'bool',
      help: 'Return once the API answers; the cluster runs on in the background.',
    },
    {
      name: 'config',
      type: 'string',
      help: 'YAML file with the same settings as the flags: name, dataDir, port, hollowNodes.',
    },
    {
      name: 'port',
      type: 'int',
      help: 'Port of the API on the loopback interface; 0 picks a free one. Default 6443, or a free one.',
    },
    {
      name: 'hollow-nodes',
      type: 'int',
      help: 'Simulate this many nodes instead of running containers. Needs no root.',
    },
    {
      name: 'log-level',
      type: 'string',
      default: 'info',
      help: 'debug, info, warn or error; the log is server.log in the data folder.',
    },
  ],
  run: up,
});

/** What the user wants, from flags over the configuration file. */
interface Wishes {
  readonly port: number | undefined;
  readonly hollowNodes: number | undefined;
}

async function up(context: CliContext): Promise<number> {
  const paths = pathsOf(context);
  const wishes = await readWishes(context);
  const running = await runningServer(paths);
  if (running) {
    context.out(
      `Cluster ${paths.name} is running already (process ${running.pid}), API at https://127.0.0.1:${running.port}\n`,
    );
    return 0;
  }
  const record = await decide(context, paths, wishes);
  if (context.flags.bool('detach')) return startDetached(context, paths);
  return serve(context, paths, record, wishes);
}

async function readWishes(context: CliContext): Promise<Wishes> {
  const file = context.flags.string('config');
  let config: Record<string, unknown> = {};
  if (file) {
    try {
      config = (parse(await readFile(file, 'utf8')) ?? {}) as Record<string, unknown>;
    } catch (error) {
      throw new CliError(`error: cannot read the configuration ${file}: ${(error as Error).message}`);
    }
    const unknown = Object.keys(config).find(
      key => !['name', 'dataDir', 'port', 'hollowNodes'].includes(key),
    );
    if (unknown) throw new CliError(`error: ${file}: unknown setting ${JSON.stringify(unknown)}`);
  }
  const number = (flag: string, key: string, max: number): number | undefined => {
    const value = context.flags.changed(flag) ? context.flags.int(flag) : config[key];
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max) return value as number;
    throw new CliError(`error: ${flag} must be a number from 0 to ${max}, not ${JSON.stringify(value)}`);
  };
  return { port: number('port', 'port', 65_535), hollowNodes: number('hollow-nodes', 'hollowNodes', 5_000) };
}

/** The cluster as it was made, or as it is to be made now. */
async function decide(context: CliContext, paths: ClusterPaths, wishes: Wishes): Promise<ClusterRecord> {
  const known = await readJson<ClusterRecord>(paths.record);
  const real =
    wishes.hollowNodes === undefined && known?.mode !== 'hollow' && (await canRunContainers(context, paths));
  if (known) {
    return { ...known, ...(wishes.hollowNodes === undefined ? {} : { hollowNodes: wishes.hollowNodes }) };
  }
  const record: ClusterRecord = {
    name: paths.name,
    mode: real ? 'real' : 'hollow',
    hollowNodes: real ? 0 : (wishes.hollowNodes ?? 1),
    nodeName: nodeName(),
    port: wishes.port ?? defaultPort,
    ...pickNetworks(paths.name),
  };
  return record;
}

/** The machine's name as a node's name. */
function nodeName(): string {
  const name = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return name || 'node';
}

/** Installs what is missing for real containers, after saying so. False, with the reason said, where it cannot be. */
async function canRunContainers(context: CliContext, paths: ClusterPaths): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    const why = process.platform === 'linux' ? 'you are not root' : `this is ${process.platform}, not Linux`;
    context.out(
      `Real containers need root on Linux, and ${why}: the cluster gets one simulated node instead.\n`,
    );
    return false;
  }
  if (await hasApt()) {
    const missing = await missingPackages();
    if (missing.length > 0) {
      context.out(`Installing with apt-get: ${missing.join(', ')} …\n`);
      await installPackages(missing, line => context.out(`${line}\n`));
    }
  }
  const { checkHost } = await import('../real-node.ts');
  const { problems, warnings } = await checkHost(paths);
  for (const warning of warnings) context.out(`warning: ${warning}\n`);
  if (problems.length === 0) return true;
  throw new CliError(
    `error: this machine cannot run containers yet:\n${problems.map(problem => `  - ${problem}`).join('\n')}\n` +
      `Or simulate nodes: ${context.program} up --hollow-nodes 1`,
  );
}

async function serve(
  context: CliContext,
  paths: ClusterPaths,
  record: ClusterRecord,
  wishes: Wishes,
): Promise<number> {
  const clock = systemClock;
  const steps = new Steps(clock, 0, step => context.out(`  ${step.name.padEnd(28)}${format(step.ms)}\n`));
  const log = await openLogFile(paths.log, clock, context.flags.string('log-level'));
  context.out(`Starting cluster ${paths.name} (${describe(record)}) …\n`);
  let server: ClusterServer;
  try {
    server = await openServer(
      {
        paths,
        record: { ...record, port: wishes.port ?? record.port },
        clock,
        random: systemRandom(),
        log,
        steps,
      },
      wishes,
    );
  } catch (error) {
    throw new CliError(`error: ${explainStart(error, paths)}`);
  }
  const stopped = stopOnInterrupt(context, server);
  await writeJson(paths.record, { ...record, port: server.port });
  const config = await mergeIntoUserConfig(paths.name, server.port, server.pki);
  context.out(`  API ready after ${format(steps.totalMs)}\n`);
  try {
    await server.run();
  } catch (error) {
    await server.stop();
    throw new CliError(`error: ${explainStart(error, paths)}`);
  }
  context.out(`Ready after ${format(steps.totalMs)}.\n\n${whatNext(context, record, config, server.port)}`);
  const status = liveStatus(context, server, clock);
  await stopped;
  status[Symbol.dispose]();
  context.out('Stopped.\n');
  await log.close();
  return 0;
}

/** The default port gives way to a free one; a port that the user chose does not. */
async function openServer(
  options: Parameters<typeof ClusterServer.start>[0],
  wishes: Wishes,
): Promise<ClusterServer> {
  const { ClusterServer: Server } = await import('../server.ts');
  try {
    return await Server.start(options);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!taken || wishes.port !== undefined || (await readJson(options.paths.record))) throw error;
    return Server.start({ ...options, record: { ...options.record, port: 0 } });
  }
}

function explainStart(error: unknown, paths: ClusterPaths): string {
  const { code, message, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') {
    return `port ${port} of 127.0.0.1 is in use: choose another with --port, or --port 0 for any free one`;
  }
  if (code === 'EACCES')
    return `${message}: run it as the user that made the cluster, or choose another --data-dir`;
  if (code === 'ENOSPC') return `the disk of ${paths.dataDir} is full: free some space, then start again`;
  return message;
}

function stopOnInterrupt(context: CliContext, server: ClusterServer): Promise<void> {
  return new Promise((resolve, reject) => {
    context.io.interrupted.addEventListener(
      'abort',
      () => {
        context.out('\nStopping …\n');
        server.stop().then(resolve, reject);
      },
      { once: true },
    );
  });
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
