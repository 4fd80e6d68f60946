/**
 * Schema facts: one description of a type drives decoding, pruning, defaulting, patch merging, protobuf, OpenAPI
 * and explain. Built-in types come from the generated facts (`src/api/generated`), custom ones from a CRD.
 */

/** How a map, list or struct merges (structured-merge-diff, KEP-555). */
export type ListType = 'atomic' | 'set' | 'map';
export type MapType = 'atomic' | 'granular';

export type Schema = ScalarSchema | ListSchema | MapSchema | ObjectSchema | AnySchema;

/** `format` as OpenAPI names it: int32, int64, double, byte (base64 text), date-time, micro-time, quantity. */
export interface ScalarSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string' | 'quantity';
  readonly format?: 'int32' | 'int64' | 'double' | 'byte' | 'date-time' | 'micro-time' | 'duration';
  readonly enum?: readonly string[];
  readonly unsigned?: boolean;
}

export interface ListSchema {
  readonly type: 'list';
  readonly items: Schema;
  readonly listType?: ListType;
  readonly listMapKeys?: readonly string[];
}

export interface MapSchema {
  readonly type: 'map';
  readonly values: Schema;
  readonly mapType?: MapType;
}

/** Any JSON value, kept as it is (runtime.RawExtension, JSON, preserve-unknown-fields). */
export interface AnySchema {
  readonly type: 'any';
  /** How protobuf carries it: 'raw' is RawExtension (field 1), 'json' is apiextensions JSON, 'fieldsV1' FieldsV1. */
  readonly wire?:
    | 'raw'
    | 'json'
    | 'fieldsV1'
    | 'jsonSchemaPropsOrBool'
    | 'jsonSchemaPropsOrArray'
    | 'jsonSchemaPropsOrStringArray';
}

export interface ObjectSchema {
  readonly type: 'object';
  /** The OpenAPI definition name, e.g. 'io.k8s.api.core.v1.PodSpec'. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly mapType?: MapType;
  /** Names of fields of which at most one is set, with its discriminator. */
  readonly preserveUnknownFields?: boolean;
}

export interface FieldSchema {
  /** The JSON name. */
  readonly name: string;
  readonly schema: Schema;
  /** The protobuf field number; absent for custom resources. */
  readonly tag?: number;
  /** +required, or neither +optional nor omitempty. */
  readonly required?: boolean;
  /** Left out of JSON when it holds Go's zero value. */
  readonly omitEmpty?: boolean;
  /** A Go pointer: protobuf and JSON tell unset from zero. */
  readonly pointer?: boolean;
  /** Strategic merge: `merge`, `replace`, `retainKeys`, from the patchStrategy struct tag. */
  readonly patchStrategy?: readonly ('merge' | 'replace' | 'retainKeys')[];
  readonly patchMergeKey?: string;
  /** +default. */
  readonly default?: unknown;
}
