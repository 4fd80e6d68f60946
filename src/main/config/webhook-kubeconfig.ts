import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { WebhookClients } from '#apiserver/admission/webhooks/clients.ts';
import type { OutboundClient, OutboundServer } from '#apiserver/outbound.ts';
import {
  type ClusterAccess,
  type KubeConfig,
  accessOf,
  accessTo,
  parseKubeConfig,
} from '#client/kubeconfig.ts';

/** Relative paths in it start in its folder. */
function open(file: string): { config: KubeConfig; read: (path: string) => string } {
  const folder = dirname(file);
  const config = parseKubeConfig(readFileSync(file, 'utf8'));
  return { config, read: path => readFileSync(resolve(folder, path), 'utf8') };
}

/** The server of a kubeconfig's current context, and how to prove to it who asks. */
export function serverOf(file: string): OutboundServer {
  const { config, read } = open(file);
  const access = accessOf(config, read);
  const { server, certificateAuthority } = access;
  if (URL.parse(server)?.protocol !== 'https:')
    throw new Error(`the server must have an https URL, not ${server}`);
  return {
    url: server,
    ...(certificateAuthority ? { ca: certificateAuthority } : {}),
    client: clientOf(access),
  };
}

/** Who the users of a kubeconfig are, to webhooks whose hosts they are named for. */
export function webhookClientsOf(file: string): WebhookClients {
  const { config, read } = open(file);
  const clients = new Map(
    config.users.map(({ name, user }) => [name, clientOf(accessTo({ server: '' }, user, '', read))]),
  );
  const current = config.contexts.find(({ name }) => name === config['current-context']);
  return new WebhookClients(clients, current && clients.get(current.context.user));
}

function clientOf(access: ClusterAccess): OutboundClient {
  const { clientCertificate, clientKey, token, username, password } = access;
  const basic = username && `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
  const authorization = token ? `Bearer ${token}` : basic;
  return {
    ...(clientCertificate && clientKey ? { cert: clientCertificate, key: clientKey } : {}),
    ...(authorization ? { authorization } : {}),
    ...(access.insecureSkipTlsVerify ? { insecureSkipTlsVerify: true } : {}),
    ...(access.tlsServerName ? { tlsServerName: access.tlsServerName } : {}),
  };
}
