import { parse } from 'yaml';
import type { NamedUser } from '#client/kubeconfig.ts';
import { CliError } from '../errors.ts';
import type { CliFs, CliIo } from '../io.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import type { FlagValues } from './flags.ts';

export interface ClusterEntry {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
}

export type UserEntry = NamedUser['user'];

export interface ContextEntry {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** A kubeconfig with its lists as maps, and the file that each entry came from. */
export interface KubeConfig {
  currentContext: string;
  readonly clusters: Map<string, ClusterEntry>;
  readonly users: Map<string, UserEntry>;
  readonly contexts: Map<string, ContextEntry>;
}

interface KubeConfigFile {
  apiVersion?: string;
  kind?: string;
  'current-context'?: string;
  clusters?: { name: string; cluster?: ClusterEntry }[] | null;
  users?: { name: string; user?: UserEntry }[] | null;
  contexts?: { name: string; context?: ContextEntry }[] | null;
}

/** The files that make up the configuration: --kubeconfig alone, else $KUBECONFIG's, else ~/.kube/config. */
export function configPaths(flags: FlagValues, io: CliIo): string[] {
  if (flags.changed('kubeconfig')) return [flags.string('kubeconfig')];
  const listed = (io.env.KUBECONFIG ?? '').split(':').filter(path => path !== '');
  return listed.length > 0 ? [...new Set(listed)] : [`${io.home}/.kube/config`];
}

/** The merged configuration: the first file to name a thing wins. Paths in it are made absolute. */
export async function loadConfig(flags: FlagValues, io: CliIo): Promise<KubeConfig> {
  const merged: KubeConfig = {
    currentContext: '',
    clusters: new Map(),
    users: new Map(),
    contexts: new Map(),
  };
  for (const path of configPaths(flags, io)) {
    const file = await readConfigFile(io.fs, path);
    if (!file) {
      if (flags.changed('kubeconfig')) throw new CliError(`stat ${path}: no such file or directory`);
      continue;
    }
    mergeInto(merged, resolvePaths(file, path));
  }
  return merged;
}

/** One file of the configuration; undefined where there is none. */
export async function readConfigFile(fs: CliFs, path: string): Promise<KubeConfig | undefined> {
  if (!(await fs.stat(path))) return undefined;
  return parseKubeConfig(new TextDecoder().decode(await fs.read(path)), path);
}

export function parseKubeConfig(text: string, path = ''): KubeConfig {
  let file: KubeConfigFile;
  try {
    file = (parse(text) ?? {}) as KubeConfigFile;
  } catch (error) {
    throw new CliError(`error loading config file "${path}": ${(error as Error).message.split('\n')[0]}`);
  }
  const { apiVersion: version = 'v1', kind = 'Config' } = file;
  if (version !== 'v1' || kind !== 'Config')
    throw new CliError(
      `error loading config file "${path}": no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"`,
    );
  return {
    currentContext: file['current-context'] ?? '',
    clusters: new Map((file.clusters ?? []).map(({ name, cluster }) => [name, cluster ?? {}])),
    users: new Map((file.users ?? []).map(({ name, user }) => [name, user ?? {}])),
    contexts: new Map((file.contexts ?? []).map(({ name, context }) => [name, context ?? {}])),
  };
}

function mergeInto(merged: KubeConfig, next: KubeConfig): void {
  merged.currentContext ||= next.currentContext;
  for (const part of ['clusters', 'users', 'contexts'] as const) {
    const into = merged[part] as Map<string, object>;
    for (const [name, entry] of next[part]) if (!into.has(name)) into.set(name, entry);
  }
}

const pathFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'] as const;

function resolvePaths(config: KubeConfig, path: string): KubeConfig {
  // What stands in a file of the working directory is under it as it is.
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  for (const entry of [...config.clusters.values(), ...config.users.values()] as Record<string, unknown>[])
    for (const field of pathFields) {
      const value = entry[field];
      if (typeof value === 'string' && value !== '' && !value.startsWith('/'))
        entry[field] = directory + value;
    }
  for (const { exec } of config.users.values()) {
    // Without a slash it is a program of $PATH.
    if (exec?.command.includes('/') && !exec.command.startsWith('/')) exec.command = directory + exec.command;
  }
  return config;
}

/** The configuration as a file has it. */
export function toConfigFile(config: KubeConfig): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: named(config.clusters, 'cluster'),
    contexts: named(config.contexts, 'context', unsaid),
    'current-context': config.currentContext,
    users: named(new Map([...config.users].map(([name, user]) => [name, asWritten(user)])), 'user'),
  };
}

/** What client-go writes of a program even where nothing is said of it. */
function asWritten(user: UserEntry): UserEntry {
  const { exec, 'auth-provider': provider } = user;
  return {
    ...user,
    ...(exec ? { exec: { args: null, env: null, provideClusterInfo: false, ...exec } } : {}),
    ...(provider ? { 'auth-provider': { ...provider, config: provider.config ?? null } } : {}),
  } as UserEntry;
}

/** What client-go writes of a context even where it says nothing of it. */
const unsaid: ContextEntry = { cluster: '', user: '' };

function named(entries: ReadonlyMap<string, object>, field: string, defaults: object = {}): unknown[] | null {
  if (entries.size === 0) return null;
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, entry]) => ({ name, [field]: { ...defaults, ...entry } }));
}

/** Changes one file of the configuration, making it where it is missing. */
export async function updateConfigFile(
  io: CliIo,
  path: string,
  change: (config: KubeConfig) => void,
): Promise<void> {
  const config = (await readConfigFile(io.fs, path)) ?? parseKubeConfig('');
  change(config);
  const directory = path.slice(0, path.lastIndexOf('/'));
  if (directory !== '' && !(await io.fs.stat(directory))) await io.fs.makeDirectory(directory);
  await io.fs.write(path, toYaml(toConfigFile(config)), 0o600);
}
