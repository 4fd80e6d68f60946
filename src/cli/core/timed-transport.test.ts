import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { Transport, TransportRequest } from '#client/transport.ts';
import { requestTimeoutMs, timedTransport } from './timed-transport.ts';

/** A server that never answers, until it is asked no more. */
function silent(asked: TransportRequest[]): Transport {
  const hang = (request: TransportRequest) => {
    asked.push(request);
    return new Promise<never>((_, reject) =>
      request.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
    );
  };
  return {
    request: hang,
    stream: hang,
    watch(request) {
      asked.push(request);
      return { [Symbol.dispose]() {} };
    },
  };
}

test('a request that is not answered in time fails as Go tells it, and a watch ends', async () => {
  const clock = new VirtualClock(() => new Promise<void>(done => setImmediate(done)));
  const asked: TransportRequest[] = [];
  const transport = timedTransport(silent(asked), 1500, clock);
  const request = { method: 'GET', path: '/api' } as const;
  const failures = [
    assert.rejects(transport.request(request), {
      message: 'net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
      code: 'ETIMEDOUT',
    }),
    assert.rejects(transport.stream(request), { code: 'ETIMEDOUT' }),
    new Promise<void>((resolve, reject) =>
      transport.watch(request, { event() {}, end: error => (error ? reject(error) : resolve()) }),
    ),
  ];
  assert.deepEqual(
    asked.map(({ query }) => query?.timeout),
    ['1.5s', '1.5s', '1.5s'],
  );
  await clock.advance(1500);
  await Promise.all(failures);
});

test('a watch that ends as it begins is over, and its time with it', async () => {
  const clock = new VirtualClock(() => new Promise<void>(done => setImmediate(done)));
  let disposed = 0;
  const refusing: Transport = {
    ...silent([]),
    watch(_, handler) {
      handler.end(new Error('refused'));
      return { [Symbol.dispose]: () => void disposed++ };
    },
  };
  const ends: unknown[] = [];
  const transport = timedTransport(refusing, 1000, clock);
  transport.watch({ method: 'GET', path: '/api' }, { event() {}, end: error => ends.push(error?.message) });
  await clock.advance(2000);
  assert.deepEqual(ends, ['refused']);
  assert.ok(disposed > 0);
});

test('the timeout is seconds or a duration', () => {
  for (const [text, ms] of [
    ['', 0],
    ['0', 0],
    ['3', 3000],
    ['1m1s', 61_000],
    ['-2s', 0],
  ] as const)
    assert.equal(requestTimeoutMs(text), ms, text);
  for (const text of ['-1', 'abc', '1.5', ' 1'])
    assert.throws(() => requestTimeoutMs(text), /Invalid timeout value/, text);
});
