import type { ClusterAccess, ExecPlugin } from '#client/kubeconfig.ts';
import type { Transport } from '#client/transport.ts';
import { BareError, CliError } from '../errors.ts';
import type { CliIo } from '../io.ts';
import { type PluginCredentials, type PluginUse, runCredentialPlugin } from './credential-plugin.ts';
import type { FlagValues } from './flags.ts';
import type { ProxyRequest, ProxyRoute } from './proxy-routes.ts';
import type { ClusterEntry, KubeConfig, UserEntry } from './kubeconfig.ts';

/** Where the API server is and how to prove who we are. PEM texts, not paths. */
export type ConnectionTarget = Omit<ClusterAccess, 'namespace'>;

/** A WebSocket whose binary messages start with a channel byte (v5.channel.k8s.io and port forwarding). */
export interface ChannelSocket {
  /** The subprotocol that the server picked. */
  readonly protocol: string;
  /** Resolves when the socket can take more. */
  send(data: Uint8Array): Promise<void>;
  /** Messages until the socket closes; throws when it breaks. */
  messages(): AsyncIterable<Uint8Array>;
  close(): void;
}

export interface Connection extends Disposable {
  readonly transport: Transport;
  openSocket(path: string, protocols: readonly string[]): Promise<ChannelSocket>;
  /** Serves the API on this machine, with our credentials. */
  proxy(options: ProxyOptions): Promise<LocalProxy>;
}

export interface ProxyOptions {
  /** Either a socket's path, or an address and a port (0 picks a free one). */
  readonly socket?: string;
  readonly address?: string;
  readonly port?: number;
  /** The folder of static files. */
  readonly files: string;
  /** Of upgraded connections to the server; 0 is none. */
  readonly keepaliveMs: number;
  /** The path of the server's URL stands before that of each request. */
  readonly appendsServerPath: boolean;
  route(request: ProxyRequest): ProxyRoute;
  failed(error: Error): void;
}

export interface LocalProxy extends Disposable {
  /** The socket's path, or address and port. */
  readonly address: string;
}

/** Opens connections; the node adapter does it over TLS, tests hand in an in-process server. */
export type Connect = (target: ConnectionTarget) => Connection;

/** What beside flags and kubeconfig decides how a program is run for credentials. */
export type PluginTerms = Pick<PluginUse, 'policy' | 'usesStdin'>;

/** The target that flags and kubeconfig agree on. */
export async function targetOf(
  config: KubeConfig,
  flags: FlagValues,
  io: CliIo,
  terms: PluginTerms,
): Promise<ConnectionTarget> {
  const contextName = flags.string('context') || config.currentContext;
  const context = config.contexts.get(contextName);
  if (!context && flags.changed('context') && contextName !== '')
    throw new BareError(
      `Error in configuration: context was not found for specified context: ${contextName}`,
    );
  const cluster = pick(
    config.clusters,
    flags.string('cluster') || context?.cluster,
    name => `no server found for cluster "${name}"`,
  );
  const userName = flags.string('user') || context?.user;
  const user = pick(config.users, userName, name => `auth info "${name}" does not exist`);
  const file = readerOf(io);
  return {
    server: flags.string('server') || cluster.server || 'http://localhost:8080',
    certificateAuthority:
      (await file(flags.string('certificate-authority'))) ??
      decoded(cluster['certificate-authority-data']) ??
      (await file(cluster['certificate-authority'])),
    ...(await identity(user, flags, io, exec =>
      runCredentialPlugin(exec, { ...terms, io, user: userName ?? '', cluster }),
    )),
    insecureSkipTlsVerify: flags.changed('insecure-skip-tls-verify')
      ? flags.bool('insecure-skip-tls-verify')
      : cluster['insecure-skip-tls-verify'],
    tlsServerName: flags.string('tls-server-name') || cluster['tls-server-name'],
    impersonate: impersonation(user, userName ?? '', flags),
  };
}

type Identity = Pick<ConnectionTarget, 'clientCertificate' | 'clientKey' | 'token' | 'username' | 'password'>;

/** A program is run for credentials only where there are no others. */
async function identity(
  user: UserEntry,
  flags: FlagValues,
  io: CliIo,
  plugin: (exec: ExecPlugin) => Promise<PluginCredentials>,
): Promise<Identity> {
  const file = readerOf(io);
  const clientCertificate =
    (await file(flags.string('client-certificate'))) ??
    decoded(user['client-certificate-data']) ??
    (await file(user['client-certificate']));
  const token = flags.string('token') || user.token || (await file(user.tokenFile))?.trim();
  const username = flags.string('username') || user.username;
  const given = clientCertificate || token || username || !user.exec ? {} : await plugin(user.exec);
  return {
    clientCertificate: clientCertificate ?? given.clientCertificateData,
    clientKey:
      (await file(flags.string('client-key'))) ??
      decoded(user['client-key-data']) ??
      (await file(user['client-key'])) ??
      given.clientKeyData,
    token: token || given.token,
    username,
    password: flags.string('password') || user.password,
  };
}

function readerOf(io: CliIo): (path: string | undefined) => Promise<string | undefined> {
  return async path => (path ? new TextDecoder().decode(await io.fs.read(path)) : undefined);
}

function pick<T extends ClusterEntry | UserEntry>(
  entries: ReadonlyMap<string, T>,
  name: string | undefined,
  missing: (name: string) => string,
): T | Record<string, never> {
  if (!name) return {};
  const entry = entries.get(name);
  if (!entry) throw new CliError(missing(name));
  return entry;
}

function decoded(base64: string | undefined): string | undefined {
  return base64 ? atob(base64) : undefined;
}

function impersonation(
  user: UserEntry,
  userName: string,
  flags: FlagValues,
): ConnectionTarget['impersonate'] {
  const name = flags.string('as') || user.as;
  const groups = flags.changed('as-group') ? flags.list('as-group') : (user['as-groups'] ?? []);
  const uid = flags.string('as-uid') || user['as-uid'];
  const extra = flags.changed('as-user-extra')
    ? extrasOf(flags.list('as-user-extra'))
    : user['as-user-extra'];
  if (name) return { user: name, groups, uid, extra };
  if (groups.length > 0 || uid || Object.keys(extra ?? {}).length > 0)
    throw new CliError(`requesting uid, groups or user-extra for ${userName} without impersonating a user`);
  return undefined;
}

function extrasOf(pairs: readonly string[]): Record<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const pair of pairs) {
    const [, key, value] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    if (key !== undefined) extra.getOrInsert(key, []).push(value!);
  }
  return Object.fromEntries(extra);
}
