import type { Json } from '../openapi/dialect.ts';
import { etagOf } from '../discovery/aggregated.ts';
import type { OpenApiAnswer } from '../openapi/documents.ts';
import type { ExtensionServers } from './extension-servers.ts';
import { RemoteFacts, type RemoteFactsOptions } from './remote-facts.ts';
import type { RemoteService, RemoteServices } from './remote-services.ts';
import { type SwaggerParts, swaggerToV3 } from './swagger-to-v3.ts';

interface Known {
  /** The line of the group version in /openapi/v3. */
  readonly v3: Json | undefined;
  readonly v2: SwaggerParts | undefined;
  /** What that line leads to, of a server that has version 2 alone; undefined: the server's own page. */
  readonly page: OpenApiAnswer | undefined;
}

/** The OpenAPI documents of extension API servers. */
export class RemoteOpenApi implements Disposable {
  readonly #remotes: RemoteServices;
  readonly #servers: ExtensionServers;
  readonly #facts: RemoteFacts<Known>;

  constructor(options: RemoteFactsOptions) {
    this.#remotes = options.remotes;
    this.#servers = options.servers;
    this.#facts = new RemoteFacts(options, {
      fetch: async remote => {
        const index = await this.#fetch(remote, '/openapi/v3');
        const v2 = await this.#fetchV2(remote);
        if (!index && v2) return { ...converted(remote, v2), v2 };
        const lines = index?.paths as Record<string, Json> | undefined;
        return { v3: lines?.[openApiPath(remote)], v2, page: undefined };
      },
    });
  }

  /** Grows with every change of what it knows. */
  get generation(): number {
    return this.#facts.generation;
  }

  /** Lines of /openapi/v3, by group version path. */
  get versions(): [path: string, line: Json][] {
    return [...this.#remotes.all()].flatMap(remote => {
      const line = this.#facts.of(remote.name)?.v3;
      return line ? [[openApiPath(remote), line] as [string, Json]] : [];
    });
  }

  get swaggers(): SwaggerParts[] {
    return [...this.#facts.all()].flatMap(({ v2 }) => v2 ?? []);
  }

  /** The page of a group version in version 3, where its server has none. */
  page(remote: RemoteService): OpenApiAnswer | undefined {
    return this.#facts.of(remote.name)?.page;
  }

  [Symbol.dispose](): void {
    this.#facts[Symbol.dispose]();
  }

  async #fetchV2(remote: RemoteService): Promise<SwaggerParts | undefined> {
    const document = await this.#fetch(remote, '/openapi/v2');
    if (!document) return undefined;
    const parts = document as unknown as Partial<SwaggerParts>;
    const { info = {}, paths = {}, definitions = {}, parameters = {} } = parts;
    const prefix = `/${openApiPath(remote)}/`;
    const own = Object.entries(paths).filter(([path]) => `${path}/`.startsWith(prefix));
    return { info, paths: Object.fromEntries(own), definitions, parameters };
  }

  /** Undefined where the server has no such document. */
  async #fetch({ object }: RemoteService, path: string): Promise<Record<string, Json> | undefined> {
    const answer = await this.#servers.document(object, path, { accept: 'application/json' });
    if (answer.status === 404 || answer.status === 406) return undefined;
    if (answer.status !== 200) throw new Error(`failed to retrieve ${path}: ${answer.status}`);
    return JSON.parse(answer.text) as Record<string, Json>;
  }
}

function converted(remote: RemoteService, swagger: SwaggerParts): Pick<Known, 'v3' | 'page'> {
  const body = JSON.stringify(swaggerToV3(swagger));
  const hash = etagOf(body);
  const serverRelativeURL = `/openapi/v3/${openApiPath(remote)}?hash=${hash}`;
  return { v3: { serverRelativeURL }, page: { contentType: 'application/json', body, etag: `"${hash}"` } };
}

export function openApiPath({ group, version }: { group: string; version: string }): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}
