import { X509Certificate } from 'node:crypto';

/** A certificate for clients that ask for one of these names, which may begin with `*.`. */
export interface NamedCertificate {
  readonly names: readonly string[];
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

/** How the server is served, where that is not as usual. */
export interface ServingSettings {
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Of TLS 1.2, by OpenSSL's names. */
  readonly cipherSuites?: readonly string[];
  /** Earlier ones go before later ones. */
  readonly named?: () => readonly NamedCertificate[];
  /** Calls back whenever `named` or the authorities of clients are others than before. */
  readonly onChange?: (listener: () => void) => void;
  /** The share of requests of HTTP/2 whose clients are told to connect anew. */
  readonly goawayChance?: number;
  /** The header Strict-Transport-Security of every answer. */
  readonly transportSecurity?: string;
  /** Whether pages of the origin may ask (CORS). */
  readonly mayAsk?: (origin: string) => boolean;
}

/** The names that a certificate says it is for. */
export function namesOf(cert: string): readonly string[] {
  const { subject, subjectAltName = '' } = new X509Certificate(cert);
  const alternatives = Array.from(subjectAltName.matchAll(/DNS:([^,\s]+)/g), ([, name]) => name!);
  const common = /^CN=(.+)$/m.exec(subject)?.[1];
  return [...new Set(common ? [common, ...alternatives] : alternatives)];
}

/** In the order in which later ones win: those with a wild card first, and of each the last certificate's. */
export function byPrecedence(certificates: readonly NamedCertificate[]): [string, NamedCertificate][] {
  const all = certificates.flatMap(one => one.names.map((name): [string, NamedCertificate] => [name, one]));
  const isWild = ([name]: [string, unknown]) => name.startsWith('*');
  const last = all.toReversed();
  return [...last.filter(isWild), ...last.filter(one => !isWild(one))];
}

const crossOriginHeaders = [
  'Access-Control-Allow-Methods',
  'POST, GET, OPTIONS, PUT, DELETE, PATCH',
  'Access-Control-Allow-Headers',
  'Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, If-Modified-Since',
  'Access-Control-Expose-Headers',
  'Date',
  'Access-Control-Allow-Credentials',
  'true',
];

/** Names and values in turn of what every answer has, and whether its client is a page that may ask. */
export function settledHeaders(
  { transportSecurity, mayAsk }: ServingSettings,
  origin: string | undefined,
): { readonly headers: readonly string[]; readonly isCrossOrigin: boolean } {
  const security = transportSecurity ? ['Strict-Transport-Security', transportSecurity] : [];
  const isCrossOrigin = Boolean(origin && mayAsk?.(origin));
  const crossOrigin = isCrossOrigin ? ['Access-Control-Allow-Origin', origin!, ...crossOriginHeaders] : [];
  return { headers: [...security, ...crossOrigin], isCrossOrigin };
}
