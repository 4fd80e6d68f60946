import { dirname, resolve } from 'node:path';
import type { KubeletSettings } from '#kubelet/config/settings.ts';
import { type ApiServerConfig, apiServerShape } from './api-server-options.ts';
import { type AuditConfig, auditShape } from './audit-config.ts';
import { kubeletShape } from './kubelet-config.ts';
import { count, fields, flag, listOf, mapping, only, text } from './shape.ts';
import { readYamlShape } from './yaml-file.ts';

export const configApiVersion = 'coxswain.dev/v1alpha1';
export const configKind = 'Cluster';

export const portMax = 65_535;
export const hollowNodesMax = 5_000;

/** A module that extends the cluster. */
export interface ExtensionEntry {
  /** A path from the configuration file's folder where it begins with `.` or `/`, else a package's name. */
  readonly module: string;
  /** Default true. */
  readonly enabled?: boolean;
  /** Handed to the module's default export where that is a function. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** coxswain.dev/v1alpha1 Cluster: what `up --config` reads. */
export interface ClusterConfig {
  readonly name?: string;
  readonly dataDir?: string;
  readonly port?: number;
  readonly hollowNodes?: number;
  /** Network of the Services, or one of each IP family with a comma between. Default: one that is free. */
  readonly serviceClusterIPRange?: string;
  /** First and last node port. Default 30000-32767. */
  readonly serviceNodePortRange?: string;
  /** Files and folders that are applied at every start, in this order. Absolute paths. */
  readonly manifests: readonly string[];
  readonly extensions: readonly ExtensionEntry[];
  /** A KubeSchedulerConfiguration file. An absolute path. */
  readonly scheduler?: string;
  readonly apiServer?: ApiServerConfig;
  readonly audit?: AuditConfig;
  /** An EncryptionConfiguration file. An absolute path. */
  readonly encryption?: string;
  readonly storage?: {
    /** Default true: claims of the class `standard` get volumes on the nodes' disks. */
    readonly enabled?: boolean;
  };
  readonly kubelet?: KubeletSettings;
  /** The folder that the file stands in. */
  readonly folder: string;
}

const shape = fields(
  {
    apiVersion: only(configApiVersion),
    kind: only(configKind),
    name: text,
    dataDir: text,
    port: count(portMax),
    hollowNodes: count(hollowNodesMax),
    serviceClusterIPRange: text,
    serviceNodePortRange: text,
    scheduler: text,
    apiServer: apiServerShape,
    audit: auditShape,
    encryption: text,
    storage: fields({ enabled: flag }),
    kubelet: kubeletShape,
    manifests: listOf(text),
    extensions: listOf(fields({ module: text, enabled: flag, settings: mapping }, ['module'])),
  },
  ['apiVersion', 'kind'],
);

/** Reads a configuration file. Throws CliError with everything that is wrong with it, in one line. */
export async function readClusterConfig(file: string): Promise<ClusterConfig> {
  const config = (await readYamlShape(file, shape)) as Partial<ClusterConfig>;
  const folder = dirname(resolve(file));
  return {
    ...config,
    manifests: (config.manifests ?? []).map(path => resolve(folder, path)),
    extensions: config.extensions ?? [],
    ...(config.scheduler ? { scheduler: resolve(folder, config.scheduler) } : {}),
    ...(config.encryption ? { encryption: resolve(folder, config.encryption) } : {}),
    folder,
  };
}
