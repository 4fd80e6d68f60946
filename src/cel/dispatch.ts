/** From a call's overloads to the function to run, with the checks that dynamic values need. */
import type { Overload } from './signature.ts';
import { isDynOrError, type Type } from './types.ts';
import { CelError, type CelValue, typeOfValue, valueIsOf } from './values.ts';

export type Callable = (...args: CelValue[]) => CelValue;

/**
 * The call of one of `overloads`, chosen by the values where the static types leave it open. A call whose values fit none
 * of them still tries all of the function's: what the checker excluded may be what a dynamic value is.
 */
export function dispatch(
  overloads: readonly Overload[],
  all: readonly Overload[],
  argTypes: readonly Type[],
): Callable {
  const [only] = overloads;
  const isStatic = overloads.length === 1 && argTypes.every(isKnown);
  if (isStatic && only!.call) return only!.call;
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

/** The type says what values there are, all the way down. */
function isKnown(type: Type): boolean {
  return !isDynOrError(type) && type.kind !== 'param';
}

const operatorName = /^[^a-z]*_$|^[-!]_$/;

function noOverload(name: string, args: readonly CelValue[]): CelError {
  if (operatorName.test(name)) return new CelError('no such overload');
  return new CelError(`no such overload: ${name}(${args.map(arg => typeOfValue(arg).name).join(', ')})`);
}
