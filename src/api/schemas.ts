import { assert } from '#base/assert.ts';
import type {
  AnySchema,
  FieldSchema,
  ListType,
  MapSchema,
  MapType,
  ObjectSchema,
  ScalarSchema,
  Schema,
} from '#machinery/schema.ts';
import { facts } from './generated/facts.ts';

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** Looks up the schema facts of the built-in types. */
export interface SchemaRegistry {
  /** By OpenAPI definition name, e.g. 'io.k8s.api.apps.v1.Deployment'. */
  schemaOf(name: string): ObjectSchema | undefined;
  /** By kind, lists and the kinds that every group version has (DeleteOptions, WatchEvent, Status …) too. */
  schemaOfKind(group: string, version: string, kind: string): ObjectSchema | undefined;
  /** The kind that a type is registered as, if any. */
  kindOf(name: string): GroupVersionKind | undefined;
  /** Every definition name. */
  names(): Iterable<string>;
  /** Those that types are registered for, be they served or not. */
  groupVersions(): readonly GroupVersion[];
}

/** Kinds of meta/v1 that each group version has. */
export const everywhere: ReadonlySet<string> = new Set([
  'CreateOptions',
  'DeleteOptions',
  'GetOptions',
  'ListOptions',
  'PatchOptions',
  'UpdateOptions',
  'WatchEvent',
]);
/** Kinds of meta/v1 that stand under version v1 of the core group. */
export const unversioned: ReadonlySet<string> = new Set([
  'APIGroup',
  'APIGroupList',
  'APIResourceList',
  'APIVersions',
  'Status',
]);

