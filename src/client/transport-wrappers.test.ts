import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsText } from '#base/metric-families.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { statusError } from '#machinery/status.ts';
import type { Transport, TransportRequest } from './transport.ts';
import { ClientMetrics, limitedTransport, meteredTransport } from './transport-wrappers.ts';

const read: TransportRequest = { method: 'GET', path: '/api/v1/pods' };
const write: TransportRequest = { method: 'POST', path: '/api/v1/pods' };

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

/** Answers reads; of writes it knows nothing, and of deletions it says nothing at all. */
function server(): Transport {
  return {
    async request({ method }) {
      if (method === 'POST') throw statusError.notFound({ group: '', resource: 'pods' }, 'p');
      if (method === 'DELETE') throw new Error('connection reset');
      return { status: 200, headers: {}, body: {} };
    },
    watch(_, handler) {
      handler.end(undefined);
      return { [Symbol.dispose]() {} };
    },
    stream: () => Promise.reject(new Error('not asked for')),
  };
}

function counts(metrics: ClientMetrics): string[] {
  return metricsText(metrics.families)
    .split('\n')
    .filter(line => line.startsWith('rest_client_requests_total'));
}

test('requests are counted by the code of their answer, and those without one too', async () => {
  const metrics = new ClientMetrics('example:6443');
  const clock = new VirtualClock(settle);
  const transport = meteredTransport(server(), metrics, clock);
  await transport.request(read);
  await transport.request(read);
  await assert.rejects(transport.request(write), /not found/);
  await assert.rejects(transport.request({ method: 'DELETE', path: read.path }), /reset/);
  transport.watch(read, { event() {}, end() {} });
  assert.deepEqual(counts(metrics), [
    'rest_client_requests_total{code="200",host="example:6443",method="GET"} 3',
    'rest_client_requests_total{code="404",host="example:6443",method="POST"} 1',
    'rest_client_requests_total{code="<error>",host="example:6443",method="DELETE"} 1',
  ]);
});

test('what is above the burst waits for its turn, and an aborted one does not hold up the others', async () => {
  const clock = new VirtualClock(settle);
  const transport = limitedTransport(server(), { clock, qps: 10, burst: 2 });
  const atMs: number[] = [];
  const ask = (signal?: AbortSignal) =>
    transport.request(signal ? { ...read, signal } : read).then(() => atMs.push(clock.monotonicMs()));
  const abort = new AbortController();
  const all = [ask(), ask(), ask(), ask(abort.signal), ask()];
  abort.abort(new Error('no longer wanted'));
  await assert.rejects(all[3]!, /no longer wanted/);
  await clock.advance(1000);
  await Promise.all([all[0], all[1], all[2], all[4]]);
  assert.deepEqual(atMs, [0, 0, 100, 300]);
});

test('a negative rate is none', () => {
  const transport = server();
  const clock = new VirtualClock(settle);
  assert.equal(limitedTransport(transport, { clock, qps: -1, burst: 1 }), transport);
});
