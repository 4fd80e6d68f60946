import type { Transport, TransportRequest } from '#client/transport.ts';
import type { KubeList, KubeObject, ResourceRef } from '#machinery/object.ts';
import { CliError } from '../errors.ts';
import type { DryRun } from './flag-groups.ts';

export interface WriteOptions {
  readonly dryRun?: DryRun;
  readonly fieldManager?: string;
  readonly fieldValidation?: string;
  readonly subresource?: string;
}

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply';

const patchTypes: Record<PatchKind, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

const tableAccept = [
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
  'application/json',
].join(',');

/** The path of a collection or of one object. */
export function pathOf(ref: ResourceRef, namespace: string, name?: string, subresource?: string): string {
  if (name === '') throw new CliError('resource name may not be empty');
  const base = ref.group === '' ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`;
  const parts = [base];
  if (ref.namespaced && namespace !== '') parts.push('namespaces', encodeURIComponent(namespace));
  parts.push(ref.resource);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource) parts.push(...subresource.split('/').map(encodeURIComponent));
  return parts.join('/');
}

/** Requests by mapping rather than by type, and the server's warnings passed to the user. */
export class ApiClient {
  readonly transport: Transport;
  readonly #warn: (text: string) => void;

  constructor(transport: Transport, warn: (text: string) => void) {
    this.transport = transport;
    this.#warn = warn;
  }

  async request(request: TransportRequest): Promise<unknown> {
    const response = await this.transport.request(request);
    for (const text of warningsOf(response.headers.warning)) this.#warn(text);
    return response.body;
  }

  stream(request: TransportRequest): Promise<AsyncIterable<Uint8Array>> {
    return this.transport.stream(request);
  }

  watch(request: TransportRequest, handler: Parameters<Transport['watch']>[1]): Disposable {
    return this.transport.watch(request, handler);
  }

  async get(ref: ResourceRef, namespace: string, name: string, subresource?: string): Promise<KubeObject> {
    const path = pathOf(ref, namespace, name, subresource);
    return (await this.request({ method: 'GET', path })) as KubeObject;
  }

  /** As a Table, printed by the server, or as it is where that is not wanted. */
  async getTable(
    ref: ResourceRef,
    namespace: string,
    name: string | undefined,
    query: Record<string, string | undefined> = {},
    subresource?: string,
    printed = true,
  ): Promise<unknown> {
    const path = pathOf(ref, namespace, name, subresource);
    const headers = printed ? { accept: tableAccept } : undefined;
    return this.request({ method: 'GET', path, query, headers });
  }

  async list(
    ref: ResourceRef,
    namespace: string,
    query: Record<string, string | undefined> = {},
  ): Promise<KubeList> {
    return (await this.request({ method: 'GET', path: pathOf(ref, namespace), query })) as KubeList;
  }

  /** Every page of a list, joined. */
  async listAll(
    ref: ResourceRef,
    namespace: string,
    query: Record<string, string | undefined> = {},
    chunkSize = 500,
  ): Promise<KubeList> {
    const limit = chunkSize > 0 ? String(chunkSize) : undefined;
    const first = await this.list(ref, namespace, { ...query, limit });
    const items = [...(first.items ?? [])];
    let next = first.metadata?.continue;
    while (next) {
      const page = await this.list(ref, namespace, { ...query, limit, continue: next });
      items.push(...(page.items ?? []));
      next = page.metadata?.continue;
    }
    // Items of a typed list come without their kind; kubectl shows it.
    const { apiVersion, kind, metadata } = first;
    const itemKind = kind.endsWith('List') ? kind.slice(0, -4) : ref.kind;
    return {
      apiVersion,
      kind,
      metadata,
      items: items.map(item => ({
        ...item,
        apiVersion: item.apiVersion ?? apiVersion,
        kind: item.kind ?? itemKind,
      })),
    };
  }

  watchList(
    ref: ResourceRef,
    namespace: string,
    query: Record<string, string | undefined>,
    handler: Parameters<Transport['watch']>[1],
    asTable = false,
  ): Disposable {
    const headers = asTable ? { accept: tableAccept } : undefined;
    return this.watch(
      { method: 'GET', path: pathOf(ref, namespace), query: { ...query, watch: 'true' }, headers },
      handler,
    );
  }

  /** Of an object that was read elsewhere, which version that was is left out. */
  async create(
    ref: ResourceRef,
    namespace: string,
    body: unknown,
    options: WriteOptions & { readonly name?: string } = {},
  ): Promise<KubeObject> {
    const path = pathOf(ref, namespace, options.name, options.subresource);
    return (await this.request({
      method: 'POST',
      path,
      query: writeQuery(options),
      body: withoutVersion(body),
    })) as KubeObject;
  }

  async replace(
    ref: ResourceRef,
    namespace: string,
    name: string,
    body: unknown,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const path = pathOf(ref, namespace, name, options.subresource);
    return (await this.request({ method: 'PUT', path, query: writeQuery(options), body })) as KubeObject;
  }

  async patch(
    ref: ResourceRef,
    namespace: string,
    name: string,
    kind: PatchKind,
    body: unknown,
    options: WriteOptions & { readonly force?: boolean } = {},
  ): Promise<KubeObject> {
    const path = pathOf(ref, namespace, name, options.subresource);
    const query = { ...writeQuery(options), force: options.force ? 'true' : undefined };
    return (await this.request({
      method: 'PATCH',
      path,
      query,
      body,
      contentType: patchTypes[kind],
    })) as KubeObject;
  }

  /** What the server answers: the object as it goes, or a Status. */
  async delete(ref: ResourceRef, namespace: string, name: string, options: unknown): Promise<unknown> {
    return this.request({ method: 'DELETE', path: pathOf(ref, namespace, name), body: options });
  }
}

function withoutVersion(body: unknown): unknown {
  const { metadata } = body as Partial<KubeObject>;
  if (!metadata?.resourceVersion) return body;
  const { resourceVersion: _, ...rest } = metadata;
  return { ...(body as KubeObject), metadata: rest };
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return {
    fieldManager: options.fieldManager || undefined,
    fieldValidation: options.fieldValidation,
    dryRun: options.dryRun === 'server' ? 'All' : undefined,
  };
}

/** The texts of Warning headers with code 299 (RFC 7234 5.5). */
function warningsOf(header: string | undefined): string[] {
  if (!header) return [];
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(match => match[1]!.replace(/\\(.)/g, '$1'));
}
