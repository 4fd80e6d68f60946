import { hostname } from 'node:os';
import { CliError } from '#cli/errors.ts';
import type { CliContext } from '#cli/core/context.ts';
import type { Flag, FlagValues } from '#cli/core/flags.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type Random, randomUuid } from '#base/random.ts';
import { type Client, createClient } from '#client/client.ts';
import { createEventRecorder } from '#client/events.ts';
import { createHttpsTransport } from '#client/https.ts';
import { LeaderElector, type LeaderElectionSettings } from '#client/leader-election.ts';
import { InformerFactory } from '#client/informer.ts';
import { type HealthServer, healthFlags, openHealthServer } from './component-health.ts';
import { systemClock, systemRandom } from './system.ts';
import { type LogLevel, logLevels, TextLog } from './text-log.ts';

/** What a component of its own process is made of. */
export interface ComponentParts {
  readonly client: Client;
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
  /** Makes the component, which is started once it leads. */
  readonly make: (parts: ComponentParts) => Component;
}

/** Disposing of it must leave nothing under way; that may happen before its start, and twice. */
export interface Component extends AsyncDisposable {
  /** Resolves once it runs. */
  start(): Promise<void>;
}

/** Flags of every component, named as upstream's; `resourceName` is its lease. */
export function componentFlags(resourceName: string, port: number): readonly Flag[] {
  return [
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
    ...healthFlags(port),
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
  const transport = stack.use(createHttpsTransport({ access, userAgent: name }));
  const client = createClient(transport);
  const informers = stack.use(new InformerFactory(client, { clock, random, log }));
  const health = stack.use(await openHealthServer(context.flags, log));
  const parts: ComponentParts = { client, informers, clock, random, log };
  const component = stack.use(options.make(parts));
  const run = new ComponentRun({ ...options, parts, component, health });
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
  readonly component: Component;
  readonly health: HealthServer | undefined;
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
    const { name, election, parts, health } = this.#options;
    const { clock, random } = parts;
    using events = createEventRecorder({ ...parts, component: name });
    const elector = new LeaderElector({
      ...parts,
      ...election,
      namespace: election.resourceNamespace,
      name: election.resourceName,
      identity: `${hostname()}_${randomUuid(random)}`,
      events,
      lead,
    });
    health?.check('leaderElection', () => {
      // A leader that can no longer renew, and still has not noticed.
      const lateMs = clock.monotonicMs() - elector.renewedMs;
      return elector.isLeader && lateMs > election.leaseDurationMs + 20_000
        ? 'failed to renew the lease'
        : undefined;
    });
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
