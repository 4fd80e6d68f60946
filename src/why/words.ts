/** How amounts, times and lists are said. */
import { since } from '#api/columns.ts';
import { Quantity } from '#machinery/quantity.ts';

const binaryUnits = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const;

/** Bytes in the largest unit that they fill: '1.5Gi', '300Mi', '12'. */
export function bytesText(bytes: number): string {
  const power = Math.min(binaryUnits.length, Math.floor(Math.log2(Math.max(1, Math.abs(bytes))) / 10));
  return power === 0
    ? String(bytes)
    : `${Math.round((bytes * 100) / 1024 ** power) / 100}${binaryUnits[power - 1]}`;
}

/** An amount as the scheduler counts it (CPU in thousandths), as a user writes it. */
export function amountText(resource: string, amount: number): string {
  if (resource === 'cpu') return amount % 1000 === 0 ? String(amount / 1000) : cpuText(amount);
  if (resource === 'memory' || resource === 'ephemeral-storage' || resource.startsWith('hugepages-'))
    return bytesText(amount);
  return String(amount);
}

function cpuText(milli: number): string {
  return milli % 100 === 0 ? String(milli / 1000) : `${milli}m`;
}

/** '1 node', '3 nodes'. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** 'a', 'a and b', 'a, b and 3 more'. */
export function listed(items: readonly string[], max = 4): string {
  if (items.length <= 1) return items[0] ?? 'none';
  if (items.length <= max) return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
  return `${items.slice(0, max - 1).join(', ')} and ${items.length - max + 1} more`;
}

/** '5m ago'; '' for no time. */
export function ago(time: string | undefined, nowMs: number): string {
  return time ? `${since(time, nowMs)} ago` : '';
}

/** '5m': from a time to now. */
export function lasting(time: string | undefined, nowMs: number): string {
  return time ? since(time, nowMs) : 'an unknown time';
}

/** The message without its last full stop and with its line breaks as spaces. */
export function oneLine(text: string | undefined): string {
  return (text ?? '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
}

/** 'text: detail', or the text alone. */
export function withDetail(text: string, detail: string | undefined): string {
  const line = oneLine(detail);
  return line === '' ? text : `${text}: ${line}`;
}

/** Exact whole seconds, for counting down. */
export function seconds(durationMs: number): string {
  return `${Math.max(0, Math.ceil(durationMs / 1000))}s`;
}

/** Whether quantity `a` is less than `b`; false where either is none. */
export function lessThan(a: string | undefined, b: string | undefined): boolean {
  const [left, right] = [a, b].map(text => (text === undefined ? undefined : Quantity.tryParse(text)));
  return left !== undefined && right !== undefined && left.compare(right) < 0;
}

/** How many characters must be put in, taken out or changed to make one text the other (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
