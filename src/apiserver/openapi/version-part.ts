import { createHash } from 'node:crypto';
import { assert } from '#base/assert.ts';
import { type ResourceDefinition, listKindOf } from '#api/definition.ts';
import type { GroupVersionKind, SchemaRegistry } from '#api/schemas.ts';
import type { Breathe } from '#base/time-slice.ts';
import { apiVersionOf } from '#machinery/object.ts';
import type { ObjectSchema } from '#machinery/schema.ts';
import type { CustomType } from '../crd/custom-schemas.ts';
import { modelName } from '../crd/custom-version.ts';
import type { ServedGroupVersion } from '../discovery/order.ts';
import { addDescriptions, Components, type TypeDescription } from './components.ts';
import type { Dialect, Json } from './dialect.ts';
import { type Operation, discoveryPath, pathsOf } from './operations.ts';
import { type OperationTypes, type PathParts, renderPath } from './render.ts';
import { SharedParameters } from './shared-parameters.ts';
import type { RootPath } from './root-paths.ts';

/** Texts for documents; they may have to be read from somewhere. */
export interface Descriptions {
  load(typeNames: Iterable<string>): Promise<ReadonlyMap<string, TypeDescription>>;
}

export interface PartOptions {
  readonly schemas: SchemaRegistry;
  /** The server's version, e.g. 'v1.36.0'. */
  readonly version: string;
  readonly descriptions?: Descriptions;
  /** Asked between pieces of work, so that making a document does not hold the event loop. */
  readonly breathe?: Breathe;
  /** Types of custom resources by their definition's name; built-in ones come from the registry. */
  readonly custom?: (name: string) => CustomType | undefined;
  /** The kinds of each built-in type. */
  kindsOf(name: string): readonly GroupVersionKind[];
}

/** What a part says. */
export interface PartContent {
  readonly paths: Json;
  /** What the paths refer to; in version 2 alone. */
  readonly parameters: Record<string, Json>;
  readonly definitions: Record<string, Json>;
}

const kindExample = 'io.k8s.api.core.v1.Pod';
const listExample = 'io.k8s.api.core.v1.PodList';
/** Groups that client-go has no types of. */
const serversOwnGroups = new Set([
  'admission.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'imagepolicy.k8s.io',
]);
const metaV1 = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The paths and types of some group versions, in either dialect; each made when first asked for, and kept. */
export class VersionPart {
  readonly versions: readonly ServedGroupVersion[];
  /** Paths that are no group version's. */
  readonly #roots: readonly RootPath[];
  readonly #options: PartOptions;
  readonly #contents = new Map<Dialect, Promise<PartContent>>();
  readonly #texts = new Map<Dialect, Promise<readonly string[]>>();
  /** Of the lists that are no types of their own: their kinds by the names of their definitions. */
  #lists: ReadonlyMap<string, NamedList> | undefined;
  #hash: string | undefined;

  constructor(
    versions: readonly ServedGroupVersion[],
    options: PartOptions,
    roots: readonly RootPath[] = [],
  ) {
    this.versions = versions;
    this.#roots = roots;
    this.#options = options;
  }

  /** Whether the same group versions are served by the same definitions. */
  isOf(versions: readonly ServedGroupVersion[]): boolean {
    const definitions = (served: readonly ServedGroupVersion[]) => served.flatMap(v => [...v.definitions]);
    const [mine, others] = [definitions(this.versions), definitions(versions)];
    return mine.length === others.length && mine.every((definition, i) => definition === others[i]);
  }

