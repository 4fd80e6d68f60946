type Interval = readonly [from: number, to: number];

/** '3' or '3-5', below `completions`; a text says why it is neither. */
function parseInterval(text: string, completions: number): Interval | string {
  const limits = text.split('-');
  if (limits.length > 2) {
    return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  const bad = limits.find(limit => !/^[+-]?\d+$/.test(limit));
  if (bad !== undefined) return `cannot convert string to integer for index: ${JSON.stringify(bad)}`;
  const large = limits.find(limit => Number(limit) >= completions);
  if (large !== undefined) return `too large index: ${JSON.stringify(large)}`;
  const [from = 0, to = from] = limits.map(Number);
  if (limits.length === 2 && from >= to) return `non-increasing order, previous: ${from}, current: ${to}`;
  return [from, to];
}

function intervalsOf(text: string, completions: number): (Interval | string)[] {
  return text === '' ? [] : text.split(',').map(interval => parseInterval(interval, completions));
}

/** How many indexes '1,3-5' has; a text says why it is none. */
export function countIndexes(text: string, completions: number): number | string {
  let count = 0;
  let last = -1;
  for (const interval of intervalsOf(text, completions)) {
    if (typeof interval === 'string') return interval;
    const [from, to] = interval;
    if (last >= from) return `non-increasing order, previous: ${last}, current: ${from}`;
    count += to - from + 1;
    last = to;
  }
  return count;
}

/** The first index that is in both of two lists in increasing order; what is no interval in them counts for nothing. */
export function sharedIndex(one: string, other: string, completions: number): number | undefined {
  const [ours, theirs] = [one, other].map(text =>
    intervalsOf(text, completions).filter(interval => typeof interval !== 'string'),
  ) as [Interval[], Interval[]];
  for (let i = 0, j = 0; i < ours.length && j < theirs.length; ) {
    const [[from, to], [otherFrom, otherTo]] = [ours[i]!, theirs[j]!];
    const start = Math.max(from, otherFrom);
    if (start <= Math.min(to, otherTo)) return start;
    if (from <= otherFrom) i++;
    else j++;
  }
  return undefined;
}
