/** Comprehensions: loops over lists and maps with an accumulator. */
import { accumulatorName, type Comprehension, type Expr } from './ast.ts';
import type { Eval, Frame, Plan } from './frame.ts';
import {
  ArrayList,
  CelError,
  CelList,
  CelMap,
  type CelValue,
  EntryMap,
  isError,
  typeOfValue,
} from './values.ts';

/** The list that a macro collects into: `add` appends to it in place, since nothing else can hold it. */
export class GrowingList extends CelList {
  readonly items: CelValue[] = [];
  get size(): number {
    return this.items.length;
  }
  at(index: number): CelValue {
    return this.items[index]!;
  }
  append(values: Iterable<CelValue>): this {
    for (const value of values) this.items.push(value);
    return this;
  }
}

/** What the planning of a loop asks of the planner. */
interface LoopPlanner {
  plan(expr: Expr): Plan;
  /** A slot of its own in every frame. */
  slot(): number;
  /** Plans within a scope that has these locals. */
  within<T>(locals: Readonly<Record<string, Eval>>, run: () => T): T;
}

interface Slots {
  readonly first: number;
  readonly second: number;
  readonly accumulator: number;
}

export function planLoop(planner: LoopPlanner, expr: Comprehension): Plan {
  const range = planner.plan(expr.range).eval;
  const init = planInit(planner.plan(expr.init), expr.accumulator);
  const slots: Slots = { first: planner.slot(), second: planner.slot(), accumulator: planner.slot() };
  const { accumulator } = slots;
  // The accumulator starts when it is first asked for: a name that is never used costs nothing.
  const outer = { [expr.accumulator]: (frame: Frame) => frame.once(accumulator, () => init(frame)) };
  const local = (slot: number) => (frame: Frame) => frame.slots[slot]!;
  const loopLocals = {
    [expr.variable]: local(slots.first),
    ...(expr.variable2 !== undefined && { [expr.variable2]: local(slots.second) }),
  };
  const planned = planner.within(outer, () => ({
    loop: planner.within(loopLocals, () => ({
      condition: planner.plan(expr.condition).eval,
      step: planner.plan(expr.step).eval,
    })),
    result: planner.plan(expr.result).eval,
  }));
  const loop: Loop = { ...slots, two: expr.variable2 !== undefined, ...planned.loop };
  return {
    eval: frame => {
      const over = range(frame);
      if (isError(over)) return over;
      frame.slots[accumulator] = undefined;
      const refused = fold(frame, over, loop);
      if (refused) return refused;
      return settled(planned.result(frame));
    },
  };
}

/** Collecting macros get an empty container of their own each time. */
function planInit(init: Plan, accumulator: string): Eval {
  if (accumulator !== accumulatorName) return init.eval;
  if (init.constant instanceof CelList) return () => new GrowingList();
  if (init.constant instanceof CelMap) return () => new EntryMap();
  return init.eval;
}

function settled(value: CelValue): CelValue {
  return value instanceof GrowingList ? new ArrayList(value.items) : value;
}

interface Loop extends Slots {
  readonly two: boolean;
  readonly condition: Eval;
  readonly step: Eval;
}

/** Undefined when it went through the range or ended early; an error where the value is no range. */
function fold(frame: Frame, over: CelValue, loop: Loop): CelError | undefined {
  if (over instanceof CelList) {
    for (let i = 0; i < over.size; i++) {
      if (!turn(frame, loop, loop.two ? i : over.at(i), loop.two ? over.at(i) : undefined)) break;
    }
    return undefined;
  }
  if (over instanceof CelMap) {
    for (const key of over.keys()) {
      if (!turn(frame, loop, key, loop.two ? over.find(key) : undefined)) break;
    }
    return undefined;
  }
  return new CelError(`got '${goTypeOf(over)}', expected iterable type`);
}

/** Whether to go on. */
function turn(frame: Frame, loop: Loop, first: CelValue, second: CelValue | undefined): boolean {
  const { slots } = frame;
  slots[loop.first] = first;
  slots[loop.second] = second;
  if (loop.condition(frame) === false) return false;
  slots[loop.accumulator] = loop.step(frame);
  return true;
}

/** What is no list nor map, by the names of cel-go's own types. */
const goTypes: Readonly<Record<string, string>> = {
  null: 'types.Null',
  bool: 'types.Bool',
  int: 'types.Int',
  uint: 'types.Uint',
  double: 'types.Double',
  string: 'types.String',
  bytes: 'types.Bytes',
  timestamp: 'types.Timestamp',
  duration: 'types.Duration',
  type: '*types.Type',
};

function goTypeOf(value: CelValue): string {
  const { kind, name } = typeOfValue(value);
  return goTypes[kind] ?? (name === 'optional_type' ? '*types.Optional' : name);
}
