/** Writes into claims which devices they have and which pods they are for, and waits until drivers say that those may be used. */
import { resourceClaims } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type {
  AllocationResult,
  DeviceRequestAllocationResult,
  ResourceClaim,
} from '#api/generated/types/resource.v1.ts';
import { abortReason } from '#base/clock.ts';
import { objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import { claimProtection, isReservedFor } from '#runtime/pod-claims.ts';
import type { ObjectSource } from '../../framework/object-source.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';
import type { ClaimBook } from './claim-book.ts';

const attemptsMax = 5;
/** How long drivers may take. */
const bindingTimeoutMs = 600_000;

export class ClaimWriter {
  readonly #context: PluginContext;
  readonly #book: ClaimBook;
  readonly #source: ObjectSource<ResourceClaim>;

  constructor(context: PluginContext, book: ClaimBook) {
    this.#context = context;
    this.#book = book;
    this.#source = context.lister(resourceClaims);
  }

  /** The claim is the pod's, with these devices where it had none. */
  async reserve(claim: ResourceClaim, allocation: AllocationResult | undefined, pod: Pod): Promise<void> {
    this.#book.wrote(await this.#write(claim, allocation, pod));
    this.#book.drop(claim.metadata.uid!);
  }

  /** Resolves once the drivers say of each device what has to be (KEP-5007); where they do not, the claim loses its devices. */
  async untilUsable(key: string): Promise<void> {
    const claim = this.#book.get(key);
    const results = claim?.status?.allocation?.devices?.results ?? [];
    if (!results.some(({ bindingConditions }) => bindingConditions?.length)) return;
    try {
      await this.#untilUsable(key, results);
    } catch (error) {
      const current = this.#book.get(key);
      if (current?.status?.allocation) await this.deallocate(current);
      throw error;
    }
  }

  async #write(
    claim: ResourceClaim,
    allocation: AllocationResult | undefined,
    pod: Pod,
  ): Promise<ResourceClaim> {
    const { client } = this.#context;
    const { namespace = '', name = '' } = claim.metadata;
    const key = objectKey(claim);
    let current = claim;
    for (let attempt = 1; ; attempt++) {
      try {
        if (current.metadata.uid !== claim.metadata.uid || current.metadata.deletionTimestamp)
          throw new Error(`claim ${key} got deleted in the meantime`);
        if (allocation && current.status?.allocation)
          throw new Error(`claim ${key} got allocated elsewhere in the meantime`);
        if (!allocation && !current.status?.allocation)
          throw new Error(`claim ${key} got deallocated elsewhere in the meantime`);
        const { finalizers = [] } = current.metadata;
        if (allocation && !finalizers.includes(claimProtection)) {
          const metadata = { ...current.metadata, finalizers: [...finalizers, claimProtection] };
          current = await client.update(resourceClaims, { ...current, metadata });
        }
        const reservedFor = current.status?.reservedFor ?? [];
        const entry = { resource: 'pods', name: pod.metadata.name!, uid: pod.metadata.uid! };
        return await client.updateStatus(resourceClaims, {
          ...current,
          status: {
            ...current.status,
            ...(allocation ? { allocation } : {}),
            reservedFor: isReservedFor(pod, current) ? reservedFor : [...reservedFor, entry],
          },
        });
      } catch (error) {
        if (!hasReason(error, 'Conflict') || attempt === attemptsMax) throw error;
        current = await client.get(resourceClaims, namespace, name);
      }
    }
  }

  /** The pod does not need the claim after all; it keeps its devices. */
  async release({ metadata }: ResourceClaim, podUid: string): Promise<void> {
    const patch = {
      metadata: { uid: metadata.uid },
      status: { reservedFor: [{ $patch: 'delete', uid: podUid }] },
    };
    const { namespace = '', name = '' } = metadata;
    const subresource = { subresource: 'status' };
    this.#book.wrote(
      await this.#context.client.patch(resourceClaims, namespace, name, 'strategic', patch, subresource),
    );
  }

  /** So that the claim may get other devices. */
  async deallocate(claim: ResourceClaim): Promise<void> {
    const { allocation, devices, reservedFor, ...rest } = claim.status ?? {};
    this.#book.wrote(await this.#context.client.updateStatus(resourceClaims, { ...claim, status: rest }));
  }

  async #untilUsable(key: string, results: readonly DeviceRequestAllocationResult[]): Promise<void> {
    const { clock, signal } = this.#context;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => {
      const claim = this.#book.get(key);
      if (!claim?.status?.allocation) reject(new Error(`claim ${key} got deallocated in the meantime`));
      else if (results.some(result => hasFailed(claim, result)))
        reject(new Error(`claim ${key} binding failed`));
      else if (results.every(result => isUsable(claim, result))) resolve();
    };
    const stop = () => reject(abortReason(signal));
    const timer = clock.after(bindingTimeoutMs, () =>
      reject(new Error('device binding timeout exceeded, not all device conditions are true')),
    );
    const subscription = this.#source.on({ updated: check, deleted: check });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    else check();
    try {
      await promise;
    } finally {
      timer[Symbol.dispose]();
      subscription[Symbol.dispose]();
      signal.removeEventListener('abort', stop);
    }
  }
}

function conditionsOf({ status }: ResourceClaim, result: DeviceRequestAllocationResult): ReadonlySet<string> {
  const device = status?.devices?.find(
    ({ driver, pool, device: name, shareID }) =>
      driver === result.driver &&
      pool === result.pool &&
      name === result.device &&
      shareID === result.shareID,
  );
  const holding = (device?.conditions ?? []).filter(condition => condition.status === 'True');
  return new Set(holding.map(({ type }) => type));
}

function hasFailed(claim: ResourceClaim, result: DeviceRequestAllocationResult): boolean {
  const holding = conditionsOf(claim, result);
  return (result.bindingFailureConditions ?? []).some(type => holding.has(type));
}

function isUsable(claim: ResourceClaim, result: DeviceRequestAllocationResult): boolean {
  const holding = conditionsOf(claim, result);
  return (result.bindingConditions ?? []).every(type => holding.has(type));
}
