import { createHash } from 'node:crypto';
import { assert } from '#base/assert.ts';
import type { ResourceDefinition } from '#api/definition.ts';
import type { GroupVersionKind, SchemaRegistry } from '#api/schemas.ts';
import { apiVersionOf } from '#machinery/object.ts';
import type { ObjectSchema } from '#machinery/schema.ts';
import { type ServedGroupVersion, servedGroups } from '../discovery/order.ts';
import { addDescriptions, Components, type Dialect, type Json, type TypeDescription } from './components.ts';
import { encodeOpenApiV2 } from './gnostic.ts';
import { type Operation, type PathOperations, pathsOf } from './operations.ts';
import { type OperationTypes, renderPath } from './render.ts';

/** Texts for documents; they may have to be read from somewhere. */
export interface Descriptions {
  load(typeNames: Iterable<string>): Promise<ReadonlyMap<string, TypeDescription>>;
}

export interface OpenApiOptions {
  /** The server's version, e.g. 'v1.36.0'. */
  readonly version: string;
  readonly descriptions?: Descriptions;
  /** Asked between pieces of work, so that making a document does not hold the event loop. */
  readonly breathe?: () => Promise<void>;
  /** Types of custom resources by the name in their definition's version; built-in ones come from the registry. */
  readonly customSchemas?: (name: string) => ObjectSchema | undefined;
}

/** One document, ready to send. */
export interface OpenApiAnswer {
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** With quotes. */
  readonly etag: string;
}

/** Clients ask with an @, which no media type may have; the answer has a dot. */
const protobufV2 = /proto-openapi\.spec\.v2[@.]v1\.0\+protobuf/;
const protobufV2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const metaV1 = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/**
 * The OpenAPI documents of a set of definitions: /openapi/v2, /openapi/v3 and /openapi/v3/{api,apis}/…. Each is made
 * when first asked for, and kept. Build anew when the definitions change.
 */
export class OpenApiDocuments {
  readonly #versions: readonly ServedGroupVersion[];
  readonly #schemas: SchemaRegistry;
  readonly #options: OpenApiOptions;
  readonly #kinds: ReadonlyMap<string, readonly GroupVersionKind[]>;
  readonly #answers = new Map<string, Promise<OpenApiAnswer>>();

  constructor(definitions: readonly ResourceDefinition[], schemas: SchemaRegistry, options: OpenApiOptions) {
    this.#versions = servedGroups(definitions).flatMap(group => group.versions);
    this.#schemas = schemas;
    this.#options = options;
    this.#kinds = this.#indexKinds();
  }