  /** Changes when the content would, without making it: from the definitions, and the schemas of custom ones. */
  get hash(): string {
    this.#hash ??= hashOf([
      this.#options.version,
      this.#options.descriptions !== undefined,
      ...this.versions.map(version => this.#subjectOf(version)),
      this.#roots,
    ]);
    return this.#hash;
  }

  /** A failure (of reading descriptions) is told to who asked, and tried again for the next one. */
  content(dialect: Dialect): Promise<PartContent> {
    return kept(this.#contents, dialect, () => this.#make(dialect));
  }

  /** The definitions as members of a JSON object, without its braces and the commas between pieces. */
  definitionTexts(dialect: Dialect): Promise<readonly string[]> {
    return kept(this.#texts, dialect, async () => {
      const { definitions } = await this.content(dialect);
      return memberTexts(definitions, this.#options.breathe);
    });
  }

  #subjectOf({ group, version, definitions }: ServedGroupVersion): unknown {
    const types = definitions.map(definition => this.#customOf(definition)?.render('v3'));
    const plain = definitions.map(({ strategy: _, conversion: _c, ...rest }) => rest);
    return [group, version, plain, types];
  }

  async #make(dialect: Dialect): Promise<PartContent> {
    const paths: Json = {};
    const components = new Components(dialect, {
      kindsOf: name => this.#kindsOf(name, dialect),
      custom: name => this.#options.custom?.(name),
      extensionsOf: name => this.#extensionsOf(name),
    });
    const parts = { dialect, components, parameters: new SharedParameters(), types: this.#metaTypes };
    for (const { path } of this.#roots) {
      paths[path.path] = renderPath(path, { group: '', version: '' }, parts);
    }
    await components.define(this.#options.breathe);
    for (const version of this.versions) {
      Object.assign(paths, await this.#paths(version, parts));
      await components.define(this.#options.breathe);
    }
    const definitions = components.sorted();
    addDescriptions(definitions, await this.#textsOf(Object.keys(definitions)));
    await this.#options.breathe?.();
    return { paths, parameters: parts.parameters.sorted(), definitions };
  }

  /** Custom kinds, which nothing is installed of, have what all kinds have described as a built-in one has. */
  async #textsOf(names: readonly string[]): Promise<ReadonlyMap<string, TypeDescription>> {
    const known = await this.#options.descriptions?.load([...names, kindExample, listExample]);
    const texts = new Map(known);
    for (const name of names.filter(one => !texts.has(one))) {
      const isKind = this.#options.custom?.(name) !== undefined;
      const list = isKind ? undefined : this.#listNamed(name);
      if (!isKind && !list) continue;
      const example = known?.get(isKind ? kindExample : listExample)?.fields;
      const common = ['apiVersion', 'kind', 'metadata'].map(field => [field, example?.get(field)] as const);
      const fields = common.filter((entry): entry is [string, string] => entry[1] !== undefined);
      if (list) fields.push(['items', 'The objects.']);
      texts.set(name, {
        description: list && `A list of objects: ${list.kind.kind}.`,
        fields: new Map(fields),
      });
    }
    return texts;
  }

  async #paths(served: ServedGroupVersion, parts: PathParts): Promise<Json> {
    const paths: [string, Json][] = [];
    if (isBuiltIn(served)) {
      const path = discoveryPath(served.group, served.version);
      paths.push([path.path, renderPath(path, served, parts)]);
    }
    for (const definition of served.definitions) {
      await this.#options.breathe?.();
      const types = this.#typesFor(definition, served.version);
      for (const path of pathsOf(definition, served.version)) {
        paths.push([path.path, renderPath(path, served, { ...parts, types })]);
      }
    }
    return Object.fromEntries(paths.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #typesFor(definition: ResourceDefinition, version: string): OperationTypes {
    const own = this.#schemaOf(definition, version);
    const typeOf = (operation: Operation, list: boolean) => {
      const kind = operation.content ?? operation.kind;
      if (list) return own && this.#listOf(definition, version, own);
      const isOwn = kind?.kind === definition.kind && kind.group === definition.group;
      if (isOwn || !kind) return own;
      return this.#options.schemas.schemaOfKind(kind.group, kind.version, kind.kind);
    };
    return { ...this.#metaTypes, typeOf, custom: own !== undefined && !own.native };
  }

  get #metaTypes(): OperationTypes {
    return { typeOf: () => undefined, meta: name => this.#meta(name), custom: false };
  }

  #meta(name: string): ObjectSchema {
    const schema = this.#options.schemas.schemaOf(`${metaV1}.${name}`);
    assert(schema, `the facts have no ${name}`);
    return schema;
  }

  #schemaOf(definition: ResourceDefinition, version: string): ObjectSchema | undefined {
    const name = definition.versions.find(served => served.version === version)?.schema ?? '';
    return this.#options.schemas.schemaOf(name) ?? this.#options.custom?.(name)?.schema;
  }

  #customOf({ versions }: ResourceDefinition): CustomType | undefined {
    return this.#options.custom?.(versions[0]!.schema);
  }

  #listOf(definition: ResourceDefinition, version: string, item: ObjectSchema): ObjectSchema {
    const kind = listKindOf(definition);
    const known = this.#options.schemas.schemaOfKind(definition.group, version, kind);
    if (known) return known;
    const string = { type: 'string' } as const;
    return {
      type: 'object',
      name: modelName(definition.group, version, kind),
      fields: new Map([
        ['apiVersion', { name: 'apiVersion', schema: string }],
        ['items', { name: 'items', required: true, schema: { type: 'list', items: item } }],
        ['kind', { name: 'kind', schema: string }],
        ['metadata', { name: 'metadata', schema: this.#meta('ListMeta') }],
      ]),
    };
  }

  /**
   * Of the kinds that each group version has, version 3 tells those of the document's own and of the core group; of custom
   * resources, whose document is the work of another builder, all that client-go knows.
   */
  #tells({ group, version }: GroupVersionKind): boolean {
    const [own] = this.versions;
    if (own && !isBuiltIn(own)) return !serversOwnGroups.has(group);
    return (group === '' && version === 'v1') || (group === own?.group && version === own.version);
  }

  /** Of custom types their own kind, and of their lists the list's. */
  #kindsOf(name: string, dialect: Dialect): readonly GroupVersionKind[] {
    const builtIn = this.#options.kindsOf(name);
    if (builtIn.length > 1 && dialect === 'v3') return builtIn.filter(kind => this.#tells(kind));
    if (builtIn.length > 0) return builtIn;
    const custom = this.#options.custom?.(name);
    if (custom) return [custom.kind];
    const list = this.#listNamed(name);
    return list ? [list.kind] : [];
  }

  /** Custom resources and their lists tell what field selectors may name. */
  #extensionsOf(name: string): Json {
    const type = this.#options.custom?.(name) ?? this.#listNamed(name)?.type;
    if (!type?.selectableFields.length) return {};
    const fields = type.selectableFields.map(fieldPath => ({ fieldPath }));
    return { 'x-kubernetes-selectable-fields': fields };
  }

  /** The list of a custom resource that has a definition of that name, with the type of its items. */
  #listNamed(name: string): NamedList | undefined {
    this.#lists ??= this.#indexLists();
    return this.#lists.get(name);
  }

  #indexLists(): Map<string, NamedList> {
    const lists = new Map<string, NamedList>();
    for (const { group, version, definitions } of this.versions) {
      for (const definition of definitions) {
        const kind = listKindOf(definition);
        const name = modelName(group, version, kind);
        if (!lists.has(name))
          lists.set(name, { kind: { group, version, kind }, type: this.#customOf(definition) });
      }
    }
    return lists;
  }
}

