/** An expression whose every node has a type and a meaning. */
import type { Expr } from './ast.ts';
import type { Constructible, Overload } from './signature.ts';
import type { Type } from './types.ts';
import type { CelValue } from './values.ts';

/** What a node refers to. */
export type Reference =
  | { readonly kind: 'local'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: CelValue }
  | {
      readonly kind: 'function';
      readonly overloads: readonly Overload[];
      /** The receiver turned out to be the function's namespace. */
      readonly namespaced: boolean;
    }
  | { readonly kind: 'struct'; readonly struct: Constructible };

export interface Checked {
  readonly expr: Expr;
  readonly types: ReadonlyMap<Expr, Type>;
  readonly references: ReadonlyMap<Expr, Reference>;
}
