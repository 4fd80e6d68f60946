/** kubescheduler.config.k8s.io/v1 as files have it: what is left out is absent. */
import type { NodeAffinity, TopologySpreadConstraint } from '#api/generated/types/core.v1.ts';
import type { ExtensionPoint } from '../framework/points.ts';

export interface KubeSchedulerConfiguration {
  readonly apiVersion: string;
  readonly kind: string;
  readonly parallelism?: number;
  readonly leaderElection: LeaderElectionConfiguration;
  readonly clientConnection: ClientConnectionConfiguration;
  readonly enableProfiling?: boolean;
  readonly enableContentionProfiling?: boolean;
  readonly percentageOfNodesToScore?: number;
  readonly podInitialBackoffSeconds?: number;
  readonly podMaxBackoffSeconds?: number;
  readonly profiles?: readonly KubeSchedulerProfile[];
  readonly extenders?: readonly ExtenderConfiguration[];
  readonly delayCacheUntilActive?: boolean;
}

/** Durations as Go writes them. */
export interface LeaderElectionConfiguration {
  readonly leaderElect?: boolean;
  readonly leaseDuration?: string;
  readonly renewDeadline?: string;
  readonly retryPeriod?: string;
  readonly resourceLock?: string;
  readonly resourceName?: string;
  readonly resourceNamespace?: string;
}

export interface ClientConnectionConfiguration {
  readonly kubeconfig?: string;
  readonly acceptContentTypes?: string;
  readonly contentType?: string;
  readonly qps?: number;
  readonly burst?: number;
}

export interface KubeSchedulerProfile {
  readonly schedulerName?: string;
  readonly percentageOfNodesToScore?: number;
  readonly plugins?: PluginsConfiguration;
  readonly pluginConfig?: readonly PluginConfig[];
}

export type PluginsConfiguration = Readonly<Partial<Record<ExtensionPoint | 'multiPoint', PluginSet>>>;

export interface PluginSet {
  readonly enabled?: readonly PluginReference[];
  readonly disabled?: readonly PluginReference[];
}

export interface PluginReference {
  readonly name: string;
  readonly weight?: number;
}

export interface PluginConfig {
  readonly name: string;
  readonly args?: unknown;
}

export interface ExtenderConfiguration {
  readonly urlPrefix: string;
  readonly filterVerb?: string;
  readonly preemptVerb?: string;
  readonly prioritizeVerb?: string;
  readonly weight?: number;
  readonly bindVerb?: string;
  readonly enableHTTPS?: boolean;
  readonly tlsConfig?: ExtenderTlsConfiguration;
  readonly httpTimeout?: string;
  readonly nodeCacheCapable?: boolean;
  readonly managedResources?: readonly { readonly name: string; readonly ignoredByScheduler?: boolean }[];
  readonly ignorable?: boolean;
}

/** Data is base64, and goes before files. */
export interface ExtenderTlsConfiguration {
  readonly insecure?: boolean;
  readonly serverName?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly caFile?: string;
  readonly certData?: string;
  readonly keyData?: string;
  readonly caData?: string;
}

export interface ResourceSpec {
  readonly name: string;
  readonly weight?: number;
}

export interface UtilizationShapePoint {
  readonly utilization: number;
  readonly score: number;
}

/** The arguments of the built-in plugins, by the plugins' names. */
export interface PluginArguments {
  readonly DefaultPreemption: {
    readonly minCandidateNodesPercentage?: number;
    readonly minCandidateNodesAbsolute?: number;
  };
  readonly InterPodAffinity: {
    readonly hardPodAffinityWeight?: number;
    readonly ignorePreferredTermsOfExistingPods?: boolean;
  };
  readonly NodeAffinity: { readonly addedAffinity?: NodeAffinity };
  readonly NodeResourcesBalancedAllocation: { readonly resources?: readonly ResourceSpec[] };
  readonly NodeResourcesFit: {
    readonly ignoredResources?: readonly string[];
    readonly ignoredResourceGroups?: readonly string[];
    readonly scoringStrategy?: {
      readonly type?: string;
      readonly resources?: readonly ResourceSpec[];
      readonly requestedToCapacityRatio?: { readonly shape?: readonly UtilizationShapePoint[] };
    };
  };
  readonly PodTopologySpread: {
    readonly defaultConstraints?: readonly TopologySpreadConstraint[];
    readonly defaultingType?: string;
  };
  readonly VolumeBinding: {
    readonly bindTimeoutSeconds?: number;
    readonly shape?: readonly UtilizationShapePoint[];
  };
}

export type ConfigurablePlugin = keyof PluginArguments;
