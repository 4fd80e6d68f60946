import { type KeyObject, X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto';
import { type Clock, toRfc3339 } from '#base/clock.ts';
import { type Issuer, type Subject, generateKeyPem, signCertificate } from './certificate.ts';

/** PEM by file name, named as kubeadm names them: 'ca.crt', 'ca.key', 'apiserver.crt', … */
export type PemFiles = Readonly<Record<string, string>>;

export interface PkiOptions {
  readonly clock: Clock;
  readonly nodeName: string;
  readonly nodeIps: readonly string[];
  /** Of the `kubernetes` Service. */
  readonly serviceIp: string;
  /** Default 'cluster.local'. */
  readonly clusterDomain?: string;
  /** More DNS names or IP addresses for the API server's certificate. */
  readonly extraNames?: readonly string[];
  /** What there is already: kept while it is valid, signed by its CA and names what it must. */
  readonly existing?: PemFiles;
}

/** A certificate to make, with what a client or server is told by it. */
export interface LeafOptions {
  readonly subject: Subject;
  readonly usage: 'server' | 'client';
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
}

export const adminGroup = 'kubeadm:cluster-admins';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const leafValidityMs = 365 * dayMs;
const caValidityMs = 3650 * dayMs;
/** What has less left is made anew. */
const renewalMs = 30 * dayMs;
/** For clocks that are a little behind. */
export const backdateMs = 5 * minuteMs;

/** Every certificate below a CA, by file name without its ending. */
function leaves(options: PkiOptions): Readonly<Record<string, { ca: string } & LeafOptions>> {
  const { nodeName, nodeIps, serviceIp, clusterDomain = 'cluster.local', extraNames = [] } = options;
  const client = (commonName: string, ...organizations: string[]) =>
    ({ ca: 'ca', usage: 'client', subject: { commonName, organizations } }) as const;
  const isIp = (name: string) => /^[\d.]+$|:/.test(name);
  return {
    apiserver: {
      ca: 'ca',
      usage: 'server',
      subject: { commonName: 'kube-apiserver' },
      dnsNames: unique([
        nodeName,
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        `kubernetes.default.svc.${clusterDomain}`,
        'localhost',
        ...extraNames.filter(name => !isIp(name)),
      ]),
      ips: unique([serviceIp, '127.0.0.1', '::1', ...nodeIps, ...extraNames.filter(isIp)]),
    },
    'apiserver-kubelet-client': client('kube-apiserver-kubelet-client', adminGroup),
    admin: client('kubernetes-admin', adminGroup),
    'super-admin': client('kubernetes-super-admin', 'system:masters'),
    'controller-manager': client('system:kube-controller-manager'),
    scheduler: client('system:kube-scheduler'),
    'kube-proxy': client('system:kube-proxy'),
    'kubelet-client': client(`system:node:${nodeName}`, 'system:nodes'),
    kubelet: {
      ca: 'ca',
      usage: 'server',
      subject: { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] },
      dnsNames: unique([nodeName, 'localhost']),
      ips: unique(['127.0.0.1', '::1', ...nodeIps]),
    },
    'front-proxy-client': { ...client('front-proxy-client'), ca: 'front-proxy-ca' },
  };
}

const authorities: Readonly<Record<string, string>> = {
  ca: 'kubernetes',
  'front-proxy-ca': 'front-proxy-ca',
};

/** The certificate authorities alone, for who has to show them before anybody needs a certificate. */
export function createAuthorities(clock: Clock, existing: PemFiles = {}): PemFiles {
  const files: Record<string, string> = { ...existing };
  for (const [name, commonName] of Object.entries(authorities)) {
    ensureAuthority(files, name, commonName, clock.now());
  }
  return files;
}

/** All keys and certificates of a cluster; makes those that are missing or no longer good, and throws where that would harm. */
export function createPki(options: PkiOptions): PemFiles {
  const now = options.clock.now();
  const files: Record<string, string> = { ...createAuthorities(options.clock, options.existing) };
  for (const [name, leaf] of Object.entries(leaves(options))) ensureLeaf(files, name, leaf, now);
  files['sa.key'] ??= generateKeyPem();
  const tokenKey = parsed(files['sa.key'], createPrivateKey);
  if (!tokenKey) throw new Error(damaged('sa.key'));
  files['sa.pub'] = createPublicKey(tokenKey).export({ type: 'spki', format: 'pem' }) as string;
  return files;
}

