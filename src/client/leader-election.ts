import { type Clock, sleep, toRfc3339Micro } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { leases } from '#api/generated/refs.ts';
import type { Lease } from '#api/generated/types/coordination.v1.ts';
import type { Client } from './client.ts';
import type { EventRecorder } from './events.ts';
import { orNotFound } from './retry.ts';

/** By what a component's candidates choose their leader. */
export interface LeaderElectionSettings {
  readonly leaderElect: boolean;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly resourceName: string;
  readonly resourceNamespace: string;
}

export interface LeaderElectionOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly namespace: string;
  /** The Lease's name, shared by all candidates. */
  readonly name: string;
  /** This candidate's name, unlike any other's. */
  readonly identity: string;
  readonly leaseDurationMs?: number;
  /** A leader that could not renew for this long gives up. */
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  readonly events?: EventRecorder;
  /** Called once elected. The signal aborts when leadership is lost or the election stops. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
}

// client-go's JitterFactor.
const jitter = 1.2;

/**
 * Leads while it holds a Lease. Time-outs are counted on the own clock from when a record was first seen, so that
 * clocks need to run at like speed but not to agree. (client-go tools/leaderelection)
 */
export class LeaderElector {
  readonly #options: Required<Omit<LeaderElectionOptions, 'events'>> & { readonly events?: EventRecorder };
  /** When the lease was last taken or renewed, on the monotonic clock. */
  #renewedMs = 0;
  #seen: { record: string; lease: Lease; atMs: number } | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2000, ...options };
  }

  /** Who leads, as far as known; '' is nobody. */
  get leader(): string {
    return this.#seen?.lease.spec?.holderIdentity ?? '';
  }

  /** See Clock.monotonicMs. */
  get renewedMs(): number {
    return this.#renewedMs;
  }

  get isLeader(): boolean {
    return this.leader === this.#options.identity;
  }

  /** Waits for leadership, leads, and resolves when that ends. On `signal`, hands the lease back first. */
  async run(signal: AbortSignal): Promise<void> {
    if (!(await this.#acquire(signal))) return;
    const lost = new AbortController();
    const leading = this.#options.lead(AbortSignal.any([signal, lost.signal]));
    await this.#renew(signal);
    lost.abort(new Error('leader election lost'));
    await leading;
    if (this.isLeader) await this.#within(this.#options.renewDeadlineMs, this.#release());
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, random, retryPeriodMs } = this.#options;
    while (!signal.aborted) {
      if (await this.#tryHold()) {
        this.#announce('became leader');
        return true;
      }
      await sleep(clock, retryPeriodMs * (1 + jitter * random.next()), signal).catch(() => {});
    }
    return false;
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { clock, retryPeriodMs, renewDeadlineMs } = this.#options;
    this.#renewedMs = clock.monotonicMs();
    while (!signal.aborted) {
      const leftMs = this.#renewedMs + renewDeadlineMs - clock.monotonicMs();
      if (await this.#within(leftMs, this.#tryHold(), signal)) this.#renewedMs = clock.monotonicMs();
      else if (!this.isLeader || clock.monotonicMs() - this.#renewedMs >= renewDeadlineMs) {
        this.#announce('stopped leading');
        return;
      }
      await sleep(clock, retryPeriodMs, signal).catch(() => {});
    }
  }

  /** A server that does not answer at all must keep nobody waiting: undefined when the time is over or `signal` aborts. */
  async #within<T>(limitMs: number, attempt: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    const answered = new AbortController();
    const ending = signal ? AbortSignal.any([signal, answered.signal]) : answered.signal;
    const limit = sleep(this.#options.clock, limitMs, ending).catch(() => {});
    try {
      return await Promise.race([attempt, limit.then(() => undefined)]);
    } finally {
      answered.abort();
    }
  }

  /** Takes or renews the lease; false where another holds it or the server does not answer. */
  async #tryHold(): Promise<boolean> {
    try {
      return await this.#hold();
    } catch (error) {
      const { name, log } = this.#options;
      log.warn('could not take or renew the lease', { lease: name, error: String(error) });
      return false;
    }
  }

  async #hold(): Promise<boolean> {
    const { client, clock, namespace, name, identity } = this.#options;
    const nowMicro = toRfc3339Micro(clock.now());
    const found = await orNotFound(client.get(leases, namespace, name));
    if (!found) {
      const spec = this.#spec({ acquireTime: nowMicro, renewTime: nowMicro, leaseTransitions: 0 });
      this.#observe(await client.create(leases, { metadata: { namespace, name }, spec }));
      return true;
    }
    this.#observe(found);
    const held = found.spec?.holderIdentity === identity;
    if (!held && found.spec?.holderIdentity && !this.#expired()) return false;
    const transitions = found.spec?.leaseTransitions ?? 0;
    const spec = held
      ? this.#spec({
          acquireTime: found.spec?.acquireTime,
          renewTime: nowMicro,
          leaseTransitions: transitions,
        })
      : this.#spec({ acquireTime: nowMicro, renewTime: nowMicro, leaseTransitions: transitions + 1 });
    this.#observe(await client.update(leases, { ...found, spec }));
    return true;
  }

  #spec(
    times: Pick<NonNullable<Lease['spec']>, 'acquireTime' | 'renewTime' | 'leaseTransitions'>,
  ): Lease['spec'] {
    const { identity, leaseDurationMs } = this.#options;
    return { holderIdentity: identity, leaseDurationSeconds: leaseDurationMs / 1000, ...times };
  }

  #observe(lease: Lease): void {
    const record = JSON.stringify(lease.spec);
    if (this.#seen?.record === record) return;
    this.#seen = { record, lease, atMs: this.#options.clock.monotonicMs() };
  }

  #expired(): boolean {
    const durationMs = (this.#seen?.lease.spec?.leaseDurationSeconds ?? 0) * 1000;
    return this.#options.clock.monotonicMs() - (this.#seen?.atMs ?? 0) >= durationMs;
  }

  /** Leaves an unheld lease of one second, so that the next leader need not wait for the time-out. */
  async #release(): Promise<void> {
    const { client, clock, log, name } = this.#options;
    const lease = this.#seen!.lease;
    const now = toRfc3339Micro(clock.now());
    const spec = {
      leaseTransitions: lease.spec?.leaseTransitions,
      leaseDurationSeconds: 1,
      renewTime: now,
      acquireTime: now,
    };
    try {
      this.#observe(await client.update(leases, { ...lease, spec }));
    } catch (error) {
      log.warn('could not release the lease', { lease: name, error: String(error) });
    }
  }

  #announce(what: string): void {
    const { events, identity, log, name } = this.#options;
    log.info(`leader election: ${what}`, { lease: name, identity });
    if (this.#seen) events?.event(this.#seen.lease, 'Normal', 'LeaderElection', `${identity} ${what}`);
  }
}
