import assert from 'node:assert/strict';
import type { StartClusterOptions } from '#main/embedded.ts';
import { type Reviewer, WebhookServer } from '#test/webhook-server.ts';
import { type WireAnswer, WiredCluster } from './wire.ts';

export const registration = '/apis/admissionregistration.k8s.io/v1';
export const maps = '/api/v1/namespaces/default/configmaps';

/** Adds an entry to a ConfigMap. */
export function add(key: string, value: string): Reviewer {
  return () => ({ patch: [{ op: 'add', path: `/data/${key}`, value }] });
}

/** The answer, which must be a success. */
export async function ok(answer: Promise<WireAnswer>): Promise<WireAnswer> {
  const { status, text } = await answer;
  assert.ok(status < 300, `${status}: ${text}`);
  return answer;
}

/** A cluster without controllers, and a server of webhooks that it may be told to ask. */
export class HookedCluster implements AsyncDisposable {
  readonly wired: WiredCluster;
  readonly server: WebhookServer;
  #paths = 0;

  private constructor(wired: WiredCluster, server: WebhookServer) {
    this.wired = wired;
    this.server = server;
  }

  static async start(options: StartClusterOptions = {}): Promise<HookedCluster> {
    const wired = await WiredCluster.start({ controllers: [], ...options });
    const server = await WebhookServer.start(['localhost', 'local.default.svc']);
    const hooked = new HookedCluster(wired, server);
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await ok(hooked.send('POST', accounts, { metadata: { name: 'default' } }));
    return hooked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.wired[Symbol.asyncDispose]();
  }

  /** As it was before any webhook was configured. */
  async clear(): Promise<void> {
    for (const kind of ['mutating', 'validating']) {
      await this.send('DELETE', `${registration}/${kind}webhookconfigurations`);
    }
    await this.send('DELETE', maps);
    this.server.calls.length = 0;
  }

  send(method: string, path: string, body?: unknown, headers = {}): Promise<WireAnswer> {
    return this.wired.send({ method, path, headers, ...(body === undefined ? {} : { body }) });
  }

  /** A webhook about new ConfigMaps, unless `more` says otherwise. */
  hook(name: string, reviewer: Reviewer, more: object = {}): object {
    return {
      name: `${name}.example.com`,
      clientConfig: this.server.clientConfig(`/${name}-${this.#paths++}`, reviewer),
      rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      ...more,
    };
  }

  configure(kind: 'mutating' | 'validating', name: string, ...webhooks: object[]): Promise<WireAnswer> {
    return ok(
      this.send('POST', `${registration}/${kind}webhookconfigurations`, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: `${kind === 'mutating' ? 'Mutating' : 'Validating'}WebhookConfiguration`,
        metadata: { name },
        webhooks,
      }),
    );
  }

  /** A ConfigMap. */
  create(name: string, data: object = {}, query = ''): Promise<WireAnswer> {
    return this.send('POST', maps + query, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  }
}
