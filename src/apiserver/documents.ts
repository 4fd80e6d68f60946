import { DisposableStore } from '#base/disposable.ts';
import {
  CounterFamily,
  familiesOf,
  metricLines,
  metricsContentType,
  metricsText,
} from '#base/metric-families.ts';
import { registryMetrics } from '#base/registry-metrics.ts';
import { statusError } from '#machinery/status.ts';
import type { CustomType } from './crd/custom-schemas.ts';
import { type Discovery, type DiscoveryDocument, buildDiscovery } from './discovery/discovery.ts';
import { discoveryForm, presentDiscovery } from './discovery/present.ts';
import type { Services } from './handlers/context.ts';
import { HealthMetrics } from './health-metrics.ts';
import { type HealthCheck, type ServerState, answerHealth, healthChecks, healthPaths } from './health.ts';
import { type Descriptions, OpenApiDocuments, openApiForm } from './openapi/documents.ts';
import { stateMetrics } from './state-metrics.ts';
import type { ApiRequest } from './request.ts';
import { versionInfo } from './version.ts';
import { flagzPage } from './zpages/flagz.ts';
import { type Page, answerPage } from './zpages/page.ts';
import { statuszPage } from './zpages/statusz.ts';
import { type ApiResponse, noSuchPage } from './response.ts';
import { mediaTypes, prettyText, shownTypes, unrouted } from './http/negotiate.ts';

export interface DocumentsOptions {
  /** The types of the custom resources that are served now. */
  readonly custom: (name: string) => CustomType | undefined;
  /** The server has done what it does at its start. */
  readonly hasStarted: () => boolean;
  /** It is about to end; until then it answers. */
  readonly isStopping: () => boolean;
  /** host:port, as /api tells clients. */
  readonly serverAddress?: () => string | undefined;
  /** What waits for whom, as tables: which of them, and whether in detail. Undefined: there is no such. */
  readonly flowDump?: (name: string, detailed: boolean) => string | undefined;
  /** What /flagz tells. */
  readonly flags?: () => Readonly<Record<string, string>>;
  /** Beside the server's own. */
  readonly healthChecks?: readonly HealthCheck[];
  /** Asked for with the first OpenAPI document. */
  readonly descriptions?: () => Descriptions | undefined;
}

/** As pages of the server call it. */
const component = 'apiserver';

/** Of metrics, between which others have their turns. */
const metricLinesAtOnce = 256;
/** Before the names of the tables of priority and fairness, which / does not list. */
const flowDumps = '/debug/api_priority_and_fairness/dump_';

/** Paths that / lists beside the API's own. */
const otherPaths = [
  '/.well-known/openid-configuration',
  '/flagz',
  '/metrics',
  '/metrics/slis',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/openid/v1/jwks',
  '/statusz',
  '/version',
];

/** The longest that a cache is told to keep what does not change. */
const yearMs = 365 * 24 * 60 * 60_000;

/** As upstream's OpenAPI handlers have it: without a word. */
const notAcceptable: ApiResponse = {
  type: 'bytes',
  status: 406,
  contentType: '',
  headers: { vary: 'Accept' },
  body: '',
};

/** As version 3 of OpenAPI has it: without a word. */
const noSuchDocument: ApiResponse = { type: 'bytes', status: 404, contentType: '', body: '' };
const plainText = 'text/plain; charset=utf-8';
const noSniff = { 'x-content-type-options': 'nosniff' };

/** The group whose own document has a route, being the aggregator's; it answers for the others. */
const aggregatorGroup = /^\/apis\/apiregistration\.k8s\.io\/?$/;

/** The types in which a route answers: the keys in one of their own, what is no object in JSON alone. */
function producedAt(path: string): readonly string[] {
  if (path.startsWith('/openid/')) return [keysType];
  return /^\/(\.well-known|version)(\/|$)/.test(path) ? [mediaTypes.json] : shownTypes;
}

const keysType = 'application/jwk-set+json';

