import type { LeaderElectionSettings } from '#client/leader-election.ts';
import { fieldErrorsText } from '#machinery/field.ts';
import { parseDuration } from '#machinery/go-values.ts';
import { extensionPoints, type PointSets } from '../framework/points.ts';
import type { PluginArgs } from '../plugins/registry.ts';
import type { ScoringStrategy } from '../plugins/node-resources-fit/scoring.ts';
import type { Profile } from '../profile.ts';
import { ConfigError, decodeConfiguration } from './decode.ts';
import {
  type CompleteConfiguration,
  type CompleteProfile,
  emptyConfiguration,
  withDefaults,
} from './defaults.ts';
import type { ClientConnectionConfiguration, ExtenderConfiguration, PluginArguments } from './types.ts';
import { validateConfiguration } from './validate.ts';
import type { PodTopologySpreadOptions } from '../plugins/pod-topology-spread/default-constraints.ts';

/** What a scheduler runs by. */
export interface SchedulerConfiguration {
  readonly profiles: readonly Profile[];
  readonly extenders: readonly ExtenderConfiguration[];
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  readonly leaderElection: LeaderElectionSettings;
  readonly clientConnection: ClientConnectionConfiguration;
  /** Where there are several candidates: only the leader fills its caches. */
  readonly delayCacheUntilActive: boolean;
  /** The file with all that it left out. */
  readonly complete: CompleteConfiguration;
}

/**
 * Reads a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1), YAML or JSON; without text, its defaults. Throws
 * ConfigError with all that is wrong with it. Whether its plugins exist, the scheduler finds out (ProfileError).
 */
export function loadConfiguration(text?: string): SchedulerConfiguration {
  const config = withDefaults(text === undefined ? emptyConfiguration : decodeConfiguration(text));
  const errors = validateConfiguration(config);
  if (errors.length > 0) throw new ConfigError(fieldErrorsText(errors));
  const { podInitialBackoffSeconds: initial, podMaxBackoffSeconds: max } = config;
  return {
    profiles: config.profiles.map(profile => profileOf(config, profile)),
    extenders: config.extenders,
    backoff: { initialMs: initial * 1000, maxMs: max * 1000 },
    leaderElection: electionOf(config),
    clientConnection: config.clientConnection,
    delayCacheUntilActive: config.delayCacheUntilActive ?? false,
    complete: config,
  };
}

/** Milliseconds of a duration as Go writes it. */
export function durationMs(text: string): number {
  return Number(parseDuration(text)) / 1e6;
}

function electionOf({ leaderElection }: CompleteConfiguration): LeaderElectionSettings {
  const { leaderElect, leaseDuration, renewDeadline, retryPeriod, resourceName, resourceNamespace } =
    leaderElection;
  return {
    leaderElect,
    leaseDurationMs: durationMs(leaseDuration),
    renewDeadlineMs: durationMs(renewDeadline),
    retryPeriodMs: durationMs(retryPeriod),
    resourceName,
    resourceNamespace,
  };
}

function profileOf(config: CompleteConfiguration, profile: CompleteProfile): Profile {
  const { schedulerName, plugins, percentageOfNodesToScore, pluginConfig } = profile;
  const multiPoint = plugins.multiPoint?.enabled ?? [];
  const weights: Record<string, number> = {};
  // What a score is weighed by at its own point goes before what it is weighed by for many.
  for (const { name, weight } of [...multiPoint, ...(plugins.score?.enabled ?? [])])
    weights[name] = weight || 1;
  return {
    schedulerName: schedulerName!,
    plugins: multiPoint.map(({ name }) => name),
    points: pointsOf(profile),
    weights,
    percentageOfNodesToScore: percentageOfNodesToScore ?? config.percentageOfNodesToScore,
    args: argsOf(config, Object.fromEntries(pluginConfig.map(({ name, args }) => [name, args]))),
  };
}

function pointsOf({ plugins }: CompleteProfile): PointSets {
  const names = (list: readonly { readonly name: string }[] = []) => list.map(({ name }) => name);
  return Object.fromEntries(
    extensionPoints.flatMap(point => {
      const set = plugins[point];
      return set ? [[point, { enabled: names(set.enabled), disabled: names(set.disabled) }]] : [];
    }),
  );
}

/** The arguments as the plugins take them; those of plugins that are not ours stay as they are. */
function argsOf(
  { extenders }: CompleteConfiguration,
  given: Partial<PluginArguments> & Readonly<Record<string, unknown>>,
): PluginArgs {
  const {
    NodeResourcesFit: fit,
    NodeResourcesBalancedAllocation: balanced,
    PodTopologySpread: spread,
    ...others
  } = given;
  const managed = extenders.flatMap(({ managedResources = [] }) => managedResources);
  const ignored = managed.filter(({ ignoredByScheduler }) => ignoredByScheduler).map(({ name }) => name);
  return {
    ...others,
    NodeResourcesFit: {
      ignoredResources: [...(fit?.ignoredResources ?? []), ...ignored],
      ignoredResourceGroups: fit?.ignoredResourceGroups ?? [],
      ...(fit?.scoringStrategy ? { scoringStrategy: strategyOf(fit.scoringStrategy) } : {}),
    },
    ...(balanced
      ? { NodeResourcesBalancedAllocation: { resources: balanced.resources!.map(({ name }) => name) } }
      : {}),
    ...(spread ? { PodTopologySpread: spread as PodTopologySpreadOptions } : {}),
  };
}

function strategyOf({
  type,
  resources = [],
  requestedToCapacityRatio,
}: NonNullable<PluginArguments['NodeResourcesFit']['scoringStrategy']>): ScoringStrategy {
  const shape = requestedToCapacityRatio?.shape;
  return {
    type: type as ScoringStrategy['type'],
    resources: resources.map(({ name, weight = 1 }) => ({ name, weight })),
    ...(shape ? { shape } : {}),
  };
}
