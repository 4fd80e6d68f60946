import { createHash } from 'node:crypto';
import { leases } from '#api/generated/refs.ts';
import type { Lease } from '#api/generated/types/coordination.v1.ts';
import { type Clock, every, toRfc3339Micro } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type Random, randomUuid } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import { hasReason } from '#machinery/status.ts';

export interface IdentityLeaseOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Of the machine or cluster: servers of one name follow each other in one lease. */
  readonly hostname: string;
}

const namespace = 'kube-system';
const renewMs = 10_000;
const durationSeconds = 3_600;
const sweepMs = 3_600_000;
const identityLabel = 'apiserver.kubernetes.io/identity';
const component = 'kube-apiserver';

/**
 * Says which API servers there are (KEP-1965): a Lease in kube-system that is renewed while this one lives. Those of servers
 * that have long been gone are taken away.
 */
export class IdentityLease implements Disposable {
  readonly #options: IdentityLeaseOptions;
  readonly #name: string;
  readonly #holder: string;
  readonly #timers: readonly Disposable[];

  constructor(options: IdentityLeaseOptions) {
    this.#options = options;
    this.#name = serverIdentity(options.hostname);
    this.#holder = `${this.#name}_${randomUuid(options.random)}`;
    void this.#renew();
    this.#timers = [
      every(options.clock, renewMs, () => void this.#renew()),
      every(options.clock, sweepMs, () => void this.#sweep()),
    ];
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer[Symbol.dispose]();
  }

  async #renew(): Promise<void> {
    const { client, log } = this.#options;
    try {
      const held = await client.get(leases, namespace, this.#name).catch(absent);
      if (held) await client.update(leases, { ...held, spec: this.#spec(held) });
      else await client.create(leases, this.#lease());
    } catch (error) {
      log.info('the identity lease is not renewed', { error: (error as Error).message });
    }
  }

  async #sweep(): Promise<void> {
    const { client, clock, log } = this.#options;
    try {
      const labelSelector = `${identityLabel}=${component}`;
      const { items } = await client.list(leases, namespace, { labelSelector });
      for (const { metadata } of items.filter(lease => isOver(lease, clock.now()))) {
        const { name, uid, resourceVersion } = metadata;
        const preconditions = { uid, resourceVersion };
        await client.delete(leases, namespace, name!, { preconditions }).catch(overtaken);
      }
    } catch (error) {
      log.info('the identity leases of others are not looked through', { error: (error as Error).message });
    }
  }

  #spec(held?: Lease): NonNullable<Lease['spec']> {
    const renewTime = toRfc3339Micro(this.#options.clock.now());
    return {
      ...held?.spec,
      holderIdentity: this.#holder,
      leaseDurationSeconds: durationSeconds,
      renewTime,
    };
  }

  #lease(): Partial<Lease> {
    const labels = {
      [identityLabel]: component,
      'kubernetes.io/hostname': this.#options.hostname,
    };
    return { metadata: { name: this.#name, namespace, labels }, spec: this.#spec() };
  }
}

/** What upstream calls the API server of a machine (genericapiserver's config): of each of the two names the length goes before it. */
export function serverIdentity(hostname: string): string {
  const hash = createHash('sha256');
  for (const name of [hostname, component]) {
    const bytes = Buffer.from(name);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return `apiserver-${base32(hash.digest().subarray(0, 16))}`;
}

const base32Digits = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648, in small letters and without padding. */
function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, byte => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map(group => base32Digits[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}

/** A lease that does not say until when it is good is good no more. */
function isOver({ spec }: Lease, nowMs: number): boolean {
  const { renewTime, leaseDurationSeconds } = spec ?? {};
  if (!renewTime || !leaseDurationSeconds) return true;
  return Date.parse(renewTime) + leaseDurationSeconds * 1000 < nowMs;
}

/** It was renewed, or somebody else took it away. */
function overtaken(error: unknown): void {
  if (!hasReason(error, 'Conflict') && !hasReason(error, 'NotFound')) throw error;
}

function absent(error: unknown): undefined {
  if (hasReason(error, 'NotFound')) return undefined;
  throw error;
}
