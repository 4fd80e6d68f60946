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

/** Says which API servers there are (KEP-1965): a Lease in kube-system that is renewed while this one lives. */
export class IdentityLease implements Disposable {
  readonly #options: IdentityLeaseOptions;
  readonly #name: string;
  readonly #holder: string;
  readonly #timer: Disposable;

  constructor(options: IdentityLeaseOptions) {
    this.#options = options;
    const hash = createHash('sha256').update(options.hostname).digest('hex').slice(0, 26);
    this.#name = `apiserver-${hash}`;
    this.#holder = `${this.#name}_${randomUuid(options.random)}`;
    void this.#renew();
    this.#timer = every(options.clock, renewMs, () => void this.#renew());
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
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
      'apiserver.kubernetes.io/identity': 'kube-apiserver',
      'kubernetes.io/hostname': this.#options.hostname,
    };
    return { metadata: { name: this.#name, namespace, labels }, spec: this.#spec() };
  }
}

function absent(error: unknown): undefined {
  if (hasReason(error, 'NotFound')) return undefined;
  throw error;
}
