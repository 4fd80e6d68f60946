import type { ClusterAccess } from '#client/kubeconfig.ts';
import type { Transport } from '#client/transport.ts';
import { BareError, CliError } from '../errors.ts';
import type { CliIo } from '../io.ts';
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

/** The target that flags and kubeconfig agree on. */
export async function targetOf(config: KubeConfig, flags: FlagValues, io: CliIo): Promise<ConnectionTarget> {
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
  const user = pick(
    config.users,
    flags.string('user') || context?.user,
    name => `auth info "${name}" does not exist`,
  );
  const file = readerOf(io);
  return {
    server: flags.string('server') || cluster.server || 'http://localhost:8080',
    certificateAuthority:
      (await file(flags.string('certificate-authority'))) ??
      decoded(cluster['certificate-authority-data']) ??
      (await file(cluster['certificate-authority'])),
    ...(await identity(user, flags, io)),
    insecureSkipTlsVerify: flags.changed('insecure-skip-tls-verify')
      ? flags.bool('insecure-skip-tls-verify')
      : cluster['insecure-skip-tls-verify'],
    tlsServerName: flags.string('tls-server-name') || cluster['tls-server-name'],
    impersonate: impersonation(user, flags),
  };
}

type Identity = Pick<ConnectionTarget, 'clientCertificate' | 'clientKey' | 'token' | 'username' | 'password'>;

async function identity(user: UserEntry, flags: FlagValues, io: CliIo): Promise<Identity> {
  const file = readerOf(io);
  const plugin = user.exec ? await runCredentialPlugin(user.exec, io) : {};
  return {
    clientCertificate:
      (await file(flags.string('client-certificate'))) ??
      decoded(user['client-certificate-data']) ??
      (await file(user['client-certificate'])) ??
      plugin.clientCertificateData,
    clientKey:
      (await file(flags.string('client-key'))) ??
      decoded(user['client-key-data']) ??
      (await file(user['client-key'])) ??
      plugin.clientKeyData,
    token: flags.string('token') || user.token || (await file(user.tokenFile))?.trim() || plugin.token,
    username: flags.string('username') || user.username,
    password: flags.string('password') || user.password,
  };
}

interface PluginStatus {
  token?: string;
  clientCertificateData?: string;
  clientKeyData?: string;
}

/** client.authentication.k8s.io: the plugin prints an ExecCredential. */
async function runCredentialPlugin(exec: NonNullable<UserEntry['exec']>, io: CliIo): Promise<PluginStatus> {
  const result = await io.run(exec.command, exec.args ?? [], { capture: true });
  if (result.code !== 0)
    throw new CliError(
      `getting credentials: exec: executable ${exec.command} failed with exit code ${result.code}`,
    );
  const credential = JSON.parse(new TextDecoder().decode(result.stdout)) as { status?: PluginStatus };
  return credential.status ?? {};
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

function impersonation(user: UserEntry, flags: FlagValues): ConnectionTarget['impersonate'] {
  const name = flags.string('as') || user.as;
  const groups = flags.changed('as-group') ? flags.list('as-group') : (user['as-groups'] ?? []);
  const uid = flags.string('as-uid') || user['as-uid'];
  if (name) return { user: name, groups, uid };
  if (groups.length > 0 || uid)
    throw new CliError('requesting uid, groups or user-extra for impersonation without impersonating a user');
  return undefined;
}
