import { parse, stringify } from 'yaml';
import { statusError } from '#machinery/status.ts';

/** clientcmd's Config (kind Config, v1). Fields unknown to us are kept as they are. */
export interface KubeConfig {
  apiVersion: 'v1';
  kind: 'Config';
  preferences?: Record<string, unknown>;
  clusters: NamedCluster[];
  contexts: NamedContext[];
  users: NamedUser[];
  'current-context': string;
}

export interface NamedCluster {
  name: string;
  cluster: {
    server: string;
    'tls-server-name'?: string;
    'insecure-skip-tls-verify'?: boolean;
    'certificate-authority'?: string;
    'certificate-authority-data'?: string;
  };
}

export interface NamedContext {
  name: string;
  context: { cluster: string; user: string; namespace?: string };
}

export interface NamedUser {
  name: string;
  user: {
    'client-certificate'?: string;
    'client-certificate-data'?: string;
    'client-key'?: string;
    'client-key-data'?: string;
    token?: string;
    tokenFile?: string;
    username?: string;
    password?: string;
    as?: string;
    'as-uid'?: string;
    'as-groups'?: string[];
    'as-user-extra'?: Record<string, string[]>;
    /** A program that gives credentials (client.authentication.k8s.io). */
    exec?: ExecPlugin;
    'auth-provider'?: { name: string; config?: Record<string, string> };
  };
}

/** How a program that gives credentials is run. Go writes lists without elements as null. */
export interface ExecPlugin {
  apiVersion?: string;
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  installHint?: string;
  interactiveMode?: string;
  provideClusterInfo?: boolean;
}

/** What a transport needs to reach a cluster, all in hand. */
export interface ClusterAccess {
  readonly server: string;
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** PEM. */
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly impersonate?: {
    readonly user: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  /** The context's namespace, or 'default'. */
  readonly namespace: string;
}

/** Reads a file that a kubeconfig names; relative paths are relative to the kubeconfig's folder. */
export type ReadFile = (path: string) => string;

export function emptyKubeConfig(): KubeConfig {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    clusters: [],
    contexts: [],
    users: [],
    'current-context': '',
  };
}

/** Reads YAML or JSON. Empty text is an empty configuration; anything else that is none throws a StatusError. */
export function parseKubeConfig(text: string): KubeConfig {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 10 });
  } catch (error) {
    throw statusError.badRequest(`kubeconfig is not YAML: ${error instanceof Error ? error.message : error}`);
  }
  if (value === null || value === undefined) return emptyKubeConfig();
  if (typeof value !== 'object' || Array.isArray(value))
    throw statusError.badRequest('kubeconfig is not an object');
  const given = value as Partial<KubeConfig>;
  if (given.kind !== undefined && given.kind !== 'Config') {
    throw statusError.badRequest(`kubeconfig has kind ${JSON.stringify(given.kind)}, not "Config"`);
  }
  return {
    ...emptyKubeConfig(),
    ...given,
    clusters: namedEntries<NamedCluster>(given.clusters, 'clusters', 'cluster'),
    contexts: namedEntries<NamedContext>(given.contexts, 'contexts', 'context'),
    users: namedEntries<NamedUser>(given.users, 'users', 'user'),
    'current-context': given['current-context'] ?? '',
  };
}

function namedEntries<T extends { name: string }>(value: unknown, field: string, part: string): T[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw statusError.badRequest(`kubeconfig: ${field} is not a list`);
  return value.map((entry: unknown, i) => {
    const named = entry as Record<string, unknown> | null;
    if (typeof named?.name !== 'string')
      throw statusError.badRequest(`kubeconfig: ${field}[${i}] has no name`);
    return { ...named, [part]: named[part] ?? {} } as unknown as T;
  });
}

export function formatKubeConfig(config: KubeConfig): string {
  return stringify(config, { lineWidth: 0 });
}

/** KUBECONFIG's rule: of entries with the same name, and of current contexts, the first file's count. */
export function joinKubeConfigs(configs: readonly KubeConfig[]): KubeConfig {
  const joined = emptyKubeConfig();
  for (const config of configs) {
    for (const part of ['clusters', 'contexts', 'users'] as const) {
      const names = new Set(joined[part].map(entry => entry.name));
      (joined[part] as unknown[]).push(...config[part].filter(entry => !names.has(entry.name)));
    }
    joined['current-context'] ||= config['current-context'];
  }
  return joined;
}

