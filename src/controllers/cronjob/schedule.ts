/** When cron schedules are due: pure functions. */
import { type CronField, type CronFields, parseCronSchedule } from '#api/cron-schedule.ts';
import { toRfc3339 } from '#base/clock.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
// A schedule that has no time in this many days, such as February 30, never has one.
const searchDaysMax = 5 * 366;

// More than clocks are ever set back by.
const repeatedMaxMs = 3 * hourMs;

/** When something is due. */
export interface Schedule {
  /** The first time after `afterMs`; undefined: never. */
  next(afterMs: number): number | undefined;
}

/** The latest time in (`fromMs`, `nowMs`], and about how many there are. */
export function lastDue(
  schedule: Schedule,
  fromMs: number,
  nowMs: number,
): { readonly dueMs: number; readonly missed: number } | undefined {
  const first = schedule.next(fromMs);
  if (first === undefined || first > nowMs) return undefined;
  const second = schedule.next(first);
  if (second === undefined || second > nowMs) return { dueMs: first, missed: 1 };
  // Nobody wants to count a year of minutes: the first interval says about where the last time is.
  const intervalMs = second - first;
  const missed = Math.floor((nowMs - first) / intervalMs) + 1;
  for (let back = 2; ; back *= 2) {
    const startMs = Math.max(first, first + (missed - 1 - back) * intervalMs);
    let dueMs: number | undefined = startMs === first ? first : undefined;
    for (let at = schedule.next(startMs); at !== undefined && at <= nowMs; at = schedule.next(at)) dueMs = at;
    if (dueMs !== undefined) return { dueMs, missed };
  }
}

/** An instant as RFC 3339, in the wall time of the zone. */
export function inZone(epochMs: number, offset: ZoneOffset): string {
  const ahead = Math.round(offset(epochMs) / minuteMs);
  if (ahead === 0) return toRfc3339(epochMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const sign = ahead < 0 ? '-' : '+';
  const shown = `${sign}${two(Math.floor(Math.abs(ahead) / 60))}:${two(Math.abs(ahead) % 60)}`;
  return toRfc3339(epochMs + ahead * minuteMs).replace('Z', shown);
}

/** Milliseconds that a time zone is ahead of UTC at an instant. */
export type ZoneOffset = (epochMs: number) => number;

/** Reads a schedule; throws ScheduleError. */
export function parseSchedule(text: string, offset: ZoneOffset = () => 0): Schedule {
  const parsed = parseCronSchedule(text);
  if (!('periodMs' in parsed)) return new CronSchedule(parsed, offset);
  return { next: afterMs => Math.floor(afterMs / 1000) * 1000 + parsed.periodMs };
}

class CronSchedule implements Schedule {
  readonly #fields: CronFields;
  readonly #offset: ZoneOffset;
  readonly #hours: readonly number[];
  readonly #minutes: readonly number[];

  constructor(fields: CronFields, offset: ZoneOffset) {
    this.#fields = fields;
    this.#offset = offset;
    const ascending = (field: CronField) => [...field.values].sort((a, b) => a - b);
    this.#hours = ascending(fields.hour);
    this.#minutes = ascending(fields.minute);
  }

  /** Times that the clocks skip are no times, and those that they repeat are two. */
  next(afterMs: number): number | undefined {
    for (let fromMs = afterMs; ; ) {
      // Wall time runs evenly up to the next change of the clocks.
      const offset = this.#offset(fromMs + 1);
      const wallMs = this.#nextWall(fromMs + offset);
      if (wallMs === undefined) return undefined;
      const at = wallMs - offset;
      // What the clocks repeat lies close ahead, however far away the next time would be without it.
      const endMs = Math.min(at, fromMs + repeatedMaxMs);
      const changedMs = [endMs, at].find(ms => this.#offset(ms) !== offset);
      if (changedMs === undefined) return at;
      fromMs = this.#changeBetween(fromMs + 1, changedMs) - 1;
    }
  }

  #nextWall(afterMs: number): number | undefined {
    const startDay = Math.floor(afterMs / dayMs);
    for (let day = startDay; day < startDay + searchDaysMax; day++) {
      if (!this.#fitsDay(day)) continue;
      const time = this.#firstOfDay(afterMs - day * dayMs);
      if (time !== undefined) return day * dayMs + time;
    }
    return undefined;
  }

  #firstOfDay(afterMs: number): number | undefined {
    for (const hour of this.#hours) {
      if ((hour + 1) * hourMs <= afterMs) continue;
      for (const minute of this.#minutes) {
        const time = hour * hourMs + minute * minuteMs;
        if (time > afterMs) return time;
      }
    }
    return undefined;
  }

  /** The first instant with another offset than `fromMs` has; `toMs` has another. */
  #changeBetween(fromMs: number, toMs: number): number {
    const offset = this.#offset(fromMs);
    let [before, after] = [fromMs, toMs];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.#offset(middle) === offset) before = middle;
      else after = middle;
    }
    return after;
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
    const match = /GMT([+-])(\d+)(?::(\d+)(?::(\d+))?)?/.exec(name);
    if (!match) return 0;
    const seconds = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
    return (match[1] === '-' ? -1 : 1) * seconds * 1000;
  };
}
