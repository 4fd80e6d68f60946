import type { AllocationResult, ResourceClaim } from '#api/generated/types/resource.v1.ts';
import { objectKey } from '#machinery/object.ts';
import { OwnWrites } from '#runtime/own-writes.ts';
import type { ObjectSource } from '../../framework/object-source.ts';

const books = new WeakMap<ObjectSource<ResourceClaim>, ClaimBook>();

/** All claims with what has been decided about them: written, though the cache does not show it yet, or about to be. */
export class ClaimBook {
  readonly #source: ObjectSource<ResourceClaim>;
  readonly #writes = new OwnWrites();
  /** The last state that was written of a claim, by its key, until the cache has one as new. */
  readonly #written = new Map<string, ResourceClaim>();
  /** Devices that are about to be written into a claim's status, by its uid. */
  readonly #pending = new Map<string, AllocationResult>();

  private constructor(source: ObjectSource<ResourceClaim>) {
    this.#source = source;
  }

  /** The profiles of one scheduler have one book: they give away the same devices. */
  static of(source: ObjectSource<ResourceClaim>): ClaimBook {
    const book = books.get(source) ?? new ClaimBook(source);
    books.set(source, book);
    return book;
  }

  get(key: string): ResourceClaim | undefined {
    const cached = this.#source.get(key);
    const written = this.#written.get(key);
    if (!written) return cached;
    if (cached && this.#writes.isBehind(key, cached)) return written;
    this.#written.delete(key);
    this.#writes.forget(key);
    return cached;
  }

  /** The allocations of all claims. */
  allocations(): readonly AllocationResult[] {
    for (const key of [...this.#written.keys()]) this.get(key);
    const claims = this.#source.list();
    const known = claims.flatMap(claim => {
      const current = this.#written.size === 0 ? claim : (this.get(objectKey(claim)) ?? claim);
      return current.status?.allocation ?? [];
    });
    return [...known, ...this.#pending.values()];
  }

  isPending({ metadata }: ResourceClaim): boolean {
    return this.#pending.has(metadata.uid!);
  }

  /** Others count the devices as taken from now on. */
  plan({ metadata }: ResourceClaim, allocation: AllocationResult): void {
    this.#pending.set(metadata.uid!, allocation);
  }

  drop(uid: string): void {
    this.#pending.delete(uid);
  }

  /** `claim` is what the server answered. */
  wrote(claim: ResourceClaim): void {
    const key = objectKey(claim);
    this.#writes.note(key, claim);
    this.#written.set(key, claim);
  }
}
