import type { Fault } from './script.ts';

/** A place that a run came by, and what could have gone wrong there. */
export interface Point {
  readonly place: string;
  readonly occurrence: number;
  readonly kinds: readonly string[];
}

/** Follows a run past the places where something can go wrong, and says where something does. */
export class Points {
  readonly trace: Point[] = [];
  readonly #faults: ReadonlyMap<string, Fault>;
  readonly #counts = new Map<string, number>();

  /** At one place at one time, one thing goes wrong: the last one named. */
  constructor(faults: readonly Fault[]) {
    this.#faults = new Map(faults.map(fault => [`${fault.place}#${fault.occurrence}`, fault]));
  }

  /** The kind of fault that strikes here, if any and if it can. */
  pass(place: string, kinds: readonly string[]): string | undefined {
    const occurrence = (this.#counts.get(place) ?? 0) + 1;
    this.#counts.set(place, occurrence);
    this.trace.push({ place, occurrence, kinds });
    const fault = this.#faults.get(`${place}#${occurrence}`);
    return fault && kinds.includes(fault.kind) ? fault.kind : undefined;
  }
}
