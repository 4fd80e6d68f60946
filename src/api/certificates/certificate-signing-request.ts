import { age, ageColumn, column, humanDuration, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { CertificateSigningRequest } from '../generated/types/certificates.v1.ts';

function conditionText(object: CertificateSigningRequest): string {
  const has = (type: string) => (object.status?.conditions ?? []).some(c => c.type === type);
  return [
    has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending',
    ...(has('Failed') ? ['Failed'] : []),
    ...(object.status?.certificate ? ['Issued'] : []),
  ].join(',');
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
  strategy: { generation: false },
  selectableFields: { 'spec.signerName': object => object.spec.signerName },
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
