import type { ListenerOptions } from '#apiserver/http/listener.ts';
import type { PemFiles } from '#apiserver/pki/pki.ts';
import type { ApiServerSettings } from './api-server-settings.ts';

/** What the API server proves itself with, and whose clients it believes. */
export function listenerTls(pki: PemFiles, settings: ApiServerSettings = {}): ListenerOptions['tls'] {
  const clientCa = clientCasOf(pki['ca.crt']!, settings);
  return { key: pki['apiserver.key']!, cert: pki['apiserver.crt']!, clientCa };
}

/** PEM of the cluster's own authority, and of those that the operator names. */
export function clientCasOf(own: string, { clientCas }: ApiServerSettings = {}): string {
  return clientCas ? `${own}\n${clientCas()}` : own;
}
