import type { GoDeclaration, GoField, Markers } from './go-source.ts';
import type { ApiPackage, ApiType, Resolver } from './model.ts';

/** What the facts say of one field. */
export interface ApiField {
  /** '' for an inlined struct. */
  readonly jsonName: string;
  readonly tag: number | undefined;
  readonly type: ApiType;
  readonly inline: boolean;
  readonly optional: boolean;
  readonly omitEmpty: boolean;
  readonly omitZero: boolean;
  readonly markers: Markers;
  readonly patchStrategy: string | undefined;
  readonly patchMergeKey: string | undefined;
  /** JSON text. */
  readonly default: string | undefined;
}

/** The fields of a struct in declaration order; inlined TypeMeta comes out as kind and apiVersion. */
export function apiFields(resolver: Resolver, pkg: ApiPackage, struct: GoDeclaration): ApiField[] {
  const { owner, declaration, fields } = resolver.fieldsOf(pkg, struct);
  return fields.flatMap(field => apiField(resolver, owner, declaration, field));
}

function apiField(resolver: Resolver, owner: ApiPackage, struct: GoDeclaration, field: GoField): ApiField[] {
  const json = field.tags.json;
  if (json === undefined || json === '-' || /^[a-z]/.test(field.name)) return [];
  const [jsonName, ...options] = json.split(',');
  const inline = options.includes('inline') || (field.embedded && jsonName === '');
  if (inline && field.name === 'TypeMeta') return [typeMetaField('kind'), typeMetaField('apiVersion')];
  const tag = protobufNumber(field.tags.protobuf);
  const omitZero = options.includes('omitzero');
  const omitEmpty = options.includes('omitempty');
  const base = {
    jsonName: inline ? '' : jsonName!,
    tag,
    type: resolver.resolve(field.type, owner, struct.imports),
    inline,
    optional: isOptional(field.markers, omitEmpty),
    omitEmpty,
    omitZero,
    markers: field.markers,
    patchStrategy: field.tags.patchStrategy,
    patchMergeKey: field.tags.patchMergeKey,
    default: defaultOf(owner, field),
  };
  return [base];
}

function typeMetaField(jsonName: string): ApiField {
  return {
    jsonName,
    tag: undefined,
    type: { form: 'scalar', name: 'string' },
    inline: false,
    optional: true,
    omitEmpty: true,
    omitZero: false,
    markers: new Map(),
    patchStrategy: undefined,
    patchMergeKey: undefined,
    default: undefined,
  };
}

function protobufNumber(tag: string | undefined): number | undefined {
  const number = /^\w+,(\d+)/.exec(tag ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}

function isOptional(markers: Markers, omitEmpty: boolean): boolean {
  if (markers.has('required') || markers.has('k8s:required')) return false;
  return markers.has('optional') || markers.has('k8s:optional') || omitEmpty;
}

function defaultOf(owner: ApiPackage, field: GoField): string | undefined {
  const text = field.markers.get('default')?.[0] ?? field.markers.get('k8s:default')?.[0];
  if (text === undefined) return undefined;
  const constant = /^ref\((?:.*\.)?(\w+)\)$/.exec(text)?.[1];
  if (constant === undefined) return text;
  const found = owner.go.constants.get(constant);
  if (!found || !('value' in found)) throw new Error(`${owner.key} has no constant ${constant}`);
  return JSON.stringify(found.value);
}
