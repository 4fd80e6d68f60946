import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '#api/generated/types/certificates.v1.ts';

/** What a certificate signing request asks to be called. */
export interface RequestedNames {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

/** Whoever has the cluster's CA key. Requests and certificates are the base64 of PEM, as the API has them. */
export interface CertificateAuthority {
  /** Throws where the request cannot be read, or is not signed with its own key. */
  read(request: string): RequestedNames;
  /** No certificate outlives the CA's own. */
  sign(request: string, usages: readonly string[], lifetimeMs: number): string;
  /** When a certificate ends, in ms since the epoch; undefined where it cannot be read. */
  endOf(certificate: string): number | undefined;
}

function noKey(): never {
  throw new Error('this cluster has no CA key to sign with');
}

/** Of a cluster whose CA is elsewhere. */
export const noAuthority: CertificateAuthority = { read: noKey, sign: noKey, endOf: () => undefined };

export function conditionOf(
  { status }: CertificateSigningRequest,
  type: string,
): CertificateSigningRequestCondition | undefined {
  return status?.conditions?.find(condition => condition.type === type);
}

const nodeGroup = 'system:nodes';
const nodeUserPrefix = 'system:node:';

/** A node's own name and group (KEP-4193 and certificates.k8s.io's signers). */
function isNode({ commonName, organizations }: RequestedNames): boolean {
  return (
    commonName.startsWith(nodeUserPrefix) && organizations.length === 1 && organizations[0] === nodeGroup
  );
}

/** What a signer takes: '' or why it refuses. */
export type SignerRule = (names: RequestedNames, usages: readonly string[]) => string;

function checkUsages(usages: readonly string[], required: string, allowed: readonly string[]): string {
  if (!usages.includes(required)) return `usages did not contain ${required}`;
  const other = usages.find(usage => !allowed.includes(usage));
  return other === undefined ? '' : `usage ${other} is not allowed`;
}

const clientUsages = ['digital signature', 'key encipherment', 'client auth'];
const serverUsages = ['digital signature', 'key encipherment', 'server auth'];

/** The signers of the cluster's CA, with what they take. */
export const signerRules: Readonly<Record<string, SignerRule>> = {
  'kubernetes.io/kube-apiserver-client': (_, usages) => checkUsages(usages, 'client auth', clientUsages),
  'kubernetes.io/kube-apiserver-client-kubelet': (names, usages) => {
    if (!isNode(names)) return nodeNameRule(names);
    if (names.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
    if (names.emails.length > 0) return 'Email subjectAltNames are not allowed';
    if (names.ips.length > 0) return 'IP subjectAltNames are not allowed';
    if (names.uris.length > 0) return 'URI subjectAltNames are not allowed';
    return checkUsages(usages, 'client auth', clientUsages);
  },
  'kubernetes.io/kubelet-serving': (names, usages) => {
    if (!isNode(names)) return nodeNameRule(names);
    if (names.dnsNames.length + names.ips.length === 0) return 'DNS or IP subjectAltName is required';
    if (names.emails.length > 0) return 'Email subjectAltNames are not allowed';
    if (names.uris.length > 0) return 'URI subjectAltNames are not allowed';
    return checkUsages(usages, 'server auth', serverUsages);
  },
  'kubernetes.io/legacy-unknown': () => '',
};

function nodeNameRule({ organizations }: RequestedNames): string {
  if (organizations.length !== 1 || organizations[0] !== nodeGroup)
    return 'subject organization is not system:nodes';
  return 'subject common name does not begin with system:node: prefix';
}
