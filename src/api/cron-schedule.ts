/** The syntax of a CronJob's schedule: five fields, or a descriptor (github.com/robfig/cron/v3's standard parser). */
import { parseDuration } from '#machinery/go-values.ts';

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
const descriptors = new Set([
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
]);

function parseNumber(text: string, bounds: Bounds): number | string {
  const at = bounds.names?.indexOf(text.toLowerCase()) ?? -1;
  if (at >= 0) return at + bounds.min;
  if (/^-\d+$/.test(text)) return `negative number (${Number(text)}) not allowed: ${text}`;
  if (!/^\+?\d+$/.test(text))
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  return Number(text);
}

function checkRange(expression: string, bounds: Bounds): string | undefined {
  const [range = '', stepText, ...tooManySteps] = expression.split('/');
  const [low = '', high, ...tooManyHyphens] = range.split('-');
  let [start, end]: [number | string, number | string] = [bounds.min, bounds.max];
  if (low !== '*' && low !== '?') {
    start = parseNumber(low, bounds);
    if (typeof start === 'string') return start;
    end = high === undefined ? start : parseNumber(high, bounds);
    if (typeof end === 'string') return end;
    if (tooManyHyphens.length > 0) return `too many hyphens: ${expression}`;
  }
  let step = 1;
  if (stepText !== undefined) {
    const parsed = parseNumber(stepText, { min: 0, max: Number.MAX_SAFE_INTEGER });
    if (typeof parsed === 'string') return parsed;
    step = parsed;
    if (high === undefined) end = bounds.max;
  }
  if (tooManySteps.length > 0) return `too many slashes: ${expression}`;
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${expression}`;
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return step === 0 ? `step of range should be a positive number: ${expression}` : undefined;
}

function checkDuration(schedule: string, duration: string): string | undefined {
  try {
    parseDuration(duration);
    return undefined;
  } catch (error) {
    return `failed to parse duration ${schedule}: ${(error as Error).message}`;
  }
}

/** What is wrong with a schedule, in the parser's words; undefined when it is valid. */
export function checkCronSchedule(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string';
  if (schedule.startsWith('@')) {
    if (descriptors.has(schedule)) return undefined;
    const every = '@every ';
    if (!schedule.startsWith(every)) return `unrecognized descriptor: ${schedule}`;
    return checkDuration(schedule, schedule.slice(every.length));
  }
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== fieldBounds.length) {
    return `expected exactly ${fieldBounds.length} fields, found ${fields.length}: [${fields.join(' ')}]`;
  }
  for (const [i, field] of fields.entries()) {
    for (const expression of field.split(',').filter(each => each !== '')) {
      const problem = checkRange(expression, fieldBounds[i]!);
      if (problem) return problem;
    }
  }
  return undefined;
}