/** All that is no object: health, version, discovery, OpenAPI. */
export class Documents implements Disposable {
  readonly #checks: readonly HealthCheck[];
  readonly #healthMetrics = new HealthMetrics();
  readonly #aggregations = new CounterFamily({
    name: 'aggregator_discovery_aggregation_count_total',
    help: 'Counter of number of times discovery was aggregated',
    stability: 'ALPHA',
  });
  readonly #countAggregation = this.#aggregations.of({});
  readonly #life = new DisposableStore();
  readonly #services: Services;
  readonly #options: DocumentsOptions;
  readonly #startedAtMs: number;
  #builtDiscovery: Discovery | undefined;
  #toldAddress = '';
  #openApi: OpenApiDocuments | undefined;
  #isOpenApiStale = false;

  constructor(services: Services, options: DocumentsOptions) {
    this.#services = services;
    this.#options = options;
    this.#startedAtMs = services.clock.now();
    this.#life.add(
      services.catalog.onChange(() => {
        this.#builtDiscovery = undefined;
        this.#isOpenApiStale = true;
      }),
    );
    const state: ServerState = {
      storeFailure: () => services.cache.failure?.message,
      writeFailure: () => services.store.writeFailure,
      hasStarted: options.hasStarted,
      isStopping: options.isStopping,
    };
    this.#checks = healthChecks(state, options.healthChecks);
  }

  async answer(request: ApiRequest): Promise<ApiResponse> {
    const { path, method, headers } = request;
    if (this.#isRoute(path)) {
      if (method !== 'GET') throw statusError.methodNotAllowed();
      const refused = unrouted(headers.accept, producedAt(path));
      if (refused) throw refused;
    }
    return this.#find(request);
  }

  async #find(request: ApiRequest): Promise<ApiResponse> {
    const { path } = request;
    const { features } = this.#services;
    if (path === '/version' || path === '/version/') return rawJson(versionInfo);
    if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) return this.#health(request);
    const openId = this.#openId(path);
    if (openId) return openId;
    if (path === '/metrics') return this.#metrics();
    if (path === '/metrics/slis') return this.#measured(metricsText(this.#healthMetrics.families));
    if (path === '/statusz' && features.isOn('ComponentStatusz')) return page(this.#statusz, request);
    if (path === '/flagz' && features.isOn('ComponentFlagz')) return page(this.#flagz, request);
    if (path.startsWith(flowDumps)) return this.#flows(request);
    if (path === '/' || path === '' || path === '/index.html') return this.#index();
    if (path.startsWith('/openapi/')) return this.#describe(request);
    return this.#discover(request);
  }

  async #metrics(): Promise<ApiResponse> {
    const { cache, catalog, store, slice, families } = this.#services;
    const bytes = await store.sizeBytes();
    const told = [...families(), this.#aggregations, ...stateMetrics(catalog, bytes, cache.revision)];
    const pieces: Buffer[] = [];
    let [text, count] = ['', 0];
    for (const line of metricLines(
      familiesOf(
        told,
        registryMetrics(() => told),
      ),
    )) {
      text += `${line}\n`;
      if (++count % metricLinesAtOnce !== 0) continue;
      pieces.push(Buffer.from(text));
      text = '';
      await slice.breathe();
    }
    return this.#measured(Buffer.concat([...pieces, Buffer.from(text)]));
  }

  /** Prometheus' handler tells with its metrics when the process began. */
  #measured(body: string | Uint8Array): ApiResponse {
    const headers = { 'process-start-time-unix': String(Math.floor(this.#startedAtMs / 1000)) };
    return { type: 'bytes', status: 200, contentType: metricsContentType, headers, body };
  }

  get #statusz(): Page {
    const [startedAtMs, nowMs] = [this.#startedAtMs, this.#services.clock.now()];
    return statuszPage({ component, startedAtMs, nowMs, paths: this.#otherPaths });
  }

  get #flagz(): Page {
    return flagzPage(component, this.#options.flags?.() ?? {});
  }

  get #otherPaths(): readonly string[] {
    const { features } = this.#services;
    const isOff = (path: string) =>
      (path === '/flagz' && !features.isOn('ComponentFlagz')) ||
      (path === '/statusz' && !features.isOn('ComponentStatusz'));
    return otherPaths.filter(path => !isOff(path));
  }

  #flows({ path, query }: ApiRequest): ApiResponse {
    const detailed = query.get('includeRequestDetails');
    const body = this.#options.flowDump?.(path.slice(flowDumps.length), detailed !== null && detailed !== '');
    if (body === undefined) return noSuchPage;
    return { type: 'bytes', status: 200, contentType: plainText, body };
  }

  #index(): ApiResponse {
    const paths = [...this.#otherPaths, ...healthPaths(this.#checks), '/api', '/apis', '/apis/'];
    for (const { name, versions } of this.#discovery.groups) {
      if (name !== '') paths.push(`/apis/${name}`);
      const root = name === '' ? '/api' : `/apis/${name}`;
      for (const { version } of versions) paths.push(`${root}/${version}`);
    }
    return rawJson({ paths: paths.sort() });
  }

  /** KEP-1393: lets others check this cluster's service account tokens. */
  #openId(path: string): ApiResponse | undefined {
    const name = openIdDocument(path);
    if (!name) return undefined;
    const told = this.#services.openId(this.#options.serverAddress?.() ?? '');
    if (!told) return noSuchPage;
    const body = JSON.stringify(told[name]);
    const contentType = name === 'keys' ? keysType : mediaTypes.json;
    const headers = { 'cache-control': 'public, max-age=3600' };
    return { type: 'bytes', status: 200, contentType, headers, body };
  }

  async #describe({ path, headers, query }: ApiRequest): Promise<ApiResponse> {
    const { catalog, schemas } = this.#services;
    const descriptions = this.#openApi ? undefined : this.#options.descriptions?.();
    this.#openApi ??= new OpenApiDocuments(catalog.definitions, schemas, {
      version: `${versionInfo.major}.${versionInfo.minor}`,
      breathe: () => this.#services.slice.breathe(),
      custom: this.#options.custom,
      ...(descriptions ? { descriptions } : {}),
    });
    if (this.#isOpenApiStale) this.#openApi.update(catalog.definitions);
    this.#isOpenApiStale = false;
    const form = openApiForm(path, headers.accept);
    const answer = await this.#openApi.answer(path, form);
    if (!answer) return path.startsWith('/openapi/v3/') ? noSuchDocument : noSuchPage;
    if (!form) return notAcceptable;
    const { contentType, body, etag, hash } = answer;
    if (path === '/openapi/v3') return { type: 'bytes', status: 200, contentType: plainText, body };
    const asked = query.get('hash') ?? '';
    const validators = { etag, vary: 'Accept' };
    const isAsked = hash !== undefined && asked === hash;
    const lasting = isAsked ? lastingHeaders(this.#services.clock.now()) : {};
    const page = { type: 'bytes', contentType, headers: { ...validators, ...lasting } } as const;
    if (hash !== undefined && asked && !isAsked) {
      const location = `${path}?hash=${hash}`;
      return { ...page, status: 301, body: '', headers: { ...validators, location } };
    }
    return headers['if-none-match'] === etag
      ? { ...page, status: 304, body: '' }
      : { ...page, status: 200, body };
  }

  get #discovery(): Discovery {
    const serverAddress = this.#options.serverAddress?.() ?? '';
    if (serverAddress !== this.#toldAddress) this.#builtDiscovery = undefined;
    this.#toldAddress = serverAddress;
    if (!this.#builtDiscovery) {
      this.#builtDiscovery = buildDiscovery(this.#services.catalog.definitions, {
        serverAddress,
        hasStorageHash: this.#services.features.isOn('StorageVersionHash'),
      });
      this.#countAggregation();
    }
    return this.#builtDiscovery;
  }

  /** Upstream's routes are of one method and some types each; its multiplexer serves other paths to any. */
  #isRoute(path: string): boolean {
    if (/^\/version\/?$/.test(path) || openIdDocument(path)) return true;
    if (!this.#isBelowService(path) && !aggregatorGroup.test(path)) return false;
    return this.#discovery.find(path, false) !== undefined;
  }

  /** Below the groups that are built in, paths are refused with a Status; others are no page at all. */
  #isBelowService(path: string): boolean {
    if (path.startsWith('//')) return false;
    const [root, first, second] = path.split('/').filter(part => part !== '');
    if (root === 'api' || root === 'version') return true;
    const group = this.#discovery.groups.find(({ name }) => name !== '' && name === first);
    const isBuiltIn = group?.versions.some(({ definitions }) => definitions.some(one => !one.conversion));
    return root === 'apis' && isBuiltIn === true && second !== undefined;
  }

  #discover(request: ApiRequest): ApiResponse {
    const { path } = request;
    if (!this.#discovery.find(path, false)) {
      if (this.#isBelowService(path)) throw statusError.noSuchPath();
      return noSuchPage;
    }
    const form = discoveryForm(request);
    return presentDiscovery(this.#services, request, this.#discovery.find(path, form.isAggregated)!, form);
  }

  /** What this server itself has at a path of discovery. */
  discovered(path: string, isAggregated: boolean): DiscoveryDocument | undefined {
    return this.#discovery.find(path, isAggregated);
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #health({ path, query }: ApiRequest): ApiResponse {
    const answer = answerHealth(path, query, this.#checks, (...told) => this.#healthMetrics.observe(...told));
    if (!answer) return noSuchPage;
    return {
      type: 'bytes',
      status: answer.status,
      contentType: plainText,
      // A single check that is well writes its answer plainly.
      headers: path.indexOf('/', 1) < 0 || answer.status !== 200 ? noSniff : {},
      body: answer.body,
    };
  }
}

function page(page: Page, { headers }: ApiRequest): ApiResponse {
  return { type: 'bytes', status: 200, ...answerPage(page, headers.accept) };
}

function openIdDocument(path: string): 'configuration' | 'keys' | undefined {
  if (/^\/\.well-known\/openid-configuration\/?$/.test(path)) return 'configuration';
  return /^\/openid\/v1\/jwks\/?$/.test(path) ? 'keys' : undefined;
}

/** What upstream writes for people whoever asks. */
function rawJson(value: object): ApiResponse {
  return { type: 'bytes', status: 200, contentType: 'application/json', body: prettyText(value) };
}

/** Of what never changes at the address that it was asked for by. */
function lastingHeaders(nowMs: number): Readonly<Record<string, string>> {
  return { 'cache-control': 'public, immutable', expires: new Date(nowMs + yearMs).toUTCString() };
}
