import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '#api/definition.ts';
import type { GroupVersionKind, SchemaRegistry } from '#api/schemas.ts';
import type { Breathe } from '#base/time-slice.ts';
import { compareStrings } from '#machinery/bytes.ts';
import { findAcceptable } from '../http/negotiate.ts';
import { servedGroups } from '../discovery/order.ts';
import type { Dialect, Json } from './dialect.ts';
import { encodeOpenApiV2 } from './gnostic-v2.ts';
import { encodeOpenApiV3 } from './gnostic-v3.ts';
import { rootPaths } from './root-paths.ts';
import { type PartOptions, VersionPart, isBuiltIn, memberTexts, pathOf } from './version-part.ts';

export type { Descriptions } from './version-part.ts';

export interface OpenApiOptions extends Omit<PartOptions, 'schemas' | 'kindsOf' | 'breathe'> {
  readonly breathe?: Breathe;
}

/** One document, ready to send. */
export interface OpenApiAnswer {
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** With quotes; of protobuf in version 3 that of the JSON it is made of. */
  readonly etag: string;
  /** What the index of version 3 says in the document's URL. */
  readonly hash?: string;
}

export type OpenApiForm = 'json' | 'protobuf';

const jsonType = 'application/json';
const documentRoot = '/openapi/v3/';

/** Clients ask with an @, which no media type may have; the answer has a dot. */
export const protobufType = {
  v2: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  v3: 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf',
} as const;

/** The form that the document at a path is wanted in; undefined: in none that there is. The index comes in one to anybody. */
export function openApiForm(path: string, accept: string | undefined): OpenApiForm | undefined {
  const [, dialect] = /^\/openapi\/(?:(v2)\/?$|(v3)\/.)/.exec(path)?.filter(part => part !== undefined) ?? [];
  if (!dialect) return 'json';
  const protobuf = protobufType[dialect as Dialect];
  const types = [jsonType, protobuf, protobuf.replace(/\.v1/, '@v1')];
  const found = findAcceptable(accept || '*/*', types, () => true);
  return found && (found.type === jsonType ? 'json' : 'protobuf');
}

const metaV1 = 'io.k8s.apimachinery.pkg.apis.meta.v1';
/** Groups whose types are read and written by code of their own. */
const unregisteredGroups = new Set(['apidiscovery.k8s.io', 'meta.k8s.io']);
const bearer = {
  type: 'apiKey',
  description: 'Bearer Token authentication',
  name: 'authorization',
  in: 'header',
};
/** Characters or bytes. */
const hashedAtOnce = 256 * 1024;
const securitySchemes = { BearerToken: bearer };

/**
 * The OpenAPI documents of a set of definitions: /openapi/v2, /openapi/v3 and /openapi/v3/{api,apis}/…. Each is made
 * when first asked for, and kept; after a change of the definitions, what the change touches is made anew.
 */
export class OpenApiDocuments {
  readonly #options: PartOptions;
  readonly #version: string;
  #answers = new Map<string, Promise<OpenApiAnswer>>();
  /** One for each group version. */
  #parts: readonly VersionPart[] = [];
  /** What is no group version's, by the name that its document has in version 3. */
  #roots: ReadonlyMap<string, VersionPart> = new Map();
  /** Version 2 is one document: of the built-in group versions together, and the parts of the others. */
  #builtIn: VersionPart | undefined;
  readonly #kinds: ReadonlyMap<string, readonly GroupVersionKind[]>;

  constructor(definitions: readonly ResourceDefinition[], schemas: SchemaRegistry, options: OpenApiOptions) {
    this.#version = options.version;
    this.#options = { ...options, schemas, kindsOf: name => this.#kinds.get(name) ?? [] };
    this.#kinds = this.#indexKinds();
    this.update(definitions);
  }

