import type { MapElement, ServiceRules } from './service-rules.ts';

/** Turns changes of services into scripts for `nft`, as small as the changes. `table` is a `tableName`. */

/** The rules of one service before and after; absent: there were or are none. */
export interface ServiceChange {
  readonly before: ServiceRules | undefined;
  readonly after: ServiceRules | undefined;
}

export interface Stale {
  readonly chains: readonly string[];
  readonly sets: readonly string[];
}

const none: ServiceRules = { chains: new Map(), sets: new Map(), elements: [], udp: [] };

function elementKey(element: MapElement): string {
  return `${element.map} ${element.key}`;
}

function sameRules(one: readonly string[] | undefined, other: readonly string[]): boolean {
  return one?.length === other.length && one.every((rule, i) => rule === other[i]);
}

class Script {
  readonly #table: string;
  readonly #lines: string[] = [];

  constructor(table: string) {
    this.#table = table;
  }

  add(verb: string, kind: string, rest: string): void {
    this.#lines.push(`${verb} ${kind} ${this.#table} ${rest}`);
  }

  element(verb: 'add' | 'delete', { map, key, verdict }: MapElement): void {
    const value = verdict === '' || verb === 'delete' ? key : `${key} : ${verdict}`;
    this.add(verb, 'element', `${map} { ${value} }`);
  }

  toString(): string {
    return this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`;
  }
}

/** What stands in `from` and not, or otherwise, in `to`. */
function elementsOnlyIn(from: ServiceRules, to: ServiceRules): MapElement[] {
  const kept = new Set(to.elements.map(element => `${elementKey(element)} ${element.verdict}`));
  return from.elements.filter(element => !kept.has(`${elementKey(element)} ${element.verdict}`));
}

function changedChains(before: ServiceRules, after: ServiceRules): [string, readonly string[]][] {
  return [...after.chains].filter(([name, rules]) => !sameRules(before.chains.get(name), rules));
}

function missing<T>(from: ReadonlyMap<string, T>, to: ReadonlyMap<string, T>): string[] {
  return [...from.keys()].filter(name => !to.has(name));
}

/**
 * The transaction for some services, as one atomic script; '' where nothing changes. Everything that leaves goes before anything that comes, so that an address can
 * pass from one service to another. Chains and sets are only emptied here: not every kernel lets go of one in the
 * transaction that removes the last reference to it.
 */
export function transactionOf(table: string, changes: readonly ServiceChange[]): string {
  const pairs = changes.map(({ before = none, after = none }) => ({ before, after }));
  const script = new Script(table);
  for (const { before, after } of pairs) {
    for (const element of elementsOnlyIn(before, after)) script.element('delete', element);
  }
  for (const { before, after } of pairs) {
    for (const [name, declaration] of after.sets) {
      if (before.sets.get(name) !== declaration) script.add('add', 'set', `${name} { ${declaration} }`);
    }
    for (const [name] of changedChains(before, after)) script.add('add', 'chain', name);
  }
  for (const { before, after } of pairs) {
    for (const name of missing(before.chains, after.chains)) script.add('flush', 'chain', name);
    for (const [name, rules] of changedChains(before, after)) {
      if (before.chains.has(name)) script.add('flush', 'chain', name);
      for (const rule of rules) script.add('add', 'rule', `${name} ${rule}`);
    }
  }
  for (const { before, after } of pairs) {
    for (const element of elementsOnlyIn(after, before)) script.element('add', element);
  }
  return String(script);
}

/** What nothing refers to once a service has changed so. */
export function staleAfter({ before = none, after = none }: ServiceChange): Stale {
  return { chains: missing(before.chains, after.chains), sets: missing(before.sets, after.sets) };
}

/** The script that deletes what earlier transactions left empty. */
export function cleanupScript(table: string, stale: Stale): string {
  const script = new Script(table);
  for (const name of stale.chains) script.add('delete', 'chain', name);
  for (const name of stale.sets) script.add('delete', 'set', name);
  return String(script);
}
