/** What a TLS client trusts (Node's options). */
export interface Trust {
  readonly ca?: string;
  readonly allowPartialTrustChain?: boolean;
}

/**
 * The certificates of `ca` (PEM), or, absent, those that the platform trusts. As Go has it, each of them ends a chain,
 * whoever signed it: a server's own certificate is as good as its CA's.
 */
export function trusting(ca: string | undefined): Trust {
  return ca === undefined ? {} : { ca, allowPartialTrustChain: true };
}
