/** Requests and readings for tests of managedFields over the wire. */
import assert from 'node:assert/strict';
import type { ManagedFieldsEntry } from '#machinery/object.ts';
import type { StatusCause } from '#machinery/status.ts';
import type { StartClusterOptions } from '#main/embedded.ts';
import { WiredCluster, type WireAnswer } from './wire.ts';

export const applyType = 'application/apply-patch+yaml';
export const mergeType = 'application/merge-patch+json';
export const core = '/api/v1/namespaces/default';
export const apps = '/apis/apps/v1/namespaces/default/deployments';

export interface Loose {
  readonly metadata: Record<string, unknown> & { managedFields?: ManagedFieldsEntry[] };
  readonly [field: string]: unknown;
}

export class ApplyWire implements AsyncDisposable {
  readonly cluster: WiredCluster;

  private constructor(cluster: WiredCluster) {
    this.cluster = cluster;
  }

  static async start(options: StartClusterOptions = {}): Promise<ApplyWire> {
    return new ApplyWire(await WiredCluster.start(options));
  }

  send(method: string, path: string, body: unknown, type = 'application/json', program = 'test') {
    const headers = { 'content-type': type, 'user-agent': `${program}/v1.0 (linux/amd64)` };
    return this.cluster.send({ method, path, body, headers });
  }

  apply(path: string, body: unknown, query = 'fieldManager=applier') {
    return this.send('PATCH', `${path}?${query}`, body, applyType);
  }

  async get(path: string): Promise<Loose> {
    return (await this.cluster.send({ path })).json as unknown as Loose;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
  }
}

/** The sets of an object's managers, by name, operation and subresource. */
export function managersOf(object: unknown): Record<string, unknown> {
  const entries = (object as Loose).metadata.managedFields ?? [];
  return Object.fromEntries(
    entries.map(({ manager, operation, subresource, fieldsV1 }) => [
      [manager, operation, ...(subresource ? [subresource] : [])].join(' '),
      fieldsV1,
    ]),
  );
}

/** The causes of an answer that must be a conflict. */
export function conflictsOf(answer: WireAnswer): StatusCause[] | undefined {
  assert.equal(answer.status, 409);
  assert.equal(answer.json.reason, 'Conflict');
  return answer.json.details?.causes;
}

export const configMap = (name: string, data?: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...(data ? { data } : {}),
});

export const deployment = (name: string, spec: object = {}, container: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'nginx', ...container }] },
    },
    ...spec,
  },
});
