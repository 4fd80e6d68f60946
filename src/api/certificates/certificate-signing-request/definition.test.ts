import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import { testContext } from '../../testing.ts';
import type { CertificateSigningRequest } from '../../generated/types/certificates.v1.ts';
import { certificateSigningRequestResource } from './definition.ts';
import { issuedBody, requestBody } from './testing.ts';

const { strategy } = certificateSigningRequestResource;
const pemOf = (body: string) =>
  new TextEncoder()
    .encode(`-----BEGIN CERTIFICATE REQUEST-----\n${body}\n-----END CERTIFICATE REQUEST-----\n`)
    .toBase64();
const request = pemOf(requestBody);

function csr(spec: object = {}, conditions: object[] = []): CertificateSigningRequest {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'csr' },
    spec: { request, signerName: 'example.com/signer', usages: ['client auth'], ...spec },
    status: { conditions },
  } as CertificateSigningRequest;
}

const errorsOf = (object: CertificateSigningRequest, old?: CertificateSigningRequest) =>
  (strategy.validate?.(object, testContext(), old) ?? []).map(fieldErrorText);
const condition = (type: string, status = 'True') => ({ type, status });

test('who asks is the caller, whatever the client wrote', () => {
  const object = csr({ username: 'root', groups: ['system:masters'], uid: 'x', extra: { a: ['b'] } });
  const caller = { groups: ['dev'], extra: { scope: ['s'] } };
  strategy.prepareForCreate?.(object, { ...testContext(), user: 'jane', caller });
  const { username, groups, uid, extra } = object.spec;
  assert.deepEqual([username, groups, uid, extra], ['jane', ['dev'], undefined, { scope: ['s'] }]);
});

test('a name may be whatever fits into a path', () => {
  assert.equal(strategy.nameRule, 'pathSegment');
});

test('a request is a PKCS #10 request in PEM', () => {
  const told = (text: string) => errorsOf(csr({ request: text }));
  assert.deepEqual(told('AA=='), [
    'spec.request: Invalid value: "AA==": PEM block type must be CERTIFICATE REQUEST',
  ]);
  const cut = pemOf('AA==');
  assert.deepEqual(told(cut), [
    `spec.request: Invalid value: "${cut}": asn1: syntax error: truncated tag or length`,
  ]);
});

test('signers have a domain, usages are known and named once', () => {
  assert.deepEqual(errorsOf(csr()), []);
  assert.deepEqual(errorsOf(csr({ signerName: 'signer' })), [
    'spec.signerName: Invalid value: "signer": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
  ]);
  assert.deepEqual(errorsOf(csr({ signerName: 'local/signer' })), [
    'spec.signerName: Invalid value: "local": should be a domain with at least two segments separated by dots',
  ]);
  assert.deepEqual(errorsOf(csr({ usages: ['any', 'any'] })), ['spec.usages[1]: Duplicate value: "any"']);
});

test('a request is approved or denied, once and for all', () => {
  assert.deepEqual(errorsOf(csr({}, [condition('Approved'), condition('Denied')])), [
    'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  ]);
  assert.deepEqual(errorsOf(csr({}, [condition('Approved', 'False')])), [
    'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
  ]);
  assert.deepEqual(errorsOf(csr(), csr({}, [condition('Approved')])), [
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  ]);
});

test('only an approval decides', () => {
  const approved = csr({}, [condition('Approved')]);
  const forbidden = (verb: string) => [
    `status.conditions: Forbidden: updates may not ${verb} a condition of type "Approved"`,
  ];
  const amended = csr({}, [{ ...condition('Approved'), reason: 'r' }]);
  assert.deepEqual(errorsOf(approved, csr()), forbidden('add'));
  assert.deepEqual(errorsOf(amended, approved), forbidden('modify'));
  const context = { ...testContext(), subresource: 'approval' };
  assert.deepEqual(strategy.validate!(approved, context, csr()), []);
  assert.deepEqual(strategy.validate!(amended, context, approved), []);
  assert.equal(strategy.validate!(csr(), context, approved).length, 1);
});

test('a report puts decisions back, and the server says when what the client does not', () => {
  const [early, now] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
  const times = { lastUpdateTime: early, lastTransitionTime: early };
  const context = testContext(Date.parse(now!));
  const old = csr({}, [
    { ...condition('Approved'), ...times },
    { ...condition('Other', 'False'), ...times },
  ]);
  const reported = csr({}, [condition('Failed'), condition('Other', 'False'), condition('Approved')]);
  strategy.prepareForStatusUpdate!(reported, old, context);
  const late = { lastUpdateTime: now, lastTransitionTime: now };
  assert.deepEqual(reported.status?.conditions, [
    { ...condition('Failed'), ...late },
    { ...condition('Other', 'False'), lastUpdateTime: now, lastTransitionTime: early },
    { ...condition('Approved'), ...times },
  ]);
  const decided = csr({}, [condition('Approved')]);
  strategy.prepareForUpdate!(decided, csr(), { ...context, subresource: 'approval' });
  assert.deepEqual(decided.status?.conditions, [{ ...condition('Approved'), ...late }]);
  const issuing = csr({}, [condition('Approved')]);
  issuing.status!.certificate = 'QQ==';
  strategy.prepareForUpdate!(issuing, csr(), { ...context, subresource: 'approval' });
  assert.equal(issuing.status?.certificate, undefined);
});

test('what is issued is certificates, in PEM', () => {
  const issue = (text: string) => {
    const object = csr();
    object.status = { certificate: new TextEncoder().encode(text).toBase64() };
    return errorsOf(object, csr());
  };
  const block = (type: string, body = issuedBody) =>
    `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;
  const invalid = (why: string) => [`status.certificate: Invalid value: "<certificate data>": ${why}`];
  assert.deepEqual(issue(`a comment\n${block('CERTIFICATE')}${block('CERTIFICATE')}`), []);
  assert.deepEqual(issue('none'), invalid('must contain at least one CERTIFICATE PEM block'));
  assert.deepEqual(
    issue(block('CERTIFICATE') + block('PRIVATE KEY')),
    invalid('only CERTIFICATE PEM blocks are allowed, found "PRIVATE KEY"'),
  );
  assert.deepEqual(
    issue(block('CERTIFICATE', `a: b\n\n${issuedBody}`)),
    invalid('no PEM block headers are permitted'),
  );
  const of = (...der: number[]) => issue(block('CERTIFICATE', Uint8Array.from(der).toBase64()));
  assert.deepEqual(of(), invalid('found CERTIFICATE PEM block containing 0 certificates'));
  assert.deepEqual(of(0), invalid('x509: malformed certificate'));
  assert.deepEqual(of(0x30, 0x82, 1), invalid('x509: malformed certificate'));
  assert.deepEqual(of(0x30, 2, 5, 0), invalid('x509: malformed tbs certificate'));
  assert.deepEqual(of(0x30, 2, 0x30, 0), invalid('x509: malformed serial number'));
});
