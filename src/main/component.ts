import { hostname } from 'node:os';
import { CliError } from '#cli/errors.ts';
import type { CliContext } from '#cli/core/context.ts';
import type { Flag, FlagValues } from '#cli/core/flags.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type Random, randomUuid } from '#base/random.ts';
import { registryMetrics } from '#base/registry-metrics.ts';
import type { Steps } from '#base/steps.ts';
import { SampledFamily, type MetricFamily, familiesOf } from '#base/metric-families.ts';
import { type Client, createClient } from '#client/client.ts';
import { createEventRecorder } from '#client/events.ts';
import { createHttpsTransport } from '#client/https.ts';
import { LeaderElector, type LeaderElectionSettings } from '#client/leader-election.ts';
import { InformerFactory } from '#client/informer.ts';
import { ClientMetrics, limitedTransport, meteredTransport } from '#client/transport-wrappers.ts';
import { buildInfo } from '#apiserver/version.ts';
import { accessFlags, openComponentServer } from './component-access.ts';
import { type ComponentServer, type Configz, serverFlags } from './component-server.ts';
import { processMetrics } from './process-metrics.ts';
import { systemClock, systemRandom } from './system.ts';
import { type LogLevel, logLevels, TextLog } from './text-log.ts';

/** What a component of its own process is made of. */
export interface ComponentParts {
  readonly client: Client;
  /** Another client, with a rate limit of its own. */
  readonly newClient: () => Client;
  /** Not started; stopped by whoever made them. */
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface ComponentOptions {
  /** 'kube-scheduler': its user agent, and the name in its events and its log. */
  readonly name: string;
  readonly context: CliContext;
  readonly election: LeaderElectionSettings;
  readonly rate: ClientRate;
  /** What /configz shows. */
  readonly configz: Configz;
  /** Makes the component, which is started once it leads. */
  readonly make: (parts: ComponentParts) => Component;
}

/** Disposing of it must leave nothing under way; that may happen before its start, and twice. */
export interface Component extends AsyncDisposable {
  /** What /metrics tells of it. */
  readonly metrics: Iterable<MetricFamily>;
  /** What /metrics/resources tells; absent: there is no such page. */
  readonly resources?: () => Steps<string>;
  /** Resolves once it runs. */
  start(): Promise<void>;
}

/** Requests a second that a client may send, and how many at once; a negative rate is no limit. */
export interface ClientRate {
  readonly qps: number;
  readonly burst: number;
}

export interface ComponentDefaults {
  /** Of the lease. */
  readonly resourceName: string;
  readonly port: number;
  readonly rate: ClientRate;
}

/** Flags of every component, named as upstream's. */
export function componentFlags({ resourceName, port, rate }: ComponentDefaults): readonly Flag[] {
  return [
    {
      name: 'kube-api-qps',
      type: 'string',
      default: String(rate.qps),
      help: 'Requests a second to the API server, on average; negative: as many as it likes.',
    },
    {
      name: 'kube-api-burst',
      type: 'int',
      default: rate.burst,
      help: 'Requests to the API server at once.',
    },
    {
      name: 'leader-elect',
      type: 'bool',
      default: true,
      help: 'Work only while holding the lease that all replicas compete for.',
    },
    {
      name: 'leader-elect-lease-duration',
      type: 'duration',
      default: 15_000,
      help: 'How long others wait for a leader that does not renew.',
    },
    {
      name: 'leader-elect-renew-deadline',
      type: 'duration',
      default: 10_000,
      help: 'How long a leader tries to renew before it gives up.',
    },
    {
      name: 'leader-elect-retry-period',
      type: 'duration',
      default: 2_000,
      help: 'The time between two tries to take or to renew the lease.',
    },
    {
      name: 'leader-elect-resource-lock',
      type: 'string',
      default: 'leases',
      help: "The kind of lock: 'leases' is the only one.",
    },
    {
      name: 'leader-elect-resource-name',
      type: 'string',
      default: resourceName,
      help: 'The name of the lease.',
    },
    {
      name: 'leader-elect-resource-namespace',
      type: 'string',
      default: 'kube-system',
      help: 'The namespace of the lease.',
    },
    ...serverFlags(port),
    ...accessFlags,
    { name: 'log-level', type: 'string', default: 'info', help: 'debug, info, warn or error.' },
  ];
}

/** The settings that the flags give; where the user gave none, those of `given`. */
export function electionOf(flags: FlagValues, given?: LeaderElectionSettings): LeaderElectionSettings {
  const pick = <T>(flag: string, read: (name: string) => T, value: T | undefined): T =>
    value === undefined || flags.changed(flag) ? read(flag) : value;
  const milliseconds = (name: string) => flags.duration(name);
  const text = (name: string) => flags.string(name);
  if (text('leader-elect-resource-lock') !== 'leases')
    throw new CliError('error: leader-elect-resource-lock must be "leases"');
  const settings = {
    leaderElect: pick('leader-elect', name => flags.bool(name), given?.leaderElect),
    leaseDurationMs: pick('leader-elect-lease-duration', milliseconds, given?.leaseDurationMs),
    renewDeadlineMs: pick('leader-elect-renew-deadline', milliseconds, given?.renewDeadlineMs),
    retryPeriodMs: pick('leader-elect-retry-period', milliseconds, given?.retryPeriodMs),
    resourceName: pick('leader-elect-resource-name', text, given?.resourceName),
    resourceNamespace: pick('leader-elect-resource-namespace', text, given?.resourceNamespace),
  };
  if (settings.leaseDurationMs <= settings.renewDeadlineMs)
    throw new CliError('error: the lease duration must be greater than the renew deadline');
  return settings;
}

/** The rate that the flags give; where the user gave none, that of `given`. 0 is the default. */
export function rateOf(flags: FlagValues, defaults: ClientRate, given: Partial<ClientRate> = {}): ClientRate {
  const qps = flags.changed('kube-api-qps') ? Number(flags.string('kube-api-qps')) : given.qps;
  if (Number.isNaN(qps)) throw new CliError('error: kube-api-qps must be a number');
  const burst = flags.changed('kube-api-burst') ? flags.int('kube-api-burst') : given.burst;
  if (burst !== undefined && burst < 0) throw new CliError('error: kube-api-burst must not be negative');
  return { qps: qps || defaults.qps, burst: burst || defaults.burst };
}

/** Runs a component until it is interrupted (0), or loses what it leads by (1). */
export async function runComponent(options: ComponentOptions): Promise<number> {
  const { name, context } = options;
  // Whoever takes over a cluster's work must be told which: the user's current context is none of its business.
  if (!context.globals.changed('kubeconfig') && !context.globals.changed('server'))
    throw new CliError('error: --kubeconfig must say which cluster to work for');
  const [clock, random] = [systemClock, systemRandom()];
  const log = new TextLog(line => context.error(line), clock, logLevelOf(context)).with({ component: name });
  const access = await context.target();
  await using stack = new AsyncDisposableStack();
  const requests = new ClientMetrics(new URL(access.server).host);
  const https = stack.use(createHttpsTransport({ access, userAgent: name }));
  const transport = meteredTransport(https, requests, clock);
  const limit = { ...options.rate, clock, metrics: requests };
  const newClient = () => createClient(limitedTransport(transport, limit));
  const client = newClient();
  const seams = { clock, random, log };
  const informers = stack.use(new InformerFactory(client, seams));
  // Who leads, and who may look, is settled whatever the limit.
  const unlimited = createClient(transport);
  const server = stack.use(await openComponentServer(context.flags, unlimited, { ...seams, name }));
  const parts: ComponentParts = { client, newClient, informers, ...seams };
  const component = stack.use(options.make(parts));
  server?.configure(options.configz);
  if (component.resources) server?.tellResources(component.resources);
  const told = familiesOf([buildInfo], component.metrics, requests.families, processMetrics(clock));
  server?.tell(
    familiesOf(
      told,
      registryMetrics(() => told),
    ),
  );
  const run = new ComponentRun({ ...options, parts, unlimited, component, server });
  // Awaited here, for the parts are let go when this returns.
  return await run.until(context.io.interrupted);
}

function logLevelOf({ flags }: CliContext): LogLevel {
  const text = flags.string('log-level');
  const level = logLevels.find(one => one === text);
  if (!level) throw new CliError(`error: log-level must be one of ${logLevels.join(', ')}`);
  return level;
}

interface RunOptions extends Pick<ComponentOptions, 'name' | 'election'> {
  readonly parts: ComponentParts;
  readonly unlimited: Client;
  readonly component: Component;
  readonly server: ComponentServer | undefined;
}

class ComponentRun {
  readonly #options: RunOptions;
  /** Why the component cannot go on. */
  #failure: unknown;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async until(interrupted: AbortSignal): Promise<number> {
    const broken = new AbortController();
    const signal = AbortSignal.any([interrupted, broken.signal]);
    const lead = async (ending: AbortSignal) => {
      try {
        await this.#lead(ending);
      } catch (error) {
        this.#failure = error;
        broken.abort();
      }
    };
    if (this.#options.election.leaderElect) await this.#elect(signal, lead);
    else await lead(signal);
    if (this.#failure !== undefined) throw this.#failure;
    if (interrupted.aborted) return 0;
    this.#options.parts.log.error('leaderelection lost');
    return 1;
  }

  async #elect(signal: AbortSignal, lead: (ending: AbortSignal) => Promise<void>): Promise<void> {
    const { name, election, parts, unlimited, server } = this.#options;
    const { clock, random } = parts;
    const electing = { ...parts, client: unlimited };
    using events = createEventRecorder({ ...electing, component: name });
    const elector = new LeaderElector({
      ...electing,
      ...election,
      namespace: election.resourceNamespace,
      name: election.resourceName,
      identity: `${hostname()}_${randomUuid(random)}`,
      events,
      lead,
    });
    server?.check('leaderElection', () => {
      // A leader that can no longer renew, and still has not noticed.
      const lateMs = clock.monotonicMs() - elector.renewedMs;
      return elector.isLeader && lateMs > election.leaseDurationMs + 20_000
        ? 'failed to renew the lease'
        : undefined;
    });
    server?.tell([
      new SampledFamily(
        {
          name: 'leader_election_master_status',
          help: 'Whether this process leads (1) or waits to (0).',
          stability: 'ALPHA',
        },
        () => [[{ name: election.resourceName }, elector.isLeader ? 1 : 0]],
      ),
    ]);
    await elector.run(signal);
  }

  async #lead(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { component, parts } = this.#options;
    const ended = new Promise<void>(resolve => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    // A server that does not answer must not keep the component from ending.
    await Promise.race([component.start(), ended]);
    if (!signal.aborted) parts.log.info('running');
    await ended;
    await component[Symbol.asyncDispose]();
  }
}
