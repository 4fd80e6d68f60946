import type { V1MutatingWebhook, V1RuleWithOperations, V1ValidatingWebhook } from '@kubernetes/client-node';
import { type Reviewer, WebhookServer } from '#test/webhook-server.ts';
import { type Defined, define } from './custom-resources.ts';
import type { RawResponse } from './raw.ts';
import type { Trial } from './trial.ts';

/** A webhook server in this process that ends with the row. The API server must reach this machine's loopback. */
export async function webhookServer(t: Trial): Promise<WebhookServer> {
  const server = await WebhookServer.start();
  t.defer(() => server[Symbol.asyncDispose]());
  return server;
}

export function rule(resource: string, ...operations: string[]): V1RuleWithOperations {
  const [group, version, resources] = resource.split('/') as [string, string, string];
  return {
    apiGroups: [group],
    apiVersions: [version],
    resources: [resources.replace('.', '/')],
    operations: operations.length > 0 ? operations : ['CREATE'],
  };
}

type Webhook = V1ValidatingWebhook & V1MutatingWebhook;

/** A webhook for the row's namespace alone. */
export function webhook(
  t: Trial,
  server: WebhookServer,
  name: string,
  rules: V1RuleWithOperations[],
  reviewer: Reviewer,
  more: Partial<Webhook> = {},
): Webhook {
  return {
    name: `${name}.${t.id}.example.com`,
    clientConfig: server.clientConfig(`/${name}`, reviewer),
    rules,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': t.namespace } },
    ...more,
  };
}

/** Makes a configuration that ends with the row; answers its name. */
export async function register(
  t: Trial,
  kind: 'mutatingWebhooks' | 'validatingWebhooks',
  webhooks: Webhook[],
  { name = t.name('hooks'), labels = {} }: { name?: string; labels?: Record<string, string> } = {},
): Promise<string> {
  await t.api[kind].create({ metadata: { name, labels }, webhooks });
  t.defer(() => t.api[kind].delete(name));
  return name;
}

/** Marbles, whose data have these properties, served under these versions, the first of which is stored. */
export function customResource(
  t: Trial,
  properties: Record<string, { type: string }>,
  versions: readonly string[] = ['v1'],
): Promise<Defined> {
  const schema = { type: 'object', properties: { data: { type: 'object', properties } } };
  return define(t, { singular: 'marble', schema, versions: versions.map(name => ({ name })) });
}

/** A JSON request about an object of any kind. */
export function sendJson(
  t: Trial,
  method: string,
  path: string,
  body?: object,
  contentType = 'application/json',
): Promise<RawResponse> {
  return t.raw({
    method,
    path,
    headers: { 'content-type': contentType },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}
