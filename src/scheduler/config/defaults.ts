import { defaultProfile } from '../profile.ts';
import { configApiVersion } from './decode.ts';
import type {
  ConfigurablePlugin,
  ExtenderConfiguration,
  KubeSchedulerConfiguration,
  KubeSchedulerProfile,
  LeaderElectionConfiguration,
  PluginArguments,
  PluginConfig,
  PluginReference,
  PluginSet,
  PluginsConfiguration,
  ResourceSpec,
} from './types.ts';

/** A configuration in which everything is said. */
export interface CompleteConfiguration extends KubeSchedulerConfiguration {
  readonly parallelism: number;
  readonly leaderElection: Required<LeaderElectionConfiguration>;
  readonly percentageOfNodesToScore: number;
  readonly podInitialBackoffSeconds: number;
  readonly podMaxBackoffSeconds: number;
  readonly profiles: readonly CompleteProfile[];
  readonly extenders: readonly ExtenderConfiguration[];
}

export interface CompleteProfile extends KubeSchedulerProfile {
  readonly plugins: PluginsConfiguration;
  readonly pluginConfig: readonly PluginConfig[];
}

/** What there is without a file. */
export const emptyConfiguration: KubeSchedulerConfiguration = {
  apiVersion: configApiVersion,
  kind: 'KubeSchedulerConfiguration',
  leaderElection: {},
  clientConnection: {},
};

export function withDefaults(given: KubeSchedulerConfiguration): CompleteConfiguration {
  const profiles = given.profiles?.length ? given.profiles : [{}];
  // Several profiles must each say whose pods they are for.
  const schedulerName = profiles.length === 1 ? 'default-scheduler' : undefined;
  return {
    ...given,
    parallelism: given.parallelism ?? 16,
    leaderElection: {
      leaderElect: true,
      leaseDuration: '15s',
      renewDeadline: '10s',
      retryPeriod: '2s',
      resourceLock: 'leases',
      resourceName: 'kube-scheduler',
      resourceNamespace: 'kube-system',
      ...given.leaderElection,
    },
    clientConnection: {
      contentType: 'application/vnd.kubernetes.protobuf',
      qps: 50,
      burst: 100,
      ...given.clientConnection,
    },
    enableProfiling: given.enableProfiling ?? true,
    percentageOfNodesToScore: given.percentageOfNodesToScore ?? 0,
    podInitialBackoffSeconds: given.podInitialBackoffSeconds ?? 1,
    podMaxBackoffSeconds: given.podMaxBackoffSeconds ?? 10,
    profiles: profiles.map(profile =>
      completeProfile({ ...(schedulerName ? { schedulerName } : {}), ...profile }),
    ),
    extenders: (given.extenders ?? []).map(extender => ({ httpTimeout: '5s', ...extender })),
  };
}

function completeProfile(profile: KubeSchedulerProfile): CompleteProfile {
  const plugins = withDefaultPlugins(profile.plugins ?? {});
  const given = profile.pluginConfig ?? [];
  const named = Object.values(plugins).flatMap(({ enabled = [] }) => enabled.map(({ name }) => name));
  const missing = Object.keys(argumentDefaults).filter(
    name => named.includes(name) && !given.some(config => config.name === name),
  );
  return {
    ...profile,
    plugins,
    pluginConfig: [...given, ...missing.sort().map(name => ({ name, args: {} }))].map(({ name, args }) => {
      const complete = argumentDefaults[name as ConfigurablePlugin] as
        | ((args: unknown) => unknown)
        | undefined;
      return { name, args: complete ? complete(args) : args };
    }),
  };
}

const defaultPlugins: readonly PluginReference[] = defaultProfile.plugins.map(name => {
  const weight = (defaultProfile.weights as Readonly<Record<string, number>>)[name];
  return { name, ...(weight === undefined ? {} : { weight }) };
});

/** The default plugins are enabled for many points; what a file says of those changes them in their place. */
function withDefaultPlugins(custom: PluginsConfiguration): PluginsConfiguration {
  const { enabled = [], disabled = [] } = custom.multiPoint ?? {};
  const isDisabled = (name: string) => disabled.some(other => other.name === name || other.name === '*');
  const kept = defaultPlugins.filter(({ name }) => !isDisabled(name));
  const multiPoint: PluginSet = {
    enabled: [
      ...kept.map(plugin => enabled.findLast(({ name }) => name === plugin.name) ?? plugin),
      ...enabled.filter((plugin, i) => {
        const last = enabled.findLastIndex(({ name }) => name === plugin.name);
        return i !== last || !kept.some(({ name }) => name === plugin.name);
      }),
    ],
    disabled,
  };
  return { ...custom, multiPoint };
}

const defaultResources: readonly ResourceSpec[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

function withResources(resources: readonly ResourceSpec[] | undefined): readonly ResourceSpec[] {
  if (!resources?.length) return defaultResources;
  return resources.map(({ name, weight }) => ({ name, weight: weight || 1 }));
}

const argumentDefaults: {
  readonly [Name in ConfigurablePlugin]: (args: PluginArguments[Name]) => PluginArguments[Name];
} = {
  DefaultPreemption: args => ({ minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100, ...args }),
  InterPodAffinity: args => ({ hardPodAffinityWeight: 1, ...args }),
  NodeAffinity: args => args,
  NodeResourcesBalancedAllocation: args => ({ resources: withResources(args.resources) }),
  NodeResourcesFit: ({ scoringStrategy = { type: 'LeastAllocated' }, ...args }) => ({
    ...args,
    scoringStrategy: { ...scoringStrategy, resources: withResources(scoringStrategy.resources) },
  }),
  PodTopologySpread: args => ({ defaultingType: 'System', ...args }),
  VolumeBinding: args => ({ bindTimeoutSeconds: 600, ...args }),
};
