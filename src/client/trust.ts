import { isIP } from 'node:net';
import { type PeerCertificate, checkServerIdentity } from 'node:tls';

/** What a TLS client trusts (Node's options). */
export interface Trust {
  readonly ca?: string;
  readonly allowPartialTrustChain?: boolean;
  readonly checkServerIdentity: typeof checkServerIdentity;
}

/**
 * The certificates of `ca` (PEM), or, absent, those that the platform trusts. As Go has it, each of them ends a chain,
 * whoever signed it: a server's own certificate is as good as its CA's.
 */
export function trusting(ca: string | undefined): Trust {
  const chain = ca === undefined ? {} : { ca, allowPartialTrustChain: true };
  return { ...chain, checkServerIdentity: identityProblem };
}

/** Why a certificate is not `host`'s, in Go's words; undefined where it is. A subject's common name is no name of a server. */
export function identityProblem(host: string, certificate: PeerCertificate): Error | undefined {
  const { subjectaltname: names } = certificate;
  // Node goes by the common name where no name of another kind is.
  const problem = checkServerIdentity(host, names ? { ...certificate, subject: {} as never } : certificate);
  if (names && !problem) return undefined;
  const why =
    names || problem
      ? otherNames(host, names ?? '')
      : 'certificate relies on legacy Common Name field, use SANs instead';
  return new Error(`tls: failed to verify certificate: x509: ${why}`);
}

function otherNames(host: string, names: string): string {
  const prefix = isIP(host) ? 'IP Address:' : 'DNS:';
  const valid = names
    .split(', ')
    .filter(name => name.startsWith(prefix))
    .map(name => name.slice(prefix.length));
  if (valid.length > 0) return `certificate is valid for ${valid.join(', ')}, not ${host}`;
  return isIP(host)
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`;
}
