/**
 * What a call costs when it runs, by function and overload: the figures of cel-go and of Kubernetes' libraries, which
 * decide what rules a cluster accepts and are part of the API. `cost-estimate.ts` has the same rules over sizes.
 */
import { listFunctions } from './cost-names.ts';
import { CelList, CelMap, CelOpaque, type CelValue, costSize } from './values.ts';

export type RuntimeCost = (args: readonly CelValue[], result: CelValue) => number;

export const traversal = 0.1;
export const regexFactor = 0.25;

/** An authorization check: two fit one expression. */
export const checkCost = 350_000;

/** Length of text or whatever else has one. */
const size = (args: readonly CelValue[], i: number) => costSize(args[i]!);
const one: RuntimeCost = () => 1;

/** So much for each character of an argument. */
function scan(index: number, factor = 1): RuntimeCost {
  return args => Math.ceil(size(args, index) * factor * traversal);
}

export function regexCost(textSize: number, patternSize: number): number {
  return Math.ceil((1 + textSize) * traversal) * Math.ceil(patternSize * regexFactor);
}

/** The cost of parsing a label or field selector: a list and a structure for each two characters. */
export function selectorCost(length: number): number {
  return 10 + Math.ceil(length * traversal) + Math.ceil(length * 0.5) * 50;
}

/** The cost of looking at all of a value. */
function traverse(value: CelValue): number {
  if (typeof value === 'string') return Math.trunc(Buffer.byteLength(value) * traversal);
  if (value instanceof Uint8Array) return Math.trunc(value.length * traversal);
  if (value instanceof CelList) return [...value].reduce<number>((sum, item) => sum + traverse(item), 0);
  if (value instanceof CelMap) {
    return [...value.keys()].reduce<number>(
      (sum, key) => sum + traverse(key) + traverse(value.find(key)!),
      0,
    );
  }
  return 1;
}

/** Comparing two texts ends at the shorter one's end. */
const compareCost: RuntimeCost = args => Math.ceil(Math.min(size(args, 0), size(args, 1)) * traversal);

/** Equality of values that only libraries look into is free of traversal. */
const equalityCost: RuntimeCost = (args, result) => {
  const left = args[0]!;
  return left instanceof CelOpaque && left.type.name !== 'optional_type' ? 1 : compareCost(args, result);
};

const containsCidr: RuntimeCost = args =>
  Math.ceil(2 * size(args, 0) * traversal) + Math.ceil(size(args, 0) * traversal) + 1;
const containsIp: RuntimeCost = args => Math.ceil(2 * size(args, 0) * traversal);

function plus(...costs: RuntimeCost[]): RuntimeCost {
  return (args, result) => costs.reduce((sum, cost) => sum + cost(args, result), 0);
}

const validateCost: RuntimeCost = args => {
  const format = args[0];
  return format instanceof CelOpaque
    ? regexCost(size(args, 1), (format.value as { regexSize: number }).regexSize)
    : 1;
};

const joined: RuntimeCost = (_args, result) => Math.ceil(costSize(result) * 2 * traversal);

/** Rules by the function's name: Kubernetes' libraries. */
const byFunction: Readonly<Record<string, RuntimeCost>> = {
  check: () => checkCost,
  ...all(one, listFunctions.free),
  ...all(args => selectorCost(size(args, 1)), ['fieldSelector', 'labelSelector']),
  ...all(args => traverse(args[0]!), listFunctions.traversing),
  ...all(scan(0), listFunctions.scanning),
  ...all(scan(0, 2), ['replace', 'split', 'ip.isCanonical']),
  join: joined,
  ...all(args => regexCost(size(args, 0), size(args, 1)), ['find', 'findAll']),
  validate: validateCost,
  '_==_': equalityCost,
};

function all(cost: RuntimeCost, names: readonly string[]): Record<string, RuntimeCost> {
  return Object.fromEntries(names.map(name => [name, cost]));
}

/** A list that is made costs its making beside the call. */
const listCost = 11;

function selfCompare(index: number): RuntimeCost {
  return args => {
    const list = args[index];
    if (!(list instanceof CelList) || list.size === 0) return listCost;
    const first = list.at(0);
    const factor = typeof first === 'string' || first instanceof Uint8Array ? 2 + traversal : 2;
    return Math.trunc(list.size ** 2 * factor) + listCost;
  };
}

const made: RuntimeCost = (_args, result) => costSize(result) + listCost;
const flattened: RuntimeCost = args =>
  Math.trunc(size(args, 0) * (args.length === 2 ? Number(args[1]) : 1)) + listCost;

/** Rules by overload: cel-go's own and those of its extensions, which come before the function's. */
const byOverload: Readonly<Record<string, RuntimeCost>> = {
  list_sets_contains_list: args => 1 + size(args, 0) * size(args, 1),
  list_sets_intersects_list: args => 1 + size(args, 0) * size(args, 1),
  list_sets_equivalent_list: args => 1 + 2 * size(args, 0) * size(args, 1),
  list_slice: made,
  lists_range: made,
  list_reverse: made,
  list_flatten: flattened,
  list_flatten_int: flattened,
  list_distinct: selfCompare(0),
  cidr_ip: one,
  cidr_contains_ip_string: plus(containsIp, scan(1)),
  cidr_contains_ip_ip: containsIp,
  cidr_contains_cidr_string: plus(containsCidr, scan(1)),
  cidr_contains_cidr: containsCidr,
};

const lastByOverload: Readonly<Record<string, RuntimeCost>> = {
  ...all(scan(0), [
    'starts_with_string',
    'ends_with_string',
    'string_to_bytes',
    'bytes_to_string',
    'strings_quote',
    'string_format',
  ]),
  in_list: args => size(args, 1),
  ...all(compareCost, listFunctions.comparing),
  ...all(args => Math.ceil((size(args, 0) + size(args, 1)) * traversal), ['add_string', 'add_bytes']),
  matches_string: args => regexCost(size(args, 0), size(args, 1)),
  contains_string: args => Math.ceil(size(args, 0) * traversal) * Math.ceil(size(args, 1) * traversal),
};

function lookUp(table: Readonly<Record<string, RuntimeCost>>, name: string): RuntimeCost | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** What a call costs by its result alone; others cost by their arguments, before they run. */
const byResult = new Set<RuntimeCost>([joined, made]);

export function costsByResult(cost: RuntimeCost): boolean {
  return byResult.has(cost);
}

/** The rule of a call; `overload` is '' where several stay possible until it runs. */
export function runtimeCost(name: string, overload: string): RuntimeCost {
  const early = lookUp(byOverload, overload);
  if (early) return early;
  if (/^list_.*_sort$/.test(overload)) return selfCompare(0);
  if (/^list_.*_sortByAssociatedKeys$/.test(overload)) return selfCompare(1);
  return lookUp(byFunction, name) ?? lookUp(lastByOverload, overload) ?? one;
}
