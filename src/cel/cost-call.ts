/** The estimated cost of calls by the sizes of their operands. */
import {
  add,
  type CallEstimate,
  fixed,
  multiply,
  type Operand,
  type Range,
  scale,
  times,
  unknownSize,
} from './cost-range.ts';
import { listFunctions } from './cost-names.ts';
import { checkCost, regexFactor, traversal } from './cost-rules.ts';
import { sameType } from './types.ts';
import { isInt } from './values.ts';

type Estimate = (
  target: Operand | undefined,
  args: readonly Operand[],
  overload: string,
) => CallEstimate | undefined;

function sizeOf(operand: Operand | undefined): Range {
  return operand?.size ?? unknownSize;
}

const free: Estimate = () => ({ cost: fixed(1) });

/** One reading of the receiver, or of the first argument. */
function scanned(of: 'target' | 'arg', options: { factor?: number; sized?: boolean } = {}): Estimate {
  return (target, args) => {
    const operand = of === 'target' ? target : args[0];
    if (!operand) return undefined;
    const size = sizeOf(operand);
    const cost = scale(size, (options.factor ?? 1) * traversal);
    return options.sized ? { cost, resultSize: size } : { cost };
  };
}

/** The size of a list's elements. */
function elementSize(list: Operand): Range {
  const max = list.declaration?.element?.maxElements;
  return max === undefined ? unknownSize : { min: 0, max };
}

const traversing: Estimate = target => {
  if (!target) return undefined;
  const element = target.type.params[0];
  if (!element) return { cost: scale(sizeOf(target), traversal) };
  const compared =
    element.kind === 'string' || element.kind === 'bytes'
      ? add(fixed(1), scale(elementSize(target), traversal))
      : fixed(1);
  return { cost: multiply(sizeOf(target), compared) };
};

function regex(text: Range, pattern: Range): Range {
  return multiply(scale(add(text, fixed(1)), traversal), scale(pattern, regexFactor));
}

const find: Estimate = (target, args) => {
  if (!target || args.length < 1) return undefined;
  return { cost: regex(sizeOf(target), sizeOf(args[0])), resultSize: { min: 0, max: sizeOf(target).max } };
};

const split: Estimate = (target, args) => {
  if (!target) return undefined;
  const size = sizeOf(target);
  const limit = args[1]?.expr;
  const max = limit?.kind === 'literal' && isInt(limit.value) ? Number(limit.value) : size.max;
  // A negative limit is none, and as unsigned the largest there is.
  return {
    cost: scale(size, 2 * traversal),
    resultSize: { min: 0, max: max < 0 ? Number.POSITIVE_INFINITY : max },
  };
};

const join: Estimate = (target, args) => {
  if (!target) return undefined;
  const count = sizeOf(target);
  let size = target.type.params[0] ? multiply(count, elementSize(target)) : fixed(0);
  if (args[0]) {
    const separators = { min: Math.max(count.min - 1, 0), max: Math.max(count.max - 1, 0) };
    size = add(size, multiply(sizeOf(args[0]), separators));
  }
  return { cost: scale(size, traversal), resultSize: size };
};

const replace: Estimate = (target, args) => {
  if (!target || args.length < 2) return undefined;
  const text = sizeOf(target);
  const from = sizeOf(args[0]);
  const to = sizeOf(args[1]);
  const longest = replaced(text.max, from.min, to.max, to.max <= from.min);
  const shortest = replaced(text.min, from.max, to.min, from.max <= to.min);
  const resultSize = {
    min: times(shortest.count, to.min) + shortest.kept,
    max: times(longest.count, to.max) + longest.kept,
  };
  return { cost: scale(text, 2 * traversal), resultSize };
};

/** How often a text of one size is replaced, and how much of it stays. */
function replaced(
  text: number,
  from: number,
  to: number,
  keepsSize: boolean,
): { count: number; kept: number } {
  if (from === 0) return { count: text + 1, kept: text };
  if (keepsSize) return { count: 0, kept: text };
  return { count: times(to, 0) + Math.ceil(from === Number.POSITIVE_INFINITY ? 0 : text / from), kept: 0 };
}

