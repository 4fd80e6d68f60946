import type { Secret } from '#api/generated/types/core.v1.ts';

/** Where the tokens are by which nodes join (kubeadm's bootstrap tokens). */
export const bootstrapTokens = {
  namespace: 'kube-system',
  fieldSelector: 'type=bootstrap.kubernetes.io/token',
} as const;

/** A value of a Secret as text; '' where there is none. */
export function secretText(secret: Secret, name: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(secret.data?.[name] ?? ''));
}

/** Milliseconds until the token ends: 0 it has, or says so in a way that cannot be read; undefined: never. */
export function endsInMs(secret: Secret, nowMs: number): number | undefined {
  const expiration = secretText(secret, 'expiration');
  if (expiration === '') return undefined;
  const leftMs = Date.parse(expiration) - nowMs;
  return Number.isNaN(leftMs) ? 0 : Math.max(0, leftMs);
}
