import { pemBlocks } from '#machinery/pem.ts';
import type { CustomResourceConversion } from '../../generated/types/apiextensions.v1.ts';

/** DER's tag of a sequence, with which every certificate begins. */
const sequence = 0x30;

/** Whether the certificates by which a conversion webhook is known can be read; none is as good. */
export function hasValidCaBundle(conversion: CustomResourceConversion | undefined): boolean {
  const bundle = conversion?.webhook?.clientConfig?.caBundle;
  if (!bundle) return true;
  const blocks = pemBlocks(atob(bundle)).filter(
    ({ type, hasHeaders }) => type === 'CERTIFICATE' && !hasHeaders,
  );
  return blocks.length > 0 && blocks.every(({ der }) => der[0] === sequence);
}