  /** Undefined where the path is no document. `accept` is the request's header. */
  answer(path: string, accept?: string): Promise<OpenApiAnswer> | undefined {
    const plainPath = path.replace(/\/$/, '');
    const make = this.#maker(plainPath);
    if (!make) return undefined;
    const protobuf = plainPath === '/openapi/v2' && protobufV2.test(accept ?? '');
    const key = `${plainPath} ${protobuf}`;
    const known = this.#answers.get(key);
    if (known) return known;
    const made = make().then(document => (protobuf ? this.#protobufAnswer(document) : jsonAnswer(document)));
    this.#answers.set(key, made);
    // A failure (of reading descriptions) is told to who asked, and tried again for the next one.
    made.catch(() => this.#answers.delete(key));
    return made;
  }

  #maker(path: string): (() => Promise<Json>) | undefined {
    if (path === '/openapi/v2') return () => this.#describedDocument('v2', this.#versions);
    if (path === '/openapi/v3') return async () => this.#index();
    const served = this.#versions.find(version => path === `/openapi/v3/${pathOf(version)}`);
    return served && (() => this.#describedDocument('v3', [served]));
  }

  #index(): Json {
    const entries = this.#versions.map(version => {
      const hash = this.#hashOf(version);
      return [pathOf(version), { serverRelativeURL: `/openapi/v3/${pathOf(version)}?hash=${hash}` }] as const;
    });
    return { paths: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) };
  }

  /** Changes when the document would, without making it: from the definitions, and the schemas of custom ones. */
  #hashOf({ group, version, definitions }: ServedGroupVersion): string {
    const custom = definitions
      .map(definition => this.#schemaOf(definition, version))
      .filter(schema => schema && !schema.native)
      .map(schema => this.#components('v3', components => components.reference(schema!)));
    const plain = definitions.map(({ strategy: _, ...rest }) => rest);
    const described = this.#options.descriptions !== undefined;
    const subject = JSON.stringify([this.#options.version, described, group, version, plain, custom]);
    return createHash('sha512').update(subject).digest('hex').toUpperCase();
  }

  async #describedDocument(dialect: Dialect, versions: readonly ServedGroupVersion[]): Promise<Json> {
    const { document, definitions } = await this.#document(dialect, versions);
    const texts = await this.#options.descriptions?.load(Object.keys(definitions));
    if (texts) addDescriptions(definitions, texts);
    await this.#breathe();
    return document;
  }

  async #breathe(): Promise<void> {
    await this.#options.breathe?.();
  }

  async #document(
    dialect: Dialect,
    versions: readonly ServedGroupVersion[],
  ): Promise<{ document: Json; definitions: Record<string, Json> }> {
    const paths: Json = {};
    const components = this.#newComponents(dialect);
    for (const version of versions) {
      for (const { path, entry } of this.#paths(dialect, version, components)) paths[path] = entry;
      await this.#breathe();
      components.define();
      await this.#breathe();
    }
    const definitions = components.finish();
    await this.#breathe();
    const info = { title: 'Kubernetes', version: this.#options.version };
    const bearer = {
      type: 'apiKey',
      description: 'Bearer Token authentication',
      name: 'authorization',
      in: 'header',
    };
    const securitySchemes = { BearerToken: bearer };
    const document =
      dialect === 'v3'
        ? { openapi: '3.0.0', info, paths, components: { schemas: definitions, securitySchemes } }
        : {
            swagger: '2.0',
            info,
            paths,
            definitions,
            securityDefinitions: securitySchemes,
            security: [{ BearerToken: [] }],
          };
    return { document, definitions };
  }

  #components(dialect: Dialect, fill: (components: Components) => void): Record<string, Json> {
    const components = this.#newComponents(dialect);
    fill(components);
    return components.finish();
  }

  #newComponents(dialect: Dialect): Components {
    return new Components(dialect, { kindsOf: name => this.#kinds.get(name) ?? [] });
  }

  async #protobufAnswer(document: Json): Promise<OpenApiAnswer> {
    return answerOf(protobufV2Type, await encodeOpenApiV2(document, () => this.#breathe()));
  }

  #paths(
    dialect: Dialect,
    served: ServedGroupVersion,
    components: Components,
  ): { path: string; entry: Json }[] {
    const paths: (PathOperations & { entry: Json })[] = served.definitions.flatMap(definition => {
      const types = this.#typesFor(definition, served.version);
      return pathsOf(definition, served.version).map(path => ({
        ...path,
        entry: renderPath(dialect, path, served, components, types),
      }));
    });
    return paths.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #typesFor(definition: ResourceDefinition, version: string): OperationTypes {
    const own = this.#schemaOf(definition, version);
    const typeOf = ({ kind }: Operation, list: boolean) => {
      if (list) return own && this.#listOf(definition, version, own);
      const isOwn = kind.kind === definition.kind && kind.group === definition.group;
      return isOwn ? own : this.#schemas.schemaOfKind(kind.group, kind.version, kind.kind);
    };
    return { typeOf, status: this.#meta('Status'), deleteOptions: this.#meta('DeleteOptions') };
  }

  #meta(name: string): ObjectSchema {
    const schema = this.#schemas.schemaOf(`${metaV1}.${name}`);
    assert(schema, `the facts have no ${name}`);
    return schema;
  }

  #schemaOf(definition: ResourceDefinition, version: string): ObjectSchema | undefined {
    const name = definition.versions.find(served => served.version === version)?.schema ?? '';
    return this.#schemas.schemaOf(name) ?? this.#options.customSchemas?.(name);
  }

  #listOf(definition: ResourceDefinition, version: string, item: ObjectSchema): ObjectSchema {
    const kind = definition.listKind ?? `${definition.kind}List`;
    const known = this.#schemas.schemaOfKind(definition.group, version, kind);
    if (known) return known;
    const string = { type: 'string' } as const;
    return {
      type: 'object',
      name: `${item.name}List`,
      fields: new Map([
        ['apiVersion', { name: 'apiVersion', schema: string }],
        ['kind', { name: 'kind', schema: string }],
        ['metadata', { name: 'metadata', schema: this.#meta('ListMeta') }],
        ['items', { name: 'items', required: true, schema: { type: 'list', items: item } }],
      ]),
    };
  }

  /** The kinds of each type: of meta's common ones, every served group version's. */
  #indexKinds(): Map<string, GroupVersionKind[]> {
    const kinds = new Map<string, GroupVersionKind[]>();
    const add = (name: string | undefined, kind: GroupVersionKind) => {
      if (name !== undefined) kinds.set(name, [...(kinds.get(name) ?? []), kind]);
    };
    for (const name of this.#schemas.names()) {
      const kind = this.#schemas.kindOf(name);
      if (kind && kind.group !== 'meta.k8s.io') add(name, kind);
    }
    for (const { group, version, definitions } of this.#versions) {
      for (const common of ['DeleteOptions', 'WatchEvent']) {
        add(`${metaV1}.${common}`, { group, version, kind: common });
      }
      for (const definition of definitions) {
        const schema = this.#schemaOf(definition, version);
        if (!schema || schema.native) continue;
        add(schema.name, { group, version, kind: definition.kind });
        const listKind = definition.listKind ?? `${definition.kind}List`;
        add(`${schema.name}List`, { group, version, kind: listKind });
      }
    }
    return kinds;
  }
}

/** 'api/v1' or 'apis/apps/v1'. */
function pathOf(version: ServedGroupVersion): string {
  return version.group === '' ? `api/${version.version}` : `apis/${apiVersionOf(version)}`;
}

function jsonAnswer(document: Json): OpenApiAnswer {
  return answerOf('application/json', JSON.stringify(document));
}

function answerOf(contentType: string, body: string | Uint8Array): OpenApiAnswer {
  const etag = createHash('sha512').update(body).digest('hex').toUpperCase();
  return { contentType, body, etag: `"${etag}"` };
}
