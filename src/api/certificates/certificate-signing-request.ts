import { age, ageColumn, column, humanDuration, nameColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { CertificateSigningRequest } from '../generated/types/certificates.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { deepEqual } from '#base/equal.ts';
import { pemBlocks } from '#machinery/pem.ts';
import { validateSignerName } from '../signer-name.ts';
import { requiredOneOf } from '../validation.ts';

function conditionText(object: CertificateSigningRequest): string {
  const has = (type: string) => (object.status?.conditions ?? []).some(c => c.type === type);
  return [
    has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending',
    ...(has('Failed') ? ['Failed'] : []),
    ...(object.status?.certificate ? ['Issued'] : []),
  ].join(',');
}

type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

const path = FieldPath.of('spec');
const conditionsPath = FieldPath.of('status', 'conditions');
/** Conditions that decide, and are true or absent. */
const finalTypes = ['Approved', 'Denied', 'Failed'];
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
  if (pemBlocks(textOf(spec.request ?? ''))[0]?.type !== 'CERTIFICATE REQUEST') {
    const detail = 'PEM block type must be CERTIFICATE REQUEST';
    errors.push(fieldError.invalid(path.child('request'), spec.request ?? '', detail));
  }
  const usagesPath = path.child('usages');
  if (!spec.usages?.length) errors.push(fieldError.required(usagesPath));
  spec.usages?.forEach((usage, i) => {
    if (!usages.has(usage))
      errors.push(fieldError.notSupported(usagesPath.index(i), usage, [...usages].sort()));
    if (spec.usages!.indexOf(usage) < i) errors.push(fieldError.duplicate(usagesPath.index(i), usage));
  });
  errors.push(...validateSigner(spec.signerName ?? ''));
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

function validateConditions(conditions: readonly Condition[]): FieldError[] {
  return conditions.flatMap(({ type, status = '' }, i) => {
    const at = conditionsPath.index(i);
    const allowed = finalTypes.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    const before = conditions.slice(0, i).map(other => other.type);
    const opposite = { Approved: 'Denied', Denied: 'Approved' }[type];
    const both = 'Approved and Denied conditions are mutually exclusive';
    return [
      ...(type ? [] : [fieldError.required(at.child('type'))]),
      ...requiredOneOf(at.child('status'), status, allowed),
      ...(opposite && before.includes(opposite) ? [fieldError.invalid(at.child('type'), type, both)] : []),
      ...(before.includes(type) ? [fieldError.duplicate(at.child('type'), type)] : []),
    ];
  });
}

/** What was decided stays so, and so does what was issued. */
function validateDecisions(object: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  const find = ({ status }: CertificateSigningRequest, type: string) =>
    status?.conditions?.find(condition => condition.type === type);
  const errors = finalTypes.flatMap(type => {
    const [before, now] = [find(old, type), find(object, type)];
    if (!before || deepEqual(before, now)) return [];
    const verb = now ? 'modify' : 'remove';
    return [
      fieldError.forbidden(
        conditionsPath,
        `updates may not ${verb} a condition of type ${JSON.stringify(type)}`,
      ),
    ];
  });
  const issued = old.status?.certificate;
  if (issued === object.status?.certificate) return errors;
  if (issued) {
    const detail = 'updates may not modify existing certificate content';
    errors.push(fieldError.forbidden('status.certificate', detail));
  }
  const problem = certificateProblem(object.status?.certificate ?? '');
  if (!problem) return errors;
  return [...errors, fieldError.invalid('status.certificate', '<certificate data>', problem)];
}

/** What is wrong with the PEM text that was issued: it holds certificates alone, one at least, without headers. */
function certificateProblem(base64: string): string | undefined {
  if (base64 === '') return undefined;
  const blocks = pemBlocks(textOf(base64));
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  const other = blocks.find(({ type }) => type !== 'CERTIFICATE');
  if (other) return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other.type)}`;
  return blocks.some(({ hasHeaders }) => hasHeaders) ? 'no PEM block headers are permitted' : undefined;
}

function validate(
  object: CertificateSigningRequest,
  _context: StrategyContext,
  old?: CertificateSigningRequest,
): FieldError[] {
  return [...validateRequest(object), ...(old ? validateDecisions(object, old) : [])];
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
    nameRule: 'pathSegment',
    generation: false,
    prepareForCreate,
    prepareForUpdate: (object, old) => {
      object.spec = structuredClone(old.spec);
    },
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
