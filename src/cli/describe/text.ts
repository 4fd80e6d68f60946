import { describeTabs, tabbed } from '../print/tabwriter.ts';

const annotationLengthMax = 140;
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The lines of a description: levels of two spaces, tab-parted cells, aligned at the end. */
export class DescriptionText {
  #done = '';
  #pending = '';

  /** One line. */
  line(level: number, text: string): this {
    this.#pending += `${'  '.repeat(level)}${text}\n`;
    return this;
  }

  /** Text as it is. */
  raw(text: string): this {
    this.#pending += text;
    return this;
  }

  /** Title and value in two columns. */
  field(level: number, title: string, value: unknown): this {
    return this.line(level, `${title}:\t${shown(value)}`);
  }

  /** Aligns what is there; what follows has columns of its own. */
  flush(): this {
    this.#done += tabbed(this.#pending, describeTabs);
    this.#pending = '';
    return this;
  }

  /** 'a=b' a line, below each other in the second column. */
  pairs(title: string, map: Readonly<Record<string, string>> | undefined, indent = ''): this {
    const rows = Object.entries(map ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${value}`);
    return this.column(title, rows, indent);
  }

  column(title: string, rows: readonly string[], indent = ''): this {
    if (rows.length === 0) return this.raw(`${indent}${title}:\t<none>\n`);
    rows.forEach((row, i) => {
      this.raw(i === 0 ? `${indent}${title}:\t${row}\n` : `${indent}\t${row}\n`);
    });
    return this;
  }

  annotations(title: string, map: Readonly<Record<string, string>> | undefined): this {
    const entries = Object.entries(map ?? {})
      .filter(([key]) => key !== lastApplied)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    this.raw(`${title}:\t`);
    if (entries.length === 0) return this.raw('<none>\n');
    entries.forEach(([key, text], i) => {
      if (i > 0) this.raw('\t');
      const value = text.replace(/\n$/, '');
      if (value.length + key.length + 2 <= annotationLengthMax && !value.includes('\n')) {
        this.raw(`${key}: ${value}\n`);
        return;
      }
      this.raw(`${key}:\n`);
      for (const line of value.split('\n')) this.raw(`\t  ${shortened(line, annotationLengthMax - 2)}\n`);
    });
    return this;
  }

  /** The text with its tabs as they are. */
  unaligned(): string {
    return this.#done + this.#pending;
  }

  toString(): string {
    this.flush();
    return this.#done;
  }
}

function shortened(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}...` : text;
}

/** A value as Go's %v prints it. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(' ')}]`;
  if (value === undefined || value === null) return '';
  return String(value);
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const zeroTime = 'Mon, 01 Jan 0001 00:00:00 +0000';

/** An API time in RFC 1123 form, in UTC. */
export function longTime(time: string | undefined | null): string {
  if (!time) return zeroTime;
  const [, year, month, day, clock] = /^(\d+)-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(time) ?? [];
  if (!year) return zeroTime;
  const weekday = days[Math.floor(Date.parse(time) / 86_400_000 + 4) % 7];
  return `${weekday}, ${day} ${months[Number(month) - 1]} ${year} ${clock} +0000`;
}

/** How long ago, as kubectl shortens it; '<unknown>' for no time. */
export function since(time: string | undefined | null, nowMs: number): string {
  return time ? humanDuration(nowMs - Date.parse(time)) : '<unknown>';
}

/** '3d4h', '5m10s', '47s' (apimachinery's duration.HumanDuration). */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return withRest(Math.floor(hours / 24), 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24)}d`;
  if (hours < 24 * 365 * 8)
    return withRest(Math.floor(hours / 24 / 365), 'y', Math.floor(hours / 24) % 365, 'd');
  return `${Math.floor(hours / 24 / 365)}y`;
}

function withRest(amount: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${amount}${unit}` : `${amount}${unit}${rest}${restUnit}`;
}
