import { DisposableStore } from '#base/disposable.ts';
import { statusError } from '#machinery/status.ts';
import { type Discovery, buildDiscovery } from './discovery/discovery.ts';
import type { Services } from './handlers/context.ts';
import { type HealthCheck, answerHealth } from './health.ts';
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

  constructor(services: Services) {
    this.#services = services;
    this.#life.add(
      services.catalog.onChange(() => {
        this.#discovery = undefined;
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
    return this.#discover(request);
  }

  #discover({ path, headers }: ApiRequest): ApiResponse {
    this.#discovery ??= buildDiscovery(this.#services.catalog.definitions);
    const answer = this.#discovery.answer(path, headers.accept);
    if (!answer) throw statusError.noSuchPath();
    const { contentType, json, etag } = answer;
    if (etag === undefined) return { type: 'bytes', status: 200, contentType, body: json };
    const validators = { etag, vary: 'Accept' };
    if (headers['if-none-match'] === etag) {
      return { type: 'bytes', status: 304, contentType, body: '', headers: validators };
    }
    return { type: 'bytes', status: 200, contentType, body: json, headers: validators };
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
