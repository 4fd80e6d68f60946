import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { StringMap } from '#base/string-map.ts';
import { targetNode } from '../shared/node-affinity.ts';
import {
  type DaemonPlaces,
  type DaemonTerms,
  nothing,
  type Place,
  type PlaceCounts,
  placeOf,
} from './plan.ts';

/**
 * The places of one set, kept in step with its nodes and pods: of thousands one changes at a time, and only those are
 * looked at anew.
 */
export class DaemonBoard implements DaemonPlaces {
  readonly sums: Record<keyof PlaceCounts, number> = { ...nothing };
  /** The set's pods, by the nodes that they are on or meant for. */
  readonly #pods = new StringMap<readonly Pod[]>();
  readonly #places = new StringMap<Place>();
  readonly #open = new StringMap<Place>();
  readonly #outdated = new StringMap<Place>();
  readonly #ripening = new StringMap<Place>();
  readonly #straying = new StringMap<Place>();
  #changed = new Set<string>();
  #terms: { readonly generation: number | undefined; readonly hash: string } | undefined;

  /** A set has asked for it, or will. */
  get isUsed(): boolean {
    return this.#terms !== undefined || this.#pods.size > 0;
  }

  get open(): Iterable<Place> {
    return this.#open.values();
  }

  get outdated(): Iterable<Place> {
    return this.#outdated.values();
  }

  /** When the next pod becomes available by mere waiting. */
  get ripeAtMs(): number | undefined {
    let first: number | undefined;
    for (const { ripeAtMs } of this.#ripening.values())
      if (first === undefined || ripeAtMs! < first) first = ripeAtMs;
    return first;
  }

  /** The set's pods that its selector does not match. */
  strays(): Pod[] {
    return Array.from(this.#straying.values()).flatMap(({ strays }) => strays);
  }

  pods(): Pod[] {
    return Array.from(this.#pods.values()).flat();
  }

  nodeChanged(name: string): void {
    this.#changed.add(name);
  }

  /** A pod of the set as it is now; `old`: as it was. */
  setPod(pod: Pod, old?: Pod): void {
    if (old && targetOf(old) !== targetOf(pod)) this.deletePod(old);
    const target = targetOf(pod);
    this.#pods.set(target, [...this.#others(pod), pod]);
    this.#changed.add(target);
  }

  deletePod(pod: Pod): void {
    const others = this.#others(pod);
    if (others.length > 0) this.#pods.set(targetOf(pod), others);
    else this.#pods.delete(targetOf(pod));
    this.#changed.add(targetOf(pod));
  }

  #others(pod: Pod): readonly Pod[] {
    const there = this.#pods.get(targetOf(pod)) ?? [];
    return there.filter(({ metadata }) => metadata.uid !== pod.metadata.uid);
  }

  /** Looks at what has changed; answers how many places that were. `nodes`: those that are there. */
  refresh(terms: DaemonTerms, nodes: DaemonNodes, nowMs: number): number {
    const { generation } = terms.set.metadata;
    if (this.#terms?.generation !== generation || this.#terms?.hash !== terms.hash) {
      this.#terms = { generation, hash: terms.hash };
      this.#changed = new Set([...nodes.names(), ...this.#pods.keys(), ...this.#places.keys()]);
    }
    for (const { name, ripeAtMs } of this.#ripening.values()) if (ripeAtMs! <= nowMs) this.#changed.add(name);
    const changed = this.#changed;
    // Not emptied, for a set that is used for ever keeps the tables that it outgrew.
    this.#changed = new Set();
    for (const name of changed)
      this.#replace(name, placeOf(terms, name, nodes.get(name), this.#pods.get(name) ?? [], nowMs));
    return changed.size;
  }

  #replace(name: string, place: Place): void {
    const before = this.#places.get(name);
    for (const count of countNames) this.sums[count] += place.counts[count] - (before?.counts[count] ?? 0);
    const isKept = place.shouldRun || this.#pods.get(name) !== undefined;
    note(this.#places, place, isKept);
    note(this.#open, place, place.isOpen);
    note(this.#outdated, place, place.isThere && place.oldPod !== undefined);
    note(this.#ripening, place, place.ripeAtMs !== undefined);
    note(this.#straying, place, place.strays.length > 0);
  }
}

export interface DaemonNodes {
  get(name: string): Node | undefined;
  names(): Iterable<string>;
}

const countNames = Object.keys(nothing) as (keyof PlaceCounts)[];

function note(places: StringMap<Place>, place: Place, belongs: boolean): void {
  if (belongs) places.set(place.name, place);
  else places.delete(place.name);
}

/** '' for a pod that is meant for no node. */
function targetOf(pod: Pod): string {
  return targetNode(pod.spec) ?? '';
}
