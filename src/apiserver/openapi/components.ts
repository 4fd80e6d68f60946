import { table } from '#base/members.ts';
import type { GroupVersionKind } from '#api/schemas.ts';
import type { Breathe } from '#base/time-slice.ts';
import type { Dialect, Json } from './dialect.ts';
import type { CustomType } from '../crd/custom-schemas.ts';
import type { AnySchema, FieldSchema, ObjectSchema, ScalarSchema, Schema } from '#machinery/schema.ts';

/** The text of one type: its own, and its fields' by JSON name. */
export interface TypeDescription {
  readonly description: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

export interface ComponentSources {
  /** The kinds that a type stands for, as x-kubernetes-group-version-kind lists them. */
  kindsOf(name: string): readonly GroupVersionKind[];
  /** A custom resource's type, which renders itself. */
  custom?(name: string): CustomType | undefined;
  /** Extensions of a type's definition beside those of its schema. */
  extensionsOf?(name: string): Json;
}

const apimachinery = 'io.k8s.apimachinery.pkg';
const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

/** Of which no text is installed. */
const quantityText =
  'A number with a suffix for its magnitude: of powers of ten (100m, 2k, 1.5G, 3e6), or of two (64Ki, 1.5Gi). Digits beyond the ninth after the point are rounded up.';

/** Types that are no structs in JSON but have a definition of their own. */
const leaves: Readonly<Record<string, { readonly v2: Json; readonly v3: Json }>> = {
  [`${apimachinery}.api.resource.Quantity`]: {
    v2: { type: 'string', description: quantityText },
    v3: { oneOf: [{ type: 'string' }, { type: 'number' }], description: quantityText },
  },
  [`${apimachinery}.util.intstr.IntOrString`]: {
    v2: { type: 'string', format: 'int-or-string' },
    v3: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  },
  [`${apimachinery}.apis.meta.v1.Time`]: both({ type: 'string', format: 'date-time' }),
  [`${apimachinery}.apis.meta.v1.MicroTime`]: both({ type: 'string', format: 'date-time' }),
  [`${apimachinery}.apis.meta.v1.Duration`]: both({ type: 'string' }),
  [`${apimachinery}.apis.meta.v1.FieldsV1`]: both({ type: 'object' }),
  [`${apimachinery}.apis.meta.v1.Patch`]: both({ type: 'object' }),
  [`${apimachinery}.runtime.RawExtension`]: both({ type: 'object' }),
  [`${extensions}.JSON`]: both({}),
  [`${extensions}.JSONSchemaPropsOrArray`]: both({}),
  [`${extensions}.JSONSchemaPropsOrBool`]: both({}),
  [`${extensions}.JSONSchemaPropsOrStringArray`]: both({}),
};

function both(json: Json): { v2: Json; v3: Json } {
  return { v2: json, v3: json };
}

const scalarLeaves = table<string>({
  quantity: `${apimachinery}.api.resource.Quantity`,
  'int-or-string': `${apimachinery}.util.intstr.IntOrString`,
  'date-time': `${apimachinery}.apis.meta.v1.Time`,
  'micro-time': `${apimachinery}.apis.meta.v1.MicroTime`,
  duration: `${apimachinery}.apis.meta.v1.Duration`,
});

const anyLeaves: Readonly<Record<NonNullable<AnySchema['wire']>, string>> = {
  raw: `${apimachinery}.runtime.RawExtension`,
  fieldsV1: `${apimachinery}.apis.meta.v1.FieldsV1`,
  json: `${extensions}.JSON`,
  jsonSchemaPropsOrArray: `${extensions}.JSONSchemaPropsOrArray`,
  jsonSchemaPropsOrBool: `${extensions}.JSONSchemaPropsOrBool`,
  jsonSchemaPropsOrStringArray: `${extensions}.JSONSchemaPropsOrStringArray`,
};

/** Collects the definitions that a document refers to, and theirs. */
export class Components {
  readonly #dialect: Dialect;
  readonly #sources: ComponentSources;
  readonly #done = new Map<string, Json>();
  readonly #pending: ObjectSchema[] = [];

  constructor(dialect: Dialect, sources: ComponentSources) {
    this.#dialect = dialect;
    this.#sources = sources;
  }

  /** A reference to a type, which is then among the definitions. */
  reference(schema: ObjectSchema): Json {
    if (!this.#done.has(schema.name)) {
      this.#done.set(schema.name, {});
      this.#pending.push(schema);
    }
    return this.#refTo(schema.name);
  }

