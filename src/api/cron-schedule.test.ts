import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCronSchedule } from './cron-schedule.ts';

for (const good of [
  '* * * * *',
  '*/5 0-6,12 1 jan mon',
  '0 0 ? * SUN',
  '@hourly',
  '@every 1h30m',
  '5/15 * * * *',
  '*-5 +1,,2 * * *',
  '@every 100ms',
  '@every 0',
]) {
  test(`taken: ${good}`, () => assert.equal(checkCronSchedule(good), undefined));
}

for (const [schedule, problem] of [
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@sometimes', 'unrecognized descriptor: @sometimes'],
  ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
  ['', 'empty spec string'],
] as const) {
  test(`refused: ${schedule}`, () => assert.equal(checkCronSchedule(schedule), problem));
}
