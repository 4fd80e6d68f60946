import type { Json } from '../openapi/dialect.ts';
import type { ExtensionServers } from './extension-servers.ts';
import { RemoteFacts, type RemoteFactsOptions } from './remote-facts.ts';
import type { RemoteService, RemoteServices } from './remote-services.ts';

/** The parts of OpenAPI version 2 that are merged. */
export interface SwaggerParts {
  readonly paths: Readonly<Record<string, Json>>;
  readonly definitions: Readonly<Record<string, Json>>;
}

interface Known {
  /** The line of the group version in /openapi/v3; undefined: its server has no version 3. */
  readonly v3: Json | undefined;
  readonly v2: SwaggerParts | undefined;
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
      fetch: async remote => ({ v3: await this.#fetchV3(remote), v2: await this.#fetchV2(remote) }),
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

  [Symbol.dispose](): void {
    this.#facts[Symbol.dispose]();
  }

  async #fetchV3(remote: RemoteService): Promise<Json | undefined> {
    const document = await this.#fetch(remote, '/openapi/v3');
    return (document?.paths as Record<string, Json> | undefined)?.[openApiPath(remote)];
  }

  async #fetchV2(remote: RemoteService): Promise<SwaggerParts | undefined> {
    const document = await this.#fetch(remote, '/openapi/v2');
    if (!document) return undefined;
    const { paths = {}, definitions = {} } = document as unknown as Partial<SwaggerParts>;
    const prefix = `/${openApiPath(remote)}/`;
    const own = Object.entries(paths).filter(([path]) => `${path}/`.startsWith(prefix));
    return { paths: Object.fromEntries(own), definitions };
  }

  /** Undefined where the server has no such document. */
  async #fetch({ object }: RemoteService, path: string): Promise<Record<string, Json> | undefined> {
    const answer = await this.#servers.document(object, path, { accept: 'application/json' });
    if (answer.status === 404 || answer.status === 406) return undefined;
    if (answer.status !== 200) throw new Error(`failed to retrieve ${path}: ${answer.status}`);
    return JSON.parse(answer.text) as Record<string, Json>;
  }
}

export function openApiPath({ group, version }: { group: string; version: string }): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}
