import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from './exchange.ts';
import { Underway } from './underway.ts';

/** An exchange that says what was done to it. */
function exchange(done: string[], name: string): Exchange {
  return {
    end: () => void done.push(`${name} ended`),
    cutOff: () => void done.push(`${name} cut off`),
  } as Exchange;
}

test('an end waits for requests alone, ends watches at once, and cuts off other streams', async () => {
  const underway = new Underway();
  const done: string[] = [];
  const [request, watch, stream] = ['request', 'watch', 'stream'].map(name =>
    underway.begin(exchange(done, name)),
  );
  underway.lasts(watch!, 'watch');
  underway.lasts(stream!, 'stream');
  const ended = underway.end().then(() => done.push('over'));
  await Promise.resolve();
  assert.deepEqual(done, ['watch ended']);
  underway.over(watch!);
  underway.over(request!);
  await ended;
  assert.deepEqual(done, ['watch ended', 'stream cut off', 'over']);
});

test('a watch that begins during the end is ended', async () => {
  const underway = new Underway();
  const done: string[] = [];
  const watch = underway.begin(exchange(done, 'watch'));
  const ended = underway.end();
  underway.lasts(watch, 'watch');
  await ended;
  assert.deepEqual(done, ['watch ended']);
});
