import type { CustomResourceConversion } from '../../generated/types/apiextensions.v1.ts';

/** DER's tag of a sequence, with which every certificate begins. */
const sequence = '\x30';

/** Whether the certificates by which a conversion webhook is known can be read; none is as good. */
export function hasValidCaBundle(conversion: CustomResourceConversion | undefined): boolean {
  const bundle = conversion?.webhook?.clientConfig?.caBundle;
  if (!bundle) return true;
  const blocks = /-----BEGIN CERTIFICATE-----(?=\s)([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;
  return [...atob(bundle).matchAll(blocks)].some(([, body]) => isDer(body!.replace(/\s+/g, '')));
}

function isDer(base64: string): boolean {
  try {
    return atob(base64).startsWith(sequence);
  } catch {
    return false;
  }
}
