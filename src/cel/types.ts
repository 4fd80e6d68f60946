/**
 * The types of CEL. A struct type carries its fields, so that no registry is needed to look them up; two types are the
 * same when they print the same.
 */

export type TypeKind =
  | 'dyn'
  | 'error'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'list'
  | 'map'
  | 'struct'
  | 'opaque'
  | 'type'
  | 'param';

/** What a struct type has: the type of a field by its CEL name, undefined where there is none. */
export type FieldTypes = (field: string) => Type | undefined;

export interface Type {
  readonly kind: TypeKind;
  /** As `type(x)` shows it at run time. */
  readonly name: string;
  readonly params: readonly Type[];
  /** Of a struct type alone, where expressions may select them. */
  readonly fields?: FieldTypes;
}

const none: readonly Type[] = [];

function simple(kind: TypeKind, name: string = kind): Type {
  return { kind, name, params: none };
}

export const dynType = simple('dyn');
export const errorType = simple('error', '!error!');
export const nullType = simple('null', 'null_type');
export const boolType = simple('bool');
export const intType = simple('int');
export const uintType = simple('uint');
export const doubleType = simple('double');
export const stringType = simple('string');
export const bytesType = simple('bytes');
export const timestampType = simple('timestamp', 'google.protobuf.Timestamp');
export const durationType = simple('duration', 'google.protobuf.Duration');
/** `type` itself, whose parameter says of what it is the type. */
export const typeType = simple('type');

export function listOf(element: Type): Type {
  return { kind: 'list', name: 'list', params: [element] };
}

export function mapOf(key: Type, value: Type): Type {
  return { kind: 'map', name: 'map', params: [key, value] };
}

export function optionalOf(value: Type): Type {
  return { kind: 'opaque', name: 'optional_type', params: [value] };
}

export function typeOfType(of: Type): Type {
  return { kind: 'type', name: 'type', params: [of] };
}

/** A type variable of a function's signature, or a free one of the checker. */
export function typeParam(name: string): Type {
  return { kind: 'param', name, params: none };
}

/** A type that expressions only pass to functions, e.g. net.IP. */
export function opaqueType(name: string, ...params: Type[]): Type {
  return { kind: 'opaque', name, params };
}

/** Without fields, a type that only its library looks into. */
export function structType(name: string, fields?: FieldTypes): Type {
  return fields ? { kind: 'struct', name, params: none, fields } : { kind: 'struct', name, params: none };
}

export function isOptional(type: Type): boolean {
  return type.kind === 'opaque' && type.name === 'optional_type';
}

export function isDynOrError(type: Type): boolean {
  return type.kind === 'dyn' || type.kind === 'error';
}

/** As error texts of the type check show it. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'duration':
    case 'timestamp':
    case 'null':
      return type.kind;
    default:
      return type.params.length === 0
        ? type.name
        : `${type.name}(${type.params.map(param => typeText(param)).join(', ')})`;
  }
}

export function sameType(left: Type, right: Type): boolean {
  return (
    left === right ||
    (left.kind === right.kind &&
      left.name === right.name &&
      left.params.length === right.params.length &&
      left.params.every((param, i) => sameType(param, right.params[i]!)))
  );
}
