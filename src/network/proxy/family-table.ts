import { ElementClaims } from './claims.ts';
import { type TableFamily, tableFamilyOf } from './families.ts';
import { flowsToForget } from './flows.ts';
import { Leftovers } from './leftovers.ts';
import type { FlowFilter } from './netfilter.ts';
import type { ServiceRules } from './service-rules.ts';
import { fullScript, tableName, type TableOptions } from './table.ts';
import { cleanupScript, type ServiceChange, staleAfter, transactionOf } from './transaction.ts';

/** Rules by service. */
export type RulesOfServices = ReadonlyMap<string, ServiceRules | undefined>;

/** A change of a table that is to be applied. */
export interface TableChange {
  readonly script: string;
  /** Deletes what earlier changes left empty, and this one does not take up again. */
  readonly cleanup: string;
  /** What is no longer where it was, once the change is applied. */
  readonly flows: readonly FlowFilter[];
  /** Services that waited for what others give up in this change. */
  readonly woken: readonly string[];
  /** To be called once the kernel has taken it, with the clean-up or without. */
  applied(isCleaned: boolean): void;
}

/** What stands in the table of one IP family. Nothing here asks the kernel. */
export class FamilyTable {
  readonly family: TableFamily;
  /** Addresses of all pods of the cluster in this family. */
  readonly podCidr: string;
  readonly name: string;
  readonly #applied = new Map<string, ServiceRules>();
  readonly #leftovers = new Leftovers();
  #claims = new ElementClaims();

  constructor(clusterName: string, podCidr: string) {
    this.family = tableFamilyOf(podCidr);
    this.podCidr = podCidr;
    this.name = tableName(this.family, clusterName);
  }

  get hasLeftovers(): boolean {
    return this.#leftovers.size > 0;
  }

  /** The table anew, with these services alone. */
  replace(options: Omit<TableOptions, 'podCidr'>, wanted: RulesOfServices): TableChange {
    this.#claims = new ElementClaims();
    const before = new Map(this.#applied);
    const after = this.#claimAll(wanted);
    const rules = [...after.values()].filter(one => one !== undefined);
    const script = fullScript({ ...options, podCidr: this.podCidr }, rules);
    const changes = changesOf([...before.keys(), ...after.keys()], before, after);
    return {
      ...{ script, cleanup: '', woken: [] },
      flows: this.#flows(changes),
      applied: () => {
        this.#leftovers.clear();
        this.#put(changes);
      },
    };
  }

  /** Some services anew. */
  change(wanted: RulesOfServices): TableChange {
    const woken: string[] = [];
    for (const [key, rules] of wanted)
      woken.push(...this.#claims.release(key, this.#applied.get(key), rules));
    const after = this.#claimAll(wanted);
    const changes = changesOf([...after.keys()], this.#applied, after);
    const rulesOf = (key: string) => (after.has(key) ? after.get(key) : this.#applied.get(key));
    return {
      script: transactionOf(this.name, [...changes.values()]),
      cleanup: cleanupScript(this.name, this.#leftovers.free(rulesOf)),
      woken: woken.filter(key => !wanted.has(key)),
      flows: this.#flows(changes),
      applied: isCleaned => {
        if (isCleaned) this.#leftovers.clear();
        this.#put(changes);
        for (const [key, change] of changes) this.#leftovers.add(key, staleAfter(change));
      },
    };
  }

  #claimAll(wanted: RulesOfServices): Map<string, ServiceRules | undefined> {
    return new Map([...wanted].map(([key, rules]) => [key, rules && this.#claims.claim(key, rules)]));
  }

  #flows(changes: ReadonlyMap<string, ServiceChange>): FlowFilter[] {
    return [...changes.values()].flatMap(({ before, after }) => flowsToForget(this.family, before, after));
  }

  #put(changes: ReadonlyMap<string, ServiceChange>): void {
    for (const [key, { after }] of changes) {
      if (after) this.#applied.set(key, after);
      else this.#applied.delete(key);
    }
  }
}

function changesOf(
  keys: readonly string[],
  before: RulesOfServices,
  after: RulesOfServices,
): Map<string, ServiceChange> {
  return new Map(keys.map(key => [key, { before: before.get(key), after: after.get(key) }]));
}
