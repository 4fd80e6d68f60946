import { ScheduleError } from '#api/cron-schedule.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inZone, lastDue, parseSchedule, zoneOffset } from './schedule.ts';

function next(schedule: string, after: string, count = 1, zone?: string): string[] {
  const parsed = parseSchedule(schedule, zoneOffset(zone));
  const times: string[] = [];
  let at = Date.parse(after);
  for (let i = 0; i < count; i++) {
    at = parsed.next(at)!;
    times.push(new Date(at).toISOString().slice(0, 16));
  }
  return times;
}

test('fields, lists, ranges, steps, names and macros', () => {
  const from = '2026-01-30T10:17:30Z';
  assert.deepEqual(next('*/15 * * * *', from, 3), [
    '2026-01-30T10:30',
    '2026-01-30T10:45',
    '2026-01-30T11:00',
  ]);
  assert.deepEqual(next('5,10-12 3 * * *', from, 4), [
    '2026-01-31T03:05',
    '2026-01-31T03:10',
    '2026-01-31T03:11',
    '2026-01-31T03:12',
  ]);
  assert.deepEqual(next('0 0 * * mon-FRI', from), ['2026-02-02T00:00']);
  assert.deepEqual(next('0 0 1 jan *', from), ['2027-01-01T00:00']);
  assert.deepEqual(next('@hourly', from), ['2026-01-30T11:00']);
  assert.deepEqual(next('@every 1h30m', from), ['2026-01-30T11:47']);
  assert.equal(parseSchedule('@every 1m2.9s').next(500), 62_000);
  for (const every of ['100ms', '-1h', '0']) assert.equal(parseSchedule(`@every ${every}`).next(500), 1000);
  assert.deepEqual(next('*-5 +3,,4 * * *', from, 2), ['2026-01-31T03:00', '2026-01-31T03:01']);
  assert.deepEqual(next('0 0 29 2 *', from), ['2028-02-29T00:00']);
});

test('a day of the month and a day of the week: either will do', () => {
  assert.deepEqual(next('0 0 13 * 5', '2026-02-01T00:00:00Z', 3), [
    '2026-02-06T00:00',
    '2026-02-13T00:00',
    '2026-02-20T00:00',
  ]);
});

test('what can never be is never', () => {
  assert.equal(parseSchedule('0 0 30 2 *').next(0), undefined);
  assert.equal(parseSchedule(', * * * *').next(0), undefined);
});

test('time zones: half hours, and clocks that jump', () => {
  assert.deepEqual(next('0 9 * * *', '2026-01-01T00:00:00Z', 1, 'Asia/Kolkata'), ['2026-01-01T03:30']);
  const berlin = next('30 2 * * *', '2026-03-28T00:00:00Z', 2, 'Europe/Berlin');
  assert.deepEqual(berlin, ['2026-03-28T01:30', '2026-03-30T00:30'], '02:30 does not exist on the 29th');
  assert.equal(zoneOffset('Not/AZone'), undefined);
});

test('junk is refused, whatever it is', () => {
  for (const bad of [
    '',
    '* * * *',
    '60 * * * *',
    '* * 0 * *',
    'a * * * *',
    '*/0 * * * *',
    '5-1 * * * *',
    '@every x',
  ]) {
    assert.throws(() => parseSchedule(bad), ScheduleError, bad);
  }
  fc.assert(
    fc.property(fc.string(), text => {
      try {
        parseSchedule(text);
      } catch (error) {
        assert.ok(error instanceof ScheduleError);
      }
    }),
  );
});

test('an hour that the clocks repeat has its times twice', () => {
  assert.deepEqual(next('*/30 * * * *', '2026-10-25T00:01:00Z', 4, 'Europe/Berlin'), [
    '2026-10-25T00:30',
    '2026-10-25T01:00',
    '2026-10-25T01:30',
    '2026-10-25T02:00',
  ]);
  assert.deepEqual(next('30 2 * * *', '2026-10-25T00:00:00Z', 3, 'Europe/Berlin'), [
    '2026-10-25T00:30',
    '2026-10-25T01:30',
    '2026-10-26T01:30',
  ]);
  const rare = next('30 2 25 Oct *', '2026-10-25T00:00:00Z', 3, 'Europe/Berlin');
  assert.deepEqual(rare, ['2026-10-25T00:30', '2026-10-25T01:30', '2027-10-25T00:30']);
});

test('the last time that was missed is found without looking at each', () => {
  const due = (schedule: string, from: string, now: string) => {
    let looks = 0;
    const parsed = parseSchedule(schedule);
    const counting = {
      next: (afterMs: number) => {
        looks++;
        return parsed.next(afterMs);
      },
    };
    const found = lastDue(counting, Date.parse(from), Date.parse(now));
    assert.ok(looks < 500, `${looks} looks`);
    return found && [new Date(found.dueMs).toISOString().slice(0, 16), found.missed];
  };
  assert.equal(due('0 0 * * *', '2026-01-01T00:00:00Z', '2026-01-01T23:59:00Z'), undefined);
  assert.deepEqual(due('0 0 * * *', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'), ['2026-01-02T00:00', 1]);
  assert.deepEqual(due('* * * * *', '2026-01-01T00:00:00Z', '2027-01-01T00:00:30Z'), [
    '2027-01-01T00:00',
    525_600,
  ]);
  // A pair of minutes once a year, long ago.
  assert.equal(due('0,1 0 1 1 *', '2025-06-01T00:00:00Z', '2026-12-01T00:00:00Z')?.[0], '2026-01-01T00:01');
  assert.equal(due('@every 7m', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')?.[0], '2026-01-31T23:59');
});

test('an instant shows in its zone', () => {
  const at = Date.parse('2026-07-01T12:00:00Z');
  assert.deepEqual(
    ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns'].map(zone => inZone(at, zoneOffset(zone)!)),
    [
      '2026-07-01T12:00:00Z',
      '2026-07-01T14:00:00+02:00',
      '2026-07-01T17:30:00+05:30',
      '2026-07-01T09:30:00-02:30',
    ],
  );
});
