/** The syntax of a CronJob's schedule: five fields, or a descriptor (github.com/robfig/cron/v3's standard parser). */
import { parseDuration } from '#machinery/go-values.ts';

/** Text that is no schedule; the message is the parser's. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

export interface CronField {
  readonly values: ReadonlySet<number>;
  /** A star: for days, "does not matter". */
  readonly any: boolean;
}

export interface CronFields {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly day: CronField;
  readonly month: CronField;
  /** Sunday is 0. */
  readonly weekday: CronField;
}

/** Of whole seconds, and of at least one. */
export interface CronPeriod {
  readonly periodMs: number;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fieldBounds: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: weekdays },
];
const descriptors = new Map(
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
const every = '@every ';

/** Reads a schedule; throws ScheduleError. */
export function parseCronSchedule(schedule: string): CronFields | CronPeriod {
  if (schedule === '') throw new ScheduleError('empty spec string');
  if (!schedule.startsWith('@')) return parseFields(schedule);
  const fields = descriptors.get(schedule);
  if (fields) return parseFields(fields);
  if (!schedule.startsWith(every)) throw new ScheduleError(`unrecognized descriptor: ${schedule}`);
  return { periodMs: parsePeriod(schedule) };
}

/** What is wrong with a schedule, in the parser's words; undefined when it is valid. */
export function checkCronSchedule(schedule: string): string | undefined {
  try {
    parseCronSchedule(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}

function parsePeriod(schedule: string): number {
  try {
    const seconds = Number(parseDuration(schedule.slice(every.length)) / 1_000_000_000n);
    return Math.max(1, seconds) * 1000;
  } catch (error) {
    throw new ScheduleError(`failed to parse duration ${schedule}: ${(error as Error).message}`);
  }
}

function parseFields(schedule: string): CronFields {
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== fieldBounds.length) {
    const found = `found ${fields.length}: [${fields.join(' ')}]`;
    throw new ScheduleError(`expected exactly ${fieldBounds.length} fields, ${found}`);
  }
  const [minute, hour, day, month, weekday] = fields.map((field, i) => parseField(field, fieldBounds[i]!));
  return { minute: minute!, hour: hour!, day: day!, month: month!, weekday: weekday! };
}

function parseField(field: string, bounds: Bounds): CronField {
  const values = new Set<number>();
  let any = false;
  for (const expression of field.split(',').filter(each => each !== '')) {
    const { start, end, step, star } = parseRange(expression, bounds);
    for (let value = start; value <= end; value += step) values.add(value);
    any ||= star && step === 1;
  }
  return { values, any };
}

function parseRange(expression: string, bounds: Bounds) {
  const [range = '', stepText, ...tooManySteps] = expression.split('/');
  const [low = '', high, ...tooManyHyphens] = range.split('-');
  const star = low === '*' || low === '?';
  let [start, end] = [bounds.min, bounds.max];
  if (!star) {
    start = parseNumber(low, bounds);
    if (high !== undefined) end = parseNumber(high, bounds);
    else if (stepText === undefined) end = start;
    if (tooManyHyphens.length > 0) throw new ScheduleError(`too many hyphens: ${expression}`);
  }
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  if (tooManySteps.length > 0) throw new ScheduleError(`too many slashes: ${expression}`);
  const problem =
    start < bounds.min
      ? `beginning of range (${start}) below minimum (${bounds.min})`
      : end > bounds.max
        ? `end of range (${end}) above maximum (${bounds.max})`
        : start > end
          ? `beginning of range (${start}) beyond end of range (${end})`
          : step === 0
            ? 'step of range should be a positive number'
            : undefined;
  if (problem) throw new ScheduleError(`${problem}: ${expression}`);
  return { start, end, step, star };
}

function parseNumber(text: string, bounds?: Bounds): number {
  const at = bounds?.names?.indexOf(text.toLowerCase()) ?? -1;
  if (at >= 0) return at + bounds!.min;
  if (/^-\d+$/.test(text)) throw new ScheduleError(`negative number (${Number(text)}) not allowed: ${text}`);
  if (/^\+?\d+$/.test(text)) return Number(text);
  const cause = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw new ScheduleError(`failed to parse int from ${text}: ${cause}`);
}
