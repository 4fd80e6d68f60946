import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '#api/generated/types/apiextensions.v1.ts';
import { compareStrings } from '#machinery/bytes.ts';
import { Names, nestedName, propertyName } from './names.ts';
import { block, comment, constant, literal, union } from './text.ts';

const header =
  "// Written by 'coxswain generate types'. Do not edit: run it again when the definition changes.\n" +
  "import type { KubeObject, ResourceRef } from 'coxswain';";

/**
 * TypeScript for custom resources: an interface for the objects of each served version, from its structural schema, and a
 * ref to use with clients and controllers. The storage version's names stand alone (`Website`, `websites`), those of
 * other versions end in the version (`WebsiteV1beta1`, `websitesV1beta1`). The same definitions give the same text.
 * Throws an Error where a definition has no schema.
 */
export function generateTypes(definitions: readonly CustomResourceDefinition[]): string {
  const names = new Names();
  const parts = definitions.flatMap(definition => resourceTexts(definition, names));
  return `${[header, ...parts].join('\n\n')}\n`;
}

function resourceTexts({ metadata, spec }: CustomResourceDefinition, names: Names): string[] {
  const served = (spec?.versions ?? []).filter(version => version.served);
  if (served.length === 0) throw new Error(`${metadata.name} serves no version`);
  const plain = served.find(version => version.storage) ?? served[0]!;
  return [plain, ...served.filter(version => version !== plain)].flatMap(version => {
    const schema = version.schema?.openAPIV3Schema;
    if (!schema) throw new Error(`${metadata.name}: version ${version.name} has no schema`);
    const suffix = version === plain ? '' : version.name;
    const kind = names.type(spec.names.kind, suffix);
    const writer = new InterfaceWriter(names);
    writer.resource(kind, schema);
    return [
      ...writer.texts,
      refText({ metadata, spec } as CustomResourceDefinition, version, kind, names, suffix),
    ];
  });
}

function refText(
  { spec }: CustomResourceDefinition,
  { name }: CustomResourceDefinitionVersion,
  kind: string,
  names: Names,
  suffix: string,
): string {
  const { plural, kind: kindName } = spec.names;
  return constant(names.constant(plural, suffix), `ResourceRef<${kind}>`, {
    group: literal(spec.group),
    version: literal(name),
    resource: literal(plural),
    kind: literal(kindName),
    namespaced: String(spec.scope === 'Namespaced'),
  });
}

const preserve = 'x-kubernetes-preserve-unknown-fields';

/** Writes an interface for each object of a schema that has fields, the outer before the inner. */
class InterfaceWriter {
  readonly texts: string[] = [];
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  /** A whole object: what KubeObject has is not said again, and the status is the controller's to fill in. */
  resource(name: string, schema: JSONSchemaProps): void {
    const required = schema.required?.filter(field => field !== 'status');
    this.#interface(name, { ...schema, required }, 'KubeObject');
  }

  #interface(name: string, schema: JSONSchemaProps, base = ''): void {
    const at = this.texts.push('') - 1;
    const known = base ? ['apiVersion', 'kind', 'metadata'] : [];
    // By their names: a cluster tells properties in that order, whatever the file had.
    const fields = Object.entries(schema.properties ?? {})
      .filter(([field]) => !known.includes(field))
      .sort(([a], [b]) => compareStrings(a, b))
      .map(([field, value]) => this.#field(name, field, value, schema.required?.includes(field) ?? false));
    if (schema[preserve]) fields.push(['  [field: string]: unknown;']);
    this.texts[at] = [
      ...comment(schema.description, ''),
      ...block(`export interface ${name}${base && ` extends ${base}`}`, fields.flat()),
    ].join('\n');
  }

  #field(owner: string, field: string, schema: JSONSchemaProps, required: boolean): string[] {
    // What the field is for is said once: at the field.
    const type = this.#type({ ...schema, description: undefined }, nestedName(owner, field));
    const { default: value } = schema;
    const note = value === undefined ? undefined : `Default: ${JSON.stringify(value)}`;
    const start = `${propertyName(field)}${required ? '' : '?'}: `;
    return [
      ...comment([schema.description, note].filter(Boolean).join('\n\n'), '  '),
      ...union(start, type, '  '),
    ];
  }

  /** The members of the type's union; one where it is none. `name` is for an interface, where one is due. */
  #type(schema: JSONSchemaProps, name: string): string[] {
    const types = this.#nonNull(schema, name);
    return schema.nullable && !types.includes('null') && types[0] !== 'unknown' ? [...types, 'null'] : types;
  }

  #nonNull(schema: JSONSchemaProps, name: string): string[] {
    if (schema.enum) return [...new Set(schema.enum.map(literal))];
    if (schema['x-kubernetes-int-or-string']) return ['number', 'string'];
    switch (schema.type) {
      case 'string':
        return ['string'];
      case 'integer':
      case 'number':
        return ['number'];
      case 'boolean':
        return ['boolean'];
      case 'array':
        return [this.#array(schema, name)];
      case 'object':
        return [this.#object(schema, name)];
      default:
        return ['unknown'];
    }
  }

  #array({ items }: JSONSchemaProps, name: string): string {
    if (!items || Array.isArray(items)) return 'unknown[]';
    const types = this.#type(items, nestedName(name, 'item'));
    return types.length === 1 ? `${types[0]}[]` : `(${types.join(' | ')})[]`;
  }

  #object(schema: JSONSchemaProps, name: string): string {
    const { properties, additionalProperties } = schema;
    if (schema['x-kubernetes-embedded-resource']) return this.#embedded(schema, name);
    if (properties && Object.keys(properties).length > 0) {
      const own = this.#names.type(name);
      this.#interface(own, schema);
      return own;
    }
    if (typeof additionalProperties !== 'object') return 'Record<string, unknown>';
    const values = this.#type(additionalProperties, nestedName(name, 'value'));
    return `Record<string, ${values.join(' | ')}>`;
  }

  #embedded(schema: JSONSchemaProps, name: string): string {
    const own = Object.keys(schema.properties ?? {}).filter(
      field => !['apiVersion', 'kind', 'metadata'].includes(field),
    );
    if (own.length === 0) return schema[preserve] ? 'KubeObject & Record<string, unknown>' : 'KubeObject';
    const type = this.#names.type(name);
    this.#interface(type, schema, 'KubeObject');
    return type;
  }
}
