import type { Service } from '#api/generated/types/core.v1.ts';
import type { ParentReference } from '#api/generated/types/networking.v1.ts';
import type { Random } from '#base/random.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { type Span, fromSpans } from './spans.ts';

/** Of no resource that is served: upstream keeps a bitmap there. */
export const nodePortsBucket = 'ranges/servicenodeports';

/** Says whose a node port is. Its name is the number: upstream gives a port to one Service, whatever the protocol. */
export interface NodePortClaim extends KubeObject {
  readonly spec: { readonly parentRef: ParentReference };
}

export function nodePortClaim(port: number, { metadata }: Service): NodePortClaim {
  const { namespace, name } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'RangeAllocation',
    metadata: { name: String(port) },
    spec: { parentRef: { resource: 'services', namespace: namespace!, name: name! } },
  };
}

/** The node ports that a Service has, each once. */
export function nodePortsOf({ spec }: Service): number[] {
  if (spec?.type === 'ExternalName') return [];
  const ports = (spec?.ports ?? []).map(port => port.nodePort ?? 0);
  return [...new Set([...ports, spec?.healthCheckNodePort ?? 0])].filter(port => port > 0);
}

/** Who chooses Services' node ports. `given`: what a Service got already. */
export interface NodePortChooser {
  /** Why a Service may not have this very port; undefined where it may. */
  refusal(port: number, given: ReadonlySet<number>): string | undefined;
  /** A free port; undefined where there is none. */
  next(given: ReadonlySet<number>): number | undefined;
}

/** What whoever only tries gets comes after this port. */
const lastTried = 32_768;

/** The ports that the nodes keep for Services. */
export class NodePorts implements NodePortChooser {
  readonly #claims: ResourceCache;
  readonly #random: Random;
  readonly #range: Span;

  constructor(cache: StateCache, random: Random, range: Span) {
    this.#claims = cache.bucket(nodePortsBucket);
    this.#random = random;
    this.#range = range;
  }

  get text(): string {
    return `${this.#range[0]}-${this.#range[1]}`;
  }

  isInRange(port: number): boolean {
    return port >= this.#range[0] && port <= this.#range[1];
  }

  /** Whoever only tries may ask for any port that nobody has, and is given some number. */
  forDryRun(): NodePortChooser {
    return {
      refusal: (port, given) => this.#takenBefore(port, given),
      next: given => (given.size === 0 ? lastTried : Math.max(...given)) + 1,
    };
  }

  refusal(port: number, given: ReadonlySet<number>): string | undefined {
    if (!this.isInRange(port))
      return `provided port is not in the valid range. The range of valid ports is ${this.text}`;
    return this.#takenBefore(port, given);
  }

  #takenBefore(port: number, given: ReadonlySet<number>): string | undefined {
    return this.#isFree(port, given) ? undefined : 'provided port is already allocated';
  }

  next(given: ReadonlySet<number>): number | undefined {
    return fromSpans(spansOf(this.#range), this.#random, port => this.#isFree(port, given));
  }

  #isFree(port: number, given: ReadonlySet<number>): boolean {
    return !given.has(port) && !this.#claims.get(String(port));
  }
}

/** The upper part first; the lower is for ports that are asked for by number, while there is room (KEP-3668). */
function spansOf([first, last]: Span): Span[] {
  const size = last - first + 1;
  const band = size <= 16 ? 0 : Math.min(128, Math.max(16, Math.floor(size / 32)));
  return [
    [first + band, last],
    [first, first + band - 1],
  ];
}
