import { readFileSync } from 'node:fs';
import type { Stall } from './loop-stall.ts';

/** One measured number. `what` and `unit` are also how it is found among the figures of other systems. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  /** What else was seen on the way, for the JSON. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** What another system came to in this same run. Default: its published or recorded figure, where there is one. */
  readonly other?: { readonly value: number; readonly source: string };
}

export interface Bench {
  readonly name: string;
  readonly summary: string;
  /** `args` are what the command line says after the names of the benches. */
  run(args: readonly string[]): AsyncIterable<Figure>;
}

interface Peer {
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  /** A key of `sources`. */
  readonly source: string;
}

interface Peers {
  readonly sources: Readonly<Record<string, string>>;
  readonly figures: readonly Peer[];
}

/** A number to three significant digits, as wide as a table needs. */
export function round(value: number): number {
  return Number(value.toPrecision(3));
}

export function percentile(sorted: readonly number[], share: number): number {
  return round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
}

export function median(values: readonly number[]): number {
  return percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

/** The longest stall of the event loop while `what` went on; `cause` is what the one of most CPU time was. */
export function stallFigure(what: string, { ms, cpuMs }: Stall, cause?: string): Figure {
  const more = { cpuMs, ...(cause === undefined ? {} : { cause }) };
  return { what: `${what}, longest event-loop stall`, unit: 'ms', value: ms, more };
}

/** Ours beside the others': only figures of one machine compare, so the table says where theirs come from. */
export function table(figures: readonly Figure[]): string {
  const peers = JSON.parse(readFileSync(new URL('peers.json', import.meta.url), 'utf8')) as Peers;
  const used = new Set<string>();
  const rows = figures.map(({ what, unit, value, other }) => {
    const peer = other ?? peers.figures.find(one => one.what === what && one.unit === unit);
    if (peer && !other) used.add(peer.source);
    const theirs = peer
      ? [String(peer.value), round(value / peer.value).toString(), peer.source]
      : ['', '', ''];
    return [what, unit, String(value), ...theirs];
  });
  const lines = align([['', 'unit', 'coxswain', 'other', 'ratio', 'source'], ...rows]);
  const sources = [...used].map(key => `${key}: ${peers.sources[key]}`);
  return [...lines, '', ...sources].join('\n').trimEnd();
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
  return rows.map(row =>
    row
      .map((cell, column) =>
        column >= 2 && column <= 4 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}
