/** How functions are called and structs are made. */
import type { Type } from './types.ts';
import type { CelValue } from './values.ts';

/** One signature of a function. */
export interface Overload {
  /** The id that cost rules know it by: cel-go's. */
  readonly id: string;
  readonly function: string;
  readonly member: boolean;
  /** The receiver first where it is a member. */
  readonly params: readonly Type[];
  readonly result: Type;
  /** Absent for the few that the evaluator knows itself: logic, conditionals, selection of optionals. */
  readonly call?: (...args: CelValue[]) => CelValue;
  /** At run time the call decides itself what it takes. */
  readonly unguarded?: boolean;
}

/** The construction of a struct by `Name{...}`. */
export interface Constructible {
  readonly type: Type;
  make(fields: ReadonlyMap<string, CelValue>): CelValue;
}
