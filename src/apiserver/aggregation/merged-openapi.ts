import type { Clock } from '#base/clock.ts';
import { TimeSlice } from '#base/time-slice.ts';
import { etagOf } from '../discovery/aggregated.ts';
import type { Json } from '../openapi/dialect.ts';
import { openApiForm, protobufType } from '../openapi/documents.ts';
import { encodeOpenApiV2 } from '../openapi/gnostic-v2.ts';
import type { ApiRequest } from '../request.ts';
import type { ApiResponse } from '../response.ts';
import { mergeSwagger } from './merge-openapi.ts';
import type { RemoteOpenApi } from './remote-openapi.ts';
import { parseExactJson } from '#machinery/json-parse.ts';

type Documents = (request: ApiRequest) => Promise<ApiResponse>;
type Page = ApiResponse & { readonly type: 'bytes' };

/** /openapi/v2 and /openapi/v3 with what extension API servers add. Merged when first asked for, until something changes. */
export class MergedOpenApi implements Disposable {
  readonly #remote: RemoteOpenApi;
  readonly #slice: TimeSlice;
  readonly #pages = new Map<string, { readonly key: string; readonly page: Promise<Page> }>();

  constructor(remote: RemoteOpenApi, clock: Clock) {
    this.#remote = remote;
    this.#slice = new TimeSlice(clock);
  }

  [Symbol.dispose](): void {
    this.#slice[Symbol.dispose]();
  }

  async answer(request: ApiRequest, documents: Documents): Promise<ApiResponse> {
    const isV2 = request.path.startsWith('/openapi/v2');
    if (isV2 && this.#remote.swaggers.length === 0) return documents(request);
    const form = openApiForm(request.path, request.headers.accept);
    if (!form) return documents(request);
    const headers = { ...request.headers, accept: 'application/json', 'if-none-match': undefined };
    const local = await documents({ ...request, headers });
    if (local.type !== 'bytes' || local.status !== 200) return local;
    const page = await this.#page(`${isV2 ? 'v2' : 'v3'} ${form}`, local, () => {
      if (!isV2) return Promise.resolve(this.#index(local));
      return this.#swagger(local, form === 'protobuf');
    });
    const known = request.headers['if-none-match'] === page.headers?.etag;
    return known ? { ...page, status: 304, body: '' } : page;
  }

  #page(name: string, local: Page, make: () => Promise<Page>): Promise<Page> {
    const key = `${this.#remote.generation} ${local.headers?.etag}`;
    const known = this.#pages.get(name);
    if (known?.key === key) return known.page;
    const page = make();
    this.#pages.set(name, { key, page });
    page.catch(() => this.#pages.delete(name));
    return page;
  }

  #index(local: Page): Page {
    const { paths } = JSON.parse(String(local.body)) as { paths: Record<string, Json> };
    const all = { ...paths, ...Object.fromEntries(this.#remote.versions) };
    const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
    return tagged(local, JSON.stringify({ paths: sorted }));
  }

  async #swagger(local: Page, asProtobuf: boolean): Promise<Page> {
    const text = typeof local.body === 'string' ? local.body : new TextDecoder().decode(local.body);
    const document = parseExactJson(text) as Parameters<typeof mergeSwagger>[0];
    const merged = mergeSwagger(document, this.#remote.swaggers);
    const json = JSON.stringify(merged);
    if (!asProtobuf) return tagged(local, json);
    const body = await encodeOpenApiV2(merged, () => this.#slice.breathe());
    return { ...tagged(local, `${json} protobuf`), contentType: protobufType.v2, body };
  }
}

function tagged(local: Page, body: string): Page {
  return { ...local, body, headers: { ...local.headers, etag: `"${etagOf(body)}"` } };
}
