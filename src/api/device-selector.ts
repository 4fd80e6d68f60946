/** Which devices a request means: what its selectors and its class' say of each (KEP-4381). */
import { RecentCache } from '#base/recent-cache.ts';
import { compileDeviceSelector, deviceSelectorCostMax } from '#cel/devices.ts';
import { isError } from '#cel/values.ts';
import type { Device, DeviceAttribute } from './generated/types/resource.v1.ts';

/** A selector that cannot be told the answer of. */
export class DeviceSelectorError extends Error {
  override readonly name = 'DeviceSelectorError';
}

const compiled = new RecentCache<string, ReturnType<typeof compileDeviceSelector>>(256);

function compile(expression: string) {
  let known = compiled.get(expression);
  if (!known) {
    known = compileDeviceSelector(expression);
    compiled.set(expression, known);
  }
  return known;
}

/** Throws DeviceSelectorError. */
export function selectsDevice(expression: string, driver: string, device: Device): boolean {
  const { program, error } = compile(expression);
  if (error !== undefined) throw new DeviceSelectorError(`CEL compile error: ${error}`);
  const { attributes = {}, capacity = {}, allowMultipleAllocations = false } = device;
  const capacities = Object.entries(capacity).map(([name, { value }]) => [name, value] as const);
  const asked = {
    driver,
    attributes: byDomain(driver, Object.entries(attributes)),
    capacity: byDomain(driver, capacities),
    allowMultipleAllocations,
  };
  const { value } = program.evaluate({ device: asked }, deviceSelectorCostMax);
  if (isError(value)) throw new DeviceSelectorError(`CEL runtime error: ${value.message}`);
  if (typeof value !== 'boolean')
    throw new DeviceSelectorError('CEL runtime error: not a bool, as a selector has to be');
  return value;
}

/** A name without a domain is of the driver's. */
function byDomain<T>(driver: string, named: readonly (readonly [string, T])[]): object {
  const domains = new Map<string, [string, T][]>();
  for (const [name, value] of named) {
    const slash = name.indexOf('/');
    const domain = slash < 0 ? driver : name.slice(0, slash);
    domains.set(domain, [...(domains.get(domain) ?? []), [name.slice(slash + 1), value]]);
  }
  return Object.fromEntries([...domains].map(([domain, ids]) => [domain, Object.fromEntries(ids)]));
}

/** An attribute by its full name. */
export function deviceAttribute(
  driver: string,
  { attributes = {} }: Device,
  name: string,
): DeviceAttribute | undefined {
  if (Object.hasOwn(attributes, name)) return attributes[name];
  const short = name.startsWith(`${driver}/`) ? name.slice(driver.length + 1) : '';
  return Object.hasOwn(attributes, short) ? attributes[short] : undefined;
}
