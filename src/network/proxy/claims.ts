import type { MapElement, ServiceRules } from './service-rules.ts';

/**
 * Who has which element. Two services may ask for the same one (an external IP and port): the first keeps it, for a
 * second would fail the whole transaction.
 */
export class ElementClaims {
  readonly #owners = new Map<string, string>();
  readonly #waiting = new Map<string, Set<string>>();

  /** Gives up what `service` has and no longer asks for. Tells which services waited for some of it. */
  release(service: string, before: ServiceRules | undefined, after: ServiceRules | undefined): string[] {
    const kept = new Set((after?.elements ?? []).map(keyOf));
    const woken: string[] = [];
    for (const element of before?.elements ?? []) {
      const key = keyOf(element);
      if (kept.has(key) || this.#owners.get(key) !== service) continue;
      this.#owners.delete(key);
      woken.push(...(this.#waiting.get(key) ?? []));
      this.#waiting.delete(key);
    }
    return woken;
  }

  /** `rules` without the elements that another service has. */
  claim(service: string, rules: ServiceRules): ServiceRules {
    const elements = rules.elements.filter(element => this.#claimOne(service, element));
    return elements.length === rules.elements.length ? rules : { ...rules, elements };
  }

  #claimOne(service: string, element: MapElement): boolean {
    const key = keyOf(element);
    const owner = this.#owners.get(key) ?? service;
    if (owner !== service) {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting.add(service));
      return false;
    }
    this.#owners.set(key, service);
    return true;
  }
}

function keyOf(element: MapElement): string {
  return `${element.map} ${element.key}`;
}
