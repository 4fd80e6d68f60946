/** How much a request takes of a device that several may share (KEP-5075). */
import type { CapacityRequestPolicy, Device } from '#api/generated/types/resource.v1.ts';
import { Quantity } from '#machinery/quantity.ts';

export type Amounts = ReadonlyMap<string, Quantity>;

/** By the capacity's name; undefined where the device does not have as much at all, or has no such capacity. */
export function amountsOf(
  { capacity = {} }: Device,
  requests: Readonly<Record<string, string>> = {},
): Amounts | undefined {
  if (Object.keys(requests).some(name => !Object.hasOwn(capacity, name))) return undefined;
  const amounts = new Map<string, Quantity>();
  for (const [name, { value, requestPolicy }] of Object.entries(capacity)) {
    const most = Quantity.parse(value);
    const wanted = Object.hasOwn(requests, name) ? Quantity.parse(requests[name]!) : undefined;
    const amount = amountOf(wanted, most, requestPolicy);
    if (!amount || amount.compare(most) > 0) return undefined;
    amounts.set(name, amount);
  }
  return amounts;
}

function amountOf(
  wanted: Quantity | undefined,
  most: Quantity,
  { default: usual, validValues, validRange }: CapacityRequestPolicy = {},
): Quantity | undefined {
  if (!wanted) return usual === undefined ? most : Quantity.parse(usual);
  if (validValues?.length) {
    const values = validValues.map(value => Quantity.parse(value)).sort((a, b) => a.compare(b));
    return values.find(value => value.compare(wanted) >= 0);
  }
  if (!validRange) return wanted;
  const min = Quantity.parse(validRange.min ?? '0');
  if (wanted.compare(min) < 0) return min;
  const amount =
    validRange.step === undefined ? wanted : stepped(wanted, min, Quantity.parse(validRange.step));
  const tooMuch = validRange.max !== undefined && amount.compare(Quantity.parse(validRange.max)) > 0;
  return tooMuch ? undefined : amount;
}

/** The next whole number of steps above the least. */
function stepped(wanted: Quantity, min: Quantity, step: Quantity): Quantity {
  const unit = step.milliValue();
  const steps = Math.ceil((wanted.milliValue() - min.milliValue()) / unit);
  return min.add(Quantity.ofMilli(BigInt(steps) * BigInt(unit), step.format));
}

/** Whether there is still room for these beside what is taken already. */
export function hasRoom({ capacity = {} }: Device, amounts: Amounts, taken: readonly Amounts[]): boolean {
  for (const [name, amount] of amounts) {
    let sum = amount;
    for (const other of taken) sum = sum.add(other.get(name) ?? Quantity.zero);
    if (sum.compare(Quantity.parse(capacity[name]!.value)) > 0) return false;
  }
  return true;
}
