import { cloneJson, deepEqual } from '#base/equal.ts';

/** Who has seen a state of the object that is not the last one, and wants to see that too (KEP-492). */
export class Reinvocation {
  #lastOutput: unknown;
  readonly #invoked = new Set<string>();
  readonly #due = new Set<string>();

  /** Those that had seen the object and want to see every change are due. */
  objectChanged(): void {
    for (const key of this.#invoked) this.#due.add(key);
    this.#invoked.clear();
  }

  sawOutput(object: unknown): void {
    this.#lastOutput = cloneJson(object);
  }

  isLastOutput(object: unknown): boolean {
    return deepEqual(this.#lastOutput, object);
  }

  invoked(key: string, policy: string | undefined): void {
    if (policy === 'IfNeeded') this.#invoked.add(key);
  }

  isDue(key: string): boolean {
    return this.#due.has(key);
  }
}
