import type { CliContext } from '#cli/core/context.ts';
import type { FlagValues } from '#cli/core/flags.ts';
import { CliError } from '#cli/errors.ts';
import { type ApiServerConfig, apiServerFromFlags, apiServerShape } from '../config/api-server-options.ts';
import { type ClusterConfig, hollowNodesMax, portMax, readClusterConfig } from '../config/cluster-config.ts';
import { problemsOf } from '../config/shape.ts';
import { joined } from '../config/yaml-file.ts';
import { checkServiceRange, portRangeOf } from '../service-range.ts';
import { type LogLevel, logLevels } from '../text-log.ts';

/** What the user wants: flags, and where there is none the configuration file. */
export interface Settings
  extends Pick<
    ClusterConfig,
    | 'port'
    | 'hollowNodes'
    | 'serviceClusterIPRange'
    | 'serviceNodePortRange'
    | 'manifests'
    | 'extensions'
    | 'scheduler'
    | 'apiServer'
    | 'audit'
    | 'encryption'
    | 'storage'
    | 'kubelet'
  > {
  readonly name: string;
  readonly dataDir: string | undefined;
  /** The configuration file's, which modules are looked for from; absent without a file. */
  readonly folder?: string;
  readonly logLevel: LogLevel;
}

export async function readSettings(context: CliContext): Promise<Settings> {
  const { flags } = context;
  const file = flags.string('config');
  const config: Partial<ClusterConfig> = file ? await readClusterConfig(file) : {};
  const text = (name: string) => (flags.changed(name) ? flags.string(name) || undefined : undefined);
  const number = (name: string, max: number) =>
    flags.changed(name) ? inRange(name, flags.int(name), max) : undefined;
  const serviceClusterIPRange = text('service-cluster-ip-range') ?? config.serviceClusterIPRange;
  if (serviceClusterIPRange !== undefined) checkServiceRange(serviceClusterIPRange);
  const serviceNodePortRange = text('service-node-port-range') ?? config.serviceNodePortRange;
  if (serviceNodePortRange !== undefined) portRangeOf(serviceNodePortRange);
  return {
    name: text('name') ?? config.name ?? 'coxswain',
    dataDir: text('data-dir') ?? config.dataDir,
    port: number('port', portMax) ?? config.port,
    hollowNodes: number('hollow-nodes', hollowNodesMax) ?? config.hollowNodes,
    ...(serviceClusterIPRange === undefined ? {} : { serviceClusterIPRange }),
    ...(serviceNodePortRange === undefined ? {} : { serviceNodePortRange }),
    manifests: config.manifests ?? [],
    extensions: config.extensions ?? [],
    scheduler: config.scheduler,
    apiServer: apiServerOf(flags, config.apiServer),
    audit: config.audit,
    encryption: config.encryption,
    storage: config.storage,
    kubelet: config.kubelet,
    folder: config.folder,
    logLevel: logLevel(flags.string('log-level')),
  };
}

/** The file's settings with those of flags in their place; undefined where there are none. */
function apiServerOf(flags: FlagValues, config: ApiServerConfig | undefined): ApiServerConfig | undefined {
  const given = apiServerFromFlags(flags);
  if (Object.keys(given).length === 0) return config;
  const problems = problemsOf(given, apiServerShape);
  if (problems.length > 0) throw new CliError(`error: ${joined(problems)}`);
  return { ...config, ...given };
}

function inRange(flag: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new CliError(`error: ${flag} must be a number from 0 to ${max}, not ${JSON.stringify(value)}`);
}

function logLevel(value: string): LogLevel {
  const level = logLevels.find(one => one === value);
  if (level) return level;
  throw new CliError(`error: log-level must be one of ${logLevels.join(', ')}, not ${JSON.stringify(value)}`);
}