/** `into` with the entries of `added` put in or replaced, and its current context made current. */
export function mergeKubeConfig(into: KubeConfig, added: KubeConfig): KubeConfig {
  return {
    ...into,
    clusters: replaceNamed(into.clusters, added.clusters),
    contexts: replaceNamed(into.contexts, added.contexts),
    users: replaceNamed(into.users, added.users),
    'current-context': added['current-context'] || into['current-context'],
  };
}

/** `from` without the context, and without its cluster and user where no other context names them. */
export function removeContext(from: KubeConfig, name: string): KubeConfig {
  const gone = from.contexts.find(entry => entry.name === name)?.context;
  const contexts = from.contexts.filter(entry => entry.name !== name);
  const clusterUsed = contexts.some(entry => entry.context.cluster === gone?.cluster);
  const userUsed = contexts.some(entry => entry.context.user === gone?.user);
  return {
    ...from,
    contexts,
    clusters: clusterUsed ? from.clusters : from.clusters.filter(entry => entry.name !== gone?.cluster),
    users: userUsed ? from.users : from.users.filter(entry => entry.name !== gone?.user),
    'current-context': from['current-context'] === name ? '' : from['current-context'],
  };
}

function replaceNamed<T extends { name: string }>(into: readonly T[], added: readonly T[]): T[] {
  const byName = new Map(into.map(entry => [entry.name, entry]));
  for (const entry of added) byName.set(entry.name, entry);
  return [...byName.values()];
}

/** One context's access, with files read in. Absent names give upstream's wording. */
export function accessOf(config: KubeConfig, readFile: ReadFile, contextName?: string): ClusterAccess {
  const name = contextName || config['current-context'];
  const context = config.contexts.find(entry => entry.name === name)?.context;
  if (!context) throw statusError.badRequest(`context ${JSON.stringify(name)} does not exist`);
  const cluster = config.clusters.find(entry => entry.name === context.cluster)?.cluster;
  if (!cluster) throw statusError.badRequest(`cluster ${JSON.stringify(context.cluster)} does not exist`);
  const user = config.users.find(entry => entry.name === context.user)?.user;
  if (!user && context.user)
    throw statusError.badRequest(`user ${JSON.stringify(context.user)} does not exist`);
  return accessTo(cluster, user ?? {}, context.namespace ?? '', readFile);
}

/** What a user has to show, and to whom. */
export function accessTo(
  cluster: NamedCluster['cluster'],
  user: NamedUser['user'],
  namespace: string,
  readFile: ReadFile,
): ClusterAccess {
  if (user.exec) throw statusError.badRequest('kubeconfig: exec credential plugins are not supported');
  const pem = (data: string | undefined, path: string | undefined) =>
    data ? decodeBase64(data) : path ? readFile(path) : undefined;
  return {
    server: cluster.server,
    tlsServerName: cluster['tls-server-name'],
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'],
    certificateAuthority: pem(cluster['certificate-authority-data'], cluster['certificate-authority']),
    clientCertificate: pem(user['client-certificate-data'], user['client-certificate']),
    clientKey: pem(user['client-key-data'], user['client-key']),
    token: user.tokenFile ? readFile(user.tokenFile).trim() : user.token,
    username: user.username,
    password: user.password,
    impersonate: user.as
      ? {
          user: user.as,
          uid: user['as-uid'],
          groups: user['as-groups'],
          extra: user['as-user-extra'],
        }
      : undefined,
    namespace: namespace || 'default',
  };
}

/** A configuration of one context, everything inline, whose cluster, user and context share `name`. */
export function kubeConfigFor(name: string, access: Omit<ClusterAccess, 'namespace'>): KubeConfig {
  const inline = <K extends string>(key: K, value: string | undefined) =>
    (value ? { [key]: encodeBase64(value) } : {}) as { [key in K]?: string };
  return {
    ...emptyKubeConfig(),
    clusters: [
      {
        name,
        cluster: {
          ...inline('certificate-authority-data', access.certificateAuthority),
          server: access.server,
          ...(access.tlsServerName ? { 'tls-server-name': access.tlsServerName } : {}),
          ...(access.insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    users: [
      {
        name,
        user: {
          ...inline('client-certificate-data', access.clientCertificate),
          ...inline('client-key-data', access.clientKey),
          ...(access.token ? { token: access.token } : {}),
        },
      },
    ],
    'current-context': name,
  };
}

function decodeBase64(data: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(data.replace(/\s/g, '')));
}

function encodeBase64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
