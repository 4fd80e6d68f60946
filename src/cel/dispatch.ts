/** From a call's overloads to the function to run, with the checks that dynamic values need. */
import type { Overload } from './signature.ts';
import { CelError, type CelValue, typeOfValue, valueIsOf } from './values.ts';

export type Callable = (...args: CelValue[]) => CelValue;

/**
 * The call of one of `overloads`, chosen by the values: data may hold null where its type is another. A call whose values fit none
 * of them still tries all of the function's: what the checker excluded may be what a dynamic value is.
 */
export function dispatch(overloads: readonly Overload[], all: readonly Overload[]): Callable {
  const [only] = overloads;
  const { member } = only!;
  const candidates = [
    ...overloads,
    ...all.filter(other => other.member === member && !overloads.includes(other)),
  ];
  return (...args) => {
    for (const { params, call, unguarded } of candidates) {
      if (!call || params.length !== args.length) continue;
      if (unguarded || params.every((param, i) => valueIsOf(args[i]!, param))) {
        return call(...args);
      }
    }
    return noOverload(only!.function, args);
  };
}

const numbers = ['int', 'uint', 'double'];
const ordered = [...numbers, 'bool', 'string', 'bytes', 'duration', 'timestamp'];

/** What cel-go calls by what its first operand can do: the kinds of values that can. */
const operands: Readonly<Record<string, readonly string[]>> = {
  '_+_': [...numbers, 'string', 'bytes', 'duration', 'timestamp', 'list'],
  '_-_': [...numbers, 'duration', 'timestamp'],
  '_*_': numbers,
  '_/_': numbers,
  '_%_': ['int', 'uint'],
  '-_': ['int', 'double', 'duration'],
  '_<_': ordered,
  '_<=_': ordered,
  '_>_': ordered,
  '_>=_': ordered,
  size: ['string', 'bytes', 'list', 'map'],
};

/** What answers for itself that it does not know an operation. */
const receivers = ['string', 'duration', 'timestamp'];
/** What looks at its operands itself. */
const plain = new Set(['@in', '!_', 'matches', 'contains', 'startsWith', 'endsWith']);

function noOverload(name: string, args: readonly CelValue[]): CelError {
  if (plain.has(name)) return new CelError('no such overload');
  if (Object.hasOwn(operands, name)) {
    const { kind } = typeOfValue(args[0]!);
    const isAble = operands[name]!.includes(kind) || receivers.includes(kind);
    return new CelError(isAble ? 'no such overload' : `no such overload: ${name}`);
  }
  return new CelError(`no such overload: ${name}(${args.map(arg => typeOfValue(arg).name).join(', ')})`);
}
