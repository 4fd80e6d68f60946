import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from './decode-error.ts';
import {
  canonicalBase64,
  canonicalMicroTime,
  canonicalTime,
  formatDuration,
  parseDuration,
} from './go-values.ts';

describe('times', () => {
  it('come out in UTC with whole seconds', () => {
    assert.equal(canonicalTime('2024-02-29T23:59:59Z'), '2024-02-29T23:59:59Z');
    assert.equal(canonicalTime('2024-01-01T01:00:00+02:00'), '2023-12-31T23:00:00Z');
    assert.equal(canonicalTime('2024-01-01T00:00:00.999Z'), '2024-01-01T00:00:00Z');
    assert.equal(canonicalTime('1960-01-01T00:00:00-00:30'), '1960-01-01T00:30:00Z');
    assert.equal(canonicalMicroTime('2024-01-01T00:00:00.123456+01:00'), '2023-12-31T23:00:00.123456Z');
    assert.equal(canonicalMicroTime('2024-01-01T00:00:00,123456Z'), '2024-01-01T00:00:00.123456Z');
    assert.equal(canonicalTime('2024-01-01T1:00:00Z'), '2024-01-01T01:00:00Z');
    assert.equal(canonicalTime('2024-01-01T00:00:00-24:60'), '2024-01-02T01:00:00Z');
  });

  it("are null at the first second of year 1, which is Go's zero time", () => {
    assert.equal(canonicalTime('0001-01-01T00:00:00Z'), null);
    assert.equal(canonicalTime('0001-01-01T01:00:00+01:00'), null);
    assert.equal(canonicalMicroTime('0001-01-01T00:00:00.000000Z'), null);
    assert.equal(canonicalMicroTime('0001-01-01T00:00:00.000001Z'), '0001-01-01T00:00:00.000001Z');
    assert.equal(canonicalTime('0001-01-01T00:00:01Z'), '0001-01-01T00:00:01Z');
  });

  it('may have an hour of one digit', () => {
    assert.equal(canonicalTime('2024-01-01T1:02:03Z'), '2024-01-01T01:02:03Z');
    assert.equal(canonicalMicroTime('2024-01-01T1:02:03.000000Z'), '2024-01-01T01:02:03.000000Z');
  });

  const wrong: [text: string, message: string][] = [
    ['9999-12-31T23:59:59-01:00', 'parsing time "9999-12-31T23:59:59-01:00": year outside of range [0,9999]'],
    ['0000-01-01T00:00:00+01:00', 'parsing time "0000-01-01T00:00:00+01:00": year outside of range [0,9999]'],
    [
      '2024-01-01T1x:00:00Z',
      'parsing time "2024-01-01T1x:00:00Z" as "2006-01-02T15:04:05Z07:00": cannot parse "x:00:00Z" as ":"',
    ],
    ['2024-13-01T00:00:00Z', 'parsing time "2024-13-01T00:00:00Z": month out of range'],
    ['2023-02-29T00:00:00Z', 'parsing time "2023-02-29T00:00:00Z": day out of range'],
    ['2024-01-01T24:00:00Z', 'parsing time "2024-01-01T24:00:00Z": hour out of range'],
    [
      '2024-01-01 00:00:00',
      'parsing time "2024-01-01 00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse " 00:00:00" as "T"',
    ],
    [
      '2024-01-01T00:00:00',
      'parsing time "2024-01-01T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
    ],
    ['2024-01-01T00:00:00Zx', 'parsing time "2024-01-01T00:00:00Zx": extra text: "x"'],
    // The first piece that is wrong is told of, whatever comes after it.
    ['2024-13-abT00:00:00Z', 'parsing time "2024-13-abT00:00:00Z": month out of range'],
    ['2024-01-01T00:00:60.+01:3', 'parsing time "2024-01-01T00:00:60.+01:3": second out of range'],
    ['2024-02-30T00:00:00Zx', 'parsing time "2024-02-30T00:00:00Zx": extra text: "x"'],
    [
      '2024-01-01T00:00:00+25:00',
      'parsing time "2024-01-01T00:00:00+25:00": time zone offset hour out of range',
    ],
    [
      '2024-01-01T00:00:00+01:61',
      'parsing time "2024-01-01T00:00:00+01:61": time zone offset minute out of range',
    ],
    ['é', 'parsing time "\\xc3\\xa9" as "2006-01-02T15:04:05Z07:00": cannot parse "\\xc3\\xa9" as "2006"'],
  ];
  for (const [text, message] of wrong) {
    it(message, () => assert.throws(() => canonicalTime(text), new DecodeError(message)));
  }
});

