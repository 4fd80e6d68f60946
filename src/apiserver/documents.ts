import { DisposableStore } from '#base/disposable.ts';
import { statusError } from '#machinery/status.ts';
import { type Discovery, buildDiscovery } from './discovery/discovery.ts';
import type { Services } from './handlers/context.ts';
import { type HealthCheck, answerHealth } from './health.ts';
import { installedDescriptions } from './openapi/descriptions.ts';
import { OpenApiDocuments } from './openapi/documents.ts';
import type { ApiRequest } from './request.ts';
import type { ApiResponse } from './response.ts';

/** What /version answers (version.Info). */
export const versionInfo = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+coxswain',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: 'linux/amd64',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
};

/** All that is no object: health, version, discovery, OpenAPI. */
export class Documents implements Disposable {
  readonly #checks: readonly HealthCheck[];
  readonly #life = new DisposableStore();
  readonly #services: Services;
  #discovery: Discovery | undefined;
  #openApi: OpenApiDocuments | undefined;

  constructor(services: Services) {
    this.#services = services;
    this.#life.add(
      services.catalog.onChange(() => {
        this.#discovery = undefined;
        this.#openApi = undefined;
      }),
    );
    this.#checks = [
      { name: 'ping', check: () => undefined },
      { name: 'log', check: () => undefined },
      { name: 'etcd', check: () => services.cache.failure?.message },
      { name: 'informer-sync', check: () => undefined },
    ];
  }

  async answer(request: ApiRequest): Promise<ApiResponse> {
    const { path } = request;
    if (path === '/version' || path === '/version/')
      return { type: 'value', status: 200, value: versionInfo };
    if (/^\/(healthz|livez|readyz)(\/[^/]+)?\/?$/.test(path)) return this.#health(request);
    const openId = this.#openId(path);
    if (openId) return openId;
    if (path.startsWith('/openapi/')) return this.#describe(request);
    return this.#discover(request);
  }

  /** KEP-1393: lets others check this cluster's service account tokens. */
  #openId(path: string): ApiResponse | undefined {
    const documents: Readonly<Record<string, 'configuration' | 'keys'>> = {
      '/.well-known/openid-configuration': 'configuration',
      '/openid/v1/jwks': 'keys',
    };
    const name = documents[path];
    if (!name) return undefined;
    const body = JSON.stringify(this.#services.openId()[name]);
    const contentType = name === 'keys' ? 'application/jwk-set+json' : 'application/json';
    return { type: 'bytes', status: 200, contentType, body };
  }

  async #describe({ path, headers }: ApiRequest): Promise<ApiResponse> {
    const { catalog, schemas } = this.#services;
    this.#openApi ??= new OpenApiDocuments(catalog.definitions, schemas, {
      version: versionInfo.gitVersion,
      descriptions: installedDescriptions(),
    });
    const answer = await this.#openApi.answer(path, headers.accept);
    if (!answer) throw statusError.noSuchPath();
    return document(answer, headers['if-none-match']);
  }

  #discover({ path, headers }: ApiRequest): ApiResponse {
    this.#discovery ??= buildDiscovery(this.#services.catalog.definitions);
    const answer = this.#discovery.answer(path, headers.accept);
    if (!answer) throw statusError.noSuchPath();
    return document({ ...answer, body: answer.json }, headers['if-none-match']);
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #health({ path, query }: ApiRequest): ApiResponse {
    const answer = answerHealth(path, query, this.#checks);
    if (!answer) throw statusError.noSuchPath();
    return {
      type: 'bytes',
      status: answer.status,
      contentType: 'text/plain; charset=utf-8',
      body: answer.body,
    };
  }
}

/** A document with its validator: a client that has it already is told so. */
function document(
  { contentType, body, etag }: { contentType: string; body: string | Uint8Array; etag?: string },
  known: string | undefined,
): ApiResponse {
  if (etag === undefined) return { type: 'bytes', status: 200, contentType, body };
  const headers = { etag, vary: 'Accept' };
  if (known === etag) return { type: 'bytes', status: 304, contentType, body: '', headers };
  return { type: 'bytes', status: 200, contentType, body, headers };
}
