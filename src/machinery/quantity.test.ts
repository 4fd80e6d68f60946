import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  canonicalQuantity,
  Quantity,
  QuantityError,
  quantityMilliValue,
  quantityValue,
  wholeMilli,
} from './quantity.ts';

const canonical: [string, string][] = [
  ['0', '0'],
  ['-0', '0'],
  ['0Ki', '0'],
  ['1', '1'],
  ['100m', '100m'],
  ['1000m', '1'],
  ['1000', '1k'],
  ['1500', '1500'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['1.5', '1500m'],
  ['1.500', '1.500'],
  ['05', '05'],
  ['+5', '+5'],
  ['-5', '-5'],
  ['1e3', '1e3'],
  ['1E3', '1E3'],
  ['12e6', '12e6'],
  ['1000e3', '1e6'],
  ['10e4', '100e3'],
  ['1E', '1E'],
  ['1Ki', '1Ki'],
  ['1024', '1024'],
  ['1024Ki', '1Mi'],
  ['8Ki', '8Ki'],
  ['1Mi', '1Mi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Ki', '512'],
  ['0.0001Ki', '102400u'],
  ['9999999Ei', '9223372036854775807'],
  ['1n', '1n'],
  ['0.1n', '1n'],
  ['-0.1n', '-1n'],
  ['1e-10', '1e-9'],
  ['100000000000000000001', '100000000000000000001'],
  ['3000000000000000000000', '3e21'],
];

test('text as upstream stores it', () => {
  for (const [text, want] of canonical) assert.equal(Quantity.parse(text).toString(), want, text);
});

test("errors in upstream's words", () => {
  const wrongFormat = /^QuantityError: quantities must match the regular expression/;
  for (const text of ['', '1.1.1', '1+1.0', ' 1', '1 ', '٣']) {
    assert.throws(() => Quantity.parse(text), wrongFormat, text);
  }
  for (const text of ['1i', '0.1mi', '0.1mi1', '--1', '1e', '1eee', '1e999999999999']) {
    assert.throws(() => Quantity.parse(text), /^QuantityError: unable to parse quantity's suffix$/, text);
  }
});

test('values round away from zero', () => {
  assert.equal(Quantity.parse('1m').value(), 1);
  assert.equal(Quantity.parse('-1m').value(), -1);
  assert.equal(Quantity.parse('1500m').value(), 2);
  assert.equal(Quantity.parse('1u').milliValue(), 1);
  assert.equal(Quantity.parse('2Gi').value(), 2 * 1024 ** 3);
  assert.equal(Quantity.parse('1.5').toNumber(), 1.5);
});

test('amounts of resources are whole thousandths, away from zero', () => {
  const rounded = ['100u', '1n', '-1u', '1000001u', '1e-6', '1e-9', '5m', '1.5', '1Gi'].map(text =>
    wholeMilli(canonicalQuantity(text)),
  );
  assert.deepEqual(rounded, ['1m', '1m', '-1m', '1001m', '1e-3', '1e-3', '5m', '1500m', '1Gi']);
});

test('arithmetic keeps the format of the first that is not zero', () => {
  const { zero, of, ofMilli } = Quantity;
  assert.equal(Quantity.parse('1Gi').add(Quantity.parse('512Mi')).toString(), '1536Mi');
  assert.equal(zero.add(Quantity.parse('1Ki')).toString(), '1Ki');
  assert.equal(Quantity.parse('2').sub(Quantity.parse('250m')).toString(), '1750m');
  assert.equal(Quantity.parse('1Gi').sub(of(1)).toString(), '1073741823');
  assert.equal(ofMilli(2500).toString(), '2500m');
  assert.ok(Quantity.parse('1Ki').compare(Quantity.parse('1k')) > 0);
  assert.ok(Quantity.parse('1000m').equals(Quantity.parse('1')));
});

const quantityText = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.stringMatching(/^[0-9]{1,20}(\.[0-9]{0,12})?$/),
    fc.constantFrom(
      '',
      'n',
      'u',
      'm',
      'k',
      'M',
      'G',
      'T',
      'P',
      'E',
      'Ki',
      'Mi',
      'Gi',
      'Ti',
      'e3',
      'E-3',
      'e20',
    ),
  )
  .map(parts => parts.join(''));

test('canonical text parses to the same value and prints itself', () => {
  fc.assert(
    fc.property(quantityText, text => {
      const quantity = Quantity.parse(text);
      const stored = canonicalQuantity(text);
      assert.ok(Quantity.parse(stored).equals(quantity), `${text} -> ${stored}`);
      const sum = quantity.add(Quantity.zero).toString();
      assert.equal(canonicalQuantity(sum), sum);
    }),
  );
});

test('the quick ways agree with the exact one, and addition is exact', () => {
  fc.assert(
    fc.property(quantityText, quantityText, (a, b) => {
      assert.equal(quantityValue(a), Quantity.parse(a).value());
      assert.equal(quantityMilliValue(a), Quantity.parse(a).milliValue());
      const left = Quantity.parse(a);
      const right = Quantity.parse(b);
      assert.ok(left.add(right).sub(right).equals(left));
      assert.equal(left.compare(right), -right.compare(left) + 0);
    }),
  );
});

test('any text parses or is refused with QuantityError', () => {
  const noise = fc.oneof(fc.string(), fc.stringMatching(/^[-+.0-9eEinumkKMGTP]{0,12}$/));
  fc.assert(
    fc.property(noise, text => {
      try {
        Quantity.parse(text).toString();
      } catch (error) {
        assert.ok(error instanceof QuantityError);
      }
    }),
  );
});

test('what is long is no harder to refuse', () => {
  const digits = '0'.repeat(100_000);
  for (const text of [
    `${digits}x`,
    `1${digits}x`,
    `1.${digits}x`,
    `1.5e${digits}x`,
    `${digits}.${digits}x`,
  ]) {
    assert.throws(() => Quantity.parse(text), QuantityError);
  }
  assert.equal(Quantity.parse(`${digits}7.${digits}`).compare(Quantity.parse('7')), 0);
});

test('nothing at all is zero, but where the number is large or very small', () => {
  for (const text of ['Ki', '.', '-', '+.k', 'e3']) assert.equal(Quantity.parse(text).toString(), '0', text);
  for (const text of ['Ei', '.Pi', 'e-10', '-.e-12']) {
    assert.throws(
      () => Quantity.parse(text),
      new QuantityError('unable to parse numeric part of quantity'),
      text,
    );
  }
});
