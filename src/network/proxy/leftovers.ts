import type { ServiceRules } from './service-rules.ts';
import type { Stale } from './transaction.ts';

/** Chains and sets that were emptied, each with the service whose it was. They go in a later transaction: see `transactionOf`. */
export class Leftovers {
  readonly #chains = new Map<string, string>();
  readonly #sets = new Map<string, string>();

  get size(): number {
    return this.#chains.size + this.#sets.size;
  }

  add(service: string, { chains, sets }: Stale): void {
    for (const name of chains) this.#chains.set(name, service);
    for (const name of sets) this.#sets.set(name, service);
  }

  clear(): void {
    this.#chains.clear();
    this.#sets.clear();
  }

  /** Those that may go, by what services have from now on; what a service has taken up again is none. */
  free(rulesOf: (service: string) => ServiceRules | undefined): Stale {
    const keep = (names: Map<string, string>, of: 'chains' | 'sets') => {
      for (const [name, service] of names) if (rulesOf(service)?.[of].has(name)) names.delete(name);
      return [...names.keys()];
    };
    return { chains: keep(this.#chains, 'chains'), sets: keep(this.#sets, 'sets') };
  }
}
