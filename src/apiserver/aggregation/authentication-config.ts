import type { ConfigMap } from '#api/generated/types/core.v1.ts';
import { frontProxyNames } from '../auth/authn/authenticator.ts';

/** PEM of the authorities that clients and front proxies prove themselves by. */
export interface AuthenticationAuthorities {
  readonly clientCa: string;
  readonly frontProxyCa: string;
}

/** What extension API servers read to authenticate as this server does (kube-system/extension-apiserver-authentication). */
export function authenticationConfig({ clientCa, frontProxyCa }: AuthenticationAuthorities): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
    data: {
      'client-ca-file': clientCa,
      'requestheader-allowed-names': JSON.stringify(frontProxyNames),
      'requestheader-client-ca-file': frontProxyCa,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    },
  };
}