interface NamedList {
  readonly kind: GroupVersionKind;
  readonly type: CustomType | undefined;
}

/** A group of Kubernetes' own may have custom resources beside the built-in ones; its document is made with theirs. */
export function isBuiltIn({ definitions }: ServedGroupVersion): boolean {
  return definitions.some(definition => !definition.conversion);
}

/** 'api/v1' or 'apis/apps/v1'. */
export function pathOf(version: ServedGroupVersion): string {
  return version.group === '' ? `api/${version.version}` : `apis/${apiVersionOf(version)}`;
}

function hashOf(subject: unknown): string {
  return createHash('sha512').update(JSON.stringify(subject)).digest('hex').toUpperCase();
}

const membersAtOnce = 25;

/** The members of an object as JSON has them between the braces, some at a time, without the commas between pieces. */
export async function memberTexts(object: Json, breathe: Breathe | undefined): Promise<string[]> {
  const members = Object.entries(object);
  const texts: string[] = [];
  for (let at = 0; at < members.length; at += membersAtOnce) {
    const some = members.slice(at, at + membersAtOnce);
    texts.push(some.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(','));
    await breathe?.();
  }
  return texts;
}

function kept<K, T>(known: Map<K, Promise<T>>, key: K, make: () => Promise<T>): Promise<T> {
  const found = known.get(key);
  if (found) return found;
  const made = make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}
