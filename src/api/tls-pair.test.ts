import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { tlsPairProblem } from './tls-pair.ts';

const block = (type: string, body: string) => `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;

/** Self-signed, of CN=a. */
const certificate = block(
  'CERTIFICATE',
  `MIIBbzCCARWgAwIBAgIUAwkketK73kfD5GFZ1ldmc2KMbvwwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBYTAgFw0yNjExMjgxODU3MjBaGA8yMTI2MTEwNDE4NTcyMFow
DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABD5Ub+/G+vNj
qP7L7McUw/JzhYv0W2T7+tm727FLWQxHmCWJpZQ0C1Hl31AtlyAHLIVV4qBLccV7
PdjCSONBZNWjUzBRMB0GA1UdDgQWBBTcGTVOkwuwyQCUfhMklfN5FUvTGjAfBgNV
HSMEGDAWgBTcGTVOkwuwyQCUfhMklfN5FUvTGjAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIQC/4uN0Wr3y0sxTkP/udkPJRmQSIj7bByjaow7ugIMG
lAIgGOy9ZEUVCw/7CniAZnAEXTno8yJ+aJ3SVQ1LPvSnThY=`,
);
const own = block(
  'EC PRIVATE KEY',
  `MHcCAQEEIAP1hlM9PeqIrM0hGV8LpqIx34KP9ooPR9eoFO8ZKrv5oAoGCCqGSM49
AwEHoUQDQgAEPlRv78b682Oo/svsxxTD8nOFi/RbZPv62bvbsUtZDEeYJYmllDQL
UeXfUC2XIAcshVXioEtxxXs92MJI40Fk1Q==`,
);
const pem = { type: 'pkcs8', format: 'pem' } as const;
const others = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem) as string;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem) as string;
const garbage = Buffer.from('garbage').toString('base64');

for (const [name, crt, key, problem] of [
  ['a pair', certificate, own, undefined],
  [
    'a pair in a chain, its key behind parameters',
    certificate + certificate,
    block('EC PARAMETERS', '') + own,
    undefined,
  ],
  ['nothing', '', '', 'tls: failed to find any PEM data in certificate input'],
  [
    'the two in each other’s place',
    own,
    certificate,
    'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
  ],
  [
    'a block of another type',
    block('X', garbage),
    own,
    'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [X]',
  ],
  ['no key', certificate, 'x', 'tls: failed to find any PEM data in key input'],
  [
    'a certificate for a key',
    certificate,
    certificate,
    'tls: found a certificate rather than a key in the PEM for the private key',
  ],
  [
    'other blocks than a key',
    certificate,
    block('X', garbage) + certificate,
    'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [X CERTIFICATE]',
  ],
  ['bytes that are no certificate', block('CERTIFICATE', garbage), own, 'x509: malformed certificate'],
  ['bytes that are no key', certificate, block('PRIVATE KEY', garbage), 'tls: failed to parse private key'],
  ['another’s key', certificate, others, 'tls: private key does not match public key'],
  ['a key of another type', certificate, rsa, 'tls: private key type does not match public key type'],
] as const) {
  test(`a server's certificate and key: ${name}`, () => {
    assert.equal(tlsPairProblem(crt, key), problem);
  });
}
