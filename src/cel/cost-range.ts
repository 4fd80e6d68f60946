/** Ranges of sizes and costs, and what a call's estimate is made from. */
import type { Expr } from './ast.ts';
import type { Declaration } from './declaration.ts';
import type { Type } from './types.ts';

/** A range. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export type CostEstimate = Range;

export const unknownSize: Range = { min: 0, max: Number.POSITIVE_INFINITY };

export function fixed(value: number): Range {
  return { min: value, max: value };
}

export function add(...ranges: readonly Range[]): Range {
  return ranges.reduce((sum, range) => ({ min: sum.min + range.min, max: sum.max + range.max }), fixed(0));
}

/** Nothing times anything is nothing, infinity too. */
export function times(left: number, right: number): number {
  return left === 0 || right === 0 ? 0 : left * right;
}

export function multiply(left: Range, right: Range): Range {
  return { min: times(left.min, right.min), max: times(left.max, right.max) };
}

export function scale(range: Range, factor: number): Range {
  return { min: Math.ceil(times(range.min, factor)), max: Math.ceil(times(range.max, factor)) };
}

export function union(left: Range, right: Range): Range {
  return { min: Math.min(left.min, right.min), max: Math.max(left.max, right.max) };
}

/** What a call's estimate may ask about an operand. */
export interface Operand {
  readonly expr: Expr;
  readonly type: Type;
  /** Its size, undefined where nothing bounds it. */
  readonly size: Range | undefined;
  /** The declaration that it stands for, where it is a path from a variable. */
  readonly declaration: Declaration | undefined;
}

export interface CallEstimate {
  readonly cost: Range;
  readonly resultSize?: Range | undefined;
}
