import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DescriptionText, humanDuration, longTime } from './text.ts';

test('durations are shortened as kubectl shortens them', () => {
  const second = 1000;
  const hour = 3600 * second;
  const cases: [number, string][] = [
    [-2 * second, '<invalid>'],
    [0, '0s'],
    [119 * second, '119s'],
    [120 * second, '2m'],
    [150 * second, '2m30s'],
    [10 * 60 * second, '10m'],
    [179 * 60 * second, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 60 * second, '3h1m'],
    [47 * hour, '47h'],
    [49 * hour, '2d1h'],
    [9 * 24 * hour, '9d'],
    [3 * 365 * 24 * hour, '3y'],
  ];
  for (const [ms, text] of cases) assert.equal(humanDuration(ms), text);
});

test('times are in RFC 1123 form', () => {
  assert.equal(longTime('2026-11-22T18:28:00Z'), 'Sun, 22 Nov 2026 18:28:00 +0000');
  assert.equal(longTime(undefined), 'Mon, 01 Jan 0001 00:00:00 +0000');
});

test('maps stand below each other in the second column', () => {
  const text = new DescriptionText()
    .field(0, 'Name', 'x')
    .pairs('Labels', { b: '2', a: '1' })
    .pairs('None', {});
  assert.equal(text.toString(), 'Name:    x\nLabels:  a=1\n         b=2\nNone:    <none>\n');
});

test('long annotations go to lines of their own', () => {
  const text = new DescriptionText().annotations('Annotations', { a: 'x\ny', b: 'z'.repeat(200) });
  assert.match(text.toString(), /^Annotations: {2}a:\n +x\n +y\n +b:\n +z{138}\.\.\.\n$/);
});