describe('durations', () => {
  const cases: [text: string, canonical: string][] = [
    ['90s', '1m30s'],
    ['1h', '1h0m0s'],
    ['1.5h', '1h30m0s'],
    ['250ms', '250ms'],
    ['1500us', '1.5ms'],
    ['-2m', '-2m0s'],
    ['0', '0s'],
    ['1h0.5s', '1h0m0.5s'],
  ];
  for (const [text, canonical] of cases) {
    it(`${text} is ${canonical}`, () => assert.equal(formatDuration(parseDuration(text)), canonical));
  }

  it('are read as they are written', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n) + 1n, 2n ** 63n - 1n), nanoseconds => {
        assert.equal(parseDuration(formatDuration(nanoseconds)), nanoseconds);
      }),
    );
  });

  it('that are none are refused in words of Go', () => {
    assert.throws(() => parseDuration('1'), new DecodeError('time: missing unit in duration "1"'));
    assert.throws(() => parseDuration('1d'), new DecodeError('time: unknown unit "d" in duration "1d"'));
    assert.throws(() => parseDuration(''), new DecodeError('time: invalid duration ""'));
    assert.throws(
      () => parseDuration('5µ'),
      new DecodeError('time: unknown unit "\\xc2\\xb5" in duration "5\\xc2\\xb5"'),
    );
    const long = '99999999999999999999d';
    assert.throws(() => parseDuration(long), new DecodeError(`time: invalid duration "${long}"`));
    assert.throws(() => parseDuration('9223372036854775808ns'), DecodeError);
    assert.equal(parseDuration('-9223372036854775808ns'), -(2n ** 63n));
  });

  it('any text gives a duration or a DecodeError', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('1', '0', '.', '-', 'h', 'm', 's', 'n', 'µ', ' '), { maxLength: 8 }),
        parts => {
          try {
            parseDuration(parts.join(''));
          } catch (error) {
            assert.ok(error instanceof DecodeError, String(error));
          }
        },
      ),
    );
  });
});

describe('base64', () => {
  it('is taken as Go takes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), bytes => {
        const text = bytes.toBase64();
        assert.equal(canonicalBase64(text), text);
        assert.equal(canonicalBase64(text.replace(/(.{5})/g, '$1\r\n')), text);
      }),
    );
  });

  it('names the byte where it ends to be base64', () => {
    assert.throws(() => canonicalBase64('ab_d'), { message: 'illegal base64 data at input byte 2' });
    const places: [text: string, at: number][] = [
      ['YWJj=', 4],
      ['YWJ', 0],
      ['YWJjY', 4],
      ['YWJj\nY', 4 + 1],
      ['YQ=', 3],
      ['YQ=\n', 4],
      ['YQ=a', 2],
      ['YQ==a', 4],
      ['YWJ=\n=', 5],
      ['YW\nJj!', 5],
      ['=', 0],
      ['YWJjYWI', 4],
      ['YWI=YWI=', 4],
    ];
    for (const [text, at] of places) {
      assert.throws(
        () => canonicalBase64(text),
        { message: `illegal base64 data at input byte ${at}` },
        text,
      );
    }
  });

  it('loses the bits that no byte takes', () => {
    assert.equal(canonicalBase64('YR=='), 'YQ==');
    assert.equal(canonicalBase64('YWJjYR=\n='), 'YWJjYQ==');
  });
});