  /** A reference to one of the types without fields, e.g. meta/v1's Patch. */
  leaf(name: string): Json {
    if (!this.#done.has(name)) this.#done.set(name, { ...leaves[name]![this.#dialect] });
    return this.#refTo(name);
  }

  /** Every definition so far, in name order. */
  sorted(): Record<string, Json> {
    return Object.fromEntries([...this.#done].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Works off the types that were referred to so far, and what they refer to. */
  async define(breathe?: Breathe): Promise<void> {
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) {
      await breathe?.();
      this.#done.set(next.name, this.#definition(next));
    }
  }

  #refTo(name: string): Json {
    return { $ref: `#/${this.#dialect === 'v2' ? 'definitions' : 'components/schemas'}/${name}` };
  }

  #definition(schema: ObjectSchema): Json {
    const kinds = this.#sources.kindsOf(schema.name);
    return {
      ...(this.#customBody(schema) ?? this.#objectBody(schema)),
      ...(kinds.length > 0 ? { 'x-kubernetes-group-version-kind': kinds } : {}),
      ...this.#sources.extensionsOf?.(schema.name),
      ...(schema.union ? { 'x-kubernetes-unions': [unionOf(schema.union)] } : {}),
    };
  }

  /** It refers to the metadata that every resource has. */
  #customBody({ name, fields }: ObjectSchema): Json | undefined {
    const custom = this.#sources.custom?.(name);
    const metadata = fields.get('metadata')?.schema;
    if (custom && metadata?.type === 'object') this.reference(metadata);
    return custom?.render(this.#dialect);
  }

  #objectBody(schema: ObjectSchema): Json {
    const properties: Record<string, Json> = {};
    const required: string[] = [];
    for (const field of schema.fields.values()) {
      properties[field.name] = this.#property(field, schema);
      if (field.required) required.push(field.name);
    }
    return {
      ...(schema.fields.size > 0 ? { properties } : {}),
      ...(required.length > 0 ? { required } : {}),
      type: 'object',
      ...(schema.mapType ? { 'x-kubernetes-map-type': schema.mapType } : {}),
      ...(schema.preserveUnknownFields ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    };
  }

  #property(field: FieldSchema, owner: ObjectSchema): Json {
    const { $ref, ...said } = this.#schema(field.schema);
    const type = $ref ? { $ref } : undefined;
    return {
      ...(type && this.#dialect === 'v3' ? { allOf: [type] } : type),
      ...said,
      ...(this.#dialect === 'v3' ? this.#default(field, owner) : {}),
      ...(field.patchMergeKey ? { 'x-kubernetes-patch-merge-key': field.patchMergeKey } : {}),
      ...(field.patchStrategy ? { 'x-kubernetes-patch-strategy': field.patchStrategy.join(',') } : {}),
      ...(field.nullable && !owner.native ? { nullable: true } : {}),
    };
  }

  /** What a field without a value holds: what is declared, or Go's zero value where JSON shows it. */
  #default(field: FieldSchema, owner: ObjectSchema): Json {
    if (field.default !== undefined) return { default: field.default };
    if (!owner.native || field.pointer) return {};
    return zeroDefault(field.schema, field.omitEmpty === true);
  }

  #schema(schema: Schema): Json {
    switch (schema.type) {
      case 'object':
        // Parts of custom types have no name of their own.
        return schema.name === '' ? this.#objectBody(schema) : this.#typed(schema);
      case 'list':
        return {
          type: 'array',
          items: this.#schema(schema.items),
          ...(schema.listMapKeys ? { 'x-kubernetes-list-map-keys': schema.listMapKeys } : {}),
          ...(schema.listType ? { 'x-kubernetes-list-type': schema.listType } : {}),
        };
      case 'map':
        return {
          type: 'object',
          additionalProperties: this.#schema(schema.values),
          ...(schema.mapType ? { 'x-kubernetes-map-type': schema.mapType } : {}),
        };
      case 'any':
        return schema.wire ? this.leaf(anyLeaves[schema.wire]) : {};
      default:
        return this.#scalar(schema);
    }
  }

  /** A reference to a type, with what the place says of it beside. */
  #typed(schema: ObjectSchema): Json {
    const { variantOf, mapType } = schema;
    if (!variantOf) return this.reference(schema);
    return { ...this.reference(variantOf), 'x-kubernetes-map-type': mapType };
  }

  #scalar(schema: ScalarSchema): Json {
    const leaf = scalarLeaves[schema.type] ?? scalarLeaves[schema.format ?? ''];
    if (leaf) return this.leaf(leaf);
    return {
      type: schema.type,
      ...(schema.format ? { format: schema.format } : {}),
      ...(schema.enum ? { enum: schema.enum } : {}),
      ...(schema.listType ? { 'x-kubernetes-list-type': schema.listType } : {}),
    };
  }
}

/** The discriminator's value for a member is its Go name. */
function unionOf(union: NonNullable<ObjectSchema['union']>): Json {
  const goName = (name: string) => `${name[0]!.toUpperCase()}${name.slice(1)}`;
  return {
    ...(union.discriminator ? { discriminator: union.discriminator } : {}),
    'fields-to-discriminateBy': Object.fromEntries(union.members.map(name => [name, goName(name)])),
  };
}

/** A reference stands alone where nothing is said beside it. */
function plainReference(property: Json): Json {
  const { allOf, ...rest } = property;
  return Array.isArray(allOf) && Object.keys(rest).length === 0 ? (allOf[0] as Json) : property;
}

/** Puts texts into definitions that `Components` made. */
export function addDescriptions(
  definitions: Record<string, Json>,
  texts: ReadonlyMap<string, TypeDescription>,
): void {
  for (const [name, text] of texts) {
    const definition = definitions[name];
    if (!definition) continue;
    if (text.description) definition.description = text.description;
    const properties = (definition.properties ?? {}) as Record<string, Json>;
    for (const [field, property] of Object.entries(properties)) {
      const description = text.fields.get(field);
      if (description) property.description = description;
      else properties[field] = plainReference(property);
    }
  }
}

/**
 * Structs are {} and always there; scalars only where `omitempty` does not hide them. What JSON is read by code of its own
 * (times, quantities, raw objects) is null (kube-openapi's generator).
 */
function zeroDefault(schema: Schema, omitEmpty: boolean): Json {
  switch (schema.type) {
    case 'object':
      return schema.native ? { default: {} } : {};
    case 'string':
      return omitEmpty || schema.format ? {} : { default: '' };
    case 'integer':
    case 'number':
      return omitEmpty ? {} : { default: 0 };
    case 'boolean':
      return omitEmpty ? {} : { default: false };
    default:
      return {};
  }
}
