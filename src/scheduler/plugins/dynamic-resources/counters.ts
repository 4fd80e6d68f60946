/** Counters that devices of a pool share: parts of one device, of which not all can be had at once (KEP-4815). */
import type { DeviceCounterConsumption } from '#api/generated/types/resource.v1.ts';
import { Quantity } from '#machinery/quantity.ts';
import type { Pool, PublishedDevice } from './pools.ts';
import type { Usage } from './usage.ts';

export class CounterBook {
  readonly #usage: Usage;
  /** What is left by 'set/counter', for each pool that was asked about. */
  readonly #left = new Map<Pool, Map<string, Quantity>>();

  constructor(usage: Usage) {
    this.#usage = usage;
  }

  /** Whether there is enough left for a device beside those that are about to be taken. */
  hasRoom({ pool, device }: PublishedDevice, chosen: readonly PublishedDevice[]): boolean {
    if (!device.consumesCounters?.length) return true;
    const left = new Map(this.#leftIn(pool));
    for (const other of new Set(chosen)) {
      if (other.pool === pool) consume(left, other.device.consumesCounters);
    }
    consume(left, device.consumesCounters);
    return counters(device.consumesCounters).every(([name]) => left.get(name)!.sign >= 0);
  }

  #leftIn(pool: Pool): ReadonlyMap<string, Quantity> {
    const known = this.#left.get(pool);
    if (known) return known;
    const left = new Map<string, Quantity>();
    for (const { spec } of pool.slices) {
      for (const { name: set, counters: all = {} } of spec.sharedCounters ?? []) {
        for (const [name, { value }] of Object.entries(all))
          left.set(`${set}/${name}`, Quantity.parse(value));
      }
    }
    for (const { id, device } of pool.devices)
      if (this.#usage.has(id)) consume(left, device.consumesCounters);
    this.#left.set(pool, left);
    return left;
  }
}

function counters(consumptions: readonly DeviceCounterConsumption[] = []): [string, string][] {
  return consumptions.flatMap(({ counterSet, counters: all = {} }) =>
    Object.entries(all).map(([name, { value }]): [string, string] => [`${counterSet}/${name}`, value]),
  );
}

function consume(
  left: Map<string, Quantity>,
  consumptions: readonly DeviceCounterConsumption[] | undefined,
): void {
  for (const [name, value] of counters(consumptions)) {
    left.set(name, (left.get(name) ?? Quantity.zero).sub(Quantity.parse(value)));
  }
}
