/** The message of an evaluation that would have cost more than its limit. */
export const costLimitExceeded = 'operation cancelled: actual cost limit exceeded';

/** Ends an evaluation: no expression absorbs it. */
export class OutOfBudget extends Error {}

export const outOfBudget = new OutOfBudget(costLimitExceeded);

/**
 * What the cost model lets grow for next to nothing (lists that are added to themselves, texts replaced by longer ones,
 * equality of lists that hold the same list many times) ends here: no request needs as much.
 */
const elementsMax = 5_000_000;
const charactersMax = 64_000_000;

/** A list of so many elements may be. */
export function checkElements(count: number): void {
  if (count > elementsMax) throw outOfBudget;
}

/** A text of so many characters may be. */
export function checkCharacters(count: number): void {
  if (count > charactersMax) throw outOfBudget;
}
