import { hostname } from 'node:os';
import { type CliContext, CliError, defineCommand } from '#cli/index.ts';
import { kubeconfigFlag } from '#cli/core/flag-groups.ts';
import { componentFlags, electionOf, rateOf, runComponent } from '../component.ts';

const rate = { qps: 50, burst: 100 };

export const schedulerCommand = defineCommand({
  name: 'scheduler',
  summary: 'Run the scheduler alone, for any cluster that a kubeconfig reaches.',
  details:
    'Of several, the one that holds the lease kube-system/kube-scheduler works; the others wait to take over.\n' +
    'It takes the flags of kube-scheduler that follow, and its configuration files (KubeSchedulerConfiguration v1);\n' +
    'a flag goes before what the file says.',
  examples: [
    '% scheduler --kubeconfig scheduler.conf',
    '% scheduler --kubeconfig scheduler.conf --config profiles.yaml --leader-elect=false',
  ],
  flags: [
    { name: 'config', type: 'string', help: 'Path to a KubeSchedulerConfiguration file.' },
    ...componentFlags({ resourceName: 'kube-scheduler', port: 10_259, rate }),
  ],
  run: runScheduler,
});

async function runScheduler(context: CliContext): Promise<number> {
  const [
    { loadConfiguration },
    { createScheduler },
    { Extender },
    { extenderPost },
    { schedulerConfigz },
    { podResourcesText },
    { pods },
  ] = await Promise.all([
    import('#scheduler/config/load.ts'),
    import('#scheduler/scheduler.ts'),
    import('#scheduler/extender/extender.ts'),
    import('../extender-http.ts'),
    import('../configz.ts'),
    import('#scheduler/pod-resources.ts'),
    import('#api/generated/refs.ts'),
  ]);
  const file = context.flags.string('config');
  const text = file ? new TextDecoder().decode(await context.io.fs.read(file)) : undefined;
  const config = refusing(file, () => loadConfiguration(text));
  const { profiles, backoff, delayCacheUntilActive, clientConnection } = config;
  if (clientConnection.kubeconfig && !context.globals.changed('kubeconfig'))
    context.globals.set(kubeconfigFlag, clientConnection.kubeconfig);
  const extenders = config.extenders.map(extender => new Extender(extender, extenderPost(extender)));
  const inForce = {
    election: electionOf(context.flags, config.leaderElection),
    rate: rateOf(context.flags, rate, clientConnection),
  };
  return runComponent({
    name: 'kube-scheduler',
    context,
    ...inForce,
    configz: schedulerConfigz(config.complete, inForce),
    make: parts => {
      // Events must not wait for bindings, nor bindings for events.
      const options = {
        ...parts,
        hostname: hostname(),
        eventClient: parts.newClient(),
        profiles,
        backoff,
        extenders,
      };
      const scheduler = refusing(file, () => createScheduler(options));
      const allPods = parts.informers.informer(pods);
      let leads = false;
      // The caches of who waits to take over are full by then.
      if (!delayCacheUntilActive) parts.informers.start();
      return {
        metrics: scheduler.metrics,
        resources: () => podResourcesText(leads ? allPods.list() : []),
        start() {
          leads = true;
          parts.informers.start();
          return scheduler.start();
        },
        [Symbol.asyncDispose]: () => scheduler[Symbol.asyncDispose](),
      };
    },
  });
}

/** What is wrong with a configuration is the user's to mend. */
function refusing<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'ConfigError' && name !== 'ProfileError') throw error;
    throw new CliError(`error: ${file ? `${file}: ` : ''}${message}`);
  }
}