const addressBytes: Range = { min: 4, max: 16 };

const containsIp: Estimate = (_target, args, overload) => {
  const compared = scale(add(addressBytes, addressBytes), traversal);
  const parsed = overload === 'cidr_contains_ip_string' ? scale(sizeOf(args[0]), traversal) : fixed(0);
  return { cost: add(compared, parsed) };
};

const containsCidr: Estimate = (_target, args, overload) => {
  const compared = scale(add(addressBytes, addressBytes), traversal);
  const masked = add(scale(addressBytes, traversal), fixed(1));
  const parsed = overload === 'cidr_contains_cidr_string' ? scale(sizeOf(args[0]), traversal) : fixed(0);
  return { cost: add(compared, masked, parsed) };
};

const selector: Estimate = (_target, args) => {
  const size = sizeOf(args[0]);
  return { cost: add(fixed(10), scale(size, traversal), scale(scale(size, 0.5), 50)) };
};

const nameRegexSize = 128;
const formatSize = 64;

const validate: Estimate = (_target, args) => ({
  cost: scale(scale(sizeOf(args[0]), traversal), nameRegexSize * regexFactor),
});

/** Library values compare at a fixed price; a URL as its text. */
const libraryEquality: Estimate = (_target, args) => {
  const [left, right] = args as [Operand, Operand];
  if (!sameType(left.type, right.type)) return undefined;
  const { kind, name } = left.type;
  if (kind === 'opaque') return name === 'net.IP' || name === 'net.CIDR' ? { cost: fixed(1) } : undefined;
  if (kind !== 'struct' || !name.startsWith('kubernetes.')) return undefined;
  if (name === 'kubernetes.NamedFormat') return { cost: scale({ min: 1, max: formatSize }, traversal) };
  if (name !== 'kubernetes.URL') return { cost: fixed(1) };
  return { cost: scale({ min: 1, max: right.size?.max ?? 1 }, traversal) };
};

const ipFromText: Estimate = (target, args, overload) =>
  overload === 'cidr_ip' ? { cost: fixed(1) } : scanned('arg')(target, args, overload);

function all(estimate: Estimate, names: readonly string[]): Record<string, Estimate> {
  return Object.fromEntries(names.map(name => [name, estimate]));
}

const byFunction: Readonly<Record<string, Estimate>> = {
  check: () => ({ cost: fixed(checkCost) }),
  ...all(free, listFunctions.free),
  ...all(selector, ['fieldSelector', 'labelSelector']),
  ...all(traversing, listFunctions.traversing),
  ...all(scanned('arg', { sized: true }), ['url', 'jsonpatch.escapeKey']),
  ...all(scanned('target', { sized: true }), ['lowerAscii', 'upperAscii', 'substring', 'trim']),
  ...all(scanned('arg'), ['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver']),
  'ip.isCanonical': scanned('arg', { factor: 2 }),
  ip: ipFromText,
  replace,
  split,
  join,
  ...all(find, ['find', 'findAll']),
  containsIP: containsIp,
  containsCIDR: containsCidr,
  validate,
  '_==_': libraryEquality,
};

const sets =
  (factor: number): Estimate =>
  (_target, args) => ({ cost: add(scale(multiply(sizeOf(args[0]), sizeOf(args[1])), factor), fixed(1)) });

/** A list of so many elements that is made at so much each. */
function listMade(factor: number, size: Range): CallEstimate {
  return { cost: add(scale(size, factor), fixed(11)), resultSize: size };
}

/** The number that an argument is written as. */
function written(operand: Operand | undefined, otherwise: number): number {
  const expr = operand?.expr;
  return expr?.kind === 'literal' && isInt(expr.value) ? Math.max(Number(expr.value), 0) : otherwise;
}

