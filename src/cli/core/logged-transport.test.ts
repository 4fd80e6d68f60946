import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { Transport, WatchHandler } from '#client/transport.ts';
import { statusError } from '#machinery/status.ts';
import { loggedTransport } from './logged-transport.ts';

const path = '/api/v1/namespaces/default/pods';

function setUp(verbosity: number) {
  let log = '';
  const handlers: WatchHandler[] = [];
  const transport: Transport = {
    async request(request) {
      if (request.method === 'DELETE') throw statusError.notFound({ group: '', resource: 'pods' }, 'x');
      return { status: 200, headers: { 'audit-id': 'a' }, body: { kind: 'PodList' } };
    },
    watch(_request, handler) {
      handlers.push(handler);
      return { [Symbol.dispose]: () => undefined };
    },
    stream: () => Promise.reject(new Error('connect ECONNREFUSED')),
  };
  const clock = new VirtualClock(() => Promise.resolve());
  const logged = loggedTransport(transport, {
    verbosity,
    server: 'https://127.0.0.1:6443/',
    processId: 42,
    clock,
    write: text => {
      log += text;
    },
  });
  const take = () => {
    const lines = log.replace(/^I\d{4} \d\d:\d\d:\d\d\.\d{6} {6}42 requests\] /gm, '');
    log = '';
    return lines;
  };
  return { logged, take, handlers };
}

test('below 6 nothing is shown', async () => {
  const { logged, take } = setUp(5);
  await logged.request({ method: 'GET', path });
  assert.equal(take(), '');
});

test('at 6 answers are shown, failures too', async () => {
  const { logged, take } = setUp(6);
  await logged.request({ method: 'GET', path, query: { limit: '500', continue: undefined } });
  const place = `verb="GET" url="https://127.0.0.1:6443${path}`;
  assert.equal(take(), `"Response" ${place}?limit=500" status="200 OK" milliseconds=0\n`);
  await assert.rejects(logged.request({ method: 'DELETE', path: `${path}/x` }), /not found/);
  const gone = `verb="DELETE" url="https://127.0.0.1:6443${path}/x"`;
  assert.equal(take(), `"Response" ${gone} status="404 Not Found" milliseconds=0\n`);
  await assert.rejects(logged.stream({ method: 'GET', path }), /ECONNREFUSED/);
  assert.equal(take(), `"Response" ${place}" status="" milliseconds=0\n`);
});

test('at 7 requests are shown with their headers, at 8 bodies too, cut where they are long', async () => {
  const at7 = setUp(7);
  const headers = { 'user-agent': 'me', accept: 'application/json' };
  await at7.logged.request({ method: 'GET', path, headers });
  const request = `"Request" verb="GET" url="https://127.0.0.1:6443${path}" headers=<\n\tAccept: application/json\n\tUser-Agent: me\n >\n`;
  assert.equal(at7.take(), `${request}"Response" status="200 OK" milliseconds=0\n`);
  const at8 = setUp(8);
  await at8.logged.request({ method: 'POST', path, body: { a: 'x'.repeat(2000) } });
  const shown = JSON.stringify(`{"a":"${'x'.repeat(1018)} [truncated 985 chars]`);
  assert.equal(
    at8.take(),
    `"Request Body" body=${shown}\n"Request" verb="POST" url="https://127.0.0.1:6443${path}" headers=""\n` +
      '"Response" status="200 OK" headers=<\n\tAudit-Id: a\n > milliseconds=0\n' +
      '"Response Body" body=<\n\t{"kind":"PodList"}\n >\n',
  );
});

test('a watch is shown once, when it begins to answer', () => {
  const { logged, take, handlers } = setUp(6);
  const seen: string[] = [];
  logged.watch(
    { method: 'GET', path },
    { event: ({ type }) => void seen.push(type), end: () => void seen.push('end') },
  );
  assert.equal(take(), '');
  const [handler] = handlers;
  for (const type of ['ADDED', 'DELETED'] as const) handler!.event({ type, object: {} as never });
  handler!.end(undefined);
  assert.deepEqual(seen, ['ADDED', 'DELETED', 'end']);
  assert.equal(take().split('\n').length, 2);
});