const scalars: Readonly<Record<string, ScalarSchema>> = {
  string: { type: 'string' },
  uid: { type: 'string', goType: 'types.UID' },
  nodeName: { type: 'string', goType: 'types.NodeName' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  uint32: { type: 'integer', format: 'int32', unsigned: true },
  uint64: { type: 'integer', format: 'int64', unsigned: true },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  time: { type: 'string', format: 'date-time' },
  microTime: { type: 'string', format: 'micro-time' },
  duration: { type: 'string', format: 'duration' },
  quantity: { type: 'quantity' },
  intOrString: { type: 'int-or-string' },
};

const resourceList: MapSchema = { type: 'map', values: scalars.quantity!, goType: 'v1.ResourceList' };

const wires: Readonly<Record<string, AnySchema['wire']>> = {
  any: undefined,
  raw: 'raw',
  json: 'json',
  fieldsV1: 'fieldsV1',
  jsonSchemaPropsOrBool: 'jsonSchemaPropsOrBool',
  jsonSchemaPropsOrArray: 'jsonSchemaPropsOrArray',
  jsonSchemaPropsOrStringArray: 'jsonSchemaPropsOrStringArray',
};

/** Indexes the generated facts; a type is read when it is first asked for its fields. */
export function loadSchemas(): SchemaRegistry {
  return new FactsRegistry(facts);
}

interface FactsPackage {
  readonly openApiPrefix: string;
  readonly group: string;
  readonly version: string;
}

class FactsRegistry implements SchemaRegistry {
  readonly #packages = new Map<string, FactsPackage>();
  readonly #enums = new Map<string, readonly string[]>();
  /** By the facts' own name, e.g. 'core.v1.Pod'. */
  readonly #types = new Map<string, FactsObject>();
  readonly #byName = new Map<string, FactsObject>();
  readonly #byKind = new Map<string, FactsObject>();
  readonly #kinds = new Map<string, GroupVersionKind>();

  constructor(text: string) {
    const [head, ...types] = text.split('\ntype ');
    const lines = head!.split('\n');
    for (const line of lines) {
      if (line.startsWith('package ')) this.#addPackage(line);
      else if (line.startsWith('enum ')) this.#addEnum(line);
    }
    for (const type of types) this.#addType(type);
    for (const line of lines) if (line.startsWith('kinds ')) this.#addKinds(line);
  }

  schemaOf(name: string): ObjectSchema | undefined {
    return this.#byName.get(name);
  }

  schemaOfKind(group: string, version: string, kind: string): ObjectSchema | undefined {
    const found = this.#byKind.get(`${group}/${version}/${kind}`);
    if (found || !everywhere.has(kind)) return found;
    return this.#types.get(`meta.v1.${kind}`);
  }

  kindOf(name: string): GroupVersionKind | undefined {
    return this.#kinds.get(name);
  }

  names(): Iterable<string> {
    return this.#byName.keys();
  }

  groupVersions(): readonly GroupVersion[] {
    return [...this.#packages.values()];
  }

  /** `package KEY OPENAPI-PREFIX VERSION GROUP` */
  #addPackage(line: string): void {
    const [, key, openApiPrefix, version, group] = line.split(' ');
    this.#packages.set(key!, {
      openApiPrefix: openApiPrefix!,
      version: version!,
      group: group === '-' ? '' : group!,
    });
  }

  /** `enum TYPE JSON-ARRAY` */
  #addEnum(line: string): void {
    const [, type] = line.split(' ', 2);
    this.#enums.set(type!, JSON.parse(line.slice(6 + type!.length)));
  }

  /** `TYPE [structType=…] [union=…]`, then the lines of its fields. */
  #addType(text: string): void {
    const end = text.indexOf('\n');
    const [type, ...words] = (end < 0 ? text : text.slice(0, end)).split(' ');
    const at = type!.lastIndexOf('.');
    const name = `${this.#packages.get(type!.slice(0, at))!.openApiPrefix}${type!.slice(at)}`;
    const schema = new FactsObject(name, words, end < 0 ? '' : text.slice(end + 1), this);
    this.#types.set(type!, schema);
    this.#byName.set(name, schema);
  }

  /** `kinds KEY KIND…` */
  #addKinds(line: string): void {
    const [, key, ...kinds] = line.split(' ');
    for (const kind of kinds) this.#addKind(key!, kind);
  }

  #addKind(key: string, kind: string): void {
    const schema = this.#types.get(`${key}.${kind}`)!;
    const { group, version } = this.#packages.get(key)!;
    const home =
      key === 'meta.v1' && unversioned.has(kind) ? { group: '', version: 'v1' } : { group, version };
    this.#kinds.set(schema.name, { ...home, kind });
    this.#byKind.set(`${home.group}/${home.version}/${kind}`, schema);
  }

  /** Reads a type word: `*` pointer, `[]` list, `<>` wrapped list, `{}` map, then a scalar or a type's name. */
  typeOf(word: string, listWords: Omit<FieldWords, 'flags'>): Schema {
    if (word.startsWith('*')) return this.typeOf(word.slice(1), listWords);
    if (word.startsWith('[]') || word.startsWith('<>')) {
      const { listType, listMapKeys } = listWords;
      return {
        type: 'list',
        items: this.typeOf(word.slice(2), {}),
        ...(listType ? { listType: listType as ListType } : {}),
        ...(listMapKeys ? { listMapKeys: listMapKeys.split(',') } : {}),
        ...(word.startsWith('<>') ? { wrapped: true } : {}),
      };
    }
    if (word.startsWith('{}')) {
      const values = this.typeOf(word.slice(2), {});
      return { type: 'map', values, ...(listWords.mapType ? { mapType: listWords.mapType as MapType } : {}) };
    }
    return this.#leaf(word, listWords);
  }

  #leaf(word: string, { mapType, listType }: Omit<FieldWords, 'flags'>): Schema {
    const [scalar, declared] = word.split('@');
    if (word === 'resourceList') return resourceList;
    const known = scalars[scalar!];
    if (known) {
      const type = declared ? this.#declared(known, declared) : known;
      return listType ? { ...type, listType: listType as ListType } : type;
    }
    if (word in wires) return this.#any(word);
    const object = this.#types.get(word);
    assert(object, `the facts name no type ${word}`);
    return mapType && mapType !== object.mapType ? object.withMapType(mapType as MapType) : object;
  }

  #declared(scalar: ScalarSchema, declared: string): ScalarSchema {
    const [, version, name] = declared.split('.');
    const values = this.#enums.get(declared);
    return { ...scalar, goType: `${version}.${name}`, ...(values ? { enum: values } : {}) };
  }

  #any(word: string): AnySchema {
    const wire = wires[word];
    if (!wire) return { type: 'any' };
    if (!wire.startsWith('jsonSchemaProps')) return { type: 'any', wire };
    return { type: 'any', wire, element: this.#types.get('apiextensions.v1.JSONSchemaProps')! };
  }
}

