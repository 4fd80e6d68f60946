import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerCertificate } from 'node:tls';
import { identityProblem } from './trust.ts';

test('a server is told by the names of its certificate alone, in the words of Go', () => {
  const cases: readonly (readonly [host: string, names: string | undefined, why: string | undefined])[] = [
    ['web.default.svc', 'DNS:web.default.svc', undefined],
    ['web.default.svc', 'DNS:*.default.svc, IP Address:10.0.0.1', undefined],
    ['10.0.0.1', 'DNS:web, IP Address:10.0.0.1', undefined],
    ['web', undefined, 'certificate relies on legacy Common Name field, use SANs instead'],
    ['web', 'DNS:a, DNS:b, IP Address:10.0.0.1', 'certificate is valid for a, b, not web'],
    ['web', 'IP Address:10.0.0.1', 'certificate is not valid for any names, but wanted to match web'],
    ['other', undefined, 'certificate is not valid for any names, but wanted to match other'],
    ['10.0.0.2', 'IP Address:10.0.0.1', 'certificate is valid for 10.0.0.1, not 10.0.0.2'],
    ['10.0.0.2', 'DNS:a', "cannot validate certificate for 10.0.0.2 because it doesn't contain any IP SANs"],
  ];
  for (const [host, subjectaltname, why] of cases) {
    const certificate = { subject: { CN: 'web' }, subjectaltname } as PeerCertificate;
    const told = why && `tls: failed to verify certificate: x509: ${why}`;
    assert.equal(identityProblem(host, certificate)?.message, told, `${host} of ${subjectaltname}`);
  }
});
