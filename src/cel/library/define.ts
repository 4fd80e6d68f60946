/** Short ways to write libraries of overloads. */
import type { Overload } from '../signature.ts';
import type { Type } from '../types.ts';
import { CelError, type CelValue } from '../values.ts';

type Call = NonNullable<Overload['call']>;

/** `name(params)`. */
export function globalFunction(
  name: string,
  id: string,
  params: readonly Type[],
  result: Type,
  call?: Call,
): Overload {
  return { id, function: name, member: false, params, result, ...(call && { call }) };
}

/** `params[0].name(params[1...])`. */
export function memberFunction(
  name: string,
  id: string,
  params: readonly Type[],
  result: Type,
  call?: Call,
): Overload {
  return { id, function: name, member: true, params, result, ...(call && { call }) };
}

/** Errors that an implementation throws for its caller to see. */
export class EvaluationError extends Error {}

/** Turns what an implementation throws into the error value. */
export function guarded<A extends CelValue[]>(call: (...args: A) => CelValue): Call {
  return (...args) => {
    try {
      return call(...(args as A));
    } catch (error) {
      if (error instanceof EvaluationError) return new CelError(error.message);
      throw error;
    }
  };
}