/** A struct of the facts. Its fields are read when first asked for, so recursive types are no trouble. */
class FactsObject implements ObjectSchema {
  readonly type = 'object';
  readonly native = true;
  readonly name: string;
  readonly mapType?: MapType;
  readonly union?: { readonly discriminator: string; readonly members: readonly string[] };
  readonly variantOf?: ObjectSchema;
  readonly #words: readonly string[];
  readonly #text: string;
  readonly #registry: FactsRegistry;
  #parsed: ParsedFields | undefined;

  constructor(
    name: string,
    words: readonly string[],
    text: string,
    registry: FactsRegistry,
    variantOf?: ObjectSchema,
  ) {
    this.name = name;
    if (variantOf) this.variantOf = variantOf;
    this.#words = words;
    this.#text = text;
    this.#registry = registry;
    for (const word of words) {
      if (word.startsWith('structType=')) this.mapType = word.slice(11) as MapType;
      if (word.startsWith('union=')) this.union = readUnion(word.slice(6));
    }
  }

  get fields(): ReadonlyMap<string, FieldSchema> {
    this.#parsed ??= readFields(this.#text, this.#registry);
    return this.#parsed.fields;
  }

  get inlines(): readonly { readonly tag: number; readonly schema: ObjectSchema }[] {
    this.#parsed ??= readFields(this.#text, this.#registry);
    return this.#parsed.inlines;
  }

  /** The same type where a field says that it merges otherwise (+structType on a field). */
  withMapType(mapType: MapType): FactsObject {
    const words = [...this.#words.filter(w => !w.startsWith('structType=')), `structType=${mapType}`];
    return new FactsObject(this.name, words, this.#text, this.#registry, this);
  }
}

interface ParsedFields {
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly inlines: readonly { readonly tag: number; readonly schema: ObjectSchema }[];
}

function readUnion(text: string): { discriminator: string; members: string[] } {
  const [discriminator, members] = text.split(':');
  return { discriminator: discriminator!, members: members!.split(',') };
}

function readFields(text: string, registry: FactsRegistry): ParsedFields {
  const fields = new Map<string, FieldSchema>();
  const inlines: { tag: number; schema: ObjectSchema }[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, name, tag, type, rest] = /^ (\S+) (\S+) (\S+) ?(.*)$/.exec(line)!;
    if (name !== '<inline>') {
      fields.set(name!, readField(name!, tag!, type!, rest!, registry));
      continue;
    }
    const schema = registry.typeOf(type!, {}) as ObjectSchema;
    inlines.push({ tag: Number(tag), schema });
    for (const { tag: _, ...field } of schema.fields.values()) fields.set(field.name, field);
  }
  return { fields, inlines };
}

interface FieldWords {
  readonly flags: ReadonlySet<string>;
  readonly listType?: string;
  readonly listMapKeys?: string;
  readonly mapType?: string;
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  /** JSON text; the last word, since it may hold spaces. */
  readonly default?: string;
}

function readWords(text: string): FieldWords {
  const at = /(?:^| )default=/.exec(text);
  const words = (at ? text.slice(0, at.index) : text).split(' ').filter(word => word !== '');
  const pairs = words.filter(word => word.includes('=')).map(word => word.split('='));
  return {
    flags: new Set(words),
    ...Object.fromEntries(pairs),
    ...(at ? { default: text.slice(at.index + at[0].length) } : {}),
  };
}

/** ` NAME TAG TYPE [required] [omitempty] [omitzero] [nullable] [key=value …]` */
function readField(
  name: string,
  tag: string,
  type: string,
  rest: string,
  registry: FactsRegistry,
): FieldSchema {
  const words = readWords(rest);
  return {
    name,
    schema: registry.typeOf(type, words),
    ...(tag === '-' ? {} : { tag: Number(tag) }),
    ...(words.flags.has('required') ? { required: true } : {}),
    ...(words.flags.has('omitempty') ? { omitEmpty: true } : {}),
    ...(words.flags.has('omitzero') ? { omitZero: true } : {}),
    ...(words.flags.has('nullable') ? { nullable: true } : {}),
    ...(type.startsWith('*') ? { pointer: true } : {}),
    ...(words.patchStrategy
      ? { patchStrategy: words.patchStrategy.split(',') as FieldSchema['patchStrategy'] }
      : {}),
    ...(words.patchMergeKey ? { patchMergeKey: words.patchMergeKey } : {}),
    ...(words.default === undefined ? {} : { default: JSON.parse(words.default) }),
  };
}
