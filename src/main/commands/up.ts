import { defineCommand } from '#cli/core/command.ts';
import type { CliContext } from '#cli/core/context.ts';
import { apiServerFlags } from '../config/api-server-options.ts';
import { startDetached } from '../detach.ts';
import { readRecord } from '../cluster-record.ts';
import { runningServer } from '../process.ts';
import { readAdditions } from './additions.ts';
import { clusterFlags, pathsFor } from './cluster-flags.ts';
import { planCluster } from './plan.ts';
import { sayRunning, serve } from './serve.ts';
import { readSettings } from './settings.ts';

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
      help: 'YAML file (coxswain.dev/v1alpha1 Cluster) with settings, manifests to apply and modules to run.',
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
      name: 'service-cluster-ip-range',
      type: 'string',
      help: 'Network of the Services, or one of each IP family with a comma between: 10.96.0.0/16,fd00:10:96::/108.',
    },
    {
      name: 'service-node-port-range',
      type: 'string',
      help: 'First and last node port of the Services. Default 30000-32767.',
    },
    {
      name: 'log-level',
      type: 'string',
      default: 'info',
      help: 'debug, info, warn or error; the log is server.log in the data folder.',
    },
    ...apiServerFlags,
  ],
  run: up,
});

async function up(context: CliContext): Promise<number> {
  const settings = await readSettings(context);
  const paths = pathsFor(settings.name, settings.dataDir);
  await readRecord(paths);
  const running = await runningServer(paths);
  if (running) return sayRunning(context, paths, running);
  const detach = context.flags.bool('detach');
  // The process in the background loads them itself.
  using additions = detach ? undefined : await readAdditions(settings, paths.dataDir);
  const record = await planCluster(context, paths, settings);
  if (!additions) return startDetached(context, paths);
  return await serve(context, paths, record, settings, additions);
}
