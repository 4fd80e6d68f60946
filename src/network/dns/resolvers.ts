/** A resolver of the host. */
export interface Resolver {
  readonly address: string;
  readonly port: number;
}

/** The name servers of a resolv.conf(5), without those in `except`: asking ourselves would go round. */
export function parseResolvConf(text: string, except: readonly string[] = []): Resolver[] {
  const addresses = text
    .split('\n')
    .map(line => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
    .filter(address => address !== undefined)
    .filter(address => !except.includes(address));
  return [...new Set(addresses)].map(address => ({ address, port: 53 }));
}