/** Makes a key and a certificate below the cluster's CA, e.g. for one more node. */
export function issueLeaf(files: PemFiles, clock: Clock, leaf: LeafOptions): { key: string; cert: string } {
  const key = generateKeyPem();
  return { key, cert: signLeaf(issuerOf(files, 'ca'), key, leaf, clock.now()) };
}

/**
 * A certificate that is missing or runs out is made anew with the key that there is, so that what was signed with it goes on
 * being believed. A key that is lost is never replaced while its certificate is there: nobody would know the cluster again.
 */
function ensureAuthority(files: Record<string, string>, name: string, commonName: string, now: number): void {
  const [certFile, keyFile] = [`${name}.crt`, `${name}.key`];
  const { [certFile]: cert, [keyFile]: pem = cert ? undefined : generateKeyPem() } = files;
  if (!pem) {
    throw new Error(
      `${keyFile} is missing: put it back from a copy, or remove ${certFile} as well for a new authority, ` +
        'which believes nothing that was signed before',
    );
  }
  const key = parsed(pem, createPrivateKey);
  if (!key) throw new Error(damaged(keyFile));
  if (cert && isGoodAuthority(cert, certFile, key, now)) return;
  files[keyFile] = pem;
  files[certFile] = signCertificate(
    {
      subject: { commonName },
      publicKey: createPublicKey(key),
      notBeforeMs: now - backdateMs,
      notAfterMs: now + caValidityMs,
      usage: 'ca',
    },
    { key },
  );
}

/** Throws where it is not for us to make another. */
function isGoodAuthority(pem: string, file: string, key: KeyObject, now: number): boolean {
  const certificate = parsed(pem, text => new X509Certificate(text));
  if (!certificate) throw new Error(damaged(file));
  if (!certificate.checkPrivateKey(key)) throw new Error(`${file} is not of the key beside it`);
  if (Date.parse(certificate.validFrom) > now) {
    throw new Error(
      `the clock of this machine says ${toRfc3339(now)}, and ${file} is valid from ${certificate.validFrom} on: set the clock`,
    );
  }
  return hasTimeLeft(certificate, now);
}

function damaged(file: string): string {
  return `${file} is damaged: put it back from a copy`;
}

/** Undefined for what is none. */
function parsed<T>(pem: string, parse: (pem: string) => T): T | undefined {
  try {
    return parse(pem);
  } catch {
    return undefined;
  }
}

function ensureLeaf(
  files: Record<string, string>,
  name: string,
  leaf: { ca: string } & LeafOptions,
  now: number,
) {
  const issuer = issuerOf(files, leaf.ca);
  const cert = files[`${name}.crt`];
  const key = files[`${name}.key`];
  if (cert && key && isGood(cert, key, issuer, leaf, now)) return;
  const newKey = generateKeyPem();
  files[`${name}.key`] = newKey;
  files[`${name}.crt`] = signLeaf(issuer, newKey, leaf, now);
}

/** A CA with its key. */
export function issuerOf(files: PemFiles, ca: string): Required<Issuer> {
  return {
    key: createPrivateKey(files[`${ca}.key`]!),
    certificate: new X509Certificate(files[`${ca}.crt`]!),
  };
}

function signLeaf(issuer: Required<Issuer>, keyPem: string, leaf: LeafOptions, now: number): string {
  const notAfterMs = Math.min(now + leafValidityMs, Date.parse(issuer.certificate.validTo));
  const publicKey = createPublicKey(keyPem);
  return signCertificate({ ...leaf, publicKey, notBeforeMs: now - backdateMs, notAfterMs }, issuer);
}

function hasTimeLeft(certificate: X509Certificate, now: number): boolean {
  return Date.parse(certificate.validTo) - now > renewalMs && Date.parse(certificate.validFrom) <= now;
}

function isGood(
  cert: string,
  keyPem: string,
  issuer: Required<Issuer>,
  leaf: LeafOptions,
  now: number,
): boolean {
  const certificate = parsed(cert, text => new X509Certificate(text));
  const key = parsed(keyPem, createPrivateKey);
  if (!certificate || !key) return false;
  return (
    certificate.checkPrivateKey(key) &&
    hasTimeLeft(certificate, now) &&
    certificate.checkIssued(issuer.certificate) &&
    certificate.verify(issuer.certificate.publicKey) &&
    (leaf.dnsNames ?? []).every(name => certificate.checkHost(name, { subject: 'never' }) !== undefined) &&
    (leaf.ips ?? []).every(ip => certificate.checkIP(ip) !== undefined)
  );
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
