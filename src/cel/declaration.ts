/**
 * What an expression knows of data from outside: its type, how its JSON is read, and how large it can be. A declaration
 * reads values in place; nothing of an object is copied or visited that the expression does not ask for.
 */
import type { CelValue } from './values.ts';
import type { Type } from './types.ts';

export interface Declaration {
  readonly type: Type;
  /** The JSON value as a CEL value; a CelError where it does not fit the declaration. */
  read(json: unknown): CelValue;
  /** The most elements, entries or bytes that it can have; infinite where nothing says. */
  readonly maxElements: number;
  /** The fewest bytes that it takes as JSON. */
  readonly minSerializedSize: number;
  /** Of an object: its fields by their CEL name. */
  readonly fields?: ReadonlyMap<string, Declaration>;
  /** Of a map. */
  readonly key?: Declaration;
  /** Of a map or list. */
  readonly element?: Declaration;
}
