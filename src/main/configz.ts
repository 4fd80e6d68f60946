/** What components tell at /configz: their configurations as Go writes structs that have no names for JSON. */
import type { LeaderElectionSettings } from '#client/leader-election.ts';
import { formatDuration } from '#machinery/go-values.ts';
import type { CompleteConfiguration } from '#scheduler/config/defaults.ts';
import type { ClientConnectionConfiguration, PluginConfig } from '#scheduler/config/types.ts';
import type { ClientRate } from './component.ts';
import type { Configz } from './component-server.ts';

/** What the flags may have changed of a configuration. */
export interface InForce {
  readonly election: LeaderElectionSettings;
  readonly rate: ClientRate;
}

/** Of a KubeSchedulerConfiguration, with all defaults. */
export function schedulerConfigz(config: CompleteConfiguration, inForce: InForce): Configz {
  const { apiVersion, parallelism, clientConnection, profiles, extenders } = config;
  const { podInitialBackoffSeconds, podMaxBackoffSeconds, percentageOfNodesToScore } = config;
  const rest = goFields({ podInitialBackoffSeconds, podMaxBackoffSeconds, percentageOfNodesToScore });
  return {
    componentconfig: {
      apiVersion,
      Parallelism: parallelism,
      ...connectionAndElection(clientConnection, inForce),
      EnableProfiling: config.enableProfiling ?? true,
      EnableContentionProfiling: config.enableContentionProfiling ?? true,
      ...(rest as object),
      Profiles: profiles.map(
        ({ schedulerName, plugins, pluginConfig, percentageOfNodesToScore: percentage }) => ({
          SchedulerName: schedulerName,
          PercentageOfNodesToScore: percentage ?? null,
          Plugins: Object.fromEntries(
            pluginSets.map(point => [goName(point), pluginSetOf(plugins[point] ?? {})]),
          ),
          PluginConfig: pluginConfig.map(argumentsOf),
        }),
      ),
      Extenders: extenders.length > 0 ? goFields(extenders) : null,
      DelayCacheUntilActive: config.delayCacheUntilActive ?? false,
    },
  };
}

/** Of the controllers' manager: what it goes by of a KubeControllerManagerConfiguration. */
export function controllerManagerConfigz(controllers: readonly string[], inForce: InForce): Configz {
  const Generic = { ...connectionAndElection({}, inForce), Controllers: controllers };
  return { 'kubecontrollermanager.config.k8s.io': { Generic } };
}

function connectionAndElection(
  { kubeconfig = '', acceptContentTypes = '', contentType = '' }: ClientConnectionConfiguration,
  { election, rate }: InForce,
) {
  return {
    LeaderElection: {
      LeaderElect: election.leaderElect,
      LeaseDuration: goDuration(election.leaseDurationMs),
      RenewDeadline: goDuration(election.renewDeadlineMs),
      RetryPeriod: goDuration(election.retryPeriodMs),
      ResourceLock: 'leases',
      ResourceName: election.resourceName,
      ResourceNamespace: election.resourceNamespace,
    },
    ClientConnection: {
      Kubeconfig: kubeconfig,
      AcceptContentTypes: acceptContentTypes,
      ContentType: contentType,
      QPS: rate.qps,
      Burst: rate.burst,
    },
  };
}

const pluginSets = [
  'preEnqueue',
  'queueSort',
  'preFilter',
  'filter',
  'postFilter',
  'preScore',
  'score',
  'reserve',
  'permit',
  'preBind',
  'bind',
  'postBind',
  'multiPoint',
] as const;

type References = readonly { readonly name: string; readonly weight?: number }[];

function pluginSetOf({ enabled, disabled }: { enabled?: References; disabled?: References }) {
  const told = (plugins: References = []) =>
    plugins.length > 0 ? plugins.map(({ name, weight = 0 }) => ({ Name: name, Weight: weight })) : null;
  return { Enabled: told(enabled), Disabled: told(disabled) };
}

function argumentsOf({ name, args }: PluginConfig) {
  return { Name: name, Args: goFields(args ?? null) };
}

function goDuration(ms: number): string {
  return formatDuration(BigInt(Math.round(ms * 1e6)));
}

const goNames: Readonly<Record<string, string>> = {
  caData: 'CAData',
  caFile: 'CAFile',
  httpTimeout: 'HTTPTimeout',
  tlsConfig: 'TLSConfig',
  urlPrefix: 'URLPrefix',
};

/** Their types are the API's own, which have names for JSON. */
const apiFields = new Set(['addedAffinity', 'defaultConstraints']);

function goName(name: string): string {
  return goNames[name] ?? `${name[0]!.toUpperCase()}${name.slice(1)}`;
}

function goFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(goFields);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [goName(name), apiFields.has(name) ? part : goFields(part)]),
  );
}
