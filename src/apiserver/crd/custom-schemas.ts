import type { GroupVersion, GroupVersionKind, SchemaRegistry } from '#api/schemas.ts';
import type { ObjectSchema } from '#machinery/schema.ts';
import type { Dialect, Json } from '../openapi/dialect.ts';

/** The type of one version of a custom resource. */
export interface CustomType {
  readonly schema: ObjectSchema;
  readonly kind: GroupVersionKind;
  /** Paths that a field selector may name. */
  readonly selectableFields: readonly string[];
  /** Its definition in OpenAPI, which tells more than the schema does. */
  render(dialect: Dialect): Json;
}

/** The built-in types, and those of the custom resources that are served now. */
export class CustomSchemas implements SchemaRegistry {
  readonly #builtIn: SchemaRegistry;
  readonly #byName = new Map<string, CustomType>();
  readonly #byKind = new Map<string, CustomType>();

  constructor(builtIn: SchemaRegistry) {
    this.#builtIn = builtIn;
  }

  add(type: CustomType): void {
    this.#byName.set(type.schema.name, type);
    this.#byKind.set(keyOf(type.kind), type);
  }

  remove(type: CustomType): void {
    if (this.#byName.get(type.schema.name) === type) this.#byName.delete(type.schema.name);
    if (this.#byKind.get(keyOf(type.kind)) === type) this.#byKind.delete(keyOf(type.kind));
  }

  /** A name for a custom type: another one where a built-in type has that. */
  freeName(name: string): string {
    return this.#builtIn.schemaOf(name) ? `${name}_v2` : name;
  }

  schemaOf(name: string): ObjectSchema | undefined {
    return this.#builtIn.schemaOf(name) ?? this.#byName.get(name)?.schema;
  }

  schemaOfKind(group: string, version: string, kind: string): ObjectSchema | undefined {
    const builtIn = this.#builtIn.schemaOfKind(group, version, kind);
    return builtIn ?? this.#byKind.get(keyOf({ group, version, kind }))?.schema;
  }

  kindOf(name: string): GroupVersionKind | undefined {
    return this.#builtIn.kindOf(name) ?? this.#byName.get(name)?.kind;
  }

  /** Of the built-in types. */
  names(): Iterable<string> {
    return this.#builtIn.names();
  }

  /** Of the built-in types. */
  groupVersions(): readonly GroupVersion[] {
    return this.#builtIn.groupVersions();
  }

  /** A custom type by its definition's name. */
  custom(name: string): CustomType | undefined {
    return this.#byName.get(name);
  }
}

function keyOf({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`;
}
