import type { Schema } from '../schema.ts';

/** An object in the shape of one of its versions. */
export interface Versioned {
  readonly apiVersion: string;
  readonly schema: Schema;
  readonly value: unknown;
  /** It is what there is before an object is: one value for all of a kind. */
  readonly isZero?: boolean;
}

/** The versions of a kind. Undefined where a version is not served any more. */
export interface Versions {
  schemaOf(apiVersion: string): Schema | undefined;
  convert(object: Versioned, apiVersion: string): Promise<Versioned | undefined>;
}
