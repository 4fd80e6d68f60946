import assert from 'node:assert/strict';
import { decodeContinue, encodeContinue } from '#apiserver/handlers/continue-token.ts';
import { randomInt } from '#base/random.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { canonicalMicroTime, canonicalTime, formatDuration, parseDuration } from '#machinery/go-values.ts';
import { Quantity, QuantityError } from '#machinery/quantity.ts';
import { SelectorError, parseFieldSelector, parseLabelSelector } from '#machinery/selectors.ts';
import { StatusError } from '#machinery/status.ts';
import { expecting, fuzz } from './fuzz.ts';
import { mutateText } from './inputs.ts';

const labels: readonly Record<string, string>[] = [
  {},
  { a: '' },
  { a: 'b', c: 'd' },
  { 'x.y/z': '5', a: '10' },
  { partition: 'customerA', environment: 'qa', track: 'stable' },
];
const selectors = [
  'a=b,c!=d',
  'environment in (production, qa),tier notin (frontend),!other,partition',
  'x.y/z>4,a<20',
  'a==b',
  '',
];

fuzz('label selectors are read or refused, and mean the same when written and read again', random => {
  const text = mutateText(random, selectors[randomInt(random, selectors.length)]!, 'ab=!,()<> innotx./-0');
  const selector = expecting([SelectorError], () => parseLabelSelector(text));
  if (!selector) return;
  const again = parseLabelSelector(selector.toString());
  assert.equal(again.toString(), selector.toString());
  for (const set of labels) assert.equal(again.matches(set), selector.matches(set), text);
});

fuzz('field selectors are read or refused, and mean the same when written and read again', random => {
  const text = mutateText(random, 'metadata.name=a\\,b,spec.nodeName!=x\\=y', 'ab=!,\\. ');
  const selector = expecting([SelectorError], () => parseFieldSelector(text));
  // The terms are sorted as they were sent, and '==' is written as '='.
  const terms = (of: { toString(): string }) => of.toString().split(',').sort();
  if (selector) assert.deepEqual(terms(parseFieldSelector(selector.toString())), terms(selector));
});

fuzz('continue tokens are taken or refused', random => {
  const token = encodeContinue(
    1 + randomInt(random, 1e6),
    `default/name-${randomInt(random, 99)}\0`,
    'default/',
  );
  const raw = Buffer.from(token, 'base64url').toString();
  const changed =
    random.next() < 0.5
      ? mutateText(random, token, 'AZaz09-_=+/')
      : Buffer.from(mutateText(random, raw, '{}":,/.\\u0x')).toString('base64url');
  const place = expecting([StatusError], () => decodeContinue(changed, 'default/'));
  if (place)
    assert.ok(place.start.startsWith('default/') && !place.start.split('/').includes('..'), place.start);
});

fuzz('quantities keep their value through their canonical form', random => {
  const text = mutateText(
    random,
    ['1.5Gi', '100m', '12e6', '-0.5', '3Ki'][randomInt(random, 5)]!,
    '0123456789.eEmkMGTPnuiK+-',
  );
  const quantity = expecting([QuantityError], () => Quantity.parse(text));
  if (!quantity) return;
  const again = Quantity.parse(quantity.toString());
  assert.equal(again.toString(), quantity.toString());
  assert.equal(again.compare(quantity), 0, text);
});

fuzz('times and durations are read or refused, and stay what they are', random => {
  const time = mutateText(random, '2026-01-02T03:04:05.000006+01:30', '0123456789TZ:-+.');
  for (const canonical of [canonicalTime, canonicalMicroTime]) {
    const once = expecting([DecodeError], () => canonical(time));
    if (typeof once === 'string') assert.equal(canonical(once), once, time);
  }
  const duration = mutateText(random, '1h2m3.5s', '0123456789hmsunµ.-+');
  const nanoseconds = expecting([DecodeError], () => parseDuration(duration));
  if (nanoseconds !== undefined)
    assert.equal(parseDuration(formatDuration(nanoseconds)), nanoseconds, duration);
});
