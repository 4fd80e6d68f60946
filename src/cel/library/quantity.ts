/** Resource quantities: exact numbers with units. */
import { Quantity, QuantityError } from '#machinery/quantity.ts';
import type { Library } from '../environment.ts';
import type { Overload } from '../signature.ts';
import { boolType, doubleType, intType, stringType, structType, type Type } from '../types.ts';
import { CelDouble, CelError, type CelInt, CelOpaque, type CelValue, toInt } from '../values.ts';
import { globalFunction, memberFunction } from './define.ts';

export const quantityType = structType('kubernetes.Quantity');

export function quantityValue(quantity: Quantity): CelOpaque<Quantity> {
  return new CelOpaque(quantityType, quantity, (left, right) => left.equals(right));
}

export function toQuantity(text: CelValue): CelValue {
  try {
    return quantityValue(Quantity.parse(text as string));
  } catch (error) {
    if (error instanceof QuantityError) return new CelError(error.message);
    throw error;
  }
}

const of = (value: CelValue) => (value as CelOpaque<Quantity>).value;

/** The whole number, where upstream can tell that it is one. */
function whole(quantity: Quantity): CelInt | undefined {
  const value = quantity.asInt64();
  return value === undefined ? undefined : toInt(value);
}

function member(name: string, id: string, result: Type, call: (quantity: Quantity) => CelValue): Overload {
  return memberFunction(name, id, [quantityType], result, value => call(of(value)));
}

function binary(
  name: string,
  id: string,
  result: Type,
  call: (a: Quantity, b: Quantity) => CelValue,
): Overload {
  return memberFunction(name, id, [quantityType, quantityType], result, (a, b) => call(of(a), of(b)));
}

function withInt(name: string, id: string, call: (a: Quantity, b: Quantity) => Quantity): Overload {
  return memberFunction(name, id, [quantityType, intType], quantityType, (a, b) =>
    quantityValue(call(of(a), Quantity.of(b as CelInt, 'DecimalExponent'))),
  );
}

export const quantityLibrary: Library = {
  overloads: [
    globalFunction('quantity', 'string_to_quantity', [stringType], quantityType, toQuantity),
    globalFunction(
      'isQuantity',
      'is_quantity_string',
      [stringType],
      boolType,
      text => Quantity.tryParse(text as string) !== undefined,
    ),
    // Upstream declares it as a function, not a member.
    globalFunction('sign', 'quantity_sign', [quantityType], intType, value => of(value).sign),
    binary('isGreaterThan', 'quantity_is_greater_than', boolType, (a, b) => a.compare(b) > 0),
    binary('isLessThan', 'quantity_is_less_than', boolType, (a, b) => a.compare(b) < 0),
    binary('compareTo', 'quantity_compare_to', intType, (a, b) => a.compare(b)),
    member(
      'asApproximateFloat',
      'quantity_get_float',
      doubleType,
      value => new CelDouble(value.toApproximateNumber()),
    ),
    member(
      'asInteger',
      'quantity_get_int',
      intType,
      value => whole(value) ?? new CelError('cannot convert value to integer'),
    ),
    member('isInteger', 'quantity_is_integer', boolType, value => whole(value) !== undefined),
    binary('add', 'quantity_add', quantityType, (a, b) => quantityValue(a.add(b))),
    withInt('add', 'quantity_add_int', (a, b) => a.add(b)),
    binary('sub', 'quantity_sub', quantityType, (a, b) => quantityValue(a.sub(b))),
    withInt('sub', 'quantity_sub_int', (a, b) => a.sub(b)),
  ],
};
