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
  /** What the texts of a custom resource are, which are kept as they are: their definition's `format`. */
  readonly textFormat?: string;
  /** What the type of a field says though JSON has a text there (bytes). */
  readonly listType?: ListType;
  readonly enum?: readonly string[];
  readonly unsigned?: boolean;
  /** The Go type as decoding errors name it, e.g. 'v1.Protocol'; absent for a plain one. */
  readonly goType?: string;
}

export interface ListSchema {
  readonly type: 'list';
  readonly items: Schema;
  readonly listType?: ListType;
  readonly listMapKeys?: readonly string[];
  /** Protobuf carries the list in a message of its own (authentication's ExtraValue, meta's Verbs). */
  readonly wrapped?: boolean;
  /** What takes the place of items that are null (custom resources). */
  readonly default?: unknown;
}

export interface MapSchema {
  readonly type: 'map';
  readonly values: Schema;
  readonly mapType?: MapType;
  /** The Go type as decoding errors name it; absent for a plain one. The amounts of a v1.ResourceList are whole thousandths. */
  readonly goType?: string;
  /** null is a value of its entries (custom resources). */
  readonly nullable?: boolean;
  /** What takes the place of entries that are null (custom resources). */
  readonly default?: unknown;
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
  /** What the three jsonSchemaProps wires hold. */
  readonly element?: ObjectSchema;
}

export interface ObjectSchema {
  readonly type: 'object';
  /** The OpenAPI definition name, e.g. 'io.k8s.api.core.v1.PodSpec'. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly mapType?: MapType;
  readonly preserveUnknownFields?: boolean;
  /** What it is part of keeps unknown fields: here they go, but who applies them is not refused. */
  readonly mergesUnknownFields?: boolean;
  /**
   * A struct of Go, which has every field at all times: what is absent or null takes its zero value and shows as
   * Go's encoder writes it. Custom resources are not: what they hold is kept as it came.
   */
  readonly native?: boolean;
  /** Part of a custom resource that is a resource itself: it decodes with a type of texts and an ObjectMeta alone. */
  readonly embedded?: boolean;
  /** Structs whose fields JSON shows here (`fields` has them too) and protobuf nests as messages. */
  readonly inlines?: readonly { readonly tag: number; readonly schema: ObjectSchema }[];
  /** The type itself, where a field says that it merges otherwise there. */
  readonly variantOf?: ObjectSchema;
  /** Fields of which at most one is set, with the field that says which ('' where there is none). */
  readonly union?: { readonly discriminator: string; readonly members: readonly string[] };
}

export interface FieldSchema {
  /** The JSON name. */
  readonly name: string;
  readonly schema: Schema;
  /** The protobuf field number; absent for custom resources and for fields of `inlines`. */
  readonly tag?: number;
  /** +required, or neither +optional nor omitempty. */
  readonly required?: boolean;
  /** Left out of JSON when it holds Go's zero value. */
  readonly omitEmpty?: boolean;
  /** Left out of JSON when it is Go's zero struct too. */
  readonly omitZero?: boolean;
  /** null is a value of it (CRDs: nullable). */
  readonly nullable?: boolean;
  /** A Go pointer: protobuf and JSON tell unset from zero. */
  readonly pointer?: boolean;
  /** Strategic merge: `merge`, `replace`, `retainKeys`, from the patchStrategy struct tag. */
  readonly patchStrategy?: readonly ('merge' | 'replace' | 'retainKeys')[];
  readonly patchMergeKey?: string;
  /** +default. */
  readonly default?: unknown;
}
