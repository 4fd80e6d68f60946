/** The parts of timestamps and durations. */
import { integerProblem } from '#machinery/go-values.ts';
import type { Overload } from '../signature.ts';
import { floorDivide } from '../text.ts';
import { durationType, intType, stringType, timestampType } from '../types.ts';
import { type CelDuration, CelError, type CelTimestamp, type CelValue, toInt } from '../values.ts';
import { memberFunction } from './define.ts';

/** A date whose UTC parts are those of the zone asked for. */
type Part = (local: Date) => number;

const parts: readonly (readonly [string, string, Part])[] = [
  ['getFullYear', 'timestamp_to_year', date => date.getUTCFullYear()],
  ['getMonth', 'timestamp_to_month', date => date.getUTCMonth()],
  ['getDayOfYear', 'timestamp_to_day_of_year', dayOfYear],
  ['getDayOfMonth', 'timestamp_to_day_of_month', date => date.getUTCDate() - 1],
  ['getDate', 'timestamp_to_day_of_month_1_based', date => date.getUTCDate()],
  ['getDayOfWeek', 'timestamp_to_day_of_week', date => date.getUTCDay()],
  ['getHours', 'timestamp_to_hours', date => date.getUTCHours()],
  ['getMinutes', 'timestamp_to_minutes', date => date.getUTCMinutes()],
  ['getSeconds', 'timestamp_to_seconds', date => date.getUTCSeconds()],
  ['getMilliseconds', 'timestamp_to_milliseconds', date => date.getUTCMilliseconds()],
];

function dayOfYear(date: Date): number {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  return Math.round((date.getTime() - start.getTime()) / 86_400_000);
}

function milliseconds(timestamp: CelTimestamp): number {
  return Number(floorDivide(timestamp.nanos, 1_000_000n));
}

/** The local time of a zone: an offset such as '+01:00' or '01:00', or a name. */
function inZone(timestamp: CelTimestamp, zone: string): Date | CelError {
  const at = milliseconds(timestamp);
  const colon = zone.indexOf(':');
  if (colon >= 0) return withOffset(at, zone.slice(0, colon), zone.slice(colon + 1), zone.startsWith('-'));
  // The server's own zone is that of all clusters.
  if (zone === '' || zone === 'UTC' || zone === 'Local') return new Date(at);
  if (/(?:^|[\\/])\.\.(?:$|[\\/])|^[\\/]|\\/.test(zone)) return new CelError('time: invalid location name');
  const seconds = zoneOffset(zone, at);
  return seconds === undefined ? new CelError(`unknown time zone ${zone}`) : new Date(at + seconds * 1_000);
}

function withOffset(at: number, hours: string, minutes: string, isBehind: boolean): Date | CelError {
  for (const text of [hours, minutes]) {
    const problem = integerProblem('ParseInt', text);
    if (problem !== undefined) return new CelError(problem.replace('ParseInt', 'Atoi'));
  }
  const offset = Number(hours) * 60 + (isBehind ? -1 : 1) * Number(minutes);
  return new Date(at + offset * 60_000);
}

/** Seconds ahead of UTC at that time. */
function zoneOffset(zone: string, at: number): number | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    // Names are files to upstream: case matters, and an offset is none.
    const { timeZone } = format.resolvedOptions();
    const isOtherwise = timeZone !== zone && timeZone.toLowerCase() === zone.toLowerCase();
    if (isOtherwise || /^[+-]|^[a-z]+$/.test(zone)) return undefined;
    const name = format.formatToParts(at).find(part => part.type === 'timeZoneName')?.value ?? 'GMT';
    const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(name);
    const [hours, minutes, seconds] = [2, 3, 4].map(i => Number(match?.[i] ?? 0)) as [number, number, number];
    const offset = hours * 3_600 + minutes * 60 + seconds;
    return match?.[1] === '-' ? -offset : offset;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const ofTimestamps: readonly Overload[] = parts.flatMap(([name, id, part]) => [
  memberFunction(name, id, [timestampType], intType, value =>
    part(new Date(milliseconds(value as CelTimestamp))),
  ),
  memberFunction(name, `${id}_with_tz`, [timestampType, stringType], intType, (value, zone) => {
    const local = inZone(value as CelTimestamp, zone as string);
    return local instanceof CelError ? local : part(local);
  }),
]);

function durationPart(name: string, id: string, unit: bigint): Overload {
  return memberFunction(
    name,
    id,
    [durationType],
    intType,
    value => toInt((value as CelDuration).nanos / unit)! as CelValue,
  );
}

export const timeFunctions: readonly Overload[] = [
  ...ofTimestamps,
  durationPart('getHours', 'duration_to_hours', 3_600_000_000_000n),
  durationPart('getMinutes', 'duration_to_minutes', 60_000_000_000n),
  durationPart('getSeconds', 'duration_to_seconds', 1_000_000_000n),
  durationPart('getMilliseconds', 'duration_to_milliseconds', 1_000_000n),
];
