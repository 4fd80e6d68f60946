import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, randomInt } from '#base/random.ts';
import { requestProblem } from './request.ts';
import { requestBody } from './testing.ts';

const good = Uint8Array.fromBase64(requestBody);

/** The good request with other bytes from `at` on. */
function changed(at: number, ...bytes: number[]): Uint8Array {
  const der = good.slice();
  der.set(bytes, at);
  return der;
}

const params =
  '{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}';

test("what is no request is refused in Go's words", () => {
  // What Go 1.19's x509.ParseCertificateRequest says of each.
  const said: readonly [Uint8Array, string | undefined][] = [
    [good, undefined],
    [new Uint8Array(), 'asn1: syntax error: sequence truncated'],
    [Uint8Array.of(0), 'asn1: syntax error: truncated tag or length'],
    [
      Uint8Array.of(2, 1, 5),
      `asn1: structure error: tags don't match (16 vs {class:0 tag:2 length:1 isCompound:false}) ${params} certificateRequest @2`,
    ],
    [good.subarray(0, 100), 'asn1: syntax error: data truncated'],
    [Uint8Array.of(...good, 0), 'asn1: syntax error: trailing data'],
    [changed(1, 0x80), 'asn1: syntax error: indefinite length found (not DER)'],
    [
      changed(5, 4),
      `asn1: structure error: tags don't match (2 vs {class:0 tag:4 length:1 isCompound:false}) ${params} int @2`,
    ],
    [changed(11, 0x30), 'asn1: syntax error: truncated sequence'],
    [
      changed(14, 0x31),
      `asn1: structure error: tags don't match (6 vs {class:0 tag:17 length:3 isCompound:true}) ${params} ObjectIdentifier @2`,
    ],
    [changed(17, 0x80), 'asn1: syntax error: integer is not minimally encoded'],
    [changed(19, 0x13), undefined],
    [changed(21, 0xff), 'asn1: invalid UTF-8 string'],
  ];
  for (const [der, problem] of said) assert.equal(requestProblem(der), problem);
});

test('no bytes make it throw, and a request that is cut short is none', () => {
  for (let length = 0; length < good.length; length++) {
    assert.match(requestProblem(good.subarray(0, length)) ?? '', /^asn1: /);
  }
  const random = new SeededRandom(1);
  for (let round = 0; round < 5_000; round++) {
    const der = good.slice();
    for (let i = 0; i <= randomInt(random, 4); i++)
      der[randomInt(random, der.length)] = randomInt(random, 256);
    const problem = requestProblem(der);
    assert.ok(problem === undefined || problem.startsWith('asn1: '));
  }
});
