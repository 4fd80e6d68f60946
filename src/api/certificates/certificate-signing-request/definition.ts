import { append } from '#base/append.ts';
import { age, ageColumn, column, humanDuration, nameColumn } from '../../columns.ts';
import { type StrategyContext, defineResource } from '../../definition.ts';
import type { CertificateSigningRequest } from '../../generated/types/certificates.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { pemBlocks } from '#machinery/pem.ts';
import { optionalOneOf, repeats } from '../../validation.ts';
import { issuedProblem } from './issued.ts';
import { requestProblem } from './request.ts';
import { validateSignerName } from './signer-name.ts';
import {
  type Condition,
  validateConditionChange,
  validateConditions,
  withDecisions,
  withTimes,
} from './conditions.ts';

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
function prepareForCreate(object: CertificateSigningRequest, context: StrategyContext): void {
  const { spec } = object;
  object.status = {};
  const { uid, groups, extra } = context.caller ?? {};
  for (const name of ['uid', 'groups', 'extra'] as const) delete spec[name];
  spec.username = context.user;
  if (uid) spec.uid = uid;
  if (groups) spec.groups = [...groups];
  if (extra)
    spec.extra = Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
}

const textOf = (base64: string) => new TextDecoder().decode(Uint8Array.fromBase64(base64));

function validateRequest({ spec, status }: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = [];
  const [block] = pemBlocks(textOf(spec.request ?? ''));
  const problem =
    block?.type === 'CERTIFICATE REQUEST'
      ? requestProblem(block.der)
      : 'PEM block type must be CERTIFICATE REQUEST';
  if (problem) errors.push(fieldError.invalid(path.child('request'), spec.request, problem));
  const usagesPath = path.child('usages');
  if (!spec.usages?.length) errors.push(fieldError.required(usagesPath));
  const supported = [...usages].sort();
  const isRepeated = repeats(spec.usages ?? []);
  spec.usages?.forEach((usage, i) => {
    append(errors, optionalOneOf(usagesPath.index(i), usage, supported));
    if (isRepeated[i]) errors.push(fieldError.duplicate(usagesPath.index(i), usage));
  });
  append(errors, validateSigner(spec.signerName ?? ''));
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < expirationSecondsMin) {
    const detail = `may not specify a duration less than ${expirationSecondsMin} seconds (10 minutes)`;
    errors.push(fieldError.invalid(path.child('expirationSeconds'), seconds, detail));
  }
  return [...errors, ...validateConditions(status?.conditions ?? [])];
}

/** The signer of requests that named none is of v1beta1. */
function validateSigner(name: string): FieldError[] {
  const at = path.child('signerName');
  if (name !== 'kubernetes.io/legacy-unknown') return validateSignerName(at, name);
  return [fieldError.invalid(at, name, 'the legacy signerName is not allowed via this API version')];
}

/** What was issued stays so. */
function validateIssued(object: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  const issued = old.status?.certificate;
  if (issued === object.status?.certificate) return [];
  const errors: FieldError[] = [];
  const problem = certificateProblem(object.status?.certificate ?? '');
  if (problem) errors.push(fieldError.invalid('status.certificate', '<certificate data>', problem));
  if (issued) {
    const detail = 'updates may not modify existing certificate content';
    errors.push(fieldError.forbidden('status.certificate', detail));
  }
  return errors;
}

/** What is wrong with the PEM text that was issued: it holds certificates alone, one at least, without headers. */
function certificateProblem(base64: string): string | undefined {
  if (base64 === '') return undefined;
  const blocks = pemBlocks(textOf(base64));
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  const other = blocks.find(({ type }) => type !== 'CERTIFICATE');
  if (other) return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other.type)}`;
  if (blocks.some(({ hasHeaders }) => hasHeaders)) return 'no PEM block headers are permitted';
  for (const { der } of blocks) {
    const problem = issuedProblem(der);
    if (problem) return problem;
  }
  return undefined;
}

function validate(
  object: CertificateSigningRequest,
  { subresource }: StrategyContext,
  old?: CertificateSigningRequest,
): FieldError[] {
  const errors = validateRequest(object);
  if (!old) return errors;
  const [now, before] = [object, old].map(({ status }) => status?.conditions ?? []) as [
    Condition[],
    Condition[],
  ];
  return [
    ...errors,
    ...validateConditionChange(now, before, subresource === 'approval'),
    ...validateIssued(object, old),
  ];
}

/** Who decides cannot issue: an approval changes conditions alone. */
function prepareForUpdate(
  object: CertificateSigningRequest,
  old: CertificateSigningRequest,
  { nowMs, subresource }: StrategyContext,
): void {
  object.spec = structuredClone(old.spec);
  if (subresource !== 'approval') return;
  const { conditions: _before, ...kept } = old.status ?? {};
  const { conditions } = object.status ?? {};
  object.status = {
    ...kept,
    ...(conditions && { conditions: withTimes(conditions, old.status?.conditions ?? [], nowMs) }),
  };
}

/** Who reports cannot approve or deny: what was decided is put back where it was. */
function prepareForStatusUpdate(
  { status }: CertificateSigningRequest,
  old: CertificateSigningRequest,
  { nowMs }: StrategyContext,
): void {
  if (!status?.conditions) return;
  const before = old.status?.conditions ?? [];
  status.conditions = withTimes(withDecisions(status.conditions, before), before, nowMs);
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
  withoutTable: ['approval'],
  extraSubresources: [
    { name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
  ],
  strategy: {
    metadataPasses: { update: ['create', 'update'], status: ['create', 'update'] },
    nameRule: 'pathSegment',
    generation: false,
    prepareForCreate,
    prepareForUpdate,
    prepareForStatusUpdate,
    validate,
    validateStatusUpdate: (object, old, context) => validate(object, context, old),
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
