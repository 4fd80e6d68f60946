/** Cron schedules as Kubernetes takes them (robfig/cron's standard form): pure functions. */

const minuteMs = 60_000;
const dayMs = 86_400_000;
// A schedule that has no time in this many days, such as February 30, never has one.
const searchDaysMax = 5 * 366;

const macros = new Map(
  Object.entries({
    '@yearly': '0 0 1 1 *',
    '@annually': '0 0 1 1 *',
    '@monthly': '0 0 1 * *',
    '@weekly': '0 0 * * 0',
    '@daily': '0 0 * * *',
    '@midnight': '0 0 * * *',
    '@hourly': '0 * * * *',
  }),
);
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Text that is no schedule. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

interface Field {
  readonly values: ReadonlySet<number>;
  /** A star: for days, "does not matter". */
  readonly any: boolean;
}

/** When something is due. */
export interface Schedule {
  /** The first time after `afterMs`; undefined: never. */
  next(afterMs: number): number | undefined;
}

/** Milliseconds that a time zone is ahead of UTC at an instant. */
export type ZoneOffset = (epochMs: number) => number;

/** Reads a schedule; throws ScheduleError. */
export function parseSchedule(text: string, offset: ZoneOffset = () => 0): Schedule {
  const every = /^@every\s+(\S+)$/.exec(text.trim());
  if (every) return everySchedule(every[1]!);
  const fields = (macros.get(text.trim()) ?? text).trim().split(/\s+/);
  if (fields.length !== 5)
    throw new ScheduleError(`expected exactly 5 fields, found ${fields.length}: ${text}`);
  const [minute, hour, day, month, weekday] = [
    parseField(fields[0]!, 0, 59),
    parseField(fields[1]!, 0, 23),
    parseField(fields[2]!, 1, 31),
    parseField(fields[3]!, 1, 12, months, 1),
    parseField(fields[4]!, 0, 6, weekdays, 0),
  ];
  return new CronSchedule({ minute, hour, day, month, weekday }, offset);
}

function everySchedule(duration: string): Schedule {
  const units: Record<string, number> = { h: 3_600_000, m: minuteMs, s: 1000 };
  if (!/^(\d+(\.\d+)?[hms])+$/.test(duration))
    throw new ScheduleError(`failed to parse duration @every ${duration}`);
  let periodMs = 0;
  for (const [, count, unit] of duration.matchAll(/([\d.]+)([hms])/g))
    periodMs += Number(count) * units[unit!]!;
  const wholeMs = Math.max(1000, Math.floor(periodMs / 1000) * 1000);
  return { next: afterMs => Math.floor(afterMs / 1000) * 1000 + wholeMs };
}

function parseField(text: string, min: number, max: number, names: string[] = [], first = 0): Field {
  const values = new Set<number>();
  let any = false;
  const number = (part: string) => {
    const named = names.indexOf(part.toLowerCase());
    const value = named >= 0 ? named + first : /^\d+$/.test(part) ? Number(part) : Number.NaN;
    if (Number.isNaN(value)) throw new ScheduleError(`failed to parse ${JSON.stringify(part)} in ${text}`);
    return value;
  };
  for (const part of text.split(',')) {
    const [range = '', stepText, ...rest] = part.split('/');
    const [fromText = '', toText, ...more] = range.split('-');
    if (rest.length + more.length > 0) throw new ScheduleError(`too many hyphens or slashes: ${part}`);
    const star = range === '*' || range === '?';
    const from = star ? min : number(fromText);
    const to = star ? max : toText !== undefined ? number(toText) : stepText !== undefined ? max : from;
    const step = stepText === undefined ? 1 : number(stepText);
    if (from < min || to > max || from > to || step === 0) {
      throw new ScheduleError(`${part} is out of the range ${min} to ${max}`);
    }
    for (let value = from; value <= to; value += step) values.add(value);
    any ||= star && step === 1;
  }
  return { values, any };
}

interface Fields {
  readonly minute: Field;
  readonly hour: Field;
  readonly day: Field;
  readonly month: Field;
  readonly weekday: Field;
}

class CronSchedule implements Schedule {
  readonly #fields: Fields;
  readonly #offset: ZoneOffset;
  readonly #timesOfDay: readonly number[];

  constructor(fields: Fields, offset: ZoneOffset) {
    this.#fields = fields;
    this.#offset = offset;
    const ascending = (field: Field) => [...field.values].sort((a, b) => a - b);
    this.#timesOfDay = ascending(fields.hour).flatMap(hour =>
      ascending(fields.minute).map(minute => (hour * 60 + minute) * minuteMs),
    );
  }

  next(afterMs: number): number | undefined {
    const startDay = Math.floor((afterMs + this.#offset(afterMs)) / dayMs);
    for (let day = startDay; day < startDay + searchDaysMax; day++) {
      if (!this.#fitsDay(day)) continue;
      for (const time of this.#timesOfDay) {
        const at = this.#toUtc(day * dayMs + time);
        if (at !== undefined && at > afterMs) return at;
      }
    }
    return undefined;
  }

  /** A wall time that the clocks skip has no instant. */
  #toUtc(wallMs: number): number | undefined {
    const guess = wallMs - this.#offset(wallMs);
    const at = wallMs - this.#offset(guess);
    return at + this.#offset(at) === wallMs ? at : undefined;
  }

  /** With both kinds of day given, either is enough. */
  #fitsDay(day: number): boolean {
    const { month, day: dayOfMonth } = civil(day);
    const fields = this.#fields;
    if (!fields.month.values.has(month)) return false;
    const byDate = fields.day.values.has(dayOfMonth);
    const byWeekday = fields.weekday.values.has((((day + 4) % 7) + 7) % 7);
    return fields.day.any || fields.weekday.any ? byDate && byWeekday : byDate || byWeekday;
  }
}

/** Month and day of a day counted from 1970-01-01 (Howard Hinnant's days_to_civil). */
function civil(days: number): { month: number; day: number } {
  const shifted = days + 719_468;
  const dayOfEra = ((shifted % 146_097) + 146_097) % 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * dayOfYear + 2) / 153);
  return {
    month: march < 10 ? march + 3 : march - 9,
    day: dayOfYear - Math.floor((153 * march + 2) / 5) + 1,
  };
}

/** The offset of a named zone, from the platform's zone data; undefined where the name is unknown. */
export function zoneOffset(timeZone: string | undefined): ZoneOffset | undefined {
  if (!timeZone || timeZone === 'UTC' || timeZone === 'Etc/UTC') return () => 0;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return epochMs => {
    const name = format.formatToParts(epochMs).find(part => part.type === 'timeZoneName')?.value ?? 'GMT';
    const match = /GMT([+-])(\d+):?(\d+)?:?(\d+)?/.exec(name);
    if (!match) return 0;
    const seconds = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
    return (match[1] === '-' ? -1 : 1) * seconds * 1000;
  };
}
