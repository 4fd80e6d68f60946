import { createClient } from '#client/client.ts';
import type { Client } from '#client/client.ts';
import { CliError } from '../errors.ts';
import type { CliIo } from '../io.ts';
import { type ObjectPrinter, printerOf } from '../print/printer.ts';
import { ApiClient } from './api-client.ts';
import { checkServerVersion } from './client-version.ts';
import type { CredentialPluginPolicy } from './credential-plugin.ts';
import { type Connect, type Connection, type ConnectionTarget, targetOf } from './connection.ts';
import { RestMapper } from './discovery.ts';
import type { FlagValues } from './flags.ts';
import { klogHead, loggedTransport } from './logged-transport.ts';
import { type KubeConfig, loadConfig } from './kubeconfig.ts';
import { requestTimeoutMs, timedTransport } from './timed-transport.ts';

/** What a command is called. */
export interface NamedCommand {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly subcommands?: readonly NamedCommand[];
}

export interface ContextParts {
  readonly io: CliIo;
  readonly connect: Connect;
  /** Which programs the user lets be run for credentials. */
  readonly credentialPlugins?: CredentialPluginPolicy;
  readonly flags: FlagValues;
  /** The flags that every command has: none that the command has taken for itself (create rolebinding --user). */
  readonly globals: FlagValues;
  readonly args: string[];
  readonly dashAt: number;
  /** 'coxswain', or what the user calls us. */
  readonly program: string;
  /** 'coxswain create secret'. */
  readonly commandPath: string;
  /** All that there are. */
  readonly commands: readonly NamedCommand[];
}

/** What a command's run may use: its words, the world, and the server once something asks for it. */
export class CliContext implements Disposable {
  readonly io: CliIo;
  readonly flags: FlagValues;
  readonly args: string[];
  readonly dashAt: number;
  readonly program: string;
  readonly commandPath: string;
  readonly commands: readonly NamedCommand[];
  readonly globals: FlagValues;
  readonly #connect: Connect;
  readonly #credentialPlugins: CredentialPluginPolicy | undefined;
  #config: Promise<KubeConfig> | undefined;
  #target: Promise<ConnectionTarget> | undefined;
  #connection: Promise<Connection> | undefined;
  #api: Promise<ApiClient> | undefined;
  #mapper: Promise<RestMapper> | undefined;
  #warned = new Set<string>();
  /** Known once the target is; for messages. */
  server = '';

  constructor(parts: ContextParts) {
    this.io = parts.io;
    this.flags = parts.flags;
    this.globals = parts.globals;
    this.args = parts.args;
    this.dashAt = parts.dashAt;
    this.program = parts.program;
    this.commandPath = parts.commandPath;
    this.commands = parts.commands;
    this.#connect = parts.connect;
    this.#credentialPlugins = parts.credentialPlugins;
  }

  out(text: string): void {
    if (text !== '') this.io.stdout.write(text);
  }

  error(text: string): void {
    if (text !== '') this.io.stderr.write(text);
  }

  config(): Promise<KubeConfig> {
    this.#config ??= loadConfig(this.globals, this.io);
    return this.#config;
  }

  target(): Promise<ConnectionTarget> {
    this.#target ??= this.config().then(async config => {
      const target = await targetOf(config, this.globals, this.io, {
        policy: this.#credentialPlugins,
        usesStdin: this.#usesStdin(),
      });
      this.server = target.server;
      return target;
    });
    return this.#target;
  }

  /** True where the words name standard input. */
  #usesStdin(): boolean {
    return (
      this.args.includes('-') || (this.flags.has('filename') && this.flags.list('filename').includes('-'))
    );
  }

  connection(): Promise<Connection> {
    this.#connection ??= this.target().then(async target => {
      const connection = this.#connected(target);
      if (this.globals.bool('match-server-version'))
        await checkServerVersion(new ApiClient(connection.transport, text => this.warn(text)));
      return connection;
    });
    return this.#connection;
  }

  #connected(target: ConnectionTarget): Connection {
    const timeoutMs = requestTimeoutMs(this.globals.string('request-timeout'));
    const connection = this.#connect(target);
    const { clock, processId, stderr } = this.io;
    const logged = loggedTransport(connection.transport, {
      verbosity: this.globals.int('v'),
      server: target.server,
      processId,
      clock,
      write: text => stderr.write(text),
    });
    const transport = timedTransport(logged, timeoutMs, clock, why => {
      if (this.globals.int('v') < 5) return;
      const text = `"Unable to decode an event from the watch stream" err=${JSON.stringify(why)}`;
      stderr.write(`${klogHead(clock.now(), processId, 'streamwatcher.go')}${text}\n`);
    });
    return {
      transport,
      openSocket: (path, protocols) => connection.openSocket(path, protocols),
      proxy: options => connection.proxy(options),
      [Symbol.dispose]: () => connection[Symbol.dispose](),
    };
  }

  api(): Promise<ApiClient> {
    this.#api ??= this.connection().then(
      connection => new ApiClient(connection.transport, text => this.warn(text)),
    );
    return this.#api;
  }

  async client(): Promise<Client> {
    return createClient((await this.connection()).transport);
  }

  mapper(): Promise<RestMapper> {
    this.#mapper ??= this.api().then(api => RestMapper.read(api, text => this.warn(text)));
    return this.#mapper;
  }

  /** The namespace to work in, and whether the user named it. */
  async namespace(): Promise<{ name: string; explicit: boolean }> {
    if (this.globals.changed('namespace'))
      return { name: this.globals.string('namespace') || 'default', explicit: true };
    const config = await this.config();
    const context = config.contexts.get(this.globals.string('context') || config.currentContext);
    return { name: context?.namespace || 'default', explicit: false };
  }

  /** The printer that -o asks for, if any. */
  printer(operation?: string): Promise<ObjectPrinter | undefined> {
    return printerOf(this.flags, this.io.fs, { operation });
  }

  warn(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.error(`Warning: ${text}\n`);
  }

  get warnings(): number {
    return this.#warned.size;
  }

  /** A mistake in the command's words. */
  usageError(message: string): CliError {
    return new CliError(`${message}\nSee '${this.commandPath} -h' for help and examples`);
  }

  [Symbol.dispose](): void {
    void this.#connection?.then(
      connection => connection[Symbol.dispose](),
      () => undefined,
    );
  }
}
