/** One evaluation: what it costs so far, the values of variables and of loops. */
import { costLimitExceeded, OutOfBudget, outOfBudget } from './budget.ts';
import type { Declaration } from './declaration.ts';
import {
  CelDouble,
  CelDuration,
  CelError,
  CelList,
  CelMap,
  CelObject,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelType,
  CelUint,
  type CelValue,
} from './values.ts';

export type Eval = (frame: Frame) => CelValue;

export interface Plan {
  readonly eval: Eval;
  /** Of an attribute: its value without the cost of the attribute itself. */
  readonly resolve?: Eval;
  /** The attribute is a conditional or a selection of one: it costs nothing itself. */
  readonly conditional?: boolean;
  /** The value, where it is known before any evaluation. */
  readonly constant?: CelValue;
}

export class Frame {
  /** Locals of loops and variables that were read, by slot. */
  readonly slots: (CelValue | undefined)[];
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #limit: number;
  cost = 0;

  constructor(slots: number, values: Readonly<Record<string, unknown>>, limit: number) {
    this.slots = new Array<CelValue | undefined>(slots).fill(undefined);
    this.#values = values;
    this.#limit = limit;
  }

  /** What a slot holds, made when it is first asked for. */
  once(slot: number, make: () => CelValue): CelValue {
    const known = this.slots[slot];
    if (known !== undefined) return known;
    const made = make();
    this.slots[slot] = made;
    return made;
  }

  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.#limit) throw outOfBudget;
  }

  /** A variable from outside. */
  read(name: string, declaration: Declaration): CelValue {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    if (value === undefined) return new CelError(`no such attribute(s): ${name}`);
    return isCelValue(value) ? value : declaration.read(value);
  }
}

/** A value that is CEL's already, not JSON. */
function isCelValue(value: unknown): value is CelValue {
  return (
    value instanceof CelObject ||
    value instanceof CelList ||
    value instanceof CelMap ||
    value instanceof CelOpaque ||
    value instanceof CelOptional ||
    value instanceof CelError ||
    value instanceof CelTimestamp ||
    value instanceof CelDuration ||
    value instanceof CelDouble ||
    value instanceof CelUint ||
    value instanceof CelType ||
    value instanceof Uint8Array ||
    typeof value === 'bigint'
  );
}

export function run(
  planned: { readonly plan: Plan; readonly slots: number },
  values: Readonly<Record<string, unknown>>,
  costLimit: number,
): { value: CelValue; cost: number } {
  const frame = new Frame(planned.slots, values, costLimit);
  try {
    return { value: planned.plan.eval(frame), cost: frame.cost };
  } catch (error) {
    if (error instanceof OutOfBudget) return { value: new CelError(costLimitExceeded), cost: frame.cost };
    throw error;
  }
}