const square = (size: Range) => multiply(size, size);
const flatten: Estimate = (target, args) =>
  listMade(args.length === 1 ? written(args[0], Number.POSITIVE_INFINITY) : 1, sizeOf(target));

/** An end before the start makes, as an unsigned number, the largest list there is. */
const slice: Estimate = (target, args) => {
  const start = written(args[0], 0);
  const end = written(args[1], sizeOf(target).max);
  return listMade(1, fixed(end < start ? Number.POSITIVE_INFINITY : end - start));
};

const textScan = scanned('arg');
const compared: Estimate = (_target, args) => {
  const max = Math.min(sizeOf(args[0]).max, sizeOf(args[1]).max);
  return { cost: scale({ min: max > 0 ? 1 : 0, max }, traversal) };
};

const matches: Estimate = (target, args) =>
  target && args.length === 1 ? { cost: regex(sizeOf(target), sizeOf(args[0])) } : undefined;
const containsText: Estimate = (target, args) =>
  target && { cost: multiply(scale(sizeOf(target), traversal), scale(sizeOf(args[0]), traversal)) };

const concatenated: Estimate = (_target, args, overload) => {
  const resultSize = add(sizeOf(args[0]), sizeOf(args[1]));
  return { cost: overload === 'add_list' ? fixed(1) : scale(resultSize, traversal), resultSize };
};

/** Extensions' rules, which come before Kubernetes' own. */
const early: Readonly<Record<string, Estimate>> = {
  list_sets_contains_list: sets(1),
  list_sets_intersects_list: sets(1),
  list_sets_equivalent_list: sets(2),
  list_slice: slice,
  list_flatten: flatten,
  list_flatten_int: flatten,
  lists_range: (_target, args) => listMade(1, fixed(written(args[0], Number.POSITIVE_INFINITY))),
  list_reverse: target => listMade(1, sizeOf(target)),
  list_distinct: target => listMade(2, square(sizeOf(target))),
};

const late: Readonly<Record<string, Estimate>> = {
  string_format: scanned('target'),
  string_to_bytes: (_target, args) => {
    const size = sizeOf(args[0]);
    return { cost: scale(size, traversal), resultSize: { min: size.min, max: times(size.max, 4) } };
  },
  bytes_to_string: (_target, args) => {
    const size = sizeOf(args[0]);
    return { cost: scale(size, traversal), resultSize: { min: Math.floor(size.min / 4), max: size.max } };
  },
  strings_quote: (_target, args) => {
    const size = sizeOf(args[0]);
    return { cost: scale(size, traversal), resultSize: { min: size.min + 2, max: times(size.max, 2) + 2 } };
  },
  starts_with_string: textScan,
  ends_with_string: textScan,
  in_list: (_target, args) => ({ cost: sizeOf(args[1]) }),
  matches_string: matches,
  contains_string: containsText,
  ...all(concatenated, ['add_string', 'add_bytes', 'add_list']),
  ...all(compared, listFunctions.comparing),
};

function lookUp(table: Readonly<Record<string, Estimate>>, name: string): Estimate | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function sorting(overload: string): Estimate | undefined {
  const match = /^list_(.*)_sort(ByAssociatedKeys)?$/.exec(overload);
  if (!match) return undefined;
  const factor = match[1] === 'string' || match[1] === 'bytes' ? 2 + traversal : 2;
  return (target, args) => listMade(factor, square(sizeOf(match[2] ? args[0] : target)));
}

/** Without the arguments' own costs. */
export function estimateCall(
  name: string,
  overload: string,
  target: Operand | undefined,
  args: readonly Operand[],
): CallEstimate {
  for (const estimate of [
    lookUp(early, overload) ?? sorting(overload),
    lookUp(byFunction, name),
    lookUp(late, overload),
  ]) {
    const found = estimate?.(target, args, overload);
    if (found) return found;
  }
  return { cost: fixed(1) };
}
