/** Which devices are taken, and how much of those that are shared. */
import type { AllocationResult } from '#api/generated/types/resource.v1.ts';
import { Quantity } from '#machinery/quantity.ts';
import type { Amounts } from './capacity.ts';
import { deviceId } from './pools.ts';

export class Usage {
  /** Whole devices. */
  readonly taken = new Set<string>();
  readonly #shares = new Map<string, Amounts[]>();

  constructor(allocations: Iterable<AllocationResult>) {
    for (const { devices } of allocations) {
      for (const result of devices?.results ?? []) {
        // Whoever looks after devices takes nothing from those that use them.
        if (result.adminAccess) continue;
        const id = deviceId(result);
        if (result.shareID === undefined) this.taken.add(id);
        else this.#shares.set(id, [...this.sharesOf(id), amounts(result.consumedCapacity)]);
      }
    }
  }

  sharesOf(id: string): readonly Amounts[] {
    return this.#shares.get(id) ?? [];
  }

  /** Whether anybody has the device, or a share of it. */
  has(id: string): boolean {
    return this.taken.has(id) || this.#shares.has(id);
  }
}

function amounts(consumed: Readonly<Record<string, string>> = {}): Amounts {
  return new Map(Object.entries(consumed).map(([name, value]) => [name, Quantity.parse(value)]));
}
