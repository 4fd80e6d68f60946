import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CliError } from '#cli/errors.ts';
import { parseYamlStrictly } from '#machinery/yaml.ts';
import { count, fields, flag, listOf, mapping, only, problemsOf, text } from './shape.ts';

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
  /** Files and folders that are applied at every start, in this order. Absolute paths. */
  readonly manifests: readonly string[];
  readonly extensions: readonly ExtensionEntry[];
  /** A KubeSchedulerConfiguration file. An absolute path. */
  readonly scheduler?: string;
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
    scheduler: text,
    manifests: listOf(text),
    extensions: listOf(fields({ module: text, enabled: flag, settings: mapping }, ['module'])),
  },
  ['apiVersion', 'kind'],
);

/** Reads a configuration file. Throws CliError with everything that is wrong with it, in one line. */
export async function readClusterConfig(file: string): Promise<ClusterConfig> {
  const value = await readYaml(file);
  const problems = problemsOf(value, shape);
  if (problems.length > 0) throw new CliError(`error: ${file}: ${joined(problems)}`);
  const config = withoutNulls(value as Partial<ClusterConfig>);
  const folder = dirname(resolve(file));
  return {
    ...config,
    manifests: (config.manifests ?? []).map(path => resolve(folder, path)),
    extensions: config.extensions ?? [],
    ...(config.scheduler ? { scheduler: resolve(folder, config.scheduler) } : {}),
    folder,
  };
}

async function readYaml(file: string): Promise<unknown> {
  try {
    const { value, duplicates } = parseYamlStrictly(await readFile(file, 'utf8'));
    if (duplicates.length > 0) throw new Error(joined(duplicates));
    return value ?? {};
  } catch (error) {
    throw new CliError(`error: cannot read the configuration ${file}: ${(error as Error).message}`);
  }
}

function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null)) as T;
}

/** Upstream's aggregate: one alone, several in brackets. */
function joined(problems: readonly string[]): string {
  return problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`;
}