  update(definitions: readonly ResourceDefinition[]): void {
    const versions = servedGroups(definitions).flatMap(group => group.versions);
    const builtIn = versions.filter(isBuiltIn);
    if (!this.#builtIn?.isOf(builtIn)) {
      const roots = rootPaths(builtIn);
      this.#builtIn = new VersionPart(builtIn, this.#options, roots);
      this.#roots = new Map(roots.map(root => [root.name, new VersionPart([], this.#options, [root])]));
      this.#parts = [];
    }
    const old = new Map(this.#parts.map(part => [pathOf(part.versions[0]!), part]));
    this.#parts = versions.map(version => {
      const known = old.get(pathOf(version));
      return known?.isOf([version]) ? known : new VersionPart([version], this.#options);
    });
    const same = new Set(this.#parts.filter(part => old.get(pathOf(part.versions[0]!)) === part));
    const paths = new Set([...same].map(part => `/openapi/v3/${pathOf(part.versions[0]!)}`));
    this.#answers = new Map([...this.#answers].filter(([key]) => paths.has(key.split(' ')[0]!)));
  }

  /** Undefined where the path is no document. */
  answer(path: string, form: OpenApiForm = 'json'): Promise<OpenApiAnswer> | undefined {
    const key = `${path} ${form}`;
    const known = this.#answers.get(key);
    if (known) return known;
    const made = this.#make(path, form);
    if (!made) return undefined;
    this.#answers.set(key, made);
    made.catch(() => this.#answers.delete(key));
    return made;
  }

  #make(path: string, form: OpenApiForm): Promise<OpenApiAnswer> | undefined {
    if (path === '/openapi/v2') return form === 'protobuf' ? this.#protobufV2() : this.#jsonV2();
    if (path === '/openapi/v3') return this.#index();
    const part = path.startsWith(documentRoot) ? this.#named.get(path.slice(documentRoot.length)) : undefined;
    return part && (form === 'protobuf' ? this.#protobufV3(path, part) : this.#jsonV3(part));
  }

  /** The parts by the names of their documents in version 3. */
  get #named(): Map<string, VersionPart> {
    const ofVersions = this.#parts.map(part => [pathOf(part.versions[0]!), part] as const);
    return new Map([...this.#roots, ...ofVersions]);
  }

  async #index(): Promise<OpenApiAnswer> {
    const entries: [string, { serverRelativeURL: string }][] = [];
    for (const [path, part] of this.#named) {
      entries.push([path, { serverRelativeURL: `/openapi/v3/${path}?hash=${part.hash}` }]);
      await this.#options.breathe?.();
    }
    const paths = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
    return this.#answerOf(jsonType, JSON.stringify({ paths }));
  }

  async #jsonV3(part: VersionPart): Promise<OpenApiAnswer> {
    const { paths } = await part.content('v3');
    const { info, securitySchemes } = this.#frameOf(part);
    const head = JSON.stringify({ openapi: '3.0.0', info });
    const pathTexts = await memberTexts(paths, this.#options.breathe);
    const schemas = await part.definitionTexts('v3');
    const security = securitySchemes && `"securitySchemes":${JSON.stringify(securitySchemes)}`;
    const body = await this.#joined([
      [`${head.slice(0, -1)},"paths":{`],
      pathTexts,
      ['},"components":{'],
      schemas.length > 0 ? [`"schemas":{${schemas[0]}`, ...schemas.slice(1)] : [],
      [`${schemas.length > 0 ? '}' : ''}${schemas.length > 0 && security ? ',' : ''}${security ?? ''}}}`],
    ]);
    return { ...(await this.#answerOf(jsonType, body)), hash: part.hash };
  }

  async #protobufV3(path: string, part: VersionPart): Promise<OpenApiAnswer> {
    const { paths, definitions } = await part.content('v3');
    const document = { openapi: '3.0.0', paths, schemas: definitions, ...this.#frameOf(part) };
    const body = await encodeOpenApiV3(document, this.#breathe);
    return { ...(await this.answer(path)!), contentType: protobufType.v3, body };
  }

  get #breathe(): Breathe {
    return this.#options.breathe ?? (() => undefined);
  }

  get #info(): Json {
    return { title: 'Kubernetes', version: this.#version };
  }

  /** Documents of custom resources are made by another builder, which says so and nothing of security. */
  #frameOf(part: VersionPart): { info: Json; securitySchemes?: Json } {
    const [own] = part.versions;
    if (own && !isBuiltIn(own)) return { info: { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' } };
    return { info: this.#info, securitySchemes };
  }

  /** The built-in part, and those of custom resources. */
  get #partsV2(): VersionPart[] {
    const custom = this.#parts.filter(({ versions }) => !isBuiltIn(versions[0]!));
    return [this.#builtIn!, ...custom];
  }

  async #jsonV2(): Promise<OpenApiAnswer> {
    const parts = this.#partsV2;
    const paths: string[] = [];
    const builtIn = await this.#builtIn!.definitionTexts('v2');
    const definitions = new Map<string, string>();
    const parameters: Json = {};
    for (const part of parts) {
      const content = await part.content('v2');
      paths.push(...(await memberTexts(content.paths, this.#options.breathe)));
      Object.assign(parameters, content.parameters);
      if (part === this.#builtIn) continue;
      for (const [name, value] of Object.entries(await this.#ownDefinitions(content.definitions))) {
        definitions.set(name, `${JSON.stringify(name)}:${JSON.stringify(value)}`);
        await this.#options.breathe?.();
      }
    }
    const head = JSON.stringify({ swagger: '2.0', info: this.#info }).slice(0, -1);
    const tail = JSON.stringify({ securityDefinitions: securitySchemes, security: [{ BearerToken: [] }] });
    const body = await this.#joined([
      [`${head},"paths":{`],
      paths,
      ['},"definitions":{'],
      [...builtIn, ...definitions.values()],
      ['},"parameters":{'],
      await memberTexts(parameters, this.#options.breathe),
      [`},${tail.slice(1)}`],
    ]);
    return this.#answerOf(jsonType, body);
  }

  /**
   * Lists of texts, with commas between those of one list, as bytes. Of thousands of kinds it is tens of megabytes, which
   * a string would move at once, more than once.
   */
  async #joined(lists: readonly (readonly string[])[]): Promise<Uint8Array> {
    const pieces: Buffer[] = [];
    for (const list of lists) {
      for (const [i, text] of list.entries()) {
        pieces.push(Buffer.from(i === 0 ? text : `,${text}`));
        await this.#options.breathe?.();
      }
    }
    const body = Buffer.allocUnsafeSlow(pieces.reduce((size, piece) => size + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      at += piece.copy(body, at);
      await this.#options.breathe?.();
    }
    return body;
  }

  async #protobufV2(): Promise<OpenApiAnswer> {
    const paths: Json = {};
    const definitions: Record<string, Json> = {};
    const parameters: Json = {};
    const parts = this.#partsV2;
    for (const part of parts) {
      const content = await part.content('v2');
      Object.assign(paths, content.paths);
      Object.assign(parameters, content.parameters);
      const own =
        part === this.#builtIn ? content.definitions : await this.#ownDefinitions(content.definitions);
      Object.assign(definitions, own);
    }
    const document = {
      swagger: '2.0',
      info: this.#info,
      paths,
      definitions,
      parameters,
      securityDefinitions: securitySchemes,
      security: [{ BearerToken: [] }],
    };
    const body = await encodeOpenApiV2(document, this.#breathe);
    return this.#answerOf(protobufType.v2, body);
  }

  /** Tagged by what it says: clients keep documents for longer than one build of the server lives. */
  async #answerOf(contentType: string, body: string | Uint8Array): Promise<OpenApiAnswer> {
    const hash = createHash('sha512');
    for (let at = 0; at < body.length; at += hashedAtOnce) {
      hash.update(
        typeof body === 'string' ? body.slice(at, at + hashedAtOnce) : body.subarray(at, at + hashedAtOnce),
      );
      await this.#options.breathe?.();
    }
    return { contentType, body, etag: `"${hash.digest('hex').toUpperCase()}"` };
  }

  /** What the built-in types do not have already. */
  async #ownDefinitions(definitions: Record<string, Json>): Promise<Record<string, Json>> {
    const shared = (await this.#builtIn!.content('v2')).definitions;
    return Object.fromEntries(Object.entries(definitions).filter(([name]) => !Object.hasOwn(shared, name)));
  }

  /** The kinds of each built-in type: of meta's common ones, every group version's. */
  #indexKinds(): Map<string, GroupVersionKind[]> {
    const { schemas } = this.#options;
    const kinds = new Map<string, GroupVersionKind[]>();
    const add = (name: string, kind: GroupVersionKind) => {
      kinds.set(name, [...(kinds.get(name) ?? []), kind]);
    };
    for (const name of schemas.names()) {
      const kind = schemas.kindOf(name);
      if (kind && kind.group !== 'meta.k8s.io') add(name, kind);
    }
    const registered = schemas.groupVersions().filter(({ group }) => !unregisteredGroups.has(group));
    registered.sort((a, b) => compareStrings(a.group, b.group) || compareStrings(a.version, b.version));
    for (const { group, version } of registered) {
      for (const kind of ['DeleteOptions', 'WatchEvent']) add(`${metaV1}.${kind}`, { group, kind, version });
    }
    return kinds;
  }
}
