import { age, ageColumn, column, humanDuration, nameColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { CertificateSigningRequest } from '../generated/types/certificates.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validateSignerName } from '../signer-name.ts';

function conditionText(object: CertificateSigningRequest): string {
  const has = (type: string) => (object.status?.conditions ?? []).some(c => c.type === type);
  return [
    has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending',
    ...(has('Failed') ? ['Failed'] : []),
    ...(object.status?.certificate ? ['Issued'] : []),
  ].join(',');
}

const path = FieldPath.of('spec');
const expirationSecondsMin = 600;
const usages = new Set([
  ...['signing', 'digital signature', 'content commitment', 'key encipherment', 'key agreement'],
  ...['data encipherment', 'cert sign', 'crl sign', 'encipher only', 'decipher only', 'any', 'server auth'],
  ...['client auth', 'code signing', 'email protection', 's/mime', 'ipsec end system', 'ipsec tunnel'],
  ...['ipsec user', 'timestamping', 'ocsp signing', 'microsoft sgc', 'netscape sgc'],
]);

/** Who asks is what the server knows of the caller, whatever the client wrote. */
function prepareForCreate(object: CertificateSigningRequest, { user }: StrategyContext): void {
  object.spec.username = user;
  object.status = {};
}

function isCertificateRequest(base64: string): boolean {
  try {
    const text = new TextDecoder().decode(Uint8Array.fromBase64(base64));
    return /-----BEGIN (NEW )?CERTIFICATE REQUEST-----/.test(text);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function validate({ spec }: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = [];
  if (!isCertificateRequest(spec.request ?? '')) {
    const detail = 'PEM block type must be CERTIFICATE REQUEST';
    errors.push(fieldError.invalid(path.child('request'), spec.request ?? '', detail));
  }
  if (!spec.usages?.length) errors.push(fieldError.required(path.child('usages')));
  spec.usages?.forEach((usage, i) => {
    if (!usages.has(usage))
      errors.push(fieldError.notSupported(path.child('usages').index(i), usage, [...usages].sort()));
  });
  errors.push(...validateSignerName(path.child('signerName'), spec.signerName ?? ''));
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < expirationSecondsMin) {
    const detail = `may not specify a duration less than ${expirationSecondsMin} seconds (10 minutes)`;
    errors.push(fieldError.invalid(path.child('expirationSeconds'), seconds, detail));
  }
  return errors;
}

export const certificateSigningRequestResource = defineResource<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest' }],
  kind: 'CertificateSigningRequest',
  resource: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  namespaced: false,
  statusSubresource: true,
  extraSubresources: [
    { name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
  ],
  strategy: {
    generation: false,
    prepareForCreate,
    prepareForUpdate: (object, old) => {
      object.spec = structuredClone(old.spec);
    },
    validate,
  },
  selectableFields: { 'spec.signerName': object => object.spec.signerName ?? '' },
  columns: [
    nameColumn,
    ageColumn,
    column('SignerName'),
    column('Requestor'),
    column('RequestedDuration'),
    column('Condition'),
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    age(object, nowMs),
    object.spec.signerName || '<none>',
    object.spec.username ?? '',
    object.spec.expirationSeconds === undefined
      ? '<none>'
      : humanDuration(object.spec.expirationSeconds * 1000),
    conditionText(object),
  ],
});
